//! Runs a plan: gate, act, wait, journal, lock, signals, events.
//!
//! The engine decides nothing about the shape of a cluster: it takes the steps of a plan one after another, asks the gate
//! of [`upgrade_core`] whether each may start on a state that was just looked at, writes down what it is about to do
//! before it does it, and stops in a safe state when anything is not as it should be. It knows the world through
//! [`Ports`] only, no provider by name, and prints nothing.

mod attempt;
mod cleanup;
mod clock;
mod context;
mod error;
mod follow;
mod gate;
mod hold;
mod journal;
mod keeper;
mod lane;
mod look;
mod observe;
mod ports;
mod report;
mod request;
mod resume;
mod rounds;
mod run;
mod run_id;
mod signals;
mod standing;
mod step;
mod store;
mod trouble;

#[cfg(test)]
mod tests;

pub use clock::{Clock, SystemClock};
pub use error::EngineError;
pub use journal::JournalError;
#[cfg(feature = "fuzzing")]
pub use journal::fuzzing as journal_fuzzing;
pub use observe::{ComposedObserver, look_beyond};
pub use ports::Ports;
pub use request::{Mode, Outcome, Request, StopLevel};
pub use run::execute;
pub use run_id::run_id;
pub use store::{RunDirectory, RunStore, StoreError};
