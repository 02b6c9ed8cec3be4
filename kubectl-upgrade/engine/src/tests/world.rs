//! A cluster that remembers: operations take time, go on without anyone watching, and can be made to fail.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use upgrade_core::component::Component;
use upgrade_core::drain::{PodVerdict, verdict};
use upgrade_core::fixtures;
use upgrade_core::ids::{NodeName, StepId};
use upgrade_core::inventory::{InstalledPackage, Inventory, OperationOutcome, Place, RepositoryLayout};
use upgrade_core::plan::{Action, DrainPolicy, Step};
use upgrade_core::scope::OperationKey;
use upgrade_core::version::Version;

/// The state of the world.
pub(super) struct World {
    born: Instant,
    pub(super) inventory: Inventory,
    pub(super) operations: BTreeMap<String, Operation>,
    /// Every change begun, in order; a change that was there already is none.
    pub(super) effects: Vec<(StepId, &'static str)>,
    /// Steps whose operation ends badly, and how many times more.
    pub(super) failing: BTreeMap<StepId, u32>,
    /// Steps whose operation never ends.
    pub(super) stalled: BTreeSet<StepId>,
    /// Nodes whose drain never gets on.
    pub(super) stuck: BTreeSet<NodeName>,
    pub(super) away: Option<(Instant, Instant)>,
    pub(super) lock_taken: bool,
    /// Whether a run holds the lock.
    pub(super) lock_held: bool,
    pub(super) most_down: usize,
}

/// A command on a host.
#[derive(Clone)]
pub(super) struct Operation {
    pub(super) step: Step,
    pub(super) ends: Option<Instant>,
    pub(super) fails: bool,
    pub(super) applied: bool,
}

impl World {
    pub(super) fn new(inventory: Inventory) -> Self {
        Self {
            born: Instant::now(),
            inventory,
            operations: BTreeMap::new(),
            effects: Vec::new(),
            failing: BTreeMap::new(),
            stalled: BTreeSet::new(),
            stuck: BTreeSet::new(),
            away: None,
            lock_taken: false,
            lock_held: false,
            most_down: 0,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        fixtures::OBSERVED_AT + self.born.elapsed()
    }

    pub(super) fn is_away(&self) -> bool {
        self.away.is_some_and(|(from, to)| (from..to).contains(&Instant::now()))
    }

    /// Lets everything that is due take effect.
    pub(super) fn advance(&mut self) {
        let due: Vec<String> = self
            .operations
            .iter()
            .filter(|(_, operation)| !operation.applied && operation.ends.is_some_and(|ends| ends <= Instant::now()))
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            let operation = self.operations.get_mut(&key).expect("listed");
            operation.applied = true;
            let (step, fails) = (operation.step.clone(), operation.fails);
            if !fails {
                self.apply(&step.action);
            }
        }
        let down = self.inventory.nodes.iter().filter(|node| node.unschedulable).count();
        self.most_down = self.most_down.max(down);
    }

    /// What is seen now.
    pub(super) fn seen(&mut self, key: Option<&OperationKey>) -> Inventory {
        self.advance();
        let mut seen = self.inventory.clone();
        seen.observed_at = self.now();
        for node in &mut seen.nodes {
            node.lease_renewed = Some(self.now());
        }
        seen.operation = key.map(|key| match self.operations.get(&key.to_string()) {
            None => OperationOutcome::Absent,
            Some(operation) if !operation.applied => OperationOutcome::Running,
            Some(operation) => OperationOutcome::Ended { exit_status: i32::from(operation.fails) },
        });
        seen
    }

    /// Begins a command on a host, once for each key.
    pub(super) fn begin(&mut self, step: &Step, key: &OperationKey) {
        self.advance();
        if self.operations.contains_key(&key.to_string()) {
            return;
        }
        self.effects.push((step.id, name(&step.action)));
        let fails = self.failing.get_mut(&step.id).is_some_and(|left| {
            let fails = *left > 0;
            *left = left.saturating_sub(1);
            fails
        });
        let now = Instant::now();
        let ends = (!self.stalled.contains(&step.id)).then(|| now + duration(&step.action));
        if matches!(step.action, Action::UpgradeApply { .. }) {
            self.away = Some((now + Duration::from_secs(20), now + Duration::from_secs(180)));
        }
        self.operations.insert(key.to_string(), Operation { step: step.clone(), ends, fails, applied: false });
    }

    pub(super) fn cordon(&mut self, step: &Step, on: bool, run: &str) {
        self.advance();
        let node = self.inventory.nodes.iter_mut().find(|node| Some(&node.name) == step.action.node()).expect("a node");
        if node.unschedulable != on {
            self.effects.push((step.id, name(&step.action)));
        }
        node.unschedulable = on;
        node.cordoned_by = on.then(|| run.to_owned());
        self.advance();
    }

    /// Evicts one pod; how many are left.
    pub(super) fn evict_one(&mut self, node: &NodeName, policy: &DrainPolicy) -> usize {
        let mut others = self.inventory.nodes.iter().filter(|other| !other.unschedulable && !other.control_plane);
        let other = others.next().map(|other| other.name.clone());
        let stuck = self.stuck.contains(node);
        let mut left = 0;
        let mut evicted = stuck;
        for pod in &mut self.inventory.pods {
            if pod.node.as_ref() == Some(node) && verdict(pod, policy) == PodVerdict::Evict {
                if evicted {
                    left += 1;
                } else {
                    evicted = true;
                    pod.node.clone_from(&other);
                }
            }
        }
        left
    }

    fn apply(&mut self, action: &Action) {
        let node = action.node().expect("a node").clone();
        match action {
            Action::SwitchRepository { to, .. } => {
                let host = self.inventory.hosts.get_mut(&node).expect("a host");
                host.repository.layout = RepositoryLayout::PerMinor(*to);
            }
            Action::InstallPackages { packages, .. } => {
                let host = self.inventory.hosts.get_mut(&node).expect("a host");
                for pin in packages {
                    let package = InstalledPackage { version: pin.version.clone(), held: true };
                    host.installed.insert(pin.name.clone(), package);
                }
            }
            Action::UpgradeApply { version, .. } => {
                self.set_control_plane(&node, version);
                self.inventory.kubeadm.as_mut().expect("a record").version = version.clone();
            }
            Action::UpgradeNode { version, .. } => self.set_control_plane(&node, version),
            Action::RestartKubelet { version, .. } => {
                let found = self.inventory.nodes.iter_mut().find(|found| found.name == node).expect("a node");
                found.kubelet = version.clone();
                self.set(Component::Kubelet, &Place::Node(node), version);
            }
            Action::SnapshotEtcd { .. } | Action::ArchiveFiles { .. } => {}
            Action::Cordon { .. }
            | Action::Drain { .. }
            | Action::Uncordon { .. }
            | Action::Cloud(_)
            | Action::Component(_) => {
                unreachable!("not on a host")
            }
        }
    }

    fn set_control_plane(&mut self, node: &NodeName, version: &Version) {
        for component in [Component::ApiServer, Component::ControllerManager, Component::Scheduler] {
            self.set(component, &Place::Node(node.clone()), version);
        }
        if self.inventory.instances(Component::ApiServer).all(|instance| instance.version == *version) {
            self.set(Component::KubeProxy, &Place::DaemonSet("kube-proxy".to_owned()), version);
        }
    }

    fn set(&mut self, component: Component, place: &Place, version: &Version) {
        for instance in &mut self.inventory.components {
            if instance.component == component && instance.place == *place {
                instance.version = version.clone();
            }
        }
    }
}

fn duration(action: &Action) -> Duration {
    Duration::from_secs(match action {
        Action::UpgradeApply { .. } => 150,
        Action::UpgradeNode { .. } => 30,
        Action::InstallPackages { .. } => 20,
        _ => 5,
    })
}

pub(super) fn name(action: &Action) -> &'static str {
    match action {
        Action::SnapshotEtcd { .. } => "snapshot",
        Action::ArchiveFiles { .. } => "archive",
        Action::SwitchRepository { .. } => "switch",
        Action::InstallPackages { .. } => "install",
        Action::UpgradeApply { .. } => "apply",
        Action::UpgradeNode { .. } => "node",
        Action::Cordon { .. } => "cordon",
        Action::Drain { .. } => "drain",
        Action::RestartKubelet { .. } => "restart",
        Action::Uncordon { .. } => "uncordon",
        Action::Cloud(_) => "cloud",
        Action::Component(_) => "component",
    }
}
