//! The simulated hosts against the real things: scripts against a real shell, kubeadm against recorded runs.
#![expect(missing_docs, reason = "a test")]

mod differential;
mod production;
mod recorded;
mod support;
