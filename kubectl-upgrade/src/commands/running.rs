//! A run under way: the engine on one side, the reporter and the person's signals on the other.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use upgrade_cluster::Cluster;
use upgrade_core::journal::{HoldReason, Record};
use upgrade_core::plan::{Plan, PlanFile};
use upgrade_engine::{Clock, EngineError, JournalError, Mode, Outcome, Request, RunDirectory, StopLevel};
use upgrade_provider::LockError;

use super::look::Look;
use super::planning::TOOL;
use super::play::{Play, Score};
use super::status::store_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registry;
use crate::report::Format;
use crate::report::human;
use crate::report::played::Played;
use crate::report::progress::Reporter;
use crate::report::story::Story;
use crate::settings::{Settings, holder};

/// What is run.
pub(crate) struct Running {
    /// Where its journal is.
    pub(crate) directory: RunDirectory,
    /// The plan.
    pub(crate) file: PlanFile,
    /// The way to the cluster and its hosts.
    pub(crate) look: Look,
    /// From the start, or on.
    pub(crate) mode: Mode,
    /// Whether a foreign lock is taken over.
    pub(crate) takeover: bool,
    /// How it is played, in a cluster simulated in this process.
    pub(crate) score: Option<Score>,
}

/// The clock on the screen moves on so often.
const TICK: Duration = Duration::from_secs(1);

/// Events come one by one: as text for people or as JSON lines, not as one YAML document.
pub(crate) fn streamable(settings: &Settings) -> Result<(), Failure> {
    match settings.format {
        Format::Human | Format::Json => Ok(()),
        Format::Yaml => Err(Failure::new(Exit::Usage, "expected -o human or -o json for a run's events, found yaml")
            .hint("take JSON lines: -o json")),
    }
}

/// Refuses before anything is changed when a right is missing that a run needs.
pub(crate) async fn allowed(cluster: &Cluster, plan: &Plan) -> Result<(), Failure> {
    let missing = registry::missing_rights(cluster, plan).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!("you may not {}", missing.join("; nor "));
    Err(Failure::new(Exit::Denied, text).hint("see what you may do: kubectl auth can-i --list"))
}

/// Runs to the end or to a hold.
pub(crate) async fn execute(running: Running, settings: &Settings) -> Result<Exit, Failure> {
    let Running { directory, file, look, mode, takeover, score } = running;
    let holder = holder();
    let mut ports = registry::ports(&look, &file.plan, &directory.run, &holder)?;
    let play = score.zip(look.way.stage.as_ref()).map(|(score, stage)| Play::begin(score, stage, &mut ports));
    let clock = Arc::clone(&look.way.clock);
    let story = Story::of(&directory.records().map_err(store_failure)?);
    let (events, told) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(StopLevel::Go);
    let request = Request {
        directory,
        plan: file.clone(),
        ports,
        facts: Arc::new(look.facts.clone()),
        mode,
        takeover,
        holder,
        tool: TOOL.to_owned(),
        events,
        stop: stopped,
        clock: Arc::clone(&clock),
    };
    let json = settings.format == Format::Json;
    let reporter = Reporter::new(&settings.terminal, &file.plan, story, json);
    let (outcome, story) = watched(request, told, stop, reporter, clock.as_ref()).await;
    let exit = ended(outcome.map_err(engine_failure)?, &file.plan, &story, clock.now(), settings)?;
    if let Some(play) = play {
        let played = play.end(&file.plan, &story);
        report(&played, clock.now(), settings);
        if !played.finished {
            settings.terminal.note(&human::stage_is_gone(&played));
        }
    }
    Ok(exit)
}

/// What a run in a sandbox came to. For machines it is the last line of the stream.
fn report(played: &Played, now: Timestamp, settings: &Settings) {
    match settings.format {
        Format::Human => settings.terminal.data(&human::played(played, settings.terminal.columns())),
        Format::Json | Format::Yaml => {
            settings.terminal.data(&format!("{}\n", serde_json::json!({"at": now, "report": played})));
        }
    }
}

/// Drives the engine, shows what it tells and hands the person's signals on.
async fn watched(
    request: Request,
    mut told: mpsc::UnboundedReceiver<upgrade_core::event::Event>,
    stop: watch::Sender<StopLevel>,
    mut reporter: Reporter<'_>,
    clock: &dyn Clock,
) -> (Result<Outcome, EngineError>, Story) {
    let mut engine = Box::pin(upgrade_engine::execute(request));
    let mut tick = tokio::time::interval(TICK);
    let mut signals = Signals::new();
    let outcome = loop {
        tokio::select! {
            biased;
            Some(event) = told.recv() => reporter.event(clock.now(), &event),
            outcome = &mut engine => break outcome,
            () = signals.next() => {
                let level = if *stop.borrow() == StopLevel::Go { StopLevel::Finish } else { StopLevel::Abandon };
                reporter.say(&words(level, &reporter.under_way()));
                stop.send_replace(level);
            }
            _ = tick.tick() => reporter.tick(clock.now()),
        }
    };
    while let Ok(event) = told.try_recv() {
        reporter.event(clock.now(), &event);
    }
    (outcome, reporter.close())
}

/// What a signal comes to.
fn words(level: StopLevel, under_way: &str) -> String {
    match level {
        StopLevel::Go => String::new(),
        StopLevel::Finish if under_way == "nothing" => "holding before the next step".to_owned(),
        StopLevel::Finish => format!("finishing {under_way}, then holding; press Ctrl-C again to stop waiting"),
        StopLevel::Abandon => {
            format!("not waiting for {under_way} any longer; what has begun on a host goes on there, in doubt")
        }
    }
}

/// Ctrl-C and SIGTERM alike. The streams live as long as the run, so that no signal falls between two looks.
pub(super) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Signals {
    pub(super) fn new() -> Self {
        let stream = |kind| signal(kind).ok();
        Self { interrupt: stream(SignalKind::interrupt()), terminate: stream(SignalKind::terminate()) }
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            () = heard(&mut self.interrupt) => {}
            () = heard(&mut self.terminate) => {}
        }
    }
}

async fn heard(signal: &mut Option<Signal>) {
    let came = match signal {
        Some(signal) => signal.recv().await.is_some(),
        None => false,
    };
    if !came {
        std::future::pending::<()>().await;
    }
}

/// The last words of a run and its exit code.
fn ended(outcome: Outcome, plan: &Plan, story: &Story, now: Timestamp, settings: &Settings) -> Result<Exit, Failure> {
    match outcome {
        Outcome::Finished => {
            settings.terminal.note(&human::finished(plan, story, now));
            Ok(Exit::Done)
        }
        Outcome::Held(record) => Ok(held(&record, plan, settings)),
    }
}

fn held(record: &Record, plan: &Plan, settings: &Settings) -> Exit {
    let Some(hold) = Story::of(std::slice::from_ref(record)).held else { return Exit::Failed };
    settings.terminal.note(&human::held(plan, &hold, settings.terminal.columns()));
    match hold.reason {
        HoldReason::Blocked => Exit::Refused,
        HoldReason::Drifted => Exit::Stale,
        HoldReason::Failed => Exit::StepFailed,
        HoldReason::Interrupted => Exit::Interrupted,
        HoldReason::LockLost => Exit::Locked,
    }
}

fn engine_failure(error: EngineError) -> Failure {
    let exit = match &error {
        EngineError::Lock(LockError::Taken { .. }) => Exit::Locked,
        EngineError::Lock(LockError::Port(port)) => crate::failure::port_exit(port.kind),
        EngineError::Journal(JournalError::InUse { .. }) => Exit::Locked,
        EngineError::OtherRun { .. } => Exit::Stale,
        EngineError::AlreadyStarted { .. } => Exit::Usage,
        EngineError::Store(_) | EngineError::Journal(_) | EngineError::Fold(_) => Exit::Failed,
    };
    let hint =
        error.hint().or_else(|| (exit == Exit::Locked).then(|| "see what it does: kubectl upgrade status".to_owned()));
    Failure::new(exit, error).maybe_hint(hint)
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::StepId;
    use upgrade_core::journal::Entry;
    use upgrade_provider::{ErrorKind, PortError};

    use super::*;
    use crate::report::{Terminal, fixtures};

    fn settings() -> Settings {
        let terminal = Terminal::new(anstream::ColorChoice::Never);
        Settings { terminal, format: Format::Human, verbose: false, state_dir: std::path::PathBuf::new() }
    }

    #[test]
    fn every_reason_to_hold_has_its_exit_code() {
        for (reason, exit) in [
            (HoldReason::Blocked, Exit::Refused),
            (HoldReason::Drifted, Exit::Stale),
            (HoldReason::Failed, Exit::StepFailed),
            (HoldReason::Interrupted, Exit::Interrupted),
            (HoldReason::LockLost, Exit::Locked),
        ] {
            let entry = Entry::Held { reason, step: Some(StepId(3)), found: vec![], state: vec![], next: vec![] };
            let record = Record { sequence: 9, at: fixtures::at(0), entry };
            assert_eq!(held(&record, &fixtures::plan(), &settings()), exit, "{reason:?}");
        }
    }

    #[test]
    fn a_lock_that_was_not_had_says_why() {
        let taken = LockError::Taken { holder: "r1 root@a".to_owned(), renewed_s_ago: 3, stale: false };
        let failure = engine_failure(EngineError::Lock(taken));
        assert_eq!((failure.exit, failure.hints.len()), (Exit::Locked, 1));
        let away = LockError::Port(PortError::new(ErrorKind::Away, "the API server refuses connections"));
        assert_eq!(engine_failure(EngineError::Lock(away)).exit, Exit::Unreachable);
        let in_use = JournalError::InUse { path: "journal.jsonl".into() };
        assert_eq!(engine_failure(EngineError::Journal(in_use)).exit, Exit::Locked);
    }

    #[test]
    fn yaml_is_no_stream() {
        let yaml = Settings { format: Format::Yaml, ..settings() };
        assert_eq!(streamable(&yaml).unwrap_err().exit, Exit::Usage);
        assert!(streamable(&settings()).is_ok());
    }

    #[test]
    fn a_signal_is_answered_with_what_it_comes_to() {
        assert_eq!(words(StopLevel::Finish, "nothing"), "holding before the next step");
        assert!(words(StopLevel::Finish, "drain on web-10").starts_with("finishing drain on web-10, then holding"));
        assert!(words(StopLevel::Abandon, "drain on web-10").contains("in doubt"));
    }
}
