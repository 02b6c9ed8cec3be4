//! The clusters that have a name: what a newcomer may play with, and what tests refer to.

mod aks;
mod clusters;
mod eks;
mod gke;
mod objects;

use std::fmt;

use super::Blueprint;

/// A cluster that has a name.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// The name.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    build: fn() -> Blueprint,
}

/// All of them, the default first.
pub const SCENARIOS: [Scenario; 16] = [
    Scenario {
        name: "kubeadm",
        about: "three nodes at 1.34, two minors behind; a small shop with budgets",
        build: clusters::kubeadm,
    },
    Scenario {
        name: "classic",
        about: "December 2018: three nodes at 1.11, two minors behind",
        build: clusters::classic,
    },
    Scenario {
        name: "ha-blocked",
        about: "three control-plane hosts, three workers, and a budget that never allows an eviction",
        build: clusters::ha_blocked,
    },
    Scenario {
        name: "eks",
        about: "EKS at 1.33, three minors behind: three node groups, three add-ons",
        build: eks::eks,
    },
    Scenario { name: "large", about: "5,000 nodes with 150,000 pods, one minor behind", build: clusters::large },
    Scenario {
        name: "aks",
        about: "AKS: three minors behind, seven nodes in three pools, a shop with budgets",
        build: clusters::aks,
    },
    Scenario {
        name: "gke",
        about: "GKE: three minors behind, nine nodes in three pools, one of them blue-green, a shop with budgets",
        build: clusters::gke,
    },
    Scenario {
        name: "hand-built",
        about: "built by hand at 1.34, two minors behind: two API servers behind a load balancer, three members of etcd",
        build: clusters::hand_built,
    },
    Scenario {
        name: "hand-built-pods",
        about: "built by hand at 1.34: three hosts whose control plane and etcd are static pods, without kubeadm",
        build: clusters::hand_built_pods,
    },
    Scenario {
        name: "eks-mixed",
        about: "EKS at 1.33 with one node group, pods on Fargate, and two machines of an Auto Scaling group of one's own",
        build: eks::mixed,
    },
    Scenario {
        name: "etcd-down",
        about: "the hand-built cluster, of whose etcd one member is stopped",
        build: clusters::etcd_down,
    },
    Scenario {
        name: "gke-window",
        about: "GKE that may be changed in two hours of each day of the weekend alone",
        build: clusters::gke_window,
    },
    Scenario {
        name: "aks-lts",
        about: "AKS under long-term support, which may skip minors: --skip-minors",
        build: clusters::aks_lts,
    },
    Scenario {
        name: "aks-unsupported",
        about: "AKS at 1.30, which it does not support any more, and leaves in one hop alone: --skip-minors",
        build: clusters::aks_unsupported,
    },
    Scenario {
        name: "eks-karpenter",
        about: "EKS at 1.33 with one node group, and three nodes that Karpenter replaces as they drift",
        build: eks::karpenter,
    },
    Scenario {
        name: "eks-full",
        about: "EKS at 1.33 whose subnets have too few free addresses for what comes",
        build: eks::full,
    },
];

/// A name that no scenario has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}, found {found:?}", names())]
pub struct UnknownScenario {
    /// What was asked for.
    pub found: String,
    /// The name that is most like it, where one is.
    pub nearest: Option<&'static str>,
}

impl Scenario {
    /// The scenario taken when none is named.
    #[must_use]
    pub const fn default_one() -> Self {
        let [first, ..] = SCENARIOS;
        first
    }

    /// The scenario of that name.
    ///
    /// # Errors
    /// When there is none, with the name most like it.
    pub fn named(name: &str) -> Result<Self, UnknownScenario> {
        let found = SCENARIOS.into_iter().find(|scenario| scenario.name == name);
        found.ok_or_else(|| UnknownScenario { found: name.to_owned(), nearest: nearest(name) })
    }

    /// Its cluster.
    #[must_use]
    pub fn blueprint(&self) -> Blueprint {
        (self.build)()
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scenario").field(&self.name).finish()
    }
}

fn names() -> String {
    SCENARIOS.map(|scenario| scenario.name).join(", ")
}

/// The name with the fewest letters to change, if fewer than half are; a name that begins with it is nearest of all.
fn nearest(name: &str) -> Option<&'static str> {
    let known = || SCENARIOS.iter().map(|scenario| scenario.name);
    let begun = known().find(|known| name.len() > 1 && (known.starts_with(name) || name.starts_with(known)));
    let close = |known: &&str| distance(name, known) * 2 < known.chars().count();
    begun.or_else(|| known().filter(close).min_by_key(|known| distance(name, known)))
}

/// How many letters have to be added, left out or changed.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut next = vec![above + 1];
        for ((other, kept), added) in to.iter().zip(&row).zip(row.iter().skip(1)) {
            let left_out = next.last().map_or(usize::MAX, |left| left + 1);
            next.push((kept + usize::from(*other != letter)).min(added + 1).min(left_out));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nearly_right_is_recognised() {
        for (typed, meant) in [
            ("kubadm", Some("kubeadm")),
            ("ha", Some("ha-blocked")),
            ("ha_blocked", Some("ha-blocked")),
            ("lrage", Some("large")),
            ("classics", Some("classic")),
            ("openshift", None),
            ("", None),
        ] {
            let error = Scenario::named(typed).unwrap_err();
            assert_eq!(error.nearest, meant, "{typed}");
            assert!(error.to_string().starts_with(&format!("expected one of {}, found", names())));
        }
        assert_eq!(Scenario::named("large").unwrap().name, "large");
        assert_eq!(Scenario::default_one().name, "kubeadm");
    }

    #[test]
    fn letters_are_counted() {
        for (from, to, letters) in [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("abc", "abc", 0)] {
            assert_eq!(distance(from, to), letters, "{from} {to}");
        }
    }

    #[test]
    fn every_scenario_is_the_cluster_it_says() {
        let sizes = SCENARIOS.map(|scenario| {
            let blueprint = scenario.blueprint();
            assert!(blueprint.packages.offered.contains(&blueprint.version), "{}", scenario.name);
            assert_eq!(blueprint.name, format!("sandbox-{}", scenario.name));
            let hosts = blueprint.machines.iter().filter(|machine| machine.control_plane).count();
            (hosts, blueprint.machines.len() - hosts)
        });
        // The machines of a cloud's pools are the cloud's.
        let of_clouds = [(0, 0); 2];
        assert_eq!(sizes[..4], [(1, 2), (1, 2), (3, 3), (0, 0)]);
        assert_eq!(sizes[4], (3, 4_997));
        assert_eq!(sizes[5..7], of_clouds);
        assert_eq!(sizes[7..], [(2, 3), (3, 3), (0, 0), (2, 3), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]);
    }
}
