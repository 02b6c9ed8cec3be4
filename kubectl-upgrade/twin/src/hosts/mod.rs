//! The hosts: a model of files, packages, units, static pods and etcd, and the shell that scripts meet there.
//!
//! Scripts are those that production code sends, unchanged. What a program does to the host or the cluster it does to the
//! model; what is not simulated is an error that names it.

mod build;
mod files;
mod host;
mod kubelet;
mod manifests;
mod packages;
mod place;
mod power;
mod programs;
mod run;
mod services;
mod shell;
mod units;

pub use files::{Entry, Files, Kind};
pub use host::{Host, Logged};
pub use packages::Installed;
pub use power::{power_off, power_on};
pub(crate) use services::components;

pub use run::{HostOutput, HostUnreachable};
pub use services::{can_be_static_pod, replace_by_hand, serving};
