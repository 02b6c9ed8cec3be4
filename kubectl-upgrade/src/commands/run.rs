//! `kubectl upgrade run`.

use std::path::Path;

use upgrade_core::gate::Difference;
use upgrade_core::inventory::Inventory;
use upgrade_core::plan::{Plan, PlanFile, PlanFileError};
use upgrade_core::{lint, planner};
use upgrade_engine::{Mode, RunStore, run_id};

use super::look::{Glance, Look, look};
use super::planning::{Planned, make, shown};
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
    let reach = Reach::of(connection, &arguments.choices.hosts);
    let planned = match &arguments.plan {
        Some(path) => load(path, &reach, connection, settings).await?,
        None => make(&arguments.choices, connection, settings).await?,
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
    running::allowed(&look.cluster).await?;
    if !arguments.yes && !settings.terminal.ask(&question(&file.plan)) {
        settings.terminal.note("not run; nothing was changed");
        return Ok(Exit::Done);
    }
    start(file, look, &reach, arguments.takeover, settings).await
}

/// Says what of.
fn question(plan: &Plan) -> String {
    format!("Run {} on {}?", human::totals(plan), plan.cluster.name)
}

async fn start(
    file: PlanFile,
    look: Look,
    reach: &Reach,
    takeover: bool,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let run = run_id(jiff::Timestamp::now(), &file.digest);
    let kept = serde_json::to_value(reach)
        .map_err(|error| Failure::because(Exit::Failed, "failed to write the run's settings", error))?;
    let store = RunStore::at(settings.state_dir.clone());
    let directory = store.create(&file, &run, &kept).map_err(store_failure)?;
    settings.terminal.note(&format!("run {run}; its journal is in {}", directory.path.display()));
    running::execute(Running { directory, file, look, mode: Mode::Start, takeover }, settings).await
}

/// A saved plan, with a fresh look at its cluster.
async fn load(
    path: &Path,
    reach: &Reach,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Planned, Failure> {
    let file = read(path)?;
    let glance = Glance {
        reach,
        token: connection.token.clone(),
        provider: Some(file.plan.provider),
        ask_hosts: true,
        pods: true,
    };
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
