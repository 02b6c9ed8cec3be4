//! CoreDNS at the version that goes with the minor, by hand: it is a Deployment, and its Corefile is the operator's.

use super::fleet::Fleet;
use crate::component::Component;
use crate::components::Care;
use crate::ids::{AddonName, NodeName};
use crate::inventory::Place;
use crate::plan::{
    Action, ComponentAction, ComponentCondition, Condition, Lane, Reversal, Stage, StageKind, Step, Subject,
};
use crate::version::Version;

/// The stage after the nodes; none when it is new enough, not there, or left alone.
pub(super) fn stage(fleet: &mut Fleet<'_>, to: &Version) -> Option<Stage> {
    if fleet.components.coredns == Care::Leave {
        return None;
    }
    let wanted = fleet.request.facts.coredns_of(to)?.clone();
    let deployment = Place::Deployment("coredns".to_owned());
    let seen = fleet.draft.inventory.version_at(Component::CoreDns, &deployment)?.clone();
    let cluster = NodeName::new("coredns");
    let from = fleet.version(&cluster, Component::CoreDns).cloned().unwrap_or(seen);
    if from >= wanted {
        return None;
    }
    fleet.set(&cluster, Component::CoreDns, &wanted);
    let how = how(&from, &wanted, to);
    let action = ComponentAction::CoreDns { from: from.clone(), to: wanted.clone(), how };
    let goal = vec![Condition::Component(ComponentCondition::CoreDnsAt { version: wanted.clone() })];
    let step = fleet.draft.step(Action::Component(action), vec![Condition::ApiHealthy], goal);
    let reversal = Reversal::Inverse(format!(
        "kubectl -n kube-system rollout undo deployment/coredns, and the Corefile that was saved, to {from}"
    ));
    let interrupts = Some("CoreDNS is replaced pod by pod; names go on being answered".to_owned());
    let steps = vec![Step { reversal, interrupts, ..step }];
    let lanes = vec![Lane { subject: Subject::Addon(AddonName::new("coredns")), steps }];
    Some(Stage { kind: StageKind::Addons, hop: None, at_once: 1, lanes })
}

fn how(from: &Version, to: &Version, cluster: &Version) -> Vec<String> {
    vec![
        "keep the Corefile".to_owned(),
        "$ kubectl -n kube-system get configmap coredns -o yaml > coredns-before.yaml".to_owned(),
        format!(
            "look whether a plugin in it is gone or renamed between CoreDNS {from} and {to}: each release's notes at \
             coredns.io say so"
        ),
        format!("take the registry of the image it has, and the tag that goes with Kubernetes {}", cluster.minor()),
        "$ kubectl -n kube-system get deployment coredns -o jsonpath='{.spec.template.spec.containers[0].image}'"
            .to_owned(),
        format!("$ kubectl -n kube-system set image deployment/coredns coredns=REGISTRY/coredns:{}", tag(to)),
        "$ kubectl -n kube-system rollout status deployment/coredns --timeout=5m".to_owned(),
    ]
}

/// Tags have a `v` from 1.8.0 on.
fn tag(version: &Version) -> String {
    if *version < Version::new(1, 8, 0) { version.to_string() } else { version.tag() }
}
