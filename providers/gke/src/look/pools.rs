//! Node pools.

use google_cloud_container_v1::model::NodePool;
use google_cloud_container_v1::model::node_pool::Status;
use upgrade_core::ids::PoolName;
use upgrade_core::inventory::{CloudState, Pool, PoolKind, PoolSize};

use crate::surge;

/// A pool, `automatic` in an Autopilot cluster.
pub(super) fn pool(found: &NodePool, automatic: bool) -> Pool {
    let provisioned = found.autoscaling.as_ref().is_some_and(|autoscaling| autoscaling.autoprovisioned);
    let config = found.config.as_ref();
    Pool {
        name: PoolName::new(found.name.clone()),
        kind: if automatic || provisioned { PoolKind::Automatic } else { PoolKind::Managed },
        version: found.version.parse().ok(),
        image: None,
        newest_image: None,
        image_type: config.map(|config| config.image_type.clone()).filter(|kind| !kind.is_empty()),
        offers: Vec::new(),
        size: size(found),
        surge: surge::of(found),
        state: state(&found.status),
        zones: found.locations.clone(),
        template: None,
        rollback: None,
        notes: notes(found),
        subnets: Vec::new(),
        blue_green: surge::blue_green(found),
    }
}

/// GKE counts in each zone, and tells how many nodes a pool was made with, not how many there are.
fn size(found: &NodePool) -> PoolSize {
    let zones = u32::try_from(found.locations.len()).unwrap_or(1).max(1);
    let count = |count: i32| u32::try_from(count).unwrap_or_default();
    let limits = found.autoscaling.as_ref().filter(|autoscaling| autoscaling.enabled).map(|scaling| {
        match (count(scaling.total_min_node_count), count(scaling.total_max_node_count)) {
            (0, 0) => (count(scaling.min_node_count) * zones, count(scaling.max_node_count) * zones),
            total => total,
        }
    });
    PoolSize {
        nodes: count(found.initial_node_count) * zones,
        min: limits.map(|(min, _)| min),
        max: limits.map(|(_, max)| max),
    }
}

fn state(status: &Status) -> CloudState {
    let word = || status.name().unwrap_or("unknown").to_owned();
    match status {
        // With an error it still serves and takes changes: asking for the same again is the way on.
        Status::Running | Status::RunningWithError => CloudState::Ready,
        Status::Error => CloudState::Failed(word()),
        _ => CloudState::Busy(word()),
    }
}

fn notes(found: &NodePool) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(surge::blue_green(found).as_ref().map(surge::in_words));
    if found.status == Status::RunningWithError {
        let said: Vec<&str> = found.conditions.iter().map(|condition| condition.message.as_str()).collect();
        let said = if said.is_empty() { "GKE does not say why".to_owned() } else { said.join("; ") };
        notes.push(format!("the last change of it failed: {said}"));
    }
    let phase = found.update_info.as_ref().and_then(|info| info.blue_green_info.as_ref());
    if let Some(info) = phase {
        notes.push(format!("a blue-green upgrade stands at {}", info.phase.name().unwrap_or("an unknown phase")));
    }
    notes
}
