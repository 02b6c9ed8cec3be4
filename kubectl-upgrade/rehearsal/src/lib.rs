//! The stage on which upgrades are played: a simulated cluster with the production adapters wired to it.
//!
//! The sandbox, the rehearsal and the simulation tests all run the real observer, backends, lock and engine here. This
//! crate only connects the two sides, lets the cluster's time pass, and notes what happened to workloads meanwhile. It
//! knows no provider by name and prints nothing.

mod availability;
mod bridge;
mod clock;
mod cloud;
mod drains;
mod pace;
mod served;
mod speed;
mod stage;
mod transport;

pub use availability::{Availability, Witness, WorkloadName};
pub use bridge::Bridge;
pub use clock::StageClock;
pub use cloud::open_cloud;
pub use drains::{DrainBook, DrainNotes};
pub use pace::{Pacer, runtime, serve_time};
pub use served::{Identity, IdentityError, Joined, Sandbox, Served, kubeconfig};
pub use speed::{Factor, Speed, SpeedError};
pub use stage::Stage;
pub use transport::TwinTransport;
