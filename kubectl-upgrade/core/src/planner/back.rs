//! The way back of a run, as a plan of its own: through the same linter, gate, engine and journal.

use std::collections::BTreeSet;

use super::{PlanError, Request, assemble, managed, manual};
use crate::finding::FindingCode;
use crate::ids::StepId;
use crate::inventory::Inventory;
use crate::journal::{Record, RunState};
use crate::lint;
use crate::plan::{Hop, Plan, PlanFile, PlanKind, ProviderKind, Stage};
use crate::version::Version;

/// What leads back.
pub(super) struct Back {
    /// Where the control plane goes back to, when it does.
    pub(super) control_plane: Option<Hop>,
    /// The steps.
    pub(super) stages: Vec<Stage>,
}

/// Plans the way back of what a run has done so far, as the cluster is now. The choices are those of the run's own plan.
///
/// # Errors
/// When nothing was done, nothing of it can be taken back by this tool, or the plan would break a rule.
pub fn back(
    file: &PlanFile,
    state: &RunState,
    inventory: &Inventory,
    request: &Request<'_>,
) -> Result<Plan, PlanError> {
    planned(file, state, inventory, request, None)
}

/// As [`back`], with etcd put back to the snapshot that the run verified before the hop: what was written since is lost.
///
/// # Errors
/// As [`back`]; and when the run has no such snapshot, or etcd is not set up as this tool can restore it.
pub fn back_with_etcd(
    file: &PlanFile,
    state: &RunState,
    records: &[Record],
    inventory: &Inventory,
    request: &Request<'_>,
) -> Result<Plan, PlanError> {
    planned(file, state, inventory, request, Some(records))
}

fn planned(
    file: &PlanFile,
    state: &RunState,
    inventory: &Inventory,
    request: &Request<'_>,
    records: Option<&[Record]>,
) -> Result<Plan, PlanError> {
    let begun: BTreeSet<StepId> = state.steps.keys().copied().collect();
    if begun.is_empty() {
        return Err(PlanError::NothingToTakeBack);
    }
    if records.is_some() && request.provider != ProviderKind::Manual {
        return Err(PlanError::NoEtcdRestore { provider: request.provider });
    }
    let Back { control_plane, stages } = match request.provider {
        ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks => managed::back(&file.plan, &begun, inventory)?,
        ProviderKind::Manual => manual::back(&file.plan, &begun, inventory, records)?,
        provider @ ProviderKind::Kubeadm => return Err(PlanError::NoWayBack { provider }),
    };
    if stages.is_empty() {
        return Err(PlanError::NothingToTakeBack);
    }
    // Half-way, parts of the control plane stand at either end: the way back starts where the newest of them is.
    let newest = control_plane.as_ref().map(|hop| hop.from.clone());
    let from = newest.or_else(|| super::reached(inventory)).ok_or(PlanError::NoApiServer)?;
    let target: Version = control_plane.as_ref().map_or_else(|| from.clone(), |hop| hop.to.clone());
    let way = super::Way { target, hops: control_plane.into_iter().collect() };
    let mut plan = assemble(inventory, request, from, way, stages);
    plan.kind = PlanKind::Rollback;
    // Windows and exclusions are for what is new: the way back is never held up.
    plan.findings
        .retain(|finding| !matches!(finding.code, FindingCode::MaintenanceExclusion | FindingCode::MaintenanceClosed));
    plan.parent = Some(file.digest.clone());
    let broken = lint::lint(&plan, inventory, request.facts);
    if broken.is_empty() { Ok(plan) } else { Err(PlanError::Lint { broken }) }
}
