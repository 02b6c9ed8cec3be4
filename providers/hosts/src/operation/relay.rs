//! Operations that go over several hosts: parts, each of which ends before the next begins.
//!
//! Each part is an operation of its own on its own host. How far it has got stands on the first part's host, where the
//! whole is known by its name: any process finds it there and goes on with it. It only gets on while it is polled; a part
//! under way goes on by itself. A further attempt goes on where the one before it stopped: parts that are done may have led
//! to a world in which doing them again would do harm.

use std::time::Duration;

use upgrade_core::commands::{Part, quote};
use upgrade_core::journal::OperationRef;
use upgrade_provider::{ErrorKind, OperationStatus, PortError};
use upgrade_ssh::{Script, Target, Transport};

use super::begin::run;
use super::poll::{poll, state_script};
use super::{Place, text_of};
use crate::failure::{port_error, script_error};
use crate::text;

/// How much of what the parts said is fetched.
const KEPT: usize = 16 * 1024;

/// What is written of how far it got: the parts that ended well, and what they said was observed.
const FAR: &str = "[ -d \"$own\" ] || { echo absent; echo 0; return 0; }\n\
                   if [ -e \"$dir/status\" ]; then cp -- \"$dir/status\" \"$own/ended\"; mv -f -- \"$own/ended\" \"$own/status\"; echo ended; elif [ -e \"$dir/started\" ]; then echo going; else echo absent; fi\n\
                   cat -- \"$dir/done\" 2>/dev/null || echo 0\ncat -- \"$dir/output\" 2>/dev/null || :\n";

/// A part that ended badly is kept under another name, so that it can be tried again.
const AGAIN: &str = "case $(state) in\n'ended 0' | running | absent) ;;\n*)\nagain=1\n\
                     while [ -e \"$dir.ended-$again\" ]; do again=$((again + 1)); done\n\
                     mv -- \"$dir\" \"$dir.ended-$again\"\n;;\nesac\n";

/// What stands before the number of the attempt in an operation's name.
const ATTEMPT: &str = "-attempt-";

/// One operation and what carries it out.
pub(crate) struct Relay<'a> {
    transport: &'a dyn Transport,
    operations: &'a str,
    /// What this attempt is known by.
    own: Place,
    /// The first attempt, where it stands how far all of them got.
    place: Place,
    parts: Vec<(Target, Part)>,
}

/// How far an operation got.
struct Far {
    state: State,
    done: usize,
    output: String,
}

#[derive(PartialEq, Eq)]
enum State {
    Absent,
    Going,
    Ended,
}

impl<'a> Relay<'a> {
    pub(crate) fn new(
        transport: &'a dyn Transport,
        operations: &'a str,
        own: Place,
        parts: Vec<(Target, Part)>,
    ) -> Self {
        let first = own.unit.rsplit_once(ATTEMPT).map(|(name, _)| format!("{name}{ATTEMPT}1"));
        let place = first.map_or_else(|| own.clone(), |unit| Place::of_unit(operations, unit));
        Self { transport, operations, own, place, parts }
    }

    /// Gives it its name, or finds it; a part of it that had ended badly is tried again.
    pub(crate) async fn begin(&self) -> Result<OperationRef, PortError> {
        let first = self.first()?;
        let text = "umask 077\nmkdir -p -- \"$dir/started\" \"$own/started\"\n";
        self.ask(first, &self.place, text, "begin the step").await?;
        let far = self.far().await?;
        if let Some((target, _)) = self.parts.get(far.done).filter(|_| far.state == State::Going) {
            let place = self.place.part(self.operations, far.done + 1);
            let text = format!("{}{AGAIN}", state_script(&place));
            self.ask(target, &place, &text, "begin the step").await?;
        }
        Ok(self.own.reference())
    }

    /// Goes on with it, at most for `patience`.
    pub(crate) async fn poll(&self, patience: Duration) -> Result<OperationStatus, PortError> {
        let far = self.far().await?;
        match far.state {
            State::Absent => return Ok(OperationStatus::Unknown),
            State::Ended => {
                return Ok(OperationStatus::Succeeded { observed: text::observed(&far.output), output: far.output });
            }
            State::Going => {}
        }
        let Some((target, part)) = self.parts.get(far.done) else {
            let message =
                format!("expected {} parts of {}, found {} done", self.parts.len(), self.place.unit, far.done);
            return Err(PortError::new(ErrorKind::Malformed, message));
        };
        let place = self.place.part(self.operations, far.done + 1);
        let status = poll(self.transport, target, self.operations, &place.reference(), patience).await?;
        match status {
            OperationStatus::Unknown => {
                let about = format!("kubectl upgrade: part {} of {}", far.done + 1, self.place.unit);
                run(self.transport, target, self.operations, &place, &about, &part.lines).await?;
            }
            OperationStatus::Running { .. } => {}
            OperationStatus::Succeeded { observed, .. } => {
                self.advance(far.done + 1, target, &observed).await?;
            }
            failed @ OperationStatus::Failed { .. } => return Ok(failed),
        }
        Ok(self.going_on(far.done, target, part))
    }

    fn going_on(&self, done: usize, target: &Target, part: &Part) -> OperationStatus {
        let count = |number: usize| u32::try_from(number).ok();
        OperationStatus::Running {
            text: format!("on {}: {}", target.node, text_of(&part.lines)),
            done: count(done),
            total: count(self.parts.len()),
            blocked: Vec::new(),
        }
    }

    /// Writes down that so many parts have ended well; with the last one the whole has.
    async fn advance(&self, done: usize, target: &Target, observed: &[String]) -> Result<(), PortError> {
        let said: Vec<String> =
            observed.iter().map(|line| quote(&format!("observed: on {}: {line}", target.node))).collect();
        let said = if said.is_empty() {
            String::new()
        } else {
            format!("printf '%s\\n' {} >> \"$dir/output\"\n", said.join(" "))
        };
        let last = if done == self.parts.len() {
            "echo 0 > \"$dir/status.new\"\nsync\nmv -f -- \"$dir/status.new\" \"$dir/status\"\n"
        } else {
            ""
        };
        let text =
            format!("{said}echo {done} > \"$dir/done.new\"\nsync\nmv -f -- \"$dir/done.new\" \"$dir/done\"\n{last}");
        self.ask(self.first()?, &self.place, &text, "write down how far the step got").await.map(drop)
    }

    async fn far(&self) -> Result<Far, PortError> {
        let said = self.ask(self.first()?, &self.place, FAR, "ask how the step stands").await?;
        let mut lines = said.splitn(3, '\n');
        let (state, done) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let known = match state {
            "absent" => Some(State::Absent),
            "going" => Some(State::Going),
            "ended" => Some(State::Ended),
            _ => None,
        };
        let Some((state, done)) = known.zip(done.trim().parse().ok()) else {
            let message = format!("expected how far {} got, found {state:?} and {done:?}", self.place.unit);
            return Err(PortError::new(ErrorKind::Malformed, message));
        };
        Ok(Far { state, done, output: text::clean(lines.next().unwrap_or_default()) })
    }

    fn first(&self) -> Result<&Target, PortError> {
        let missing = || PortError::new(ErrorKind::Refused, "expected a step of parts, found none");
        self.parts.first().map(|(target, _)| target).ok_or_else(missing)
    }

    async fn ask(&self, target: &Target, place: &Place, text: &str, doing: &str) -> Result<String, PortError> {
        let text = format!("{}own={}\nset -eu\n{text}", place.variables(), quote(&self.own.directory));
        let script = Script { text, timeout: Duration::from_secs(60), keep: KEPT };
        let output = self.transport.run(target, &script).await.map_err(port_error)?;
        if output.status == 0 { Ok(output.stdout) } else { Err(script_error(target.node.as_str(), doing, &output)) }
    }
}
