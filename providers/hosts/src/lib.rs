//! What providers share that work on hosts over SSH: looking at them, and carrying out a step's commands there.
//!
//! What is run on a host is exactly what [`upgrade_core::commands::of`] lists for the action. It runs detached from the
//! connection under the operation's own name, so that a dropped link neither kills it nor hides how it ended. Nothing
//! here decides what an upgrade does: a branch on the shape of the cluster belongs into the plan.

mod failure;
mod fleet;
mod operation;
mod probe;
mod text;

pub use fleet::{Fleet, Question};
pub use operation::OPERATIONS;
