//! Pools: machines alike, replaced together when their version changes.
//!
//! What a pool is to be is its [`PoolSpec`]; what it is, [`Pool`]. A rollout replaces the nodes of a pool in one of three
//! ways ([`Strategy`]); it works on settings as they were when it began. All of it happens in the world's events.

mod blue_green;
mod drain;
mod lifecycle;
mod pool;
mod replace;
mod rollout;
mod settings;

pub(super) use drain::drain as empty;
pub use drain::{Kept, kept};
pub use lifecycle::{create, delete, resize};
pub use pool::{Colour, Health, Member, MemberState, Pool, PoolSpec, PoolState, Previous, Size};
pub(super) use rollout::Rollout;
pub use rollout::{Target, complete, roll_back, upgrade};
pub use settings::{Amount, BlueGreen, Settings, Strategy, Undrainable};
