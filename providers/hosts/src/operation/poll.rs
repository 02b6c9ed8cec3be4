//! Asking how an operation stands.

use std::time::Duration;

use upgrade_core::inventory::OperationOutcome;
use upgrade_core::journal::OperationRef;
use upgrade_provider::{ErrorKind, OperationStatus, PortError};
use upgrade_ssh::{Script, Target, Transport};

use super::Place;
use crate::failure::{port_error, script_error};
use crate::text;

const STATE: &str = include_str!("state.sh");

/// How long one question waits on the host at most: ssh's proofs of life and the caller's own clock come between.
const LONGEST: Duration = Duration::from_secs(10);

/// How much of the end of the output is fetched.
const TAIL: usize = 16 * 1024;

/// The least time between two looks on the host whether the operation has ended. Looked for is what it leaves at its
/// end, which costs the host next to nothing; that it died without a trace is seen when the question ends.
const LEAST_PAUSE: Duration = Duration::from_millis(50);

/// The share of the time waited so far after which it is looked again: half of it is lost at a step's end.
const SHARE: u32 = 16;

/// Prints the state of the operation in one line, for [`outcome`] to read.
pub(crate) fn state_script(place: &Place) -> String {
    format!("{}{STATE}state\n", place.variables())
}

/// Reads the line that [`state_script`] prints.
pub(crate) fn outcome(line: &str) -> Option<OperationOutcome> {
    match line.trim() {
        "running" => Some(OperationOutcome::Running),
        "lost" => Some(OperationOutcome::Lost),
        "absent" => Some(OperationOutcome::Absent),
        line => {
            let exit_status = line.strip_prefix("ended ")?.parse().ok()?;
            Some(OperationOutcome::Ended { exit_status })
        }
    }
}

/// Waits on the host until the operation ends, at most for `patience`.
pub(crate) async fn poll(
    transport: &dyn Transport,
    target: &Target,
    operations: &str,
    operation: &OperationRef,
    patience: Duration,
) -> Result<OperationStatus, PortError> {
    let place = Place::find(operations, operation)?;
    let patience = patience.min(LONGEST);
    let pauses: String = pauses(patience).map(|pause| format!(" {:.2}", pause.as_secs_f64())).collect();
    let wait = format!(
        "{}{STATE}if [ \"$(state)\" = running ]; then\nfor pause in{pauses}; do\nif [ -s \"$dir/status\" ]; then break; fi\n\
         sleep \"$pause\"\ndone\nfi\nstate\ntail -c {TAIL} -- \"$dir/output\" 2>/dev/null || :\n",
        place.variables()
    );
    let script = Script { text: wait, timeout: patience + Duration::from_secs(20), keep: TAIL + 1024 };
    let output = transport.run(target, &script).await.map_err(port_error)?;
    if output.status != 0 {
        return Err(script_error(target.node.as_str(), "ask how the step stands", &output));
    }
    let (state, printed) = output.stdout.split_once('\n').unwrap_or((&output.stdout, ""));
    match outcome(state) {
        Some(outcome) => Ok(status(outcome, &text::clean(printed), target, &place)),
        None => Err(PortError::new(
            ErrorKind::Malformed,
            format!("expected the state of {} on {}, found {state:?}", place.unit, target.node),
        )),
    }
}

/// From one look to the next, until that much has been waited for.
fn pauses(patience: Duration) -> impl Iterator<Item = Duration> {
    let pause = |waited: Duration| (waited / SHARE).max(LEAST_PAUSE);
    let looks = std::iter::successors(Some(Duration::ZERO), move |waited| Some(*waited + pause(*waited)));
    looks.take_while(move |waited| *waited < patience).map(pause)
}

fn status(outcome: OperationOutcome, output: &str, target: &Target, place: &Place) -> OperationStatus {
    let hint = format!("{} sudo less {}/output", target.by_hand(), place.directory);
    match outcome {
        OperationOutcome::Absent => OperationStatus::Unknown,
        OperationOutcome::Running => {
            OperationStatus::Running { text: text::last(output), done: None, total: None, blocked: Vec::new() }
        }
        OperationOutcome::Ended { exit_status: 0 } => {
            OperationStatus::Succeeded { observed: text::observed(output), output: output.to_owned() }
        }
        OperationOutcome::Ended { exit_status } => {
            let error =
                format!("expected exit status 0 on {}, found {exit_status}: {}", target.node, text::why(output));
            OperationStatus::Failed { output: output.to_owned(), error, hint: Some(hint) }
        }
        OperationOutcome::Lost => {
            let last = text::last(output);
            let error = format!(
                "expected {} on {} to run or to leave an exit status, found neither: it was killed or the host went \
                 down; its last words: {last}",
                place.unit, target.node
            );
            OperationStatus::Failed { output: output.to_owned(), error, hint: Some(hint) }
        }
    }
}
