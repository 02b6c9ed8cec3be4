//! Makes an inventory and a request of a [`Shape`], starting from the healthy fixtures.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use upgrade_core::component::Component;
use upgrade_core::facts::Facts;
use upgrade_core::fixtures;
use upgrade_core::ids::{NodeName, ObjectName};
use upgrade_core::inventory::{
    Budget, Host, InstalledPackage, Instance, Inventory, Node, Place, Pod, PodPhase, Repository, RepositoryFile,
    RepositoryLayout, VersionSource,
};
use upgrade_core::plan::{DrainPolicy, Options, Plan, ProviderKind};
use upgrade_core::planner::{self, PlanError, Request};
use upgrade_core::target::Target;
use upgrade_core::version::{Minor, Version};

use crate::shape::{BudgetShape, Cordon, KubeadmShape, NodeShape, PodShape, Shape, Wanted};

/// The newest patch that is on offer of every minor.
const NEWEST_PATCH: u16 = 14;
/// pkgs.k8s.io has no repositories before this minor.
const FIRST_PER_MINOR: u16 = 24;
pub(crate) const TODAY: Date = date(2026, 11, 22);

/// What the planner is given.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) inventory: Inventory,
    pub(crate) target: Target,
    pub(crate) options: Options,
    pub(crate) interleaving: u64,
}

impl Case {
    pub(crate) fn plan(&self) -> Result<Plan, PlanError> {
        self.plan_of(&self.inventory)
    }

    pub(crate) fn plan_of(&self, inventory: &Inventory) -> Result<Plan, PlanError> {
        thread_local! { static FACTS: &'static Facts = Box::leak(Box::new(Facts::embedded())); }
        let request = Request {
            target: self.target.clone(),
            options: self.options.clone(),
            provider: ProviderKind::Kubeadm,
            today: TODAY,
            tool: "0.0.0",
            facts: FACTS.with(|facts| *facts),
            kubectl: None,
            components: None,
            parent: None,
        };
        planner::plan(inventory, &request)
    }
}

/// The inventory and request of the shape.
pub(crate) fn build(shape: &Shape) -> Case {
    let from = Version::new(1, shape.minor, shape.patch);
    let mut inventory = fixtures::healthy_ha(&from);
    let (node_template, host_template) = (inventory.nodes.remove(0), fixtures::host(&from, true));
    let names: Vec<(NodeName, bool)> = (1..=shape.control_planes)
        .map(|number| (NodeName::new(format!("cp-{number}")), true))
        .chain((1..=shape.workers).map(|number| (NodeName::new(format!("w-{number}")), false)))
        .collect();
    let members: Vec<(&NodeName, bool, &NodeShape)> =
        names.iter().zip(&shape.nodes).map(|((name, control_plane), node)| (name, *control_plane, node)).collect();
    inventory.nodes = members.iter().map(|member| node(&node_template, member, &from)).collect();
    inventory.hosts = members
        .iter()
        .filter(|(_, _, node)| node.seen)
        .map(|member| (member.0.clone(), host(&host_template, member, &from)))
        .collect();
    inventory.components = components(shape, &names, &inventory.nodes, &from);
    inventory.pods = members.iter().flat_map(|(name, _, node)| pods(name, node)).collect();
    inventory.budgets = budgets(shape, &inventory.pods);
    if let Some(record) = &mut inventory.kubeadm {
        record.external_etcd = shape.external_etcd;
        record.version = recorded(shape, &from);
    }
    let excluded = members.iter().filter(|(_, _, node)| node.excluded).map(|(name, ..)| (*name).clone()).collect();
    let drain =
        DrainPolicy { force: shape.force, delete_empty_dir_data: shape.delete_empty_dir, ..DrainPolicy::default() };
    Case {
        inventory,
        target: target(shape),
        options: Options { strategy: shape.strategy, drain, excluded, ..Options::default() },
        interleaving: shape.interleaving,
    }
}

fn target(shape: &Shape) -> Target {
    match shape.target {
        Wanted::LatestPatch => Target::LatestPatch,
        Wanted::Up(up) => Target::Minor(Minor::new(1, shape.minor + up)),
        Wanted::Exact { up, patch } => Target::Exact(Version::new(1, shape.minor + up, patch)),
        Wanted::NewestReachable => Target::NewestReachable,
    }
}

/// The version the half-done upgrade was on the way to.
fn ahead(shape: &Shape, from: &Version) -> Option<Version> {
    let half = shape.half_done.as_ref()?;
    let up = u16::from(half.next_minor);
    let version = Version::new(1, from.minor().minor + up, half.patch);
    (version > *from).then_some(version)
}

fn recorded(shape: &Shape, from: &Version) -> Version {
    let recorded = shape.half_done.as_ref().is_some_and(|half| half.recorded && half.parts >= 3);
    ahead(shape, from).filter(|_| recorded).unwrap_or_else(|| from.clone())
}

fn kubelet(node: &NodeShape, from: &Version) -> Version {
    let minor = from.minor().minor.saturating_add_signed(-node.behind);
    if node.behind == 0 { from.clone() } else { Version::new(1, minor, node.patch) }
}

fn node(template: &Node, (name, control_plane, shape): &(&NodeName, bool, &NodeShape), from: &Version) -> Node {
    Node {
        name: (*name).clone(),
        control_plane: *control_plane,
        kubelet: kubelet(shape, from),
        unschedulable: shape.cordon != Cordon::None,
        cordoned_by: (shape.cordon == Cordon::Own).then(|| "0123456789ab".to_owned()),
        ..template.clone()
    }
}

fn host(template: &Host, (_, control_plane, shape): &(&NodeName, bool, &NodeShape), from: &Version) -> Host {
    let kubelet = kubelet(shape, from);
    let kubeadm = match shape.kubeadm {
        KubeadmShape::AsKubelet => Some(kubelet.clone()),
        KubeadmShape::Ahead => Some(Version::new(1, from.minor().minor + 1, NEWEST_PATCH)),
        KubeadmShape::Missing => None,
    };
    let package = |version: &Version| InstalledPackage { version: format!("{version}-1.1"), held: true };
    let mut installed: BTreeMap<String, InstalledPackage> =
        ["kubelet", "kubectl"].map(|name| (name.to_owned(), package(&kubelet))).into();
    installed.extend(kubeadm.iter().map(|version| ("kubeadm".to_owned(), package(version))));
    let minors = from.minor().minor.saturating_sub(5)..=from.minor().minor + 4;
    let patches =
        |minor: u16| (0..=NEWEST_PATCH).rev().map(move |patch| format!("1.{minor}.{patch}-1.1")).collect::<Vec<_>>();
    Host {
        repository: repository(shape, kubelet.minor().minor + shape.repository_ahead),
        installed,
        offered: minors.map(|minor| (Minor::new(1, minor), patches(minor))).collect(),
        kubeadm,
        etcd_data: template.etcd_data.filter(|_| *control_plane),
        etcd: template.etcd.clone().filter(|_| *control_plane),
        ..template.clone()
    }
}

fn repository(shape: &NodeShape, minor: u16) -> Repository {
    let per_minor = shape.per_minor && minor >= FIRST_PER_MINOR;
    let (layout, url) = if per_minor {
        let url = format!("https://pkgs.k8s.io/core:/stable:/v1.{minor}/deb/ /");
        (RepositoryLayout::PerMinor(Minor::new(1, minor)), url)
    } else {
        (RepositoryLayout::AllMinors, "https://mirror.example/kubernetes/ kubernetes-xenial main".to_owned())
    };
    let file = RepositoryFile {
        path: "/etc/apt/sources.list.d/kubernetes.list".to_owned(),
        lines: vec![format!("deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] {url}")],
    };
    Repository { layout, files: vec![file] }
}

fn components(shape: &Shape, names: &[(NodeName, bool)], nodes: &[Node], from: &Version) -> Vec<Instance> {
    let instance = |component, place, version: &Version| Instance {
        component,
        place,
        version: version.clone(),
        source: VersionSource::NodeInfo,
        detail: None,
    };
    let ahead = ahead(shape, from);
    let parts = shape.half_done.as_ref().map_or(0, |half| half.parts);
    let mut components = Vec::new();
    for (index, (name, _)) in names.iter().filter(|(_, control_plane)| *control_plane).enumerate() {
        for (part, component) in
            [Component::ApiServer, Component::ControllerManager, Component::Scheduler].into_iter().enumerate()
        {
            let version = ahead.as_ref().filter(|_| index * 3 + part < parts).unwrap_or(from);
            components.push(instance(component, Place::Node(name.clone()), version));
        }
        components.push(instance(Component::Etcd, Place::Node(name.clone()), &etcd(from)));
    }
    for node in nodes {
        components.push(instance(Component::Kubelet, Place::Node(node.name.clone()), &node.kubelet));
    }
    if let Some(behind) = shape.proxy_behind {
        let version = match behind {
            0 => from.clone(),
            behind => Version::new(1, from.minor().minor - behind, 3),
        };
        components.push(instance(Component::KubeProxy, Place::DaemonSet("kube-proxy".to_owned()), &version));
    }
    components
}

fn etcd(from: &Version) -> Version {
    let fixture = fixtures::healthy(from);
    fixture.instances(Component::Etcd).map(|etcd| etcd.version.clone()).next().expect("the fixture has an etcd")
}

fn pods(name: &NodeName, node: &NodeShape) -> Vec<Pod> {
    let host = name.as_str();
    let mut pods = vec![fixtures::pod("kube-system", &format!("kube-proxy-{host}"), host, ("DaemonSet", "kube-proxy"))];
    for (number, shape) in node.pods.iter().enumerate() {
        let pod = fixtures::pod("shop", &format!("{host}-{number}"), host, ("ReplicaSet", "shop"));
        pods.push(match shape {
            PodShape::Ordinary => pod,
            PodShape::Bare => Pod { owner: None, ..pod },
            PodShape::EmptyDir => Pod { empty_dir: true, ..pod },
            PodShape::Ended => Pod { phase: PodPhase::Succeeded, ready: false, owner: None, ..pod },
        });
    }
    pods
}

/// The first budget covers every third pod of the shop, the second every third from the second on, …; the fourth overlaps.
fn budgets(shape: &Shape, pods: &[Pod]) -> Vec<Budget> {
    let shop: Vec<&Pod> = pods.iter().filter(|pod| pod.name.namespace == "shop").collect();
    let of = |(index, kind): (usize, &BudgetShape)| {
        let covered: Vec<ObjectName> = shop.iter().skip(index).step_by(3).map(|pod| pod.name.clone()).collect();
        let expected = i32::try_from(covered.len()).unwrap_or(i32::MAX);
        let (allowed, desired) = match kind {
            BudgetShape::Now => (1, expected - 1),
            BudgetShape::Later => (0, expected - 1),
            BudgetShape::Never => (0, expected),
        };
        Budget {
            name: ObjectName::new("shop", format!("budget-{index}")),
            min_available: Some(desired.to_string()),
            max_unavailable: None,
            disruptions_allowed: allowed,
            current_healthy: expected,
            desired_healthy: desired,
            expected_pods: expected,
            pods: covered,
        }
    };
    shape.budgets.iter().enumerate().map(of).collect()
}
