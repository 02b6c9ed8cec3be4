//! Which minors are allowed beside the API servers of a cluster.

use std::fmt;

use crate::component::Component;
use crate::facts::Facts;
use crate::version::Minor;

/// The minors of the API servers of a cluster; more than one while they are being upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiServers {
    oldest: Minor,
    newest: Minor,
}

impl ApiServers {
    /// All API servers have this minor.
    #[must_use]
    pub const fn all(minor: Minor) -> Self {
        Self { oldest: minor, newest: minor }
    }

    /// The minors seen; none when no API server was.
    #[must_use]
    pub fn of(minors: impl IntoIterator<Item = Minor>) -> Option<Self> {
        minors.into_iter().fold(None, |seen: Option<Self>, minor| {
            Some(seen.map_or(Self::all(minor), |seen| Self {
                oldest: seen.oldest.min(minor),
                newest: seen.newest.max(minor),
            }))
        })
    }

    /// The oldest: nothing that talks to any of them may be newer.
    #[must_use]
    pub const fn oldest(self) -> Minor {
        self.oldest
    }

    /// The newest: what is too old for it is too old.
    #[must_use]
    pub const fn newest(self) -> Minor {
        self.newest
    }
}

/// Minors from `min` to `max`, both included; empty when `min` is newer than `max`, as between API servers that are too
/// far apart for anything to suit both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The oldest allowed.
    pub min: Minor,
    /// The newest allowed.
    pub max: Minor,
}

impl Range {
    /// Whether the minor is allowed.
    #[must_use]
    pub fn contains(self, minor: Minor) -> bool {
        self.min <= minor && minor <= self.max
    }

    /// Whether nothing is allowed.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.min > self.max
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, max } = self;
        if self.is_empty() {
            f.pad("none")
        } else if min == max {
            f.pad(&min.to_string())
        } else {
            f.pad(&format!("{min} – {max}"))
        }
    }
}

/// The minors a component may have beside these API servers; none when the policy has no rule for it. A component is
/// within the policy exactly when its minor is in the range: eras that depend on the component's own minor (kubelet and
/// kube-proxy reach three minors back only from 1.25 on) are already counted in.
///
/// For kubeadm: the minors that can act on such a control plane.
#[must_use]
pub fn allowed(component: Component, servers: ApiServers) -> Option<Range> {
    range(component, Component::ApiServer, servers.oldest, servers.newest)
}

/// As [`allowed`], against any component of which minors from `oldest` to `newest` run.
pub(super) fn range(component: Component, against: Component, oldest: Minor, newest: Minor) -> Option<Range> {
    if !is_judged(component, against, newest) {
        return None;
    }
    // The limits only grow with the component's own minor, so the first minor out of reach ends the walk back.
    let mut min = newest;
    while min.minor > 0 && newest.ahead_of(min.back(1)) <= older_limit(component, against, min.back(1)) {
        min = min.back(1);
    }
    let mut max = oldest;
    while max.next().ahead_of(oldest) <= newer_limit(component, against, max.next()) && max.minor < u16::MAX {
        max = max.next();
    }
    Some(Range { min, max })
}

/// Whether the policy has a rule for a component beside another whose newest minor is `newest`.
pub(super) fn is_judged(component: Component, against: Component, newest: Minor) -> bool {
    Facts::shared().window(component, newest, against).is_some()
}

/// How many minors a component of minor `own` may be older; 0 without a rule.
pub(crate) fn older_limit(component: Component, against: Component, own: Minor) -> i32 {
    Facts::shared().window(component, own, against).map_or(0, |row| i32::from(row.older))
}

/// How many minors a component of minor `own` may be newer; 0 without a rule.
pub(super) fn newer_limit(component: Component, against: Component, own: Minor) -> i32 {
    Facts::shared().window(component, own, against).map_or(0, |row| i32::from(row.newer))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn servers(oldest: u16, newest: u16) -> ApiServers {
        ApiServers::of([Minor::new(1, newest), Minor::new(1, oldest)]).unwrap()
    }

    fn show(component: Component, oldest: u16, newest: u16) -> String {
        allowed(component, servers(oldest, newest)).unwrap().to_string()
    }

    #[test]
    fn kubelet_and_kube_proxy_by_era() {
        for (server, range) in [
            (10, "1.8 – 1.10"),
            (24, "1.22 – 1.24"),
            (25, "1.23 – 1.25"),
            (26, "1.24 – 1.26"),
            // 1.24 would be three behind but is itself of the old era.
            (27, "1.25 – 1.27"),
            (28, "1.25 – 1.28"),
            (29, "1.26 – 1.29"),
            (34, "1.31 – 1.34"),
            (37, "1.34 – 1.37"),
        ] {
            assert_eq!(show(Component::Kubelet, server, server), range);
            assert_eq!(show(Component::KubeProxy, server, server), range);
        }
    }

    #[test]
    fn controllers_are_equal_or_one_older() {
        for component in [Component::ControllerManager, Component::Scheduler, Component::CloudControllerManager] {
            assert_eq!(show(component, 10, 10), "1.9 – 1.10");
            assert_eq!(show(component, 34, 34), "1.33 – 1.34");
            assert_eq!(show(component, 33, 34), "1.33");
        }
    }

    #[test]
    fn kubectl_and_api_servers_are_one_apart_at_most() {
        for component in [Component::Kubectl, Component::ApiServer] {
            assert_eq!(show(component, 10, 10), "1.9 – 1.11");
            assert_eq!(show(component, 34, 34), "1.33 – 1.35");
            assert_eq!(show(component, 33, 34), "1.33 – 1.34");
            assert_eq!(show(component, 32, 34), "1.33");
            assert_eq!(show(component, 31, 34), "none");
        }
    }

    #[test]
    fn mixed_api_servers_narrow_from_both_sides() {
        assert_eq!(show(Component::Kubelet, 33, 34), "1.31 – 1.33");
        assert_eq!(show(Component::Kubelet, 27, 28), "1.25 – 1.27");
        assert_eq!(show(Component::Kubelet, 9, 10), "1.8 – 1.9");
        assert_eq!(show(Component::Kubelet, 30, 34), "none");
    }

    #[test]
    fn kubeadm_acts_on_its_own_minor_and_the_one_before() {
        assert_eq!(show(Component::Kubeadm, 33, 33), "1.33 – 1.34");
        assert_eq!(show(Component::Kubeadm, 33, 34), "1.34");
    }

    #[test]
    fn what_the_policy_does_not_speak_of_has_no_range() {
        for component in [Component::Etcd, Component::CoreDns, Component::ContainerRuntime] {
            assert_eq!(allowed(component, servers(34, 34)), None);
        }
        assert_eq!(ApiServers::of([]), None);
    }

    #[test]
    fn the_ends_of_the_number_range_are_survived() {
        assert_eq!(show(Component::Kubelet, 1, 1), "1.0 – 1.1");
        assert_eq!(show(Component::Kubectl, u16::MAX, u16::MAX), "1.65534 – 1.65535");
    }

    fn any_component() -> impl Strategy<Value = Component> {
        prop::sample::select(Component::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn ranges_only_move_forward_with_the_api_servers(component in any_component(), low in 4u16..60, spread in 0u16..3) {
            let range = |low| allowed(component, servers(low, low + spread));
            if let (Some(before), Some(after)) = (range(low), range(low + 1)) {
                prop_assert!(before.min <= after.min && before.max < after.max);
            }
        }

        #[test]
        fn more_api_servers_never_allow_more(component in any_component(), low in 4u16..60, spread in 0u16..4, own in 0u16..70) {
            let own = Minor::new(1, own);
            if let Some(mixed) = allowed(component, servers(low, low + spread)) {
                let each = (low..=low + spread).all(|server| allowed(component, servers(server, server)).unwrap().contains(own));
                prop_assert_eq!(mixed.contains(own), each);
            }
        }
    }
}
