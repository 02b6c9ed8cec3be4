//! `kubectl upgrade resume`.

use upgrade_core::finding::FindingCode;
use upgrade_core::ids::RunId;
use upgrade_core::journal::fold;
use upgrade_core::plan::PlanFile;
use upgrade_engine::Mode;

use super::door::Door;
use super::look::{Glance, look};
use super::restoring;
use super::run::same_cluster;
use super::running::{self, Running};
use super::status::{find, kept, store_failure};
use crate::cli::{ConnectionArgs, ResumeArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::story::Story;
use crate::settings::{Sandboxed, Settings};

/// Goes on with a run where its journal ends, with the settings it was begun with.
pub(super) async fn resume(
    arguments: &ResumeArgs,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let directory = find(arguments.run.as_ref(), settings)?;
    let file = directory.plan().map_err(store_failure)?;
    let story = Story::of(&directory.records().map_err(store_failure)?);
    if story.finished {
        settings.terminal.note(&format!("nothing to do: run {} is finished", directory.run));
        return Ok(Exit::Done);
    }
    let kept = kept(&directory)?;
    if let Some(sandbox) = &kept.sandbox
        && !sandbox.served
    {
        return Err(ended_with_it(&directory.run, sandbox));
    }
    running::streamable(settings)?;
    if !arguments.yes && !confirm(&file, &story, &arguments.accept, settings)? {
        settings.terminal.note("not resumed; nothing was changed");
        return Ok(Exit::Done);
    }
    let reach = kept.overlaid(connection).hearing_by(arguments.wait_file.as_deref());
    let door = Door::to(&reach, connection);
    let glance = Glance { door: &door, provider: Some(file.plan.provider), ask_hosts: false, pods: false };
    let state = match &directory.records().map_err(store_failure)?[..] {
        [] => None,
        records => fold(records).ok(),
    };
    let restoring = state.as_ref().and_then(|state| restoring::begun(&file, state));
    // The lock goes back to whoever held it then, with everything else.
    let takeover = arguments.takeover || restoring.is_some();
    let seen = match (look(glance, settings).await, restoring) {
        (Err(failure), Some((step, key))) if failure.exit == Exit::Unreachable => {
            restoring::finish(step, &key, &file, &door, &reach, settings).await?;
            let glance = Glance { door: &door, provider: Some(file.plan.provider), ask_hosts: false, pods: false };
            look(glance, settings).await
        }
        (seen, _) => seen,
    };
    let mut look = seen.map_err(|failure| match &reach.sandbox {
        Some(sandbox) => {
            failure.hint(format!("if its sandbox has ended: kubectl upgrade sandbox up {}", sandbox.scenario))
        }
        None => failure,
    })?;
    same_cluster(&file.plan, &look.inventory)?;
    let (kind, nodes) = (file.plan.provider, &look.inventory.nodes);
    look.provider = crate::registry::provider(kind, &look.way, &reach, nodes, settings.terminal).await?;
    running::allowed(&look.way.cluster, &file.plan).await?;
    let mode = if story.run.is_some() { Mode::Resume { accepted: arguments.accept.clone() } } else { Mode::Start };
    running::execute(Running { directory, file, look, mode, takeover, score: None }, settings).await
}

/// A cluster simulated in a process is gone with it.
pub(super) fn ended_with_it(run: &RunId, sandbox: &Sandboxed) -> Failure {
    let text = format!("nothing to go on with: the sandbox of run {run} ended with the process that simulated it");
    Failure::new(Exit::Unreachable, text)
        .hint(format!("play it again: {}", sandbox.again()))
        .hint(format!("for one that stays: kubectl upgrade sandbox up {}", sandbox.scenario))
}

/// Says where it goes on, and asks.
fn confirm(file: &PlanFile, story: &Story, accepted: &[FindingCode], settings: &Settings) -> Result<bool, Failure> {
    if !settings.terminal.can_ask() {
        return Err(
            Failure::new(Exit::Usage, "expected a terminal to ask on, found none").hint("kubectl upgrade resume --yes")
        );
    }
    let total = file.plan.steps().count();
    let left = total.saturating_sub(story.finished_steps().count());
    let accepting: Vec<&str> = accepted.iter().map(|code| code.code()).collect();
    let accepting = if accepting.is_empty() { String::new() } else { format!(", accepting {}", accepting.join(", ")) };
    let name = &file.plan.cluster.name;
    Ok(settings.terminal.ask(&format!("Go on with the {left} of {total} steps left on {name}{accepting}?")))
}
