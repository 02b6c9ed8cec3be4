//! Real kubectls at work on a simulated cluster over a loopback socket: every one that this machine has.
//!
//! What is asserted is what a person or a script goes by, not every word.

mod clients;
mod look;
mod nodes;
mod rights;
mod runbook;
mod session;
mod workload;
