//! The simulated hosts against the real things: scripts against a real shell, kubeadm against recorded runs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test"
)]

mod differential;
mod hand_built;
mod production;
mod recorded;
mod static_pods;
mod support;
