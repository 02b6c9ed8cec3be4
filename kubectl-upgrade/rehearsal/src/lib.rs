//! The stage on which upgrades are played: a simulated cluster with the production adapters wired to it.
//!
//! The sandbox, the rehearsal and the simulation tests all run the real observer, backends, lock and engine here. This
//! crate only connects the two sides, lets the cluster's time pass, and notes what happened to workloads meanwhile. It
//! knows no provider by name and prints nothing.

mod advice;
mod bridge;
mod clock;
mod cloud;
mod copy;
mod drains;
mod estimate;
mod forecast;
mod pace;
mod rehearse;
mod served;
mod speed;
mod spread;
mod stage;
mod stagehand;
mod transport;
mod understudy;
mod workloads;

pub use advice::{Advice, Order, Surge, advise};
pub use bridge::Bridge;
pub use clock::StageClock;
pub use cloud::{OpenCloud, open_cloud};
pub use copy::{Copy, CopyError, Unlike};
pub use drains::{DrainBook, DrainNotes};
pub use estimate::{estimate, typical};
pub use forecast::{Forecast, Held, Hold, Lost, Nowhere, Rehearsal, Seen, Wait};
pub use pace::{Pacer, runtime, serve_time};
pub use rehearse::{Program, RehearsalError, scratch};
pub use served::{Identity, IdentityError, Joined, Sandbox, Served, kubeconfig};
pub use speed::{Factor, Speed, SpeedError};
pub use spread::Spread;
pub use stage::Stage;
pub use stagehand::Stagehand;
pub use transport::TwinTransport;
pub use understudy::Understudy;
pub use workloads::workloads;
