//! Hosts that go down and come back.

use super::{kubelet, services};
use crate::Twin;
use crate::controllers::kubelet as kubelets;
use crate::world::World;

impl Twin {
    /// Switches a host off: everything that runs on it dies where it stands, its files stay.
    pub fn power_off(&self, node: &str) {
        self.with(|world| power_off(world, node));
    }

    /// Switches a host on again: its kubelet and its static pods start.
    pub fn power_on(&self, node: &str) {
        self.with(|world| power_on(world, node));
    }

    /// Kills a transient unit, as by SIGKILL to all that is in it.
    pub fn kill_unit(&self, node: &str, unit: &str) {
        self.with(|world| {
            if let Some(host) = world.hosts.get_mut(node) {
                host.units.remove(&super::programs::unit_name(unit));
            }
        });
    }
}

/// Switches a host off: everything that runs on it dies where it stands, its files stay.
pub fn power_off(world: &mut World, node: &str) {
    let Some(host) = world.hosts.get_mut(node).filter(|host| host.up) else { return };
    host.up = false;
    host.boot.set(host.boot.get() + 1);
    host.units.clear();
    for path in ["/run", "/tmp"] {
        for inside in host.files.below(path) {
            let _ = host.files.remove_all(&inside);
        }
    }
    kubelet::died(world, node);
    services::died(world, node);
    kubelets::set_running(world, node, false);
}

/// Switches a host on again: its kubelet and its static pods start.
pub fn power_on(world: &mut World, node: &str) {
    let Some(host) = world.hosts.get_mut(node).filter(|host| !host.up) else { return };
    host.up = true;
    kubelets::restart_pods(world, node);
    if world.hosts.get(node).is_some_and(|host| host.services.is_empty()) {
        kubelet::start(world, node);
    } else {
        services::booted(world, node);
    }
}
