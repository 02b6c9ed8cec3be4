//! The `kubectl upgrade` plugin.

mod exit;
mod failure;
mod report;

fn main() {}
