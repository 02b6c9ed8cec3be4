//! What is kept before anything changes. The binaries that are replaced stay beside the new ones.

use std::collections::BTreeSet;

use super::fleet::Fleet;
use super::health;
use crate::component::Component;
use crate::components::{ComponentHost, Part};
use crate::plan::{Action, ComponentAction, Condition, Lane, Stage, StageKind, Step, Subject};
use crate::version::Version;

/// An etcd snapshot from the first member, and the units and configuration of every host, as they are at `version`.
pub(super) fn stage(fleet: &mut Fleet<'_>, version: &Version) -> Stage {
    let components = fleet.components;
    let first = components.parts(Component::Etcd).next().map(|(host, _)| &host.name);
    let mut lanes = Vec::new();
    for host in &components.hosts {
        let member = host.part(Component::Etcd).filter(|_| Some(&host.name) == first);
        let mut steps: Vec<Step> = member.map(|part| snapshot(fleet, host, part, version)).into_iter().collect();
        steps.extend(archive(fleet, host, version));
        if !steps.is_empty() {
            lanes.push(Lane { subject: Subject::Node(host.name.clone()), steps });
        }
    }
    Stage { kind: StageKind::Backup, hop: None, at_once: lanes.len().max(1), lanes }
}

fn snapshot(fleet: &mut Fleet<'_>, host: &ComponentHost, part: &Part, version: &Version) -> Step {
    let file = format!("{}/etcd-{version}-{}.db", directory(fleet), stamp(fleet));
    let action = ComponentAction::SnapshotEtcd { host: host.name.clone(), client: health::member(part), file };
    let goal = vec![Condition::OperationSucceeded { node: host.name.clone() }];
    let step = fleet.draft.step(Action::Component(action), vec![Condition::ApiHealthy], goal);
    fleet.draft.snapshot = Some(step.id);
    step
}

fn archive(fleet: &mut Fleet<'_>, host: &ComponentHost, version: &Version) -> Option<Step> {
    let seen = fleet.seen(&host.name).into_iter().flat_map(|seen| &seen.components);
    let known = host.parts.iter().flat_map(|part| part.files.iter().chain(part.runs.manifest()));
    let paths: BTreeSet<String> = seen.flat_map(|part| &part.unit_files).chain(known).cloned().collect();
    if paths.is_empty() {
        return None;
    }
    let file = format!("{}/{}-{version}-{}.tar.gz", directory(fleet), host.name, stamp(fleet));
    let action = Action::ArchiveFiles { node: host.name.clone(), file, paths: paths.into_iter().collect() };
    let goal = vec![Condition::OperationSucceeded { node: host.name.clone() }];
    Some(fleet.draft.step(action, Vec::new(), goal))
}

fn directory(fleet: &Fleet<'_>) -> String {
    fleet.draft.options.backup_directory.trim_end_matches('/').to_owned()
}

/// The moment the plan was made, so that backups of different plans never overwrite each other.
fn stamp(fleet: &Fleet<'_>) -> String {
    fleet.draft.inventory.observed_at.strftime("%Y%m%dt%H%M%Sz").to_string()
}
