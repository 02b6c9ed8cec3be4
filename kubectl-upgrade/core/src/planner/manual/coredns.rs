//! CoreDNS at the version that goes with the minor. It is a Deployment, and its Corefile is the operator's: what a later
//! CoreDNS would exit over is theirs to change before its image is changed.

use super::fleet::Fleet;
use crate::commands::set_image;
use crate::component::Component;
use crate::components::Care;
use crate::corefile;
use crate::ids::{AddonName, NodeName};
use crate::inventory::{Dns, Place};
use crate::plan::{
    Action, ComponentAction, ComponentCondition, Condition, Lane, NewDns, Reversal, Stage, StageKind, Step, Subject,
};
use crate::planner::PlanError;
use crate::planner::draft::Draft;
use crate::version::Version;

/// The first release whose image of Kubernetes' own registries has another name, and a `v` before its version.
const RENAMED: Version = Version::new(1, 8, 0);

/// The stage after the nodes; none when it is new enough, not there, or left alone.
pub(super) fn stage(fleet: &mut Fleet<'_>, to: &Version) -> Result<Option<Stage>, PlanError> {
    let deployment = Place::Deployment("coredns".to_owned());
    let wanted = fleet.request.facts.coredns_of(to).cloned();
    let seen = fleet.draft.inventory.version_at(Component::CoreDns, &deployment).cloned();
    let (Some(wanted), Some(seen)) = (wanted, seen) else { return Ok(None) };
    let cluster = NodeName::new("coredns");
    let from = fleet.version(&cluster, Component::CoreDns).unwrap_or(&seen).clone();
    if from >= wanted {
        return Ok(None);
    }
    let found = fleet.draft.inventory.dns.clone().unwrap_or_default();
    let gone = found.corefile.as_ref().map(|text| corefile::gone(text, &from, &wanted, fleet.request.facts));
    let step = match fleet.components.coredns {
        Care::Leave => return Ok(None),
        Care::Manual => {
            let line = image(&found, &seen, &wanted).map(|image| set_image(&found.container, &image));
            let how = how(&from, &wanted, to, gone.unwrap_or_default(), line);
            by_hand(&mut fleet.draft, &from, &wanted, how)
        }
        Care::Automatic => {
            let cannot = |why: String| PlanError::CoreDns { to: wanted.clone(), why };
            let gone =
                gone.ok_or_else(|| cannot("no Corefile was seen in ConfigMap kube-system/coredns".to_owned()))?;
            if !gone.is_empty() {
                return Err(cannot(format!("its Corefile has {}", gone.join("; "))));
            }
            let image = |to: &Version| {
                let odd = || cannot(format!("expected a version for the tag of its image, found {}", found.image));
                image(&found, &seen, to).ok_or_else(odd)
            };
            let (replaces, image) = (image(&from)?, image(&wanted)?);
            let container = found.container.clone();
            change(&mut fleet.draft, NewDns { from, to: wanted.clone(), container, replaces, image })
        }
    };
    fleet.set(&cluster, Component::CoreDns, &wanted);
    Ok(Some(of(step)))
}

/// The stage that puts the image back which a run replaced.
pub(super) fn back(draft: &mut Draft<'_>, moved: &[&ComponentAction]) -> Option<Stage> {
    let changed = moved.iter().find_map(|action| match action {
        ComponentAction::CoreDnsImage(dns) => Some(dns.clone()),
        ComponentAction::SnapshotEtcd { .. }
        | ComponentAction::Prepare { .. }
        | ComponentAction::Switch { .. }
        | ComponentAction::PreparePod { .. }
        | ComponentAction::SwitchPod { .. }
        | ComponentAction::ByHand { .. }
        | ComponentAction::RestoreEtcd(_)
        | ComponentAction::CoreDns { .. } => None,
    })?;
    let NewDns { from, to, container, replaces, image } = changed;
    Some(of(change(draft, NewDns { from: to, to: from, container, replaces: image, image: replaces })))
}

fn of(step: Step) -> Stage {
    let interrupts = Some("CoreDNS is replaced pod by pod; names go on being answered".to_owned());
    let lanes =
        vec![Lane { subject: Subject::Addon(AddonName::new("coredns")), steps: vec![Step { interrupts, ..step }] }];
    Stage { kind: StageKind::Addons, hop: None, at_once: 1, lanes }
}

fn change(draft: &mut Draft<'_>, dns: NewDns) -> Step {
    let names = ComponentCondition::CoreDnsNames { before: dns.replaces.clone(), after: dns.image.clone() };
    let runs = ComponentCondition::CoreDnsRuns { image: dns.image.clone() };
    let reversal = Reversal::Inverse(format!("put image {} back", dns.replaces));
    let action = Action::Component(ComponentAction::CoreDnsImage(dns));
    let expects = vec![Condition::ApiHealthy, Condition::Component(names)];
    Step { reversal, ..draft.step(action, expects, vec![Condition::Component(runs)]) }
}

/// The image at another version, from where it comes from now; none where its tag is more than its version.
fn image(dns: &Dns, at: &Version, to: &Version) -> Option<String> {
    let (repository, tag) = dns.image.rsplit_once(':')?;
    let own = ["k8s.gcr.io/coredns", "registry.k8s.io/coredns"].contains(&repository);
    match tag.strip_prefix(at.to_string().as_str()).or_else(|| tag.strip_prefix(at.tag().as_str())) {
        Some("") if own && *to >= RENAMED => Some(format!("{repository}/coredns:{}", to.tag())),
        Some("") if tag.starts_with('v') => Some(format!("{repository}:{}", to.tag())),
        Some("") => Some(format!("{repository}:{to}")),
        Some(_) | None => None,
    }
}

fn by_hand(draft: &mut Draft<'_>, from: &Version, to: &Version, how: Vec<String>) -> Step {
    let action = Action::Component(ComponentAction::CoreDns { from: from.clone(), to: to.clone(), how });
    let goal = vec![Condition::Component(ComponentCondition::CoreDnsAt { version: to.clone() })];
    let reversal = Reversal::Inverse(format!(
        "kubectl -n kube-system rollout undo deployment/coredns, and the Corefile that was saved, to {from}"
    ));
    Step { reversal, ..draft.step(action, vec![Condition::ApiHealthy], goal) }
}

/// What to do: `gone` from the Corefile that was seen, and with a line for the image where it is known.
fn how(from: &Version, to: &Version, cluster: &Version, gone: Vec<String>, line: Option<String>) -> Vec<String> {
    let mut how = vec![
        "keep the Corefile".to_owned(),
        "$ kubectl -n kube-system get configmap coredns -o yaml > coredns-before.yaml".to_owned(),
        format!(
            "look whether a plugin in it is gone or renamed between CoreDNS {from} and {to}: each release's notes at \
             coredns.io say so"
        ),
    ];
    how.extend(gone.into_iter().map(|what| format!("in it now: {what}")));
    how.push(format!(
        "take the registry of the image it has, and the tag that goes with Kubernetes {}",
        cluster.minor()
    ));
    how.push(
        "$ kubectl -n kube-system get deployment coredns -o jsonpath='{.spec.template.spec.containers[0].image}'"
            .to_owned(),
    );
    how.push(match line {
        Some(line) => format!("$ {line}"),
        None => format!("set it in Deployment kube-system/coredns, with tag {}", tag(to)),
    });
    how.push("$ kubectl -n kube-system rollout status deployment/coredns --timeout=5m".to_owned());
    how
}

/// Tags have a `v` from 1.8.0 on.
fn tag(version: &Version) -> String {
    if *version < RENAMED { version.to_string() } else { version.tag() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_comes_from_where_it_came_from() {
        let at = |image: &str, to: Version| {
            let dns = Dns { image: image.to_owned(), ..Dns::default() };
            super::image(&dns, &Version::new(1, 7, 0), &to)
        };
        let later = Version::new(1, 13, 1);
        for (before, after) in [
            ("k8s.gcr.io/coredns:1.7.0", "k8s.gcr.io/coredns/coredns:v1.13.1"),
            ("reg.example:5000/dns/coredns:v1.7.0", "reg.example:5000/dns/coredns:v1.13.1"),
            ("coredns/coredns:1.7.0", "coredns/coredns:1.13.1"),
        ] {
            assert_eq!(at(before, later.clone()).as_deref(), Some(after));
        }
        assert_eq!(at("k8s.gcr.io/coredns:1.7.0", Version::new(1, 7, 0)).unwrap(), "k8s.gcr.io/coredns:1.7.0");
        assert_eq!(at("eks/coredns:v1.7.0-eksbuild.1", later.clone()), None);
        assert_eq!(at("coredns/coredns@sha256", later), None);
    }
}
