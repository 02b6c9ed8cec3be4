//! The kubelet of a host: its unit, what it refuses to start with, and the static pods it keeps.

mod refusal;
mod statics;

use std::time::Duration;

use upgrade_core::version::Version;

pub(super) use refusal::{refused, removed};
pub(super) use statics::{StaticPod, command, image, manifests, manifests_changed, restart_pod, sync};

use super::units::State;
use crate::controllers::kubelet as kubelets;
use crate::world::World;

/// How long systemd waits before it starts a kubelet again (`RestartSec` of its unit).
const RESTART: Duration = Duration::from_secs(10);

/// How long a kubelet lives that then dies of its configuration (seen: 0.1 s).
const DIES_AFTER: Duration = Duration::from_millis(100);

/// The kubelet's unit.
#[derive(Clone, Debug)]
pub(super) struct Kubelet {
    state: State,
    running: Option<Version>,
    /// Counts its starts, so that what was due for an earlier one is not done for a later.
    starts: u64,
}

impl Kubelet {
    pub(super) fn started(running: Option<Version>) -> Self {
        let state = if running.is_some() { State::Active } else { State::Inactive };
        Self { state, running, starts: 0 }
    }

    pub(super) fn running(&self) -> Option<&Version> {
        self.running.as_ref()
    }

    /// A kubelet that other hands look after runs at that version, or not at all.
    pub(super) fn tell(&mut self, running: Option<Version>) {
        *self = Self::started(running);
    }

    pub(super) fn state(&self) -> State {
        self.state
    }
}

/// Starts the kubelet as its unit would, whatever ran before.
pub(super) fn start(world: &mut World, node: &str) {
    let fails = world.faults.at_command(&mut world.random);
    let Some(host) = world.hosts.get_mut(node).filter(|host| host.up) else { return };
    let version = host.version_of("kubelet");
    host.kubelet.starts += 1;
    host.kubelet.state = State::Active;
    host.kubelet.running = None;
    let start = host.kubelet.starts;
    let refused =
        version.is_none() || fails || version.as_ref().is_some_and(|version| refused(host, version).is_some());
    kubelets::set_running(world, node, false);
    let owned = node.to_owned();
    if refused {
        world.after(DIES_AFTER, move |world| dies(world, &owned, start));
        return;
    }
    let version = version.unwrap_or(Version::new(0, 0, 0));
    if let Some(host) = world.hosts.get_mut(node) {
        host.kubelet.running = Some(version.clone());
    }
    let span = world.tempo.kubelet_restart;
    world.within(span, move |world| {
        if is_start(world, &owned, start) {
            kubelets::set_version(world, &owned, &version);
            kubelets::set_running(world, &owned, true);
            kubelets::set_ready(world, &owned, true);
            statics::sync(world, &owned);
        }
    });
}

fn is_start(world: &World, node: &str, start: u64) -> bool {
    world.hosts.get(node).is_some_and(|host| host.up && host.kubelet.starts == start && host.kubelet.running.is_some())
}

/// The kubelet exits; systemd starts it again after a while.
fn dies(world: &mut World, node: &str, start: u64) {
    let Some(host) = world.hosts.get_mut(node).filter(|host| host.kubelet.starts == start) else { return };
    if host.kubelet.state != State::Active {
        return;
    }
    host.kubelet.state = State::Activating;
    let node = node.to_owned();
    world.after(RESTART, move |world| {
        let again = |host: &super::Host| host.kubelet.starts == start && host.kubelet.state == State::Activating;
        if world.hosts.get(&node).is_some_and(again) {
            self::start(world, &node);
        }
    });
}

/// Stops the kubelet; its pods run on.
pub(super) fn stop(world: &mut World, node: &str) {
    if let Some(host) = world.hosts.get_mut(node) {
        host.kubelet.starts += 1;
        host.kubelet.state = State::Inactive;
        host.kubelet.running = None;
        kubelets::set_running(world, node, false);
    }
}

/// The host went down, and everything with it.
pub(super) fn died(world: &mut World, node: &str) {
    if let Some(host) = world.hosts.get_mut(node) {
        host.kubelet.starts += 1;
        host.kubelet.state = State::Inactive;
        host.kubelet.running = None;
    }
    statics::all_died(world, node);
}
