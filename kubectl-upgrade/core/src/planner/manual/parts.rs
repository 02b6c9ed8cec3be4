//! One component on one host: fetched and asked beforehand, then switched, by the tool or by a person.

use super::fleet::Fleet;
use super::{by_hand, health};
use crate::component::Component;
use crate::components::{ComponentHost, Execution, Image, Part, Source};
use crate::ids::NodeName;
use crate::inventory::RunsAs;
use crate::plan::{
    Action, ComponentAction, ComponentCondition, Condition, Lane, NewBinary, NewManifest, NewPod, Reversal, Stage,
    StageKind, Step, Subject,
};
use crate::version::Version;

/// So many hosts fetch at once: a mirror is not to be taken down by the fleet it serves.
const FETCH_AT_ONCE: usize = 5;

/// Every new binary beside its old one, verified and asked, before anything that runs is touched.
pub(super) fn preparation(fleet: &mut Fleet<'_>, moved: &[Component], to: &Version) -> Option<Stage> {
    let components = fleet.components;
    let mut lanes = Vec::new();
    for host in &components.hosts {
        let due: Vec<(&Part, Version)> = due(fleet, host, moved, to);
        let steps: Vec<Step> = due
            .into_iter()
            .filter_map(|(part, version)| Some(prepare(fleet, host, automatic(fleet, host, part, &version)?)))
            .collect();
        if !steps.is_empty() {
            lanes.push(Lane { subject: Subject::Node(host.name.clone()), steps });
        }
    }
    (!lanes.is_empty()).then_some(Stage { kind: StageKind::Preparation, hop: None, at_once: FETCH_AT_ONCE, lanes })
}

/// Those components of every host that are behind, host by host, one at a time.
pub(super) fn stage(fleet: &mut Fleet<'_>, kind: StageKind, moved: &[Component], to: &Version) -> Option<Stage> {
    let components = fleet.components;
    let mut lanes = Vec::new();
    for host in &components.hosts {
        let due: Vec<(&Part, Version)> = due(fleet, host, moved, to);
        let steps: Vec<Step> =
            due.into_iter().map(|(part, version)| replace(fleet, host, part, &version, Vec::new())).collect();
        if !steps.is_empty() {
            lanes.push(Lane { subject: Subject::Node(host.name.clone()), steps });
        }
    }
    (!lanes.is_empty()).then_some(Stage { kind, hop: None, at_once: 1, lanes })
}

/// The host's components among those that are to move, with where to, in the order given.
pub(super) fn due<'a>(
    fleet: &Fleet<'a>,
    host: &'a ComponentHost,
    moved: &[Component],
    to: &Version,
) -> Vec<(&'a Part, Version)> {
    let parts = moved.iter().filter_map(|component| host.part(*component));
    parts.filter_map(|part| Some((part, fleet.target(&host.name, part, to)?))).collect()
}

/// All that is needed to replace a component without a person.
enum Automatic {
    /// One that a unit starts.
    Binary { binary: NewBinary, source: Source, sha256: Option<String> },
    /// One that is a static pod.
    Pod(NewPod),
}

/// None where a person replaces it.
fn automatic(fleet: &Fleet<'_>, host: &ComponentHost, part: &Part, to: &Version) -> Option<Automatic> {
    if part.execute != Execution::Automatic {
        return None;
    }
    match &part.runs {
        RunsAs::Unit(unit) => {
            let (component, path) = (part.component, part.binary.clone()?);
            let binary = NewBinary { component, version: to.clone(), unit: unit.clone(), path };
            let source = fleet.components.source_of(part)?.of(component, to, &host.arch);
            let sha256 = fleet.components.checksum(component, to, &host.arch).map(str::to_owned);
            Some(Automatic::Binary { binary, source, sha256 })
        }
        RunsAs::StaticPod(manifest) => {
            let image = part.image.as_ref()?;
            Some(Automatic::Pod(NewPod {
                component: part.component,
                version: to.clone(),
                manifest: manifest.clone(),
                replaces: image_now(fleet, host, part, image),
                image: image.of(part.component, to, &host.arch),
            }))
        }
    }
}

/// The image in the manifest as the steps drafted so far leave it: at first the one that was seen there.
fn image_now(fleet: &Fleet<'_>, host: &ComponentHost, part: &Part, image: &Image) -> String {
    let at = fleet.version(&host.name, part.component);
    let seen = fleet.seen(&host.name).and_then(|seen| seen.components.iter().find(|seen| seen.runs == part.runs));
    let unmoved = seen.filter(|seen| seen.component == part.component && seen.running.as_ref() == at);
    match (unmoved.and_then(|seen| seen.image.clone()), at) {
        (Some(image), _) => image,
        (None, Some(at)) => image.of(part.component, at, &host.arch),
        (None, None) => image.template().to_owned(),
    }
}

fn prepare(fleet: &mut Fleet<'_>, host: &ComponentHost, new: Automatic) -> Step {
    let (host, ask) = (host.name.clone(), !fleet.request.options.unasked);
    let goal = vec![Condition::OperationSucceeded { node: host.clone() }];
    let (action, reversal) = match new {
        Automatic::Binary { binary, source, sha256 } => {
            let how = format!("remove {}", binary.beside(&binary.version));
            (ComponentAction::Prepare { host, binary, source, sha256, ask }, Reversal::Inverse(how))
        }
        Automatic::Pod(pod) => (ComponentAction::PreparePod { host, pod, ask }, Reversal::Nothing),
    };
    let step = fleet.draft.step(Action::Component(action), Vec::new(), goal);
    Step { reversal, ..step }
}

/// The step that takes the component to the version; `expects` is what it needs beyond the component itself.
pub(super) fn replace(
    fleet: &mut Fleet<'_>,
    host: &ComponentHost,
    part: &Part,
    to: &Version,
    expects: Vec<Condition>,
) -> Step {
    let (name, component) = (&host.name, part.component);
    let from = fleet.version(name, component).cloned().unwrap_or_else(|| to.clone());
    let action = match automatic(fleet, host, part, to) {
        Some(Automatic::Binary { binary, .. }) => ComponentAction::Switch {
            host: name.clone(),
            binary,
            from: from.clone(),
            health: health::of(part),
            ask: !fleet.request.options.unasked,
        },
        Some(Automatic::Pod(pod)) => ComponentAction::SwitchPod {
            host: name.clone(),
            pod,
            manifest: NewManifest::Edited,
            from: from.clone(),
            health: health::of(part),
            ask: !fleet.request.options.unasked,
        },
        None => ComponentAction::ByHand {
            host: name.clone(),
            component,
            from: from.clone(),
            to: to.clone(),
            how: by_hand::replace(fleet.components, host, part, &from, to),
        },
    };
    let mut expects = [needs(fleet, name, component), expects].concat();
    expects.push(within(name, component, &from, to));
    let goal = goal(fleet, name, component, to);
    let step = fleet.draft.step(Action::Component(action), expects, goal);
    fleet.set(name, component, to);
    Step { reversal: reversal(part, &from, to), interrupts: interrupts(fleet, name, component), ..step }
}

fn within(host: &NodeName, component: Component, from: &Version, to: &Version) -> Condition {
    Condition::Component(ComponentCondition::Within {
        host: host.clone(),
        component,
        from: from.clone(),
        to: to.clone(),
    })
}

/// The other instances that serve while this one restarts.
fn needs(fleet: &Fleet<'_>, host: &NodeName, component: Component) -> Vec<Condition> {
    let mut needed = vec![Condition::ApiHealthy];
    let beside: &[Component] = match component {
        Component::Etcd => &[Component::Etcd],
        Component::ApiServer => &[Component::Etcd, Component::ApiServer],
        Component::ControllerManager | Component::Scheduler | Component::CloudControllerManager => {
            &[Component::ApiServer]
        }
        Component::Kubelet
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => &[],
    };
    for component in beside {
        let others = fleet.hosts_of(*component).into_iter().filter(|other| *other != host);
        needed.extend(others.map(|other| {
            Condition::Component(ComponentCondition::Runs { host: other.clone(), component: *component })
        }));
    }
    needed
}

fn goal(fleet: &Fleet<'_>, host: &NodeName, component: Component, to: &Version) -> Vec<Condition> {
    let at = ComponentCondition::At { host: host.clone(), component, version: to.clone() };
    let mut goal = vec![Condition::Component(at)];
    if component == Component::Kubelet && fleet.draft.node(host).is_some() {
        goal.push(Condition::KubeletAt { node: host.clone(), version: to.clone() });
        goal.push(Condition::NodeReady { node: host.clone() });
    } else {
        goal.push(Condition::ApiHealthy);
    }
    goal
}

fn reversal(part: &Part, from: &Version, to: &Version) -> Reversal {
    let component = part.component;
    if component == Component::Etcd && from.minor() != to.minor() {
        return Reversal::Impossible(format!(
            "etcd {} does not read what {} has written once every member moved; until then each member's old binary can \
             be switched back, after that the snapshot is restored",
            from.minor(),
            to.minor()
        ));
    }
    let what = match (&part.runs, &part.binary) {
        (RunsAs::Unit(_), Some(path)) => format!("switch {path}-{} back in and restart the unit", from.tag()),
        (RunsAs::Unit(_), None) => format!("put {component} {from} back and restart the unit"),
        (RunsAs::StaticPod(path), _) => format!("put the manifest of {component} {from} back to {path}"),
    };
    let when = match component {
        Component::ApiServer => "; before that every component that must not be newer than it",
        Component::Kubelet => "; the node is drained first",
        Component::Etcd
        | Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => "",
    };
    Reversal::Inverse(format!("{what}{when}"))
}

/// What is away, in words. Running pods and their traffic go on in every case.
fn interrupts(fleet: &Fleet<'_>, host: &NodeName, component: Component) -> Option<String> {
    let others = fleet.hosts_of(component).len() > 1;
    match component {
        Component::ApiServer if others => Some(format!(
            "the API server on {host} restarts; the others answer through the load balancer, running pods go on"
        )),
        Component::ApiServer => {
            Some("the API is away while its only server restarts; running pods and their traffic go on".to_owned())
        }
        Component::Etcd if others => {
            Some(format!("the etcd member on {host} restarts; the others keep quorum, a new leader may be chosen"))
        }
        Component::Etcd => {
            Some("the API hangs while the only etcd member restarts; running pods and their traffic go on".to_owned())
        }
        Component::ControllerManager | Component::Scheduler | Component::CloudControllerManager => {
            let who = if others { "another instance takes over" } else { "nothing is scheduled or repaired meanwhile" };
            Some(format!("{component} on {host} restarts; {who}"))
        }
        Component::KubeProxy => Some(format!("kube-proxy on {host} restarts; the rules it has written go on")),
        Component::Kubelet
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => None,
    }
}
