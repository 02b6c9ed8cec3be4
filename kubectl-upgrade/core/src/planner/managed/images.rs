//! Newer images for pools whose version stays, where that is asked for. Pools that move get theirs with the version.

use super::draft::Draft;
use super::pools;
use crate::ids::PoolName;
use crate::plan::{Lane, Stage, StageKind, Subject};

/// The stage that renews them, in a plan that does that much.
pub(super) fn stage(draft: &mut Draft<'_>, stages: &[Stage]) -> Option<Stage> {
    if !draft.options.cloud.node_images {
        return None;
    }
    let moves = |name: &PoolName| {
        let mut lanes = stages.iter().flat_map(|stage| &stage.lanes);
        lanes.any(|lane| lane.subject.pool() == Some(name))
    };
    let is_older = |name: &PoolName| draft.pool(name).is_some_and(|pool| pool.newest_image.is_some());
    let names: Vec<PoolName> = draft.pools().into_iter().filter(|name| is_older(name) && !moves(name)).collect();
    let lanes: Vec<Lane> = names
        .into_iter()
        .filter_map(|name| {
            let at = draft.at(&name)?.clone();
            let steps = pools::in_place(draft, &name, &at);
            Some(Lane { subject: Subject::Pool(name), steps })
        })
        .collect();
    (!lanes.is_empty()).then_some(Stage { kind: StageKind::Workers, hop: None, at_once: 1, lanes })
}
