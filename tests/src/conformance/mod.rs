//! Conversations with an API server as data, and what makes two servers' answers comparable.
//!
//! A case is a list of requests; running it yields exchanges; normal form replaces what differs from run to run. No answer
//! is written by hand: what is expected was said by a real kube-apiserver. Nothing here may know the twin.

mod case;
mod compare;
mod differences;
mod exchange;
mod normal;
mod recording;
mod replay;
mod run;
mod server;
mod transcript;

pub use case::{Case, Group, Step};
pub use compare::{Difference, compare};
pub use differences::{Allowance, Allowed};
pub use exchange::{Answer, Exchange};
pub use recording::Recording;
pub use replay::Scenario;
pub use run::run;
pub use server::{Identity, Server};
