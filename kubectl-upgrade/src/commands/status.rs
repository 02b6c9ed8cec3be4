//! `kubectl upgrade status`: from the journal alone; no cluster is asked.

use std::time::Duration;

use jiff::Timestamp;
use upgrade_core::journal::Record;
use upgrade_core::plan::PlanFile;
use upgrade_engine::{RunDirectory, RunStore, StoreError};

use crate::cli::StatusArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::human::{self, StatusView};
use crate::report::machine;
use crate::report::story::Story;
use crate::settings::{Reach, Sandboxed, Settings};

/// Between two looks at a journal.
const AGAIN: Duration = Duration::from_secs(2);

/// What machines get.
#[derive(serde::Serialize)]
struct Status<'a> {
    run: &'a str,
    plan: &'a PlanFile,
    in_hand: bool,
    records: &'a [Record],
}

/// Shows a run.
pub(super) async fn status(arguments: &StatusArgs, settings: &Settings) -> Result<Exit, Failure> {
    let directory = find(arguments.run.as_ref(), settings)?;
    let file = directory.plan().map_err(store_failure)?;
    let sandbox = kept(&directory)?.sandbox;
    let simulated = sandbox.is_some();
    let sandbox = sandbox.filter(|sandbox| !sandbox.served);
    loop {
        let records = directory.records().map_err(store_failure)?;
        let in_hand = in_hand(&directory);
        let gone = sandbox.as_ref().filter(|_| !in_hand);
        let story = Story::of(&records);
        let now = now(simulated, &story);
        let status = Status { run: directory.run.as_str(), plan: &file, in_hand, records: &records };
        let text = match machine(settings.format, &status)? {
            Some(text) => text,
            None => {
                shown(arguments, &file, &story, in_hand, now, settings)? + &gone.map(last_words).unwrap_or_default()
            }
        };
        settings.terminal.data(&text);
        let ended = story.finished || story.held.is_some() || !in_hand;
        if !arguments.watch || ended {
            return Ok(Exit::Done);
        }
        tokio::time::sleep(AGAIN).await;
        settings.terminal.clear();
    }
}

/// Whether a process has the run in hand: the engine keeps the journal locked while it writes it.
fn in_hand(directory: &RunDirectory) -> bool {
    let journal = std::fs::File::open(directory.path.join("journal.jsonl"));
    journal.is_ok_and(|file| matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}

/// The journal of a simulated cluster is in that cluster's time, which stands still for whoever looks from outside.
fn now(simulated: bool, story: &Story) -> Timestamp {
    story.last.filter(|_| simulated).unwrap_or_else(Timestamp::now)
}

/// What is left of a cluster that was simulated.
fn last_words(sandbox: &Sandboxed) -> String {
    format!("\nsandbox  {} ended with its run; to play it again: {}\n", sandbox.scenario, sandbox.again())
}

fn shown(
    arguments: &StatusArgs,
    file: &PlanFile,
    story: &Story,
    in_hand: bool,
    now: Timestamp,
    settings: &Settings,
) -> Result<String, Failure> {
    let columns = settings.terminal.columns();
    match arguments.step {
        None => {
            let view = StatusView { plan: &file.plan, digest: &file.digest, story, in_hand, now };
            Ok(human::status(&view, columns))
        }
        Some(id) => {
            let step = file.plan.step(id).ok_or_else(|| {
                let total = file.plan.steps().count();
                Failure::new(Exit::Usage, format!("expected a step from 1 to {total}, found {id}"))
                    .hint("kubectl upgrade status")
            })?;
            Ok(human::step_record(step, story.steps.get(&id), columns))
        }
    }
}

/// The run named, or the last one; one in a sandbox only where there is none of a real cluster.
pub(crate) fn find(run: Option<&upgrade_core::ids::RunId>, settings: &Settings) -> Result<RunDirectory, Failure> {
    let stores = [settings.state_dir.clone(), settings.sandbox_dir()].map(RunStore::at);
    let [real, sandboxes] = &stores;
    let found = match run {
        Some(run) => {
            Some(real.open(run).or_else(|missing| sandboxes.open(run).map_err(|_| missing)).map_err(store_failure)?)
        }
        None => match last(real)? {
            Some(found) => Some(found),
            None => last(sandboxes)?,
        },
    };
    found.ok_or_else(|| {
        let place = settings.state_dir.display();
        Failure::new(Exit::Usage, format!("expected a run in {place}, found none"))
            .hint("start one: kubectl upgrade run, or name the place of its journal: --state-dir DIR")
    })
}

fn last(store: &RunStore) -> Result<Option<RunDirectory>, Failure> {
    Ok(store.list().map_err(store_failure)?.into_iter().rfind(begun))
}

/// A run that never got the lock has a place and no record. One that cannot be read has begun, and says why later.
fn begun(directory: &RunDirectory) -> bool {
    directory.records().map_or(true, |records| !records.is_empty())
}

/// The settings a run was begun with.
pub(crate) fn kept(directory: &RunDirectory) -> Result<Reach, Failure> {
    let kept = directory.settings().map_err(store_failure)?;
    serde_json::from_value(kept)
        .map_err(|error| Failure::because(Exit::Failed, "failed to read the settings the run was begun with", error))
}

/// What a run's files that cannot be used mean.
pub(crate) fn store_failure(error: StoreError) -> Failure {
    let exit = match &error {
        StoreError::Missing { .. } | StoreError::Name { .. } => Exit::Usage,
        StoreError::Plan { .. } => Exit::Stale,
        StoreError::Read { .. }
        | StoreError::Write { .. }
        | StoreError::Settings { .. }
        | StoreError::Journal(_)
        | StoreError::Exists { .. } => Exit::Failed,
    };
    let hint = matches!(error, StoreError::Missing { .. })
        .then(|| "leave --run away for the last one, or name the place of its journal: --state-dir DIR".to_owned());
    Failure::new(exit, error).maybe_hint(hint)
}
