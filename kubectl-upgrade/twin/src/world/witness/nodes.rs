//! Nodes that are down, and their cordons.

use jiff::Timestamp;

use super::Origin;
use crate::json::text;
use crate::store::{Change, Object};
use crate::world::World;

/// The annotation by which a cordon says whose it is.
const CORDONED_BY: &str = "/metadata/annotations/kubectl-upgrade.io~1cordoned-by";

/// A cordon set or lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cordon {
    /// When.
    pub at: Timestamp,
    /// The node.
    pub node: String,
    /// Whether it was set; else it was lifted.
    pub set: bool,
    /// Whose it said it was: on the node as it is now, or as it was before it was lifted. None for anybody's.
    pub by: Option<String>,
    /// Whether it was done through the API, and not by the cluster or its cloud.
    pub through_api: bool,
}

/// Nodes that were cordoned or not ready at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MostDown {
    /// When there were first so many; none while time had not begun.
    pub at: Option<Timestamp>,
    /// Their names, in order.
    pub nodes: Vec<String>,
}

/// Sees a change of a node.
pub(super) fn see(world: &mut World, change: &Change, origin: Origin) {
    let (node, name) = (&*change.object, &change.object.key.name);
    let down = !change.deleted && (node.summary.unschedulable || !node.summary.ready);
    let now = world.now();
    let witness = &mut world.witness;
    let _moved = if down { witness.down.insert(name.clone()) } else { witness.down.remove(name) };
    if witness.down.len() > witness.most_down.nodes.len() {
        let at = (origin != Origin::Before).then_some(now);
        witness.most_down = MostDown { at, nodes: witness.down.iter().cloned().collect() };
    }
    let was = change.before.as_ref().is_some_and(|before| before.summary.unschedulable);
    let is = node.summary.unschedulable && !change.deleted;
    if was == is || change.deleted || origin == Origin::Before {
        return;
    }
    let said_on = if is { Some(node) } else { change.before.as_deref() };
    let by = said_on.and_then(said);
    let through_api = origin == Origin::Client;
    witness.cordons.push(Cordon { at: now, node: name.clone(), set: is, by, through_api });
}

fn said(node: &Object) -> Option<String> {
    Some(text(&node.value(), CORDONED_BY).to_owned()).filter(|by| !by.is_empty())
}
