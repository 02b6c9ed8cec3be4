//! What kubeadm will and will not do, by its own version. A kubeadm that merely lies on a host breaks nothing; these
//! rules hold when it is about to act.

use crate::component::Component;
use crate::facts::Facts;
use crate::version::Minor;

/// kubeadm about to upgrade a control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KubeadmUse {
    /// The minor of the binary.
    pub kubeadm: Minor,
    /// The oldest API server of the cluster.
    pub cluster: Minor,
    /// The minor to upgrade to.
    pub target: Minor,
    /// The oldest kubelet of the cluster, if any was seen.
    pub oldest_kubelet: Option<Minor>,
}

/// Why kubeadm would refuse, or should not be used so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeadmIssue {
    /// More than one minor at once. kubeadm refuses, `--force` or not.
    #[error("kubeadm goes one minor at a time: expected a target of at most {}, found {target}", cluster.next())]
    SkipsMinor {
        /// The oldest API server.
        cluster: Minor,
        /// The target.
        target: Minor,
    },
    /// The target is older than the cluster.
    #[error("expected a target of {cluster} or newer, found {target}: the control plane cannot go back a minor")]
    Downgrade {
        /// The oldest API server.
        cluster: Minor,
        /// The target.
        target: Minor,
    },
    /// kubeadm is older than what it should deploy. kubeadm refuses, `--force` or not.
    #[error("expected kubeadm {target}, found {kubeadm}: it cannot deploy what is newer than itself")]
    OlderThanTarget {
        /// kubeadm.
        kubeadm: Minor,
        /// The target.
        target: Minor,
    },
    /// kubeadm is newer than what it should deploy. kubeadm refuses unless forced.
    #[error("expected kubeadm {target}, found {kubeadm}: use the one of the target's minor")]
    NewerThanTarget {
        /// kubeadm.
        kubeadm: Minor,
        /// The target.
        target: Minor,
    },
    /// A kubelet is too old for this kubeadm. kubeadm refuses unless forced.
    #[error("kubeadm {kubeadm} expects kubelets of {oldest} or newer, found {found}")]
    KubeletTooOld {
        /// kubeadm.
        kubeadm: Minor,
        /// The oldest kubelet it accepts.
        oldest: Minor,
        /// The oldest kubelet seen.
        found: Minor,
    },
}

impl KubeadmUse {
    /// Every rule this use breaks.
    #[must_use]
    pub fn issues(self) -> Vec<KubeadmIssue> {
        let Self { kubeadm, cluster, target, oldest_kubelet } = self;
        let oldest = oldest_kubelet_for(kubeadm);
        let kubelet = oldest_kubelet.filter(|kubelet| *kubelet < oldest);
        let issues = [
            (target.ahead_of(cluster) > 1).then_some(KubeadmIssue::SkipsMinor { cluster, target }),
            (target < cluster).then_some(KubeadmIssue::Downgrade { cluster, target }),
            (kubeadm < target).then_some(KubeadmIssue::OlderThanTarget { kubeadm, target }),
            (kubeadm > target).then_some(KubeadmIssue::NewerThanTarget { kubeadm, target }),
            kubelet.map(|found| KubeadmIssue::KubeletTooOld { kubeadm, oldest, found }),
        ];
        issues.into_iter().flatten().collect()
    }
}

/// The oldest kubelet a kubeadm of this minor upgrades a control plane over: one minor older until 1.28, three from
/// 1.29 on.
#[must_use]
pub fn oldest_kubelet_for(kubeadm: Minor) -> Minor {
    let window = Facts::shared().window(Component::Kubeadm, kubeadm, Component::Kubelet);
    kubeadm.back(window.map_or(0, |row| row.newer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(minor: u16) -> Minor {
        Minor::new(1, minor)
    }

    fn issues(kubeadm: u16, cluster: u16, target: u16, kubelet: u16) -> Vec<String> {
        let oldest_kubelet = Some(minor(kubelet));
        let using =
            KubeadmUse { kubeadm: minor(kubeadm), cluster: minor(cluster), target: minor(target), oldest_kubelet };
        using.issues().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_minor_with_the_kubeadm_of_the_target_is_fine() {
        assert_eq!(issues(34, 33, 34, 31), [""; 0]);
        assert_eq!(issues(34, 34, 34, 31), [""; 0]);
        assert_eq!(issues(11, 10, 11, 10), [""; 0]);
    }

    #[test]
    fn every_rule_says_what_it_expected() {
        for (kubeadm, cluster, target, kubelet, says) in [
            (35, 33, 35, 33, "kubeadm goes one minor at a time: expected a target of at most 1.34, found 1.35"),
            (
                33,
                34,
                33,
                33,
                "expected a target of 1.34 or newer, found 1.33: the control plane cannot go back a minor",
            ),
            (33, 33, 34, 33, "expected kubeadm 1.34, found 1.33: it cannot deploy what is newer than itself"),
            (35, 33, 34, 33, "expected kubeadm 1.34, found 1.35: use the one of the target's minor"),
            (34, 33, 34, 30, "kubeadm 1.34 expects kubelets of 1.31 or newer, found 1.30"),
        ] {
            assert_eq!(issues(kubeadm, cluster, target, kubelet), [says]);
        }
    }

    #[test]
    fn how_old_kubelets_may_be_by_era() {
        for (kubeadm, oldest) in [(11, 10), (27, 26), (28, 27), (29, 26), (34, 31)] {
            assert_eq!(oldest_kubelet_for(minor(kubeadm)), minor(oldest));
        }
    }
}
