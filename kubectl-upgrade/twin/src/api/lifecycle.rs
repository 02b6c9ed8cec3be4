//! Deprecated kinds: which they are, and what clients are told of them.

use std::sync::LazyLock;

use upgrade_core::facts::{ApiKind, Facts};
use upgrade_core::version::Minor;

use super::catalogue::{Entry, join};

/// The first minor that warns of requests for deprecated APIs and counts them.
/// <https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/1693-warnings>
pub(super) const TOLD_SINCE: u16 = 19;

static FACTS: LazyLock<Facts> = LazyLock::new(Facts::embedded);

/// The kind of a resource, where servers of that minor call it deprecated.
pub(super) fn deprecated(entry: &Entry, minor: Minor) -> Option<&'static ApiKind> {
    let is = |api: &&ApiKind| api.group == entry.group && api.version == entry.version && api.kind == entry.kind;
    let since = |api: &&ApiKind| api.deprecated.is_some_and(|since| since <= minor);
    FACTS.apis().iter().find(is).filter(since)
}

/// What servers of that minor say of it to whoever asks for it.
pub(super) fn warning(entry: &Entry, minor: Minor) -> Option<String> {
    let api = deprecated(entry, minor).filter(|_| minor.minor >= TOLD_SINCE)?;
    let mut text = format!("{} {} is deprecated in v{}+", join(api.group, api.version), api.kind, api.deprecated?);
    if let Some(removed) = api.removed {
        text.push_str(&format!(", unavailable in v{removed}+"));
    }
    if let Some((version, kind)) = api.replacement.and_then(|to| to.rsplit_once('/')) {
        text.push_str(&format!("; use {version} {kind}"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use http::header::WARNING;

    use super::*;
    use crate::api::catalogue;
    use crate::api::tests::{begin, twin};

    #[test]
    fn warnings_say_since_when_until_when_and_what_instead() {
        let said = |minor, group, version, plural| {
            let entry = catalogue::find(minor, group, version, plural, None).unwrap();
            warning(entry, Minor::new(1, minor))
        };
        let budgets = "policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; \
                       use policy/v1 PodDisruptionBudget";
        assert_eq!(said(22, "policy", "v1beta1", "poddisruptionbudgets").as_deref(), Some(budgets));
        assert_eq!(said(20, "policy", "v1beta1", "poddisruptionbudgets"), None);
        assert_eq!(said(22, "", "v1", "pods"), None);
        let status = said(22, "", "v1", "componentstatuses");
        assert_eq!(status.as_deref(), Some("v1 ComponentStatus is deprecated in v1.19+"));
    }

    #[tokio::test(start_paused = true)]
    async fn every_answer_for_a_deprecated_kind_carries_the_warning() {
        let twin = twin("v1.22.17");
        let warned = async |version: &str| {
            let path = format!("/apis/policy/{version}/poddisruptionbudgets");
            let answer = begin(&twin, Method::GET, &path, "", &[]).await.unwrap();
            answer.headers().get(WARNING).map(|warning| warning.to_str().unwrap().to_owned())
        };
        let old = warned("v1beta1").await.unwrap();
        assert!(old.starts_with("299 - \"policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+"), "{old}");
        assert_eq!(warned("v1").await, None);
    }
}
