//! Looks at GKE clusters and carries out the calls of their plans.
//!
//! Everything goes through the service's own SDK, whose types never leave this crate. Nothing here decides what an upgrade
//! does: which call is made with which arguments is in the plan ([`upgrade_core::commands::cloud`]). GKE has no tokens for
//! requests, so before a call is made it is looked whether what it is to reach is reached, or being reached: an operation
//! on the same subject is taken for the one that was to begin, and what it came to is judged at its end.

mod begin;
mod connect;
mod error;
mod find;
mod look;
mod names;
mod poll;
mod provider;
mod surge;

pub use provider::Gke;
