//! What a request's `Accept` header asks for.

/// One alternative of an `Accept` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accepted<'a> {
    /// The media type, such as `application/json`.
    pub(crate) media: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> Accepted<'a> {
    /// A parameter, such as `as`; empty when it is not there.
    pub(crate) fn parameter(&self, name: &str) -> &'a str {
        self.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value).unwrap_or_default()
    }

    /// Whether it asks for another form of the object (`as`), of that group.
    pub(crate) fn is_form(&self, form: &str, group: &str) -> bool {
        self.media == "application/json" && self.parameter("as") == form && self.parameter("g") == group
    }
}

/// The alternatives, in the order in which they are written. Quality values are ignored: no Kubernetes client uses them.
pub(crate) fn alternatives(header: &str) -> impl Iterator<Item = Accepted<'_>> {
    header.split(',').filter_map(|alternative| {
        let mut parts = alternative.split(';').map(str::trim);
        let media = parts.next().filter(|media| !media.is_empty())?;
        Some(Accepted { media, parameters: parts.filter_map(|part| part.split_once('=')).collect() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_keep_their_order_and_parameters() {
        let header = "application/json;as=Table;v=v1;g=meta.k8s.io, application/json";
        let found: Vec<_> = alternatives(header).collect();
        assert!(found[0].is_form("Table", "meta.k8s.io"));
        assert_eq!(found[0].parameter("v"), "v1");
        assert!(!found[1].is_form("Table", "meta.k8s.io"));
        assert_eq!((found[1].media, found[1].parameter("as")), ("application/json", ""));
        assert_eq!(alternatives("").count(), 0);
    }
}
