//! Upgrades AKS clusters through Azure Resource Manager.
//!
//! Spoken over plain REST of one stable version of the API: the crate of Azure's own for it was given up, and the versions
//! that it speaks have been retired. Resources are read as small views, and written back whole: read, changed, put with
//! the ETag that was read. Types of the Azure SDK must not leave this crate, and nothing here decides what an upgrade does.

mod arm;
mod begin;
mod connect;
mod error;
mod find;
mod look;
mod names;
mod poll;
mod provider;
mod state;
mod wire;

pub use provider::Aks;
