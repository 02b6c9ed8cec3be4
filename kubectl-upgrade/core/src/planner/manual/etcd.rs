//! etcd, one member at a time and one minor at a time, where the components file names a version to take it to.

use super::fleet::Fleet;
use super::{backup, parts};
use crate::component::Component;
use crate::ids::NodeName;
use crate::plan::{Stage, StageKind};
use crate::planner::PlanError;
use crate::version::Version;

/// The stages before the first hop; none when every member is where it should be.
pub(super) fn stages(fleet: &mut Fleet<'_>, at: &Version) -> Result<Vec<Stage>, PlanError> {
    let targets = targets(fleet)?;
    let [(_, _, to), ..] = targets.as_slice() else { return Ok(Vec::new()) };
    let to = to.clone();
    let mut stages = vec![backup::stage(fleet, at)];
    stages.extend(parts::preparation(fleet, &[Component::Etcd], &to));
    stages.extend(parts::stage(fleet, StageKind::Etcd, &[Component::Etcd], &to));
    Ok(stages)
}

/// The members that are to move: host, from, to.
fn targets(fleet: &Fleet<'_>) -> Result<Vec<(NodeName, Version, Version)>, PlanError> {
    let mut moved = Vec::new();
    for (host, part) in fleet.components.parts(Component::Etcd) {
        let (Some(from), Some(to)) = (fleet.version(&host.name, Component::Etcd), &part.to) else { continue };
        if to < from {
            return Err(PlanError::EtcdBack { host: host.name.clone(), from: from.clone(), to: to.clone() });
        }
        if to.minor().ahead_of(from.minor()) > 1 {
            return Err(PlanError::EtcdSkips { from: from.clone(), to: to.clone() });
        }
        if let Some(rule) = fleet.request.facts.etcd_rule(from.minor(), to.minor())
            && *from < rule.required
        {
            let (host, required) = (host.name.clone(), rule.required.clone());
            return Err(PlanError::EtcdTooOld { host, from: from.clone(), to: to.minor(), required });
        }
        if from < to {
            moved.push((host.name.clone(), from.clone(), to.clone()));
        }
    }
    Ok(moved)
}
