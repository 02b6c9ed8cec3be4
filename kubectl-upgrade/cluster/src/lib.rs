//! The Kubernetes API side: look at a cluster, cordon, evict, wait, keep other runs out.
//!
//! Everything here speaks to the API server through one connection with the user's own credentials and decides nothing
//! about the shape of an upgrade: what to do comes in as an action of a plan, what was seen goes out as an inventory.
//! Hosts are not looked at. Objects are read into the few fields that are used (`wire`), which makes the same code
//! read every version of an API group, however old.

mod act;
mod api;
mod changed;
mod cluster;
mod coming;
mod connect;
mod failure;
mod kubectl;
mod lock;
mod marks;
mod observe;
mod paging;
mod rights;
mod snapshot;
#[cfg(test)]
mod testing;
mod wire;

pub use cluster::Cluster;
#[cfg(feature = "fuzzing")]
pub use connect::fuzzing as connect_fuzzing;
pub use connect::{ConnectError, Connection, RequestTimeout, RequestTimeoutError};
pub use kubectl::local_kubectl;
pub use lock::ClusterLock;
pub use marks::CORDONED_BY;
#[cfg(feature = "fuzzing")]
pub use observe::fuzzing as observe_fuzzing;
pub use rights::{Right, needed_to_observe, needed_to_run};
pub use snapshot::Snapshot;
