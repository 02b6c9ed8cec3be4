//! A whole simulated cluster in one process: API server, controllers, scheduler, kubelets and hosts.
//!
//! The same twin is the sandbox of a newcomer, the stage of a rehearsal, and the bench on which upgrades are tested by the
//! thousand. It speaks the wire protocols of the real things (HTTP of the Kubernetes API, shell scripts on hosts), so that
//! production code runs on it unchanged; it knows no provider, no engine and no command line.
//!
//! Everything is seeded and in tokio's time: on a paused runtime it is virtual, and the same seed gives the same story,
//! byte for byte. Nothing here may read a real clock, use other randomness than [`Random`], iterate a hash map, or block.

mod clock;
mod counter;
mod digest;
mod faults;
mod quantity;
mod random;
mod selector;
mod tempo;
#[cfg(test)]
mod testing;
mod time;
mod twin;

pub mod api;
pub mod blueprint;
pub mod clouds;
pub mod controllers;
pub mod hosts;
pub mod json;
pub mod store;
pub mod world;

pub use clock::TwinClock;
pub use counter::Changes;
pub use faults::{ApiFault, Faults, HostFault};
pub use random::Random;
pub use tempo::{LINGERING, Span, StaticPods, Tempo};
pub use twin::Twin;
