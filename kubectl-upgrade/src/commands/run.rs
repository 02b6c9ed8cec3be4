//! `kubectl upgrade run`.

use std::path::Path;

use upgrade_core::gate::Difference;
use upgrade_core::ids::RunId;
use upgrade_core::inventory::Inventory;
use upgrade_core::plan::{Plan, PlanFile, PlanFileError};
use upgrade_core::{lint, planner};
use upgrade_engine::{Mode, RunDirectory, RunStore, run_id};

use super::door::Door;
use super::look::{Glance, Look, look};
use super::planning::{Planned, make, shown};
use super::play::Score;
use super::running::{self, Running};
use super::status::store_failure;
use crate::cli::{ConnectionArgs, RunArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{Format, human};
use crate::settings::{Reach, Settings};

/// Shows the plan, asks, and runs it.
pub(super) async fn run(
    arguments: &RunArgs,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Exit, Failure> {
    if !arguments.yes && !settings.terminal.can_ask() {
        return Err(Failure::new(Exit::Usage, "expected a terminal to ask on, found none")
            .hint("look at the plan first, then say so: kubectl upgrade run --yes"));
    }
    running::streamable(settings)?;
    if arguments.choices.hosts.no_hosts {
        return Err(Failure::new(Exit::Usage, "a plan made without asking the hosts cannot be run")
            .hint("leave --no-hosts away, or only look: kubectl upgrade plan --no-hosts"));
    }
    let reach = Reach::of(connection, &arguments.choices.hosts).hearing_by(arguments.wait_file.as_deref());
    let door = Door::or_sandbox(&reach, connection, &arguments.choices.hosts, &arguments.sandbox)?;
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
    // The event stream has standard output to itself.
    let text = shown(&file, &look, arguments.details, &[], settings);
    match settings.format {
        Format::Human => settings.terminal.data(&text),
        Format::Json | Format::Yaml => settings.terminal.note(&text),
    }
    if file.plan.blockers().next().is_some() {
        return Err(Failure::new(Exit::Blocked, "the run may not start while blockers stand")
            .hint("follow the remedies above, or accept one by its code: --accept KUxxxx"));
    }
    running::allowed(&look.way.cluster, &file.plan).await?;
    if !arguments.yes && !settings.terminal.ask(&question(&file.plan)) {
        settings.terminal.note("not run; nothing was changed");
        return Ok(Exit::Done);
    }
    let reach = reach.played_in(look.way.sandbox.clone());
    let (directory, score) = match &look.way.stage {
        Some(_) => (create_in_sandbox(&file, &look, &reach, settings)?, score(arguments, &look)),
        None => (create(&file, &run_id(jiff::Timestamp::now(), &file.digest), &reach, &settings.state_dir)?, None),
    };
    settings.terminal.note(&format!("run {}; its journal is in {}", directory.run, directory.path.display()));
    let running = Running { directory, file, look, mode: Mode::Start, takeover: arguments.takeover, score };
    running::execute(running, settings).await
}

/// Says what of.
fn question(plan: &Plan) -> String {
    format!("Run {} on {}?", human::totals(plan), plan.cluster.name)
}

pub(super) fn create(file: &PlanFile, run: &RunId, reach: &Reach, root: &Path) -> Result<RunDirectory, Failure> {
    let kept = serde_json::to_value(reach)
        .map_err(|error| Failure::because(Exit::Failed, "failed to write the run's settings", error))?;
    RunStore::at(root.to_owned()).create(file, run, &kept).map_err(store_failure)
}

/// The same story begins at the same moment each time it is told: all but the first are numbered.
fn create_in_sandbox(
    file: &PlanFile,
    look: &Look,
    reach: &Reach,
    settings: &Settings,
) -> Result<RunDirectory, Failure> {
    let root = settings.sandbox_dir();
    let first = run_id(look.way.clock.now(), &file.digest);
    let told = |run: &RunId| root.join(file.plan.cluster.uid.as_str()).join(run.as_str()).exists();
    let again = (2_u32..).map(|number| RunId::new(format!("{first}-{number}")));
    let run = std::iter::once(first.clone()).chain(again).find(|run| !told(run)).unwrap_or(first.clone());
    create(file, &run, reach, &root)
}

fn score(arguments: &RunArgs, look: &Look) -> Option<Score> {
    let scenario = look.way.sandbox.as_ref()?.scenario.clone();
    Some(Score { scenario, seed: arguments.sandbox.seed, speed: arguments.speed.speed })
}

/// A saved plan, with a fresh look at its cluster.
pub(super) async fn load(path: &Path, door: &Door<'_>, settings: &Settings) -> Result<Planned, Failure> {
    let file = read(path)?;
    let glance = Glance { door, provider: Some(file.plan.provider), ask_hosts: true, pods: true };
    let look = look(glance, settings).await?;
    verify_fresh(&file.plan, &look)?;
    Ok(Planned::Plan(Box::new((file, look))))
}

fn read(path: &Path) -> Result<PlanFile, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::because(Exit::Usage, format!("failed to read the plan {}", path.display()), error)
            .hint(format!("make one: kubectl upgrade plan --out {}", path.display()))
    })?;
    PlanFile::read(&text).map_err(|error| {
        let exit = match &error {
            PlanFileError::Shape { .. } => Exit::Usage,
            PlanFileError::Format { .. } | PlanFileError::Changed { .. } => Exit::Stale,
        };
        Failure::because(exit, format!("failed to use the plan {}", path.display()), error)
            .hint(format!("make it anew: kubectl upgrade plan --out {}", path.display()))
    })
}

/// A saved plan runs only on the cluster it was made for, as that was, and only while it proves sound.
pub(crate) fn verify_fresh(plan: &Plan, look: &Look) -> Result<(), Failure> {
    same_cluster(plan, &look.inventory)?;
    let again = "plan from where it is now: kubectl upgrade plan --out FILE";
    let stale: Vec<String> = planner::stale(plan, &look.inventory).iter().map(difference).collect();
    if !stale.is_empty() {
        return Err(Failure::new(Exit::Stale, format!("the plan is stale: {}", stale.join("; "))).hint(again));
    }
    let broken: Vec<String> = lint::lint(plan, &look.inventory, &look.facts).iter().map(ToString::to_string).collect();
    if !broken.is_empty() {
        return Err(Failure::new(Exit::Stale, format!("the plan is not sound: {}", broken.join("; "))).hint(again));
    }
    Ok(())
}

/// Names can be the same; the UID of kube-system cannot.
pub(crate) fn same_cluster(plan: &Plan, inventory: &Inventory) -> Result<(), Failure> {
    let (expected, found) = (&plan.cluster, &inventory.cluster);
    if expected.uid == found.uid {
        return Ok(());
    }
    let text = format!(
        "the plan is for another cluster: expected {} ({}), found {} ({})",
        expected.name, expected.uid, found.name, found.uid
    );
    Err(Failure::new(Exit::Stale, text).hint("name the right one: --context NAME"))
}

fn difference(difference: &Difference) -> String {
    format!("expected {}, found {}", difference.expected, difference.found)
}
