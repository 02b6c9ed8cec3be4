//! Some clusters were built by hand.

use upgrade_core::version::Version;
use upgrade_twin::Random;
use upgrade_twin::blueprint::{Blueprint, Form, HandBuilt};

/// One in so many of those that can be.
const ONE_IN: u64 = 6;

/// Kubelets before this need a flag for containerd that later ones no longer take.
const FIRST: u16 = 24;

/// It, built by hand where its seed says so; by chance of its own, so that the other cases stay as they are.
pub(super) fn perhaps(seed: u64, blueprint: Blueprint) -> Blueprint {
    let mut dice = Random::seeded(seed ^ 0x4a2d_0000_0000_0000);
    let oldest = blueprint.machines.iter().map(|machine| machine.kubelet.minor().minor).min().unwrap_or_default();
    if oldest < FIRST || dice.below(ONE_IN) != 0 {
        return blueprint;
    }
    let beside = |wanted: bool| blueprint.machines.iter().filter(move |machine| machine.control_plane == wanted);
    let mut members: Vec<String> = beside(true).map(|machine| machine.name.clone()).collect();
    // Static pods are their hosts' own: workers are known to the API, and would show theirs.
    let static_pods = dice.happens(0.4) && !members.len().is_multiple_of(2);
    // An even number of members bears no more than the odd one below it: a worker makes it odd.
    if members.len().is_multiple_of(2) {
        members.extend(beside(false).next().map(|machine| machine.name.clone()));
    }
    let (etcd, next) = (Version::new(3, 5, 26), Version::new(3, 6, 8));
    let etcd_to = dice.happens(0.3).then_some(next);
    let built = HandBuilt { etcd, etcd_to, members, stopped: Vec::new(), static_pods, found: None };
    Blueprint { form: Form::HandBuilt(built), ..blueprint }
}
