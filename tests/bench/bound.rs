//! The least time in which a stage can be done: from the plan, how long things take in the simulated cluster, and what
//! budgets allow. Nothing that a run was seen to do goes into it.
//!
//! Two things bound it, and the greater counts:
//!
//! - **Lanes.** No more than `at_once` are under way, so there are as many rounds as that takes, and a round takes as long
//!   as a lane. A lane takes what its steps take: what is done, and the round trips without which it is not known to be
//!   done. On a host those are four: the look before the step, its beginning, the wait for its end, and the look after it,
//!   which the plugin promises for every step. A wait that the plan shows among its commands is part of what
//!   is done.
//! - **Budgets.** Every pod is moved at least once, no more pods of a workload at a time than its budget allows, and each
//!   is missing until the one in its place is ready.

use upgrade_core::commands;
use upgrade_core::plan::{Action, Stage, Step};
use upgrade_twin::{Span, Tempo};

/// The same tempo, but everything takes its typical time.
pub(crate) fn steady(tempo: &Tempo) -> Result<Tempo, String> {
    let mut spans = serde_json::to_value(tempo).map_err(|error| error.to_string())?;
    for span in spans.as_object_mut().into_iter().flat_map(|spans| spans.values_mut()) {
        let typical = span["typical_ms"].clone();
        span["low_ms"] = typical.clone();
        span["high_ms"] = typical;
    }
    serde_json::from_value(spans).map_err(|error| error.to_string())
}

/// The bound in seconds, where every workload has so many pods, of which so many may be missing.
pub(crate) fn of(stage: &Stage, tempo: &Tempo, pods: u32, may_miss: u32) -> Result<f64, String> {
    let lanes: Result<Vec<u64>, String> =
        stage.lanes.iter().map(|lane| lane.steps.iter().map(|step| step_ms(step, tempo)).sum()).collect();
    let lanes = lanes?;
    let longest = lanes.iter().copied().max().unwrap_or_default();
    let at_once = u64::try_from(stage.at_once.max(1)).map_err(|error| error.to_string())?;
    let of_lanes = longest.max(lanes.iter().sum::<u64>() / at_once);
    let missing = [tempo.controller, tempo.scheduling, tempo.pod_start, tempo.pod_ready].iter().map(ms).sum::<u64>();
    let of_budgets = u64::from(pods.div_ceil(may_miss.max(1))) * missing;
    Ok(of_lanes.max(of_budgets) as f64 / 1e3)
}

fn ms(span: &Span) -> u64 {
    span.typical_ms
}

/// How long the step's own commands wait: a restarted kubelet is looked at again a little later, as the plan shows.
fn waits_ms(step: &Step) -> u64 {
    let waits = commands::of(&step.action).into_iter().filter_map(|line| match line.argv.as_slice() {
        [program, seconds] if program == "sleep" => seconds.parse::<u64>().ok(),
        _ => None,
    });
    waits.sum::<u64>() * 1_000
}

fn step_ms(step: &Step, tempo: &Tempo) -> Result<u64, String> {
    let (host, api) = (4 * ms(&tempo.host_command), 3 * ms(&tempo.api_answer));
    Ok(match &step.action {
        Action::SwitchRepository { .. } => host + ms(&tempo.package_lists),
        Action::InstallPackages { packages, .. } => {
            host + packages.iter().map(|_| ms(&tempo.package_install)).sum::<u64>()
        }
        Action::UpgradeNode { .. } => host + ms(&tempo.kubeadm_worker),
        Action::RestartKubelet { .. } => host + ms(&tempo.kubelet_restart).max(waits_ms(step)),
        Action::Cordon { .. } | Action::Uncordon { .. } => api,
        Action::Drain { .. } => api + ms(&tempo.pod_stop),
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::UpgradeApply { .. }
        | Action::Component(_)
        | Action::Cloud(_) => {
            return Err(format!("step {} is not one of a worker", step.id));
        }
    })
}
