//! What acts on objects by itself: controllers, scheduler, kubelets.

use crate::store::Change;
use crate::world::World;

/// What controllers keep between events.
#[derive(Debug, Default)]
pub struct State {}

/// Tells the controllers of a change.
pub(crate) fn notice(world: &mut World, change: &Change) {
    let _ = (world, change);
}
