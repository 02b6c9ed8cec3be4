//! A model of a cluster and its hosts that carries out actions the way the real tools do.
//!
//! It knows what kubeadm, package managers, kubelets and the API do; it knows nothing of goals, plans and gates.

use std::collections::{BTreeMap, BTreeSet};

use upgrade_core::component::Component;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{InstalledPackage, Inventory, OperationOutcome, Place, Pod, PodPhase, RepositoryLayout};
use upgrade_core::plan::{Action, DrainPolicy, NodeForm, PackagePin, RepositoryEdit};
use upgrade_core::version::{Minor, Version};

use upgrade_tests::policy::{self, Minors};

const PARTS: [Component; 3] = [Component::ApiServer, Component::ControllerManager, Component::Scheduler];
/// The first minor whose `kubeadm upgrade node` is one command for every role.
const ONE_NODE_COMMAND: Minor = Minor::new(1, 15);

/// The model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct World {
    pub(crate) machines: BTreeMap<NodeName, Machine>,
    pub(crate) record: Option<Version>,
    pub(crate) kube_proxy: Option<Version>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) snapshots: usize,
    pub(crate) archived: BTreeSet<NodeName>,
}

/// One node and its host.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Machine {
    /// API server, controller-manager, scheduler.
    pub(crate) parts: Option<[Version; 3]>,
    pub(crate) kubelet: Version,
    pub(crate) cordon: Option<Holder>,
    /// None when nobody looked at the host.
    pub(crate) host: Option<Host>,
}

/// Who cordoned a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Us,
    Others,
}

/// What is installed on a host and where packages come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Host {
    /// Path and line.
    pub(crate) repository: Vec<(String, String)>,
    pub(crate) packages: BTreeMap<String, String>,
    offered: BTreeMap<Minor, Vec<String>>,
}

impl Host {
    /// The minor the configured repository serves; none when it serves all.
    pub(crate) fn serves(&self) -> Option<Minor> {
        let segments = self.repository.iter().flat_map(|(_, line)| line.split('/'));
        segments.filter_map(|segment| segment.strip_prefix('v')?.parse().ok()).next()
    }

    fn has(&self, package: &str, version: &Version) -> bool {
        self.packages.get(package).is_some_and(|found| found.starts_with(&format!("{version}-")))
    }
}

impl Machine {
    pub(crate) fn unschedulable(&self) -> bool {
        self.cordon.is_some()
    }
}

impl World {
    pub(crate) fn of(inventory: &Inventory) -> Self {
        let machines = inventory.nodes.iter().map(|node| {
            let parts = PARTS.map(|part| inventory.version_on(part, &node.name).cloned());
            let host = inventory.hosts.get(&node.name).map(|host| Host {
                repository: host
                    .repository
                    .files
                    .iter()
                    .flat_map(|file| file.lines.iter().map(|line| (file.path.clone(), line.clone())))
                    .collect(),
                packages: host.installed.iter().map(|(name, found)| (name.clone(), found.version.clone())).collect(),
                offered: host.offered.clone(),
            });
            let ours = if node.cordoned_by.is_some() { Holder::Us } else { Holder::Others };
            let [server, manager, scheduler] = parts;
            let machine = Machine {
                parts: server.zip(manager).zip(scheduler).map(|((a, b), c)| [a, b, c]),
                kubelet: node.kubelet.clone(),
                cordon: node.unschedulable.then_some(ours),
                host,
            };
            (node.name.clone(), machine)
        });
        Self {
            machines: machines.collect(),
            record: inventory.kubeadm.as_ref().map(|record| record.version.clone()),
            kube_proxy: inventory.instances(Component::KubeProxy).map(|proxy| proxy.version.clone()).next(),
            pods: inventory.pods.clone(),
            snapshots: 0,
            archived: BTreeSet::new(),
        }
    }

    /// The model as an observation would show it; `before` gives what the model does not change.
    pub(crate) fn seen(&self, before: &Inventory, operation: Option<OperationOutcome>) -> Inventory {
        let mut seen = before.clone();
        for node in &mut seen.nodes {
            let machine = &self.machines[&node.name];
            node.kubelet = machine.kubelet.clone();
            node.unschedulable = machine.unschedulable();
            node.cordoned_by = (machine.cordon == Some(Holder::Us)).then(|| "0123456789ab".to_owned());
        }
        for instance in &mut seen.components {
            let at = match &instance.place {
                Place::Node(name) => self.machines.get(name),
                Place::DaemonSet(_) | Place::Deployment(_) | Place::Endpoint | Place::Here => None,
            };
            let part = PARTS.iter().position(|part| *part == instance.component);
            instance.version = match (instance.component, at, part) {
                (Component::KubeProxy, ..) => self.kube_proxy.clone().expect("it was there"),
                (Component::Kubelet, Some(machine), _) => machine.kubelet.clone(),
                (_, Some(Machine { parts: Some(parts), .. }), Some(part)) => parts[part].clone(),
                _ => continue,
            };
        }
        for (name, host) in &mut seen.hosts {
            let model = self.machines[name].host.as_ref().expect("it was looked at");
            let mut lines = model.repository.iter().map(|(_, line)| line.clone());
            for line in host.repository.files.iter_mut().flat_map(|file| &mut file.lines) {
                *line = lines.next().expect("lines are only changed");
            }
            host.repository.layout = model.serves().map_or(RepositoryLayout::AllMinors, RepositoryLayout::PerMinor);
            let installed = |(name, version): (&String, &String)| {
                (name.clone(), InstalledPackage { version: version.clone(), held: true })
            };
            host.installed = model.packages.iter().map(installed).collect();
            host.kubeadm = model.packages.get("kubeadm").and_then(|text| text.split('-').next()?.parse().ok());
        }
        seen.kubeadm.iter_mut().zip(&self.record).for_each(|(seen, record)| seen.version = record.clone());
        seen.pods.clone_from(&self.pods);
        seen.operation = operation;
        seen
    }

    /// The minors that run, for the policy.
    pub(crate) fn minors(&self) -> Minors {
        let minor = |version: &Version| version.minor().minor;
        let parts = |machine: &Machine| machine.parts.as_ref().map(|parts| [0, 1, 2].map(|part| minor(&parts[part])));
        Minors {
            control_plane: self
                .machines
                .iter()
                .filter_map(|(name, machine)| Some((name.to_string(), parts(machine)?)))
                .collect(),
            kubelets: self.machines.iter().map(|(name, of)| (name.to_string(), minor(&of.kubelet))).collect(),
            kube_proxy: self.kube_proxy.as_ref().map(minor),
        }
    }

    pub(crate) fn servers(&self) -> impl Iterator<Item = &Version> {
        self.machines.values().filter_map(|machine| machine.parts.as_ref().map(|[server, ..]| server))
    }

    /// Carries the action out, showing every state on the way to `watch`.
    ///
    /// # Errors
    /// With what the real tool would have refused, or done wrong.
    pub(crate) fn apply(&mut self, action: &Action, watch: &mut dyn FnMut(&Self)) -> Result<(), String> {
        match action {
            Action::SnapshotEtcd { .. } => self.snapshots += 1,
            Action::ArchiveFiles { node, .. } => drop(self.archived.insert(node.clone())),
            Action::SwitchRepository { node, from, to, edits, .. } => self.switch(node, *from, *to, edits)?,
            Action::InstallPackages { node, packages, .. } => self.install(node, packages)?,
            Action::UpgradeApply { node, version, .. } => self.upgrade_apply(node, version, watch)?,
            Action::UpgradeNode { node, version, form, .. } => self.upgrade_node(node, version, *form, watch)?,
            Action::Cordon { node } => match self.machine(node)?.cordon {
                Some(Holder::Others) => return Err(format!("{node} is cordoned by someone else")),
                Some(Holder::Us) => {}
                None => self.machine(node)?.cordon = Some(Holder::Us),
            },
            Action::Drain { node, policy, .. } => self.drain(node, policy)?,
            Action::RestartKubelet { node, version } => self.restart(node, version)?,
            Action::Uncordon { node } => match self.machine(node)?.cordon {
                Some(Holder::Us) => self.machine(node)?.cordon = None,
                Some(Holder::Others) => return Err(format!("the cordon of {node} is someone else's")),
                None => {}
            },
            Action::Component(action) => return Err(format!("kubeadm made this cluster, found {action:?}")),
            Action::Cloud(action) => return Err(format!("no cloud runs this cluster, found {action:?}")),
        }
        watch(self);
        Ok(())
    }

    /// Somebody takes away the pods on the node for which `gone` holds.
    pub(crate) fn remove_pods(&mut self, node: &NodeName, gone: impl Fn(&Pod) -> bool) {
        self.pods.retain(|pod| pod.node.as_ref() != Some(node) || !gone(pod));
    }

    fn machine(&mut self, node: &NodeName) -> Result<&mut Machine, String> {
        self.machines.get_mut(node).ok_or_else(|| format!("there is no node {node}"))
    }

    fn switch(&mut self, node: &NodeName, from: Minor, to: Minor, edits: &[RepositoryEdit]) -> Result<(), String> {
        let Some(host) = &mut self.machine(node)?.host else { return Ok(()) };
        if host.serves() != Some(from) {
            return Err(format!("the repository of {node} serves {:?}, not {from}", host.serves()));
        }
        for edit in edits {
            let line = host.repository.iter_mut().find(|(path, line)| *path == edit.path && *line == edit.before);
            let (_, line) = line.ok_or_else(|| format!("{} of {node} has no line {:?}", edit.path, edit.before))?;
            line.clone_from(&edit.after);
        }
        if host.serves() == Some(to) { Ok(()) } else { Err(format!("{node} was not switched to {to}")) }
    }

    fn install(&mut self, node: &NodeName, pins: &[PackagePin]) -> Result<(), String> {
        let Some(host) = &mut self.machine(node)?.host else { return Ok(()) };
        let serves = host.serves();
        for pin in pins {
            let offers = |(minor, offered): (&Minor, &Vec<String>)| {
                serves.is_none_or(|serves| serves == *minor) && offered.contains(&pin.version)
            };
            if !host.offered.iter().any(offers) {
                return Err(format!("{node} has {serves:?} configured, which has no {} {}", pin.name, pin.version));
            }
            host.packages.insert(pin.name.clone(), pin.version.clone());
        }
        Ok(())
    }

    fn needs_kubeadm(&mut self, node: &NodeName, version: &Version) -> Result<(), String> {
        let host = self.machine(node)?.host.as_ref();
        let found = host.and_then(|host| host.packages.get("kubeadm").cloned());
        match host.is_none_or(|host| host.has("kubeadm", version)) {
            true => Ok(()),
            false => Err(format!("kubeadm {version} is wanted on {node}, found {found:?}")),
        }
    }

    fn upgrade_apply(
        &mut self,
        node: &NodeName,
        version: &Version,
        watch: &mut dyn FnMut(&Self),
    ) -> Result<(), String> {
        self.needs_kubeadm(node, version)?;
        let minor = version.minor();
        for server in self.servers() {
            if minor.ahead_of(server.minor()) > 1 || version < server {
                return Err(format!("kubeadm takes no API server from {server} to {version}"));
            }
        }
        let oldest = policy::oldest_kubelet_for(minor.minor);
        if let Some((name, old)) = self.machines.iter().find(|(_, old)| old.kubelet.minor().minor < oldest) {
            return Err(format!("kubeadm {version} refuses the kubelet {} on {name}", old.kubelet));
        }
        self.move_parts(node, version, watch)?;
        self.record = Some(version.clone());
        self.move_addons(version, watch);
        Ok(())
    }

    fn upgrade_node(
        &mut self,
        node: &NodeName,
        version: &Version,
        form: NodeForm,
        watch: &mut dyn FnMut(&Self),
    ) -> Result<(), String> {
        self.needs_kubeadm(node, version)?;
        let control_plane = self.machine(node)?.parts.is_some();
        let expected = match (version.minor() < ONE_NODE_COMMAND, control_plane) {
            (false, _) => NodeForm::Node,
            (true, true) => NodeForm::ExperimentalControlPlane,
            (true, false) => NodeForm::Config,
        };
        if form != expected {
            return Err(format!("kubeadm {version} wants {expected:?} on {node}, found {form:?}"));
        }
        if control_plane {
            // What it upgrades to is what the record says.
            if self.record.as_ref() != Some(version) {
                return Err(format!("kubeadm's record says {:?}, not {version}", self.record));
            }
            self.move_parts(node, version, watch)?;
            self.move_addons(version, watch);
        }
        Ok(())
    }

    fn move_parts(&mut self, node: &NodeName, to: &Version, watch: &mut dyn FnMut(&Self)) -> Result<(), String> {
        for part in 0..PARTS.len() {
            let parts = self.machine(node)?.parts.as_mut().ok_or_else(|| format!("{node} has no control plane"))?;
            if parts[part] > *to || to.minor().ahead_of(parts[part].minor()) > 1 {
                return Err(format!("{} on {node} would go from {} to {to}", PARTS[part], parts[part]));
            }
            parts[part] = to.clone();
            watch(self);
        }
        Ok(())
    }

    fn move_addons(&mut self, to: &Version, watch: &mut dyn FnMut(&Self)) {
        let all_there = self.servers().all(|server| server == to);
        if all_there || !policy::addons_wait_for_all(to.minor().minor) {
            self.kube_proxy.iter_mut().for_each(|proxy| proxy.clone_from(to));
            watch(self);
        }
    }

    fn drain(&mut self, node: &NodeName, policy: &DrainPolicy) -> Result<(), String> {
        if !self.machine(node)?.unschedulable() {
            return Err(format!("{node} is drained without a cordon"));
        }
        let refused = |pod: &&Pod| pod.node.as_ref() == Some(node) && evicted(pod) && needs_consent(pod, policy);
        if let Some(pod) = self.pods.iter().find(refused) {
            return Err(format!("pod {} may not be evicted", pod.name));
        }
        // Its controller makes a new pod where one may run: on a worker without cordon, or nowhere.
        let takes = |machine: &Machine| machine.parts.is_none() && !machine.unschedulable();
        let home = self.machines.iter().find(|(_, machine)| takes(machine)).map(|(name, _)| name.clone());
        let comes_back = |pod: &Pod| pod.owner.is_some() && !has_ended(pod);
        self.pods.retain(|pod| pod.node.as_ref() != Some(node) || !evicted(pod) || comes_back(pod));
        for pod in self.pods.iter_mut().filter(|pod| pod.node.as_ref() == Some(node) && evicted(pod)) {
            pod.node.clone_from(&home);
        }
        Ok(())
    }

    fn restart(&mut self, node: &NodeName, version: &Version) -> Result<(), String> {
        let still = self.pods.iter().any(|pod| pod.node.as_ref() == Some(node) && evicted(pod));
        let machine = self.machine(node)?;
        if still || !machine.unschedulable() {
            return Err(format!("the kubelet on {node} would change undrained"));
        }
        if machine.host.as_ref().is_some_and(|host| !host.has("kubelet", version)) {
            return Err(format!("the package of kubelet {version} is not on {node}"));
        }
        machine.kubelet = version.clone();
        Ok(())
    }
}

/// Whether a drain moves such a pod at all.
pub(crate) fn evicted(pod: &Pod) -> bool {
    !pod.mirror && pod.owner.as_ref().is_none_or(|owner| owner.kind != "DaemonSet")
}

pub(crate) fn has_ended(pod: &Pod) -> bool {
    matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed)
}

pub(crate) fn needs_consent(pod: &Pod, policy: &DrainPolicy) -> bool {
    let lost = (pod.owner.is_none() && !policy.force) || (pod.empty_dir && !policy.delete_empty_dir_data);
    lost && !has_ended(pod)
}
