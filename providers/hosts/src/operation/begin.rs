//! Beginning an operation, once.

use std::fmt::Write as _;
use std::time::Duration;

use upgrade_core::commands::{self, CommandLine, quote};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::Step;
use upgrade_core::scope::OperationKey;
use upgrade_provider::{ErrorKind, PortError};
use upgrade_ssh::{Script, Target, Transport};

use super::Place;
use crate::failure::{port_error, script_error};

const BEGIN: &str = include_str!("begin.sh");

/// The exit status by which `begin.sh` says that there is no systemd-run.
const NO_SYSTEMD: i32 = 69;

/// Writes the step's commands to the host and starts them detached, unless that was done before under the same key.
pub(crate) async fn begin(
    transport: &dyn Transport,
    target: &Target,
    operations: &str,
    step: &Step,
    key: &OperationKey,
) -> Result<OperationRef, PortError> {
    let lines = commands::of(&step.action);
    if lines.is_empty() {
        let message = format!("expected step {} to run commands on a host, found none to run", step.id);
        return Err(PortError::new(ErrorKind::Refused, message));
    }
    let about = format!("kubectl upgrade: run {}, step {}, attempt {}", key.run, key.step, key.attempt);
    run(transport, target, operations, &Place::new(operations, key), &about, &lines).await
}

/// Starts the lines detached at their place, unless that was done before.
pub(super) async fn run(
    transport: &dyn Transport,
    target: &Target,
    operations: &str,
    place: &Place,
    about: &str,
    lines: &[CommandLine],
) -> Result<OperationRef, PortError> {
    let text = format!(
        "{}operations={}\nscript={}\nabout={}\n{BEGIN}",
        place.variables(),
        quote(operations),
        quote(&script(lines)),
        quote(about),
    );
    let script = Script { text, timeout: Duration::from_secs(60), keep: 16 * 1024 };
    let output = transport.run(target, &script).await.map_err(port_error)?;
    match output.status {
        0 => Ok(place.reference()),
        NO_SYSTEMD => Err(PortError::new(
            ErrorKind::Refused,
            format!("expected systemd-run on {}, so that a dropped connection does not stop the step", target.node),
        )
        .hint(format!("{} command -v systemd-run", target.by_hand()))),
        _ => Err(script_error(target.node.as_str(), "begin the step", &output)),
    }
}

/// The script that runs: the action's lines, each printed before it runs; the first that fails ends it. Those marked
/// `always` run at its end, whatever it is.
fn script(lines: &[CommandLine]) -> String {
    let mut text = "#!/bin/sh\nset -eu\n".to_owned();
    let (always, plain): (Vec<&CommandLine>, Vec<&CommandLine>) = lines.iter().partition(|line| line.always);
    if !always.is_empty() {
        text.push_str("finish() {\nended=$?\ntrap - EXIT\n");
        for line in always {
            let _ = writeln!(text, "{}{} || ended=$?", shown(line), line.as_root());
        }
        text.push_str("exit \"$ended\"\n}\ntrap finish EXIT\n");
    }
    for line in plain {
        let _ = writeln!(text, "{}{}", shown(line), line.as_root());
    }
    text
}

/// Prints what comes next: in words where the line is a script itself.
fn shown(line: &CommandLine) -> String {
    let text = match &line.note {
        Some(note) if line.argv.first().is_some_and(|program| program == "sh") => format!("+ {note}"),
        Some(_) | None => format!("+ {}", line.as_root()),
    };
    format!("printf '%s\\n' {}\n", quote(&text))
}
