//! `kubectl upgrade plan`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use upgrade_core::plan::PlanFile;

use super::door::Door;
use super::planning::{Planned, make, shown};
use crate::cli::{ConnectionArgs, PlanArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::machine;
use crate::settings::{Reach, Settings};

/// Shows the plan, and saves it when asked to. Changes nothing.
pub(super) async fn plan(
    arguments: &PlanArgs,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let (choices, sandbox) = (&arguments.choices, &arguments.sandbox);
    let reach = Reach::of(connection, &choices.hosts);
    let door = Door::or_sandbox(&reach, connection, &choices.hosts, sandbox)?;
    let (file, look) = match make(choices, &door, settings).await? {
        Planned::Plan(made) => *made,
        Planned::Nothing(why) => {
            settings.terminal.note(&why);
            return Ok(Exit::Done);
        }
        Planned::Foreign => return Ok(Exit::ForeignOwner),
    };
    if let Some(path) = &arguments.out {
        save(path, &file)?;
    }
    let text = match machine(settings.format, &file)? {
        Some(text) => text,
        None => shown(&file, &look, arguments.details, &next(arguments, &file), settings),
    };
    settings.terminal.data(&text);
    Ok(if file.plan.blockers().next().is_some() { Exit::Blocked } else { Exit::Done })
}

fn save(path: &Path, file: &PlanFile) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        // Straight to the file: the text of a plan over thousands of nodes is hundreds of megabytes.
        let mut out = BufWriter::new(File::create(path)?);
        serde_json::to_writer_pretty(&mut out, file)?;
        out.write_all(b"\n")?;
        out.flush()
    };
    let failed =
        |error| Failure::because(Exit::Failed, format!("failed to save the plan to {}", path.display()), error);
    write().map_err(failed)
}

/// What to type next.
fn next(arguments: &PlanArgs, file: &PlanFile) -> Vec<(String, String)> {
    let sandbox = arguments.sandbox.typed();
    if arguments.choices.hosts.no_hosts {
        let again = format!("kubectl upgrade plan{sandbox}");
        return vec![("a plan that can run asks the hosts".to_owned(), again)];
    }
    let line = |what: &str, command: String| (what.to_owned(), command);
    match &arguments.out {
        _ if file.plan.blockers().next().is_some() => {
            vec![line("when the blockers are gone", format!("kubectl upgrade plan{sandbox}"))]
        }
        Some(path) => vec![line("run it", format!("kubectl upgrade run{sandbox} --plan {}", path.display()))],
        None if !sandbox.is_empty() => {
            vec![line("play it", format!("kubectl upgrade run{sandbox}, with the same flags"))]
        }
        None => vec![
            line("save it", "kubectl upgrade plan --out plan.json, with the same flags".to_owned()),
            line("run it", "kubectl upgrade run --plan plan.json".to_owned()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::report::fixtures;

    fn typed(line: &str) -> PlanArgs {
        let cli = Cli::try_parse_from(std::iter::once("kubectl-upgrade").chain(line.split_whitespace())).unwrap();
        match cli.command {
            Command::Plan(arguments) => arguments,
            _ => panic!("expected plan"),
        }
    }

    #[test]
    fn what_to_type_next_depends_on_what_stands_in_the_way() {
        let blocked = PlanFile::seal(fixtures::plan());
        let mut plan = fixtures::plan();
        plan.findings.clear();
        let clear = PlanFile::seal(plan);
        let command = |line: &str, file: &PlanFile| next(&typed(line), file).last().unwrap().1.clone();
        assert_eq!(command("plan --out p.json", &clear), "kubectl upgrade run --plan p.json");
        assert_eq!(command("plan --out p.json", &blocked), "kubectl upgrade plan");
        assert_eq!(command("plan --no-hosts", &clear), "kubectl upgrade plan");
    }

    #[test]
    fn a_saved_plan_reads_back_as_the_same_plan() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.json");
        let file = PlanFile::seal(fixtures::plan());
        save(&path, &file).unwrap();
        assert_eq!(PlanFile::read(&std::fs::read_to_string(&path).unwrap()).unwrap(), file);
    }
}
