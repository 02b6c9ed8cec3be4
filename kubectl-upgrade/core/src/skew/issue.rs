//! What is wrong with a picture, in a form that can be compared before and after a step.

use std::fmt;

use super::allowed::Range;
use crate::component::Component;
use crate::version::Minor;

/// The rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkewRule {
    /// API servers of one cluster are within one minor of each other.
    ApiServersApart,
    /// Nothing is too old for the newest API server it talks to.
    TooOldForApiServer,
    /// Nothing is too new for the oldest API server it talks to.
    TooNewForApiServer,
    /// kube-proxy and the kubelet beside it are not too far apart.
    KubeProxyApartFromKubelet,
}

/// One instance out of its allowed range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkewIssue {
    /// The rule.
    pub rule: SkewRule,
    /// The component that is out.
    pub component: Component,
    /// Where it stands.
    pub at: String,
    /// Its minor.
    pub found: Minor,
    /// The minors it may have.
    pub allowed: Range,
    /// The component it was judged against.
    pub against: Component,
    /// The minor of that component.
    pub against_minor: Minor,
    /// How many minors it may be away from that one in the direction it is.
    pub limit: u16,
}

impl SkewIssue {
    /// How many minors the instance is ahead of what it was judged against; negative when behind.
    #[must_use]
    pub fn distance(&self) -> i32 {
        self.found.ahead_of(self.against_minor)
    }

    /// How many minors too many that is: at least 1.
    #[must_use]
    pub fn excess(&self) -> i32 {
        self.distance().abs() - i32::from(self.limit)
    }

    fn same_violation(&self, other: &Self) -> bool {
        let key = |issue: &Self| (issue.rule, issue.component, issue.distance().signum());
        key(self) == key(other) && self.at == other.at
    }
}

/// The issues of `after` that `before` did not have, or had to a lesser degree. A step may remove a violation, never
/// add or worsen one.
#[must_use]
pub fn worsens(before: &[SkewIssue], after: &[SkewIssue]) -> Vec<SkewIssue> {
    let bearable =
        |issue: &SkewIssue| before.iter().any(|old| old.same_violation(issue) && issue.excess() <= old.excess());
    after.iter().filter(|issue| !bearable(issue)).cloned().collect()
}

impl fmt::Display for SkewIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { component, at, found, against, against_minor, limit, .. } = self;
        let distance = self.distance();
        let minors = if distance.abs() == 1 { "minor" } else { "minors" };
        let direction = if distance < 0 { "older" } else { "newer" };
        let far = distance.abs();
        write!(f, "{component} {found} on {at} is {far} {minors} {direction} than {against} {against_minor}; ")?;
        match limit {
            0 => write!(f, "it must not be {direction}"),
            1 => f.write_str("at most 1 is allowed"),
            limit => write!(f, "at most {limit} are allowed"),
        }
    }
}
