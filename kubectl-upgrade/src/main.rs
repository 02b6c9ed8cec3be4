//! The `kubectl upgrade` plugin.

mod cli;
mod exit;
mod failure;
mod report;

fn main() {
    let _ = <cli::Cli as clap::Parser>::parse();
}
