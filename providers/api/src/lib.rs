//! The ports between the engine and whatever carries a plan out.
//!
//! The engine knows a world through [`Observer`], changes it through [`Backend`] and keeps others out through [`Lock`].
//! A provider implements [`Hosts`] and [`Backend`] for its kind of cluster. Types of a vendor's SDK must not appear here.

mod backend;
mod error;
mod lock;
mod observer;
mod time;

pub use backend::{Backend, OperationStatus};
pub use error::{ErrorKind, PortError};
pub use lock::{Lock, LockError};
pub use observer::{HostAnswer, Hosts, Observer};
pub use time::TimeOfDay;
