//! Carries out host actions of kubeadm clusters over SSH, and looks at their hosts.
//!
//! What is run on a host is exactly what [`upgrade_core::commands::of`] lists for the action. It runs detached from the
//! connection under the operation's own name, so that a dropped link neither kills it nor hides how it ended. Nothing
//! here decides what an upgrade does: a branch on the shape of the cluster belongs into the plan.

mod failure;
mod operation;
mod probe;
mod provider;
mod text;

pub use operation::OPERATIONS;
pub use provider::Kubeadm;
