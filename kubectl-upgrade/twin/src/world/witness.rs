//! Sees every change of the world, and keeps what the invariants of upgrades speak of.

use super::World;
use crate::store::Change;

/// What was seen of a story.
#[derive(Clone, Debug, Default)]
pub struct Witness {}

impl Witness {
    /// Takes in a change before time begins.
    pub(crate) fn seed(&mut self, change: &Change) {
        let _ = change;
    }
}

/// Sees a change.
pub(super) fn see(world: &mut World, change: &Change) {
    let _ = (world, change);
}
