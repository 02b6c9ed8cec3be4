//! Hand-built clusters: components that are units or static pods of their own, each replaced on its own.
//!
//! Which component runs where is in the components file; how hosts are looked at and worked on is `upgrade-hosts`'
//! matter. Nothing here decides what an upgrade does: a branch on the shape of the cluster belongs into the plan.

mod file;
mod person;
mod provider;

pub use file::{ComponentsFileError, parse};
pub use provider::Manual;
