//! A run that was cut off while it put etcd back: the API is away, and comes back only when that goes on.
//!
//! How far it got stands on the hosts, so that it needs neither the API nor the lock, which no one else can have meanwhile.
//! What it comes to is written down by the run itself, which then goes on as ever.

use std::time::Duration;

use upgrade_core::journal::{RunState, StepState};
use upgrade_core::plan::{PlanFile, Step};
use upgrade_core::scope::OperationKey;
use upgrade_provider::{ErrorKind, OperationStatus};

use super::door::Door;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registry;
use crate::settings::{Reach, Settings};

/// How long one question may wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a host may be away.
const AWAY: u32 = 30;

/// The step that puts everything back to what it was earlier, if it was begun and not seen to end.
pub(super) fn begun<'a>(file: &'a PlanFile, state: &RunState) -> Option<(&'a Step, OperationKey)> {
    let step = file.plan.steps().find(|step| step.action.rewinds())?;
    let attempt = match state.steps.get(&step.id)? {
        StepState::Started { attempt, .. } | StepState::Failed { attempt, .. } => *attempt,
        StepState::Finished { .. } => return None,
    };
    Some((step, OperationKey { run: state.run.clone(), step: step.id, attempt }))
}

/// Goes on with the step on its hosts until it has ended.
pub(super) async fn finish(
    step: &Step,
    key: &OperationKey,
    file: &PlanFile,
    door: &Door<'_>,
    reach: &Reach,
    settings: &Settings,
) -> Result<(), Failure> {
    settings
        .terminal
        .note(&format!("the API is away, as it is while etcd is put back: going on with step {} first", step.id));
    let way = door.open().await?;
    let provider = registry::provider(file.plan.provider, &way, reach, &[], settings.terminal).await?;
    let Some(provider) = provider else { return Err(registry::no_backend(file.plan.provider)) };
    let failed = |error: upgrade_provider::PortError| Failure::from(error);
    let operation = provider.backend.begin(step, key).await.map_err(failed)?;
    let (mut said, mut away) = (String::new(), 0);
    loop {
        match provider.backend.poll(step, &operation, PATIENCE).await {
            Ok(OperationStatus::Running { text, .. }) => {
                away = 0;
                if text != said {
                    settings.terminal.note(&format!("  {text}"));
                    said = text;
                }
            }
            Ok(OperationStatus::Succeeded { .. }) => return Ok(()),
            Ok(OperationStatus::Failed { error, hint, .. }) => {
                return Err(Failure::new(Exit::StepFailed, error)
                    .maybe_hint(hint)
                    .hint("when that is put right: kubectl upgrade resume"));
            }
            Ok(OperationStatus::Unknown) => {
                return Err(Failure::new(
                    Exit::StepFailed,
                    format!("nothing is known on the hosts of step {}", step.id),
                ));
            }
            Err(error) if error.kind == ErrorKind::Away && away < AWAY => {
                away += 1;
                tokio::time::sleep(PATIENCE).await;
            }
            Err(error) => return Err(failed(error)),
        }
    }
}
