//! How long the program takes to start and say something.

use std::process::Command;

use upgrade_tests::plugin;

use crate::measure::run;
use crate::report::Row;

const ROUNDS: usize = 100;

/// Milliseconds.
const LIMIT: f64 = 20.0;

pub(crate) fn rows() -> Result<Vec<Row>, String> {
    let row = |argument: &str| {
        let once = |_| run(Command::new(plugin::binary()).arg(argument)).wall.as_secs_f64() * 1000.0;
        Row::limited(format!("start-up, {argument}"), "ms", (0..ROUNDS).map(once).collect(), LIMIT)
    };
    Ok(vec![row("--version"), row("--help")])
}
