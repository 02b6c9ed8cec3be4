//! The command line as a person or a script meets it: exit code, stdout and stderr of the real binary against made-up
//! clusters.
//!
//! Whatever is read here must leave the cluster as it is, so every transcript also checks that no request asked for a
//! change. Snapshots are files in `snapshots/`; `cargo insta review` shows what differs.

mod bad_input;
mod hand_built;
mod help;
mod killed;
mod kinds;
mod redact;
mod rehearse;
mod sandbox;
mod session;
