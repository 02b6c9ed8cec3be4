//! How fast the plugin is, as ratios measured in one run, against the limits it must keep.
//!
//! `cargo bench -p upgrade-tests --bench speed [-- [--check] CASE…]` runs the cases named, or all. What two things are
//! compared take turns, so that a machine busy with something else slows both. A case that this machine cannot run is
//! said to be left out. With `--check` the exit status is 1 when something is far beyond its limit: machines differ, and
//! a busy one is no reason to fail.

mod bound;
mod measure;
mod own;
mod plans;
mod raw;
mod real;
mod report;
mod rolling;
mod sandbox;
mod start_up;

use std::process::ExitCode;

use report::Row;

/// A case: its name, and what measures it.
type Case = (&'static str, fn() -> Result<Vec<Row>, String>);

const CASES: &[Case] = &[
    ("start-up", start_up::rows),
    ("real", real::rows),
    ("sandbox", sandbox::rows),
    ("rolling", rolling::rows),
    ("own", own::rows),
];

fn main() -> ExitCode {
    // cargo adds a flag of its own.
    let given = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (flags, chosen): (Vec<String>, Vec<String>) = given.partition(|argument| argument == "--check");
    let names: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = chosen.iter().find(|name| !names.contains(&name.as_str())) {
        eprintln!("no case is called {unknown}; there are: {}", names.join(", "));
        return ExitCode::from(2);
    }
    rustls::crypto::ring::default_provider().install_default().expect("nobody installed one before");
    let mut rows = Vec::new();
    for (name, case) in CASES.iter().filter(|(name, _)| chosen.is_empty() || chosen.iter().any(|one| one == name)) {
        eprintln!("{name} …");
        match case() {
            Ok(measured) => rows.extend(measured),
            Err(why) => eprintln!("{name} is left out: {why}"),
        }
    }
    println!("{}", report::table(&rows));
    let broken = !flags.is_empty() && rows.iter().any(Row::grossly_broken);
    if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
