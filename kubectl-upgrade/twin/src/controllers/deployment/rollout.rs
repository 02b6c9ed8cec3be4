//! The next step of a rollout: how many pods each ReplicaSet is to have.

use serde_json::Value;

use super::{Replicas, pods_of};
use crate::controllers::template::replicas;
use crate::json::{at, text};
use crate::quantity::{Rounding, scaled};
use crate::store::ObjectKey;
use crate::world::World;

/// What ReplicaSets are to be scaled to, of those that change.
pub(super) fn step(world: &World, deployment: &Value, new: &Replicas, old: &[Replicas]) -> Vec<(ObjectKey, u32)> {
    let wanted = replicas(deployment);
    let paused = at(deployment, "/spec/paused").as_bool().unwrap_or_default();
    let idle = old.iter().all(|set| set.wanted == 0);
    if paused {
        return Vec::new();
    }
    if text(deployment, "/spec/strategy/type") == "Recreate" {
        return recreate(world, wanted, new, old);
    }
    if idle {
        return change(new, wanted).into_iter().collect();
    }
    let bounds = Bounds::of(deployment, wanted);
    let total: u32 = new.wanted + old.iter().map(|set| set.wanted).sum::<u32>();
    if new.wanted != wanted {
        let room = bounds.most.saturating_sub(total);
        let next = if new.wanted > wanted { wanted } else { new.wanted + room.min(wanted - new.wanted) };
        if next != new.wanted {
            return vec![(new.key.clone(), next)];
        }
    }
    scale_down(&bounds, total, new, old)
}

/// All old pods go before the first new one comes.
fn recreate(world: &World, wanted: u32, new: &Replicas, old: &[Replicas]) -> Vec<(ObjectKey, u32)> {
    let down: Vec<_> = old.iter().filter_map(|set| change(set, 0)).collect();
    let left = old.iter().any(|set| world.store.owned_by(text(&set.value, "/metadata/uid")).next().is_some());
    let any = old.iter().any(|set| pods_of(world, &set.value) > 0);
    match down.is_empty() && !left && !any {
        true => change(new, wanted).into_iter().collect(),
        false => down,
    }
}

/// Takes old pods away as far as enough stay available: those first that are not available anyway.
fn scale_down(bounds: &Bounds, total: u32, new: &Replicas, old: &[Replicas]) -> Vec<(ObjectKey, u32)> {
    let new_missing = new.wanted.saturating_sub(new.available);
    let mut room = total.saturating_sub(bounds.least).saturating_sub(new_missing);
    let mut left: Vec<(&Replicas, u32)> = old.iter().map(|set| (set, set.wanted)).collect();
    for (set, count) in &mut left {
        let broken = set.wanted.saturating_sub(set.available).min(room);
        *count -= broken;
        room -= broken;
    }
    let available = new.available + old.iter().map(|set| set.available).sum::<u32>();
    let mut spare = available.saturating_sub(bounds.least).min(room);
    for (_, count) in &mut left {
        let taken = spare.min(*count);
        *count -= taken;
        spare -= taken;
    }
    left.into_iter().filter_map(|(set, count)| change(set, count)).collect()
}

fn change(set: &Replicas, count: u32) -> Option<(ObjectKey, u32)> {
    (set.wanted != count).then(|| (set.key.clone(), count))
}

/// How many pods there may be, and how many must be available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    most: u32,
    least: u32,
}

impl Bounds {
    pub(super) fn of(deployment: &Value, wanted: u32) -> Self {
        let rolling = |field: &str| at(deployment, &format!("/spec/strategy/rollingUpdate/{field}")).clone();
        let quarter = Value::from("25%");
        let or_quarter = |value: Value| if value.is_null() { quarter.clone() } else { value };
        let surge = scaled(&or_quarter(rolling("maxSurge")), wanted, Rounding::Up).unwrap_or_default();
        let missing = scaled(&or_quarter(rolling("maxUnavailable")), wanted, Rounding::Down).unwrap_or_default();
        // With neither, nothing could ever move.
        let missing = if surge == 0 && missing == 0 { 1 } else { missing };
        Self { most: wanted + surge, least: wanted.saturating_sub(missing) }
    }

    /// How many must be available.
    pub(super) fn least(self) -> u32 {
        self.least
    }
}
