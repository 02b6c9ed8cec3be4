//! What API servers serve, by minor.

use std::sync::LazyLock;

use crate::store::Resource;

/// The catalogue as data; its head says where it is from.
static TABLE: &str = include_str!("../../data/resources.tsv");

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| TABLE.lines().filter_map(Entry::read).collect());

/// Groups whose resources are custom ones: served where the story has objects of theirs.
const CUSTOM: [&str; 2] = ["karpenter.sh", "karpenter.k8s.aws"];

/// The first minor that tells singular names.
const SINGULAR_SINCE: u16 = 27;

/// One resource or subresource of one group version.
#[derive(Debug)]
pub struct Entry {
    /// Its group; empty for the core group.
    pub group: &'static str,
    /// The version of its group.
    pub version: &'static str,
    /// The resource, or that which it is a subresource of.
    pub resource: Resource,
    /// The name of the subresource.
    pub subresource: Option<&'static str>,
    /// Its kind.
    pub kind: &'static str,
    /// Short names.
    pub short: Vec<&'static str>,
    /// The categories it is in, such as `all`.
    pub categories: Vec<&'static str>,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// What can be done with it, in alphabetical order.
    pub verbs: Vec<&'static str>,
    /// Group and version of its kind, where they are not its own.
    pub kind_of: Option<(&'static str, &'static str)>,
    singular: &'static str,
    from: u16,
    until: u16,
}

const ALL_VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

impl Entry {
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split('\t').map(|field| if field == "-" { "" } else { field });
        let mut next = || fields.next();
        let (group, version, name, kind) = (next()?, next()?, next()?, next()?);
        let (singular, short, categories, scope) = (next()?, next()?, next()?, next()?);
        let (verbs, from, until, kind_of) = (next()?, next()?, next()?, next()?);
        let (resource, subresource) = name.split_once('/').map_or((name, None), |(of, sub)| (of, Some(sub)));
        Some(Self {
            group,
            version,
            resource: Resource::named(resource),
            subresource,
            kind,
            short: words(short),
            categories: words(categories),
            namespaced: scope == "Namespaced",
            verbs: if verbs == "all" { ALL_VERBS.to_vec() } else { words(verbs) },
            kind_of: kind_of.split_once('/'),
            singular,
            // The header's own line ends here: its "from" is no minor.
            from: minor(from)?,
            until: if until.is_empty() { u16::MAX } else { minor(until)? },
        })
    }

    /// Whether servers of that minor serve it.
    #[must_use]
    pub fn served_by(&self, minor: u16) -> bool {
        self.from <= minor && minor < self.until
    }

    /// Whether it is a custom resource, which no server serves by itself.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        CUSTOM.contains(&self.group)
    }

    /// Its singular name as servers of that minor tell it.
    #[must_use]
    pub fn singular(&self, minor: u16) -> &'static str {
        if minor < SINGULAR_SINCE { "" } else { self.singular }
    }

    /// `v1`, `apps/v1`
    #[must_use]
    pub fn api_version(&self) -> String {
        join(self.group, self.version)
    }

    /// The `apiVersion` of its kind.
    #[must_use]
    pub fn kind_api_version(&self) -> String {
        let (group, version) = self.kind_of.unwrap_or((self.group, self.version));
        join(group, version)
    }

    /// Its name as messages have it: `leases.coordination.k8s.io`
    #[must_use]
    pub fn qualified(&self) -> String {
        dotted(self.resource.plural(), self.group)
    }

    /// Its kind as messages have it: `Lease.coordination.k8s.io`
    #[must_use]
    pub fn qualified_kind(&self) -> String {
        dotted(self.kind, self.kind_of.map_or(self.group, |(group, _)| group))
    }

    /// Whether that can be done with it.
    #[must_use]
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.contains(&verb)
    }
}

/// Everything, in the order of discovery.
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// What servers of a minor serve by themselves, in the order of discovery.
pub fn served(minor: u16) -> impl Iterator<Item = &'static Entry> {
    served_with(minor, false)
}

/// The same, with custom resources or without.
pub fn served_with(minor: u16, custom: bool) -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(move |entry| entry.served_by(minor) && (custom || !entry.is_custom()))
}

/// A resource, or a subresource of it, as servers of that minor serve it. Custom ones are found whether served or not.
#[must_use]
pub fn find(minor: u16, group: &str, version: &str, plural: &str, subresource: Option<&str>) -> Option<&'static Entry> {
    served_with(minor, true).find(|entry| {
        entry.resource.plural() == plural
            && entry.subresource == subresource
            && entry.group == group
            && entry.version == version
    })
}

/// Whether servers of that minor serve anything of that group version.
#[must_use]
pub fn serves(minor: u16, group: &str, version: &str) -> bool {
    served(minor).any(|entry| entry.group == group && entry.version == version)
}

/// The resource that objects of a kind are, at whatever minor.
#[must_use]
pub fn of_kind(api_version: &str, kind: &str) -> Option<&'static Entry> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let is = |entry: &&Entry| entry.kind == kind && entry.group == group && entry.version == version;
    ENTRIES.iter().filter(|entry| entry.subresource.is_none()).find(is)
}

/// The resource of that plural name; none when no minor has it.
#[must_use]
pub fn resource(plural: &str) -> Option<Resource> {
    ENTRIES.iter().map(|entry| entry.resource).find(|resource| resource.plural() == plural)
}

fn words(list: &'static str) -> Vec<&'static str> {
    list.split(',').filter(|word| !word.is_empty()).collect()
}

fn minor(text: &str) -> Option<u16> {
    text.strip_prefix("1.")?.parse().ok()
}

/// `v1`, `apps/v1`
pub(super) fn join(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn dotted(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_data_is_an_entry() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(entries().len(), lines - 1);
    }

    #[test]
    fn minors_serve_what_they_served() {
        assert!(find(20, "policy", "v1beta1", "poddisruptionbudgets", None).is_some());
        assert!(find(20, "policy", "v1", "poddisruptionbudgets", None).is_none());
        assert!(find(25, "policy", "v1beta1", "poddisruptionbudgets", None).is_none());
        assert!(serves(15, "extensions", "v1beta1"));
        assert!(!serves(22, "extensions", "v1beta1"));
        assert_eq!(find(21, "", "v1", "pods", Some("eviction")).unwrap().kind_api_version(), "policy/v1beta1");
        assert_eq!(find(22, "", "v1", "pods", Some("eviction")).unwrap().kind_api_version(), "policy/v1");
    }

    #[test]
    fn no_minor_serves_a_resource_twice() {
        for minor in 11..=37 {
            let mut seen = std::collections::BTreeSet::new();
            for entry in served(minor) {
                assert!(
                    seen.insert((entry.group, entry.version, entry.resource, entry.subresource)),
                    "{entry:?} is served twice by 1.{minor}"
                );
            }
        }
    }
}
