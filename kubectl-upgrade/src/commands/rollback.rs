//! `kubectl upgrade rollback`: a run's way back, as a plan of its own.

use upgrade_core::journal::fold;
use upgrade_core::plan::{PlanFile, PlanKind};
use upgrade_core::planner::{self, PlanError, Request};
use upgrade_engine::{Mode, run_id};

use super::assess;
use super::door::Door;
use super::look::{Glance, look};
use super::planning::{TOOL, plan_failure, shown};
use super::resume::ended_with_it;
use super::run::{create, same_cluster};
use super::running::{self, Running};
use super::status::{find, kept, store_failure};
use crate::cli::{ConnectionArgs, RollbackArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{Format, human};
use crate::settings::Settings;

/// Plans the way back of a run as the cluster is now, shows it, asks, and runs it.
pub(super) async fn rollback(
    arguments: &RollbackArgs,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let before = find(arguments.run.as_ref(), settings)?;
    let file = before.plan().map_err(store_failure)?;
    let records = before.records().map_err(store_failure)?;
    let state = fold(&records).map_err(|error| {
        Failure::because(Exit::Failed, format!("failed to read the journal of {}", before.run), error)
    })?;
    let kept = kept(&before)?;
    if let Some(sandbox) = &kept.sandbox
        && !sandbox.served
    {
        return Err(ended_with_it(&before.run, sandbox));
    }
    running::streamable(settings)?;
    let reach = kept.overlaid(connection);
    let door = Door::to(&reach, connection);
    let glance = Glance { door: &door, provider: Some(file.plan.provider), ask_hosts: true, pods: true };
    let look = look(glance, settings).await?;
    same_cluster(&file.plan, &look.inventory)?;
    let request = Request {
        target: Default::default(),
        options: file.plan.options.clone(),
        provider: file.plan.provider,
        today: assess::day(look.inventory.observed_at),
        tool: TOOL,
        facts: &look.facts,
        kubectl: look.kubectl.as_ref(),
        components: None,
        parent: Some(file.digest.clone()),
    };
    let planned = if arguments.restore_etcd {
        planner::back_with_etcd(&file, &state, &records, &look.inventory, &request)
    } else {
        planner::back(&file, &state, &look.inventory, &request)
    };
    let plan = match planned {
        Ok(plan) => plan,
        Err(nothing @ PlanError::NothingToTakeBack) => {
            settings.terminal.note(&nothing.to_string());
            if file.plan.kind == PlanKind::Rollback {
                let text = format!("run {} was a way back itself; name the one that is meant: --run ID", before.run);
                settings.terminal.note(&text);
            }
            return Ok(Exit::Done);
        }
        Err(error) => return Err(plan_failure(error)),
    };
    let file = PlanFile::seal(plan);
    let text = shown(&file, &look, arguments.details, &[], settings);
    match settings.format {
        Format::Human => settings.terminal.data(&text),
        Format::Json | Format::Yaml => settings.terminal.note(&text),
    }
    running::allowed(&look.way.cluster, &file.plan).await?;
    let question = format!("Take {} back on {}?", human::totals(&file.plan), file.plan.cluster.name);
    let agreed = arguments.yes || (settings.terminal.can_ask() && settings.terminal.ask(&question));
    if !agreed {
        let with = if arguments.restore_etcd { " --restore-etcd" } else { "" };
        let text = format!(
            "not run; nothing was changed. To run it without being asked: kubectl upgrade rollback{with} --yes"
        );
        settings.terminal.note(&text);
        return Ok(Exit::Done);
    }
    let directory = create(&file, &run_id(jiff::Timestamp::now(), &file.digest), &reach, &settings.state_dir)?;
    settings.terminal.note(&format!("run {}; its journal is in {}", directory.run, directory.path.display()));
    let running = Running { directory, file, look, mode: Mode::Start, takeover: arguments.takeover, score: None };
    running::execute(running, settings).await
}
