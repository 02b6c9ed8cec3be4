//! The ports between the engine and whatever carries a plan out.
//!
//! The engine knows a world through [`Observer`], changes it through [`Backend`] and keeps others out through [`Lock`].
//! A provider implements
//! [`Hosts`] or [`Cloud`], and [`Backend`], for its kind of cluster. Types of a vendor's SDK must not appear here.

mod backend;
mod cloud;
mod error;
mod lock;
mod names;
mod observer;
mod person;
mod provider;
mod time;

pub use backend::{Backend, OperationStatus};
pub use cloud::{Cloud, CloudAnswer};
pub use error::{ErrorKind, PortError};
pub use lock::{Lock, LockError};
pub use names::{Endpoint, Entry, GivenNames, Login};
pub use observer::{HostAnswer, Hosts, Observer};
pub use person::Person;
pub use provider::Provider;
pub use time::TimeOfDay;
