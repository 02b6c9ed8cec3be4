//! The front of AKS: its wire, translated from and to the model of managed clusters.

use super::wire::Answer;
use crate::api::Call;
use crate::world::World;

/// Answers a request to that path.
pub(super) fn answer(_world: &mut World, _call: &Call, path: &[&str]) -> Answer {
    Answer::json(501, &serde_json::json!({ "message": format!("/{} is not simulated", path.join("/")) }))
}
