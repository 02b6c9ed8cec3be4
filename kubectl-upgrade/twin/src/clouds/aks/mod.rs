//! The front of AKS: Azure Resource Manager's wire, translated from and to the model of managed clusters.
//!
//! What is answered has the form of version 2026-06-01 of Microsoft.ContainerService, the only one that `az` 2.91 and the
//! provider speak; what a caller sets and nothing here acts upon is kept and given back. Beside the provider there is the
//! little of Azure that a login needs. Nothing here is state: that is the world's.

mod call;
mod cluster;
mod fault;
mod identity;
mod judge;
mod offers;
mod operation;
mod pool;
mod put_cluster;
mod put_pool;
mod refusal;
mod rights;
mod route;
mod settings;
#[cfg(test)]
mod tests;

use super::wire::Answer;
use crate::api;
use crate::world::World;
use call::Call;
pub use cluster::fqdn;
pub use judge::note_deprecated_use;

/// Answers a request to that path.
pub(super) fn answer(world: &mut World, call: &api::Call, path: &[&str]) -> Answer {
    let reply = route::route(world, &Call::of(call, path)).unwrap_or_else(refusal::Refusal::into_reply);
    reply.into_answer()
}
