//! Which pods a drain moves, which it leaves and which it refuses to touch.
//!
//! One rule for all who ask: the planner's forecast, the gate, and the drain itself. Each filter looks at one pod and
//! either decides or passes it on; the first decision stands.

use std::fmt;

use crate::inventory::{Pod, PodPhase};
use crate::plan::DrainPolicy;

/// What a drain does with a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodVerdict {
    /// It is evicted.
    Evict,
    /// It stays, and that is right.
    Leave(LeaveReason),
    /// The drain may not touch it without consent.
    Refuse(RefuseReason),
}

/// Why a pod stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveReason {
    /// It mirrors a static pod, which only the kubelet can stop.
    Mirror,
    /// Its DaemonSet would put it back at once: DaemonSets tolerate cordons.
    DaemonSet,
}

/// Why a drain refuses a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefuseReason {
    /// No controller would create it again.
    Unmanaged,
    /// Its emptyDir data would be lost.
    EmptyDir,
}

impl RefuseReason {
    /// The flag that gives consent.
    #[must_use]
    pub const fn consent(self) -> &'static str {
        match self {
            Self::Unmanaged => "--force-unmanaged",
            Self::EmptyDir => "--delete-emptydir-data",
        }
    }
}

impl fmt::Display for RefuseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unmanaged => "has no controller that would create it again",
            Self::EmptyDir => "keeps data in emptyDir volumes that would be lost",
        })
    }
}

/// A filter decides about a pod, or passes it on.
type Filter = fn(&Pod, &DrainPolicy) -> Option<PodVerdict>;

/// In order: what cannot be evicted, what has ended anyway, what needs consent.
const FILTERS: [Filter; 5] = [mirror, daemon_set, ended, unmanaged, empty_dir];

/// Decides about one pod.
#[must_use]
pub fn verdict(pod: &Pod, policy: &DrainPolicy) -> PodVerdict {
    FILTERS.iter().find_map(|filter| filter(pod, policy)).unwrap_or(PodVerdict::Evict)
}

fn mirror(pod: &Pod, _: &DrainPolicy) -> Option<PodVerdict> {
    pod.mirror.then_some(PodVerdict::Leave(LeaveReason::Mirror))
}

fn daemon_set(pod: &Pod, _: &DrainPolicy) -> Option<PodVerdict> {
    let owned = pod.owner.as_ref().is_some_and(|owner| owner.kind == "DaemonSet");
    owned.then_some(PodVerdict::Leave(LeaveReason::DaemonSet))
}

fn ended(pod: &Pod, _: &DrainPolicy) -> Option<PodVerdict> {
    matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed).then_some(PodVerdict::Evict)
}

fn unmanaged(pod: &Pod, policy: &DrainPolicy) -> Option<PodVerdict> {
    (pod.owner.is_none() && !policy.force).then_some(PodVerdict::Refuse(RefuseReason::Unmanaged))
}

fn empty_dir(pod: &Pod, policy: &DrainPolicy) -> Option<PodVerdict> {
    (pod.empty_dir && !policy.delete_empty_dir_data).then_some(PodVerdict::Refuse(RefuseReason::EmptyDir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{NodeName, ObjectName};
    use crate::inventory::Owner;

    fn pod(owner: Option<&str>) -> Pod {
        Pod {
            name: ObjectName::new("shop", "web-1"),
            node: Some(NodeName::new("w1")),
            owner: owner.map(|kind| Owner { kind: kind.to_owned(), name: "web".to_owned() }),
            phase: PodPhase::Running,
            ready: true,
            terminating: false,
            mirror: false,
            empty_dir: false,
        }
    }

    #[test]
    fn what_only_the_kubelet_or_a_daemon_set_controls_stays() {
        let policy = DrainPolicy { force: true, delete_empty_dir_data: true, ..DrainPolicy::default() };
        let mirror = Pod { mirror: true, ..pod(Some("Node")) };
        assert_eq!(verdict(&mirror, &policy), PodVerdict::Leave(LeaveReason::Mirror));
        assert_eq!(verdict(&pod(Some("DaemonSet")), &policy), PodVerdict::Leave(LeaveReason::DaemonSet));
    }

    #[test]
    fn what_would_be_lost_needs_consent() {
        let none = DrainPolicy::default();
        let data = Pod { empty_dir: true, ..pod(Some("ReplicaSet")) };
        assert_eq!(verdict(&pod(None), &none), PodVerdict::Refuse(RefuseReason::Unmanaged));
        assert_eq!(verdict(&pod(None), &DrainPolicy { force: true, ..none }), PodVerdict::Evict);
        assert_eq!(verdict(&data, &none), PodVerdict::Refuse(RefuseReason::EmptyDir));
        assert_eq!(verdict(&data, &DrainPolicy { delete_empty_dir_data: true, ..none }), PodVerdict::Evict);
        let ended = Pod { phase: PodPhase::Succeeded, ..pod(None) };
        assert_eq!(verdict(&ended, &none), PodVerdict::Evict);
    }

    #[test]
    fn an_ordinary_pod_is_evicted() {
        assert_eq!(verdict(&pod(Some("ReplicaSet")), &DrainPolicy::default()), PodVerdict::Evict);
    }
}
