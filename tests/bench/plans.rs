//! A plan against a raw download of what it reads, in turns.

use std::path::Path;
use std::process::Command;

use upgrade_tests::plugin;

use crate::measure::{Run, run};
use crate::raw::{Download, download};
use crate::report::Row;

/// A cluster to plan for.
pub(crate) struct Subject<'a> {
    /// What it is called in the table.
    pub(crate) name: &'a str,
    pub(crate) kubeconfig: &'a Path,
    /// The lists that a plan reads of it.
    pub(crate) lists: Vec<String>,
    /// `--to`.
    pub(crate) target: &'a str,
    /// How often each is done.
    pub(crate) rounds: usize,
    /// The ratio that must be kept.
    pub(crate) ratio: f64,
    /// The peak of resident memory that must be kept, in MiB.
    pub(crate) peak_mib: Option<f64>,
}

/// Plans and downloads in turns.
pub(crate) fn compare(subject: &Subject<'_>) -> Vec<Row> {
    let home = tempfile::tempdir().expect("a directory");
    let plan = || {
        let mut command = Command::new(plugin::binary());
        command.args(["plan", "--no-hosts", "--to", subject.target]).env_clear();
        command.env("KUBECONFIG", subject.kubeconfig).env("HOME", home.path());
        let plan = run(&mut command);
        // 3: a plan was made, and that no host was asked blocks it.
        assert_eq!(plan.exit, Some(3), "no plan was made of {}", subject.name);
        plan
    };
    let raw = || download(subject.kubeconfig, &subject.lists);
    // Both once before: the first answers of a server are slower than the others.
    let bytes = raw().bytes;
    let _ = plan();
    // Who goes first changes too.
    let round = |round: usize| match round % 2 {
        0 => (raw(), plan()),
        _ => {
            let made = plan();
            (raw(), made)
        }
    };
    rows(subject, bytes, &(0..subject.rounds).map(round).collect::<Vec<_>>())
}

fn rows(subject: &Subject<'_>, bytes: usize, rounds: &[(Download, Run)]) -> Vec<Row> {
    let name = |what: &str| format!("{}: {what}", subject.name);
    let each = |of: fn(&(Download, Run)) -> f64| rounds.iter().map(of).collect::<Vec<f64>>();
    let peak = Row::told(name("plan, peak of resident memory"), "MiB", each(|(_, plan)| plan.peak_mib));
    let best = |of| each(of).into_iter().fold(f64::INFINITY, f64::min);
    let of_best = best(|(_, plan)| plan.wall_s) / best(|(raw, _)| raw.wall_s);
    let mib = bytes / (1024 * 1024);
    vec![
        Row::told(name(&format!("raw download of its lists, {mib} MiB")), "s", each(|(raw, _)| raw.wall_s)),
        Row::told(name("plan"), "s", each(|(_, plan)| plan.wall_s)),
        Row::limited(name("plan / raw download"), "×", each(|(raw, plan)| plan.wall_s / raw.wall_s), subject.ratio),
        Row::told(name("plan / raw download, the best of each"), "×", vec![of_best]),
        Row::told(name("raw download, CPU"), "s", each(|(raw, _)| raw.cpu_s)),
        Row::told(name("plan, CPU"), "s", each(|(_, plan)| plan.cpu_s)),
        Row { limit: subject.peak_mib, ..peak },
    ]
}
