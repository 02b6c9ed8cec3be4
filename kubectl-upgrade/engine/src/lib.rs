//! Runs a plan: gate, act, wait, journal, lock, signals, events.
//!
//! The engine decides nothing about the shape of a cluster: it takes the steps of a plan one after another, asks the
//! [`Policy`] whether each may start on a state that was just looked at, writes down what it is about to do before it
//! does it, and stops in a safe state when anything is not as it should be. It knows the world through [`Ports`] only,
//! no provider by name, and prints nothing.

mod clock;
mod error;
mod journal;
mod observe;
mod policy;
mod ports;
mod request;
mod run;
mod run_id;
mod store;

pub use clock::{Clock, SystemClock};
pub use error::EngineError;
pub use journal::JournalError;
pub use observe::ComposedObserver;
pub use policy::{Policy, Question};
pub use ports::Ports;
pub use request::{Mode, Outcome, Request, StopLevel};
pub use run::execute;
pub use run_id::run_id;
pub use store::{RunDirectory, RunStore, StoreError};
