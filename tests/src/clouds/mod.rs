//! What the tests of all clouds share: a simulated cloud on a socket, every exchange with which is held to the vendor's
//! published model; the vendor's own client in front of it; and a person who has nothing but the plugin.

pub mod cases;
mod client;
mod person;
mod served;
mod tls;
pub mod workloads;

pub use cases::{Case, Mistake, play, refuse};
pub use client::{Said, client};
pub use person::{Person, Told, Up};
pub use served::{Book, Exchange, Judge, Served, Setting, Verdict};
pub use tls::Authority;
