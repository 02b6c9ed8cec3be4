//! Looks at EKS clusters and carries out the calls of their plans.
//!
//! Everything goes through the service's own SDK, whose types never leave this crate; one question goes to EC2, on the SDK's
//! own ground. Nothing here decides what an upgrade
//! does: which call is made with which arguments is in the plan ([`upgrade_core::commands::cloud`]). An operation is named
//! by EKS's own id, so that any process finds it again, and begun under a token made of its key, so that it is begun once.

mod connect;
mod ec2;
mod error;
mod look;
mod names;
mod operation;
mod provider;

pub use provider::Eks;
