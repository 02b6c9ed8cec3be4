//! `kubectl upgrade rehearse`: plays the plan on a copy of the cluster. Reads the cluster, changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use upgrade_core::facts::Facts;
use upgrade_core::plan::PlanFile;
use upgrade_rehearsal::{Advice, Copy, CopyError, Forecast, Program, RehearsalError, advise, scratch};

use super::door::Door;
use super::planning::{Planned, make};
use super::run::load;
use super::running::Signals;
use crate::cli::{ConnectionArgs, RehearseArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registry::{self, OnStage};
use crate::report::human::{ForecastView, forecast};
use crate::report::progress::Tries;
use crate::report::{Terminal, machine};
use crate::settings::{Reach, Settings};

/// Rehearses and says what is to be expected.
pub(super) async fn rehearse(
    arguments: &RehearseArgs,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let hosts = &arguments.choices.hosts;
    if hosts.no_hosts {
        return Err(Failure::new(Exit::Usage, "a plan made without asking the hosts cannot be rehearsed")
            .hint("leave --no-hosts away, or only look: kubectl upgrade plan --no-hosts"));
    }
    let reach = Reach::of(connection, hosts);
    let door = Door::or_sandbox(&reach, connection, hosts, &arguments.sandbox)?;
    let planned = match &arguments.plan {
        Some(path) => load(path, &door, settings).await?,
        None => make(&arguments.choices, &door, settings).await?,
    };
    let (file, look) = match planned {
        Planned::Plan(made) => *made,
        Planned::Nothing(why) => {
            settings.terminal.note(&why);
            return Ok(Exit::Done);
        }
        Planned::Foreign => return Ok(Exit::ForeignOwner),
    };
    let provider = registry::on_stage(file.plan.provider, &look.inventory)?;
    settings.say("copying the cluster");
    let copy = Copy::of(look.way.cluster.snapshot().await?, &look.inventory, &file.plan).map_err(copy_failure)?;
    let scratch = scratch().map_err(|error| {
        Failure::because(Exit::Failed, "failed to make a place for the rehearsals' journals", error)
    })?;
    let rehearsing = Rehearsing {
        provider,
        copy,
        times: arguments.times.unwrap_or(times(&file)),
        file,
        facts: Arc::new(look.facts),
        scratch: scratch.path().to_owned(),
        terminal: settings.terminal,
    };
    let mut signals = Signals::new();
    // The clock of a sandbox stands still while a blocking task is under way.
    let played = tokio::select! {
        played = tokio::task::spawn_blocking(|| rehearsing.play()) => played,
        () = signals.next() => {
            settings.terminal.note("not rehearsed to the end; nothing was changed");
            return Ok(Exit::Interrupted);
        }
    };
    let (played, forecast, advice) =
        played.map_err(|error| Failure::because(Exit::Failed, "failed to rehearse", error))??;
    show(&played, &forecast, &advice, settings)
}

/// Chance evens out over many steps, and a rehearsal of very many takes minutes.
fn times(file: &PlanFile) -> u64 {
    const MANY: usize = 3_000;
    if file.plan.steps().count() > MANY { 2 } else { 10 }
}

/// What is rehearsed, away from the person's signals.
struct Rehearsing {
    provider: OnStage,
    copy: Copy,
    file: PlanFile,
    facts: Arc<Facts>,
    scratch: PathBuf,
    times: u64,
    terminal: Terminal,
}

impl Rehearsing {
    fn play(self) -> Result<(Self, Forecast, Advice), Failure> {
        let program = Program {
            blueprint: &self.copy.blueprint,
            plan: &self.file,
            facts: Arc::clone(&self.facts),
            provider: &self.provider,
            scratch: &self.scratch,
            times: self.times,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        };
        let tries = Tries::begin(&self.terminal, self.times);
        let rehearsals = program.play(&|done| tries.done(done)).map_err(rehearsal_failure)?;
        let forecast = Forecast::of(&self.file.plan, &rehearsals);
        tries.say("looking for what would go better");
        let advice = advise(&program, &forecast).map_err(rehearsal_failure)?;
        Ok((self, forecast, advice))
    }
}

fn show(played: &Rehearsing, told: &Forecast, advice: &Advice, settings: &Settings) -> Result<Exit, Failure> {
    let file = &played.file;
    let view = ForecastView::of(file, told, advice, &played.copy.unlike);
    let text = match machine(settings.format, &view)? {
        Some(text) => text,
        None => forecast(&view, settings.terminal.columns()),
    };
    settings.terminal.data(&text);
    Ok(if told.finished == told.rehearsals { Exit::Done } else { Exit::Blocked })
}

fn copy_failure(error: CopyError) -> Failure {
    let hint = match &error {
        CopyError::NoApiServer => "see what could not be seen: kubectl upgrade versions",
        CopyError::HostsUnseen { .. } => {
            "a rehearsal asks the hosts, as a run does; see why they did not answer: kubectl upgrade plan"
        }
        CopyError::StaticPods { .. } | CopyError::Packages { .. } => {
            "look at its plan and its estimate instead: kubectl upgrade plan"
        }
    };
    Failure::new(Exit::Failed, error).hint(hint)
}

fn rehearsal_failure(error: RehearsalError) -> Failure {
    Failure::new(Exit::Failed, error)
}
