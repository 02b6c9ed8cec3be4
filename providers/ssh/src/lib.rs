//! Runs scripts on hosts through the system's ssh.
//!
//! The user's ssh_config, agent, jump hosts and known_hosts decide how a host is reached. This crate knows nothing of
//! Kubernetes: it takes a script and gives back what the script printed and its exit status.

mod client;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod hosts_file;
mod target;
mod transport;
mod wire;

pub use client::SshClient;
pub use error::SshError;
pub use hosts_file::{HostsFile, HostsFileError};
pub use target::Target;
pub use transport::{Output, Script, Transport};
pub use wire::{BEGIN, payload};
