//! A plan against a raw download of what it reads, in turns.

use std::path::Path;
use std::process::Command;

use upgrade_tests::plugin;

use crate::measure::run;
use crate::raw::download;
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
    // Both once before: the first answers of a server are slower than the others.
    let bytes = download(subject.kubeconfig, &subject.lists).bytes;
    let _ = plan();
    let (mut plans, mut downloads, mut ratios, mut peaks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..subject.rounds {
        // Who goes first changes too.
        let (made, raw) = if round % 2 == 0 {
            let raw = download(subject.kubeconfig, &subject.lists);
            (plan(), raw)
        } else {
            let made = plan();
            (made, download(subject.kubeconfig, &subject.lists))
        };
        let (made_s, raw_s) = (made.wall.as_secs_f64(), raw.wall.as_secs_f64());
        plans.push(made_s);
        downloads.push(raw_s);
        ratios.push(made_s / raw_s);
        peaks.push(made.peak_mib);
    }
    let name = |what: &str| format!("{}: {what}", subject.name);
    let mib = bytes / (1024 * 1024);
    let peak = Row::told(name("peak of resident memory"), "MiB", peaks);
    vec![
        Row::told(name("plan"), "s", plans),
        Row::told(name(&format!("raw download of its lists, {mib} MiB")), "s", downloads),
        Row::limited(name("plan / raw download"), "×", ratios, subject.ratio),
        Row { limit: subject.peak_mib, ..peak },
    ]
}
