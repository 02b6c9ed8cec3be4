//! The way back of a run on a cluster that a cloud runs: pools first, as no node may be newer than its API server, then
//! add-ons, then the control plane, each as far as its cloud allows (facts §3.2, §3.4, §3.6).

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::{names, pools};
use crate::ids::{NodeName, ObjectName, PoolName, StepId};
use crate::inventory::{CloudCluster, CloudState, Inventory, Owner, Pool, PoolKind};
use crate::plan::{
    Action, Amount, CloudAction, CloudCondition, Conflicts, Hop, Lane, Plan, Renewal, Reversal, SetUp, Stage,
    StageKind, Step, Strategy, Subject, set_up,
};
use crate::planner::PlanError;
use crate::planner::back::Back;
use crate::version::Version;

/// Pools that are set up for a run.
type Left<'a> = BTreeMap<&'a PoolName, SetUp<'a>>;

/// How long a pool of the older version must have been ready, where the plan said nothing of it, in seconds.
const SOAK_S: u32 = 300;

/// What leads back from what the begun steps did.
pub(in crate::planner) fn back(
    plan: &Plan,
    begun: &BTreeSet<StepId>,
    inventory: &Inventory,
) -> Result<Back, PlanError> {
    let Some(cloud) = &inventory.cloud else { return Err(super::unseen(inventory)) };
    let mut draft = Draft::new(inventory, cloud, &plan.options);
    let only_pools = Hop { from: plan.from.clone(), to: plan.target.clone(), notes: Vec::new() };
    let hops: Vec<(Option<usize>, &Hop)> = match &plan.hops[..] {
        [] => vec![(None, &only_pools)],
        hops => hops.iter().enumerate().map(|(index, hop)| (Some(index), hop)).collect(),
    };
    let done: Vec<(Option<usize>, &Action)> =
        plan.stages.iter().flat_map(|stage| steps(stage, begun).map(|action| (stage.hop, action))).collect();
    let mut left = left_set_up(cloud, done.iter().map(|(_, action)| *action));
    let mut stages = Vec::new();
    let mut control_plane = None;
    for (index, hop) in hops.into_iter().rev() {
        let done: Vec<&Action> = done.iter().filter(|(of, _)| *of == index).map(|(_, action)| *action).collect();
        stages.extend(pools_back(&mut draft, &done, hop, &mut left));
        let moved = done.iter().any(|action| matches!(action, Action::Cloud(CloudAction::UpgradeControlPlane { .. })));
        if moved && cloud.is_at(&hop.to) {
            control_plane = Some((done, hop));
            // A cloud takes a control plane back by one minor and no further.
            break;
        }
    }
    // Any change of a pool that was left half-way could make its cloud go on with it: it has to be back by then.
    let put_back = |(name, set_up): (&PoolName, _)| Lane {
        subject: Subject::Pool(name.clone()),
        steps: vec![put_back(&mut draft, name, set_up)],
    };
    stages.extend(stage(StageKind::Workers, left.into_iter().map(put_back).collect()));
    let control_plane =
        control_plane.and_then(|(done, hop)| control_plane_back(&mut draft, cloud, &done, hop, &mut stages));
    Ok(Back { control_plane, stages })
}

fn steps<'a>(stage: &'a Stage, begun: &'a BTreeSet<StepId>) -> impl Iterator<Item = &'a Action> {
    let steps = stage.lanes.iter().flat_map(|lane| &lane.steps);
    steps.filter(|step| begun.contains(&step.id)).map(|step| &step.action)
}

/// Pools that are set up for the run still, as a run leaves them that stopped half-way. What somebody chose since stays.
fn left_set_up<'a>(cloud: &CloudCluster, done: impl Iterator<Item = &'a Action>) -> Left<'a> {
    let mut left = set_up(done);
    left.retain(|name, SetUp { surge, before }| {
        cloud.pool(name).is_some_and(|pool| surge.holds_in(&pool.surge) && !before.holds_in(&pool.surge))
    });
    left
}

fn put_back(draft: &mut Draft<'_>, name: &PoolName, SetUp { surge, before }: SetUp<'_>) -> Step {
    pools::configure(draft, name, before, surge)
}

fn stage(kind: StageKind, lanes: Vec<Lane>) -> Option<Stage> {
    (!lanes.is_empty()).then_some(Stage { kind, hop: None, at_once: 1, lanes })
}

/// Each pool that was touched, in the reverse order.
fn pools_back(draft: &mut Draft<'_>, done: &[&Action], hop: &Hop, left: &mut Left<'_>) -> Option<Stage> {
    let mut lanes = Vec::new();
    for action in done.iter().rev() {
        let Action::Cloud(action) = action else { continue };
        match action {
            CloudAction::CreatePool { pool, like, .. } => lanes.extend(into_old_pool(draft, pool, like)),
            CloudAction::UpgradePool { pool, from, to, .. } => lanes.extend(in_place(draft, pool, (from, to), left)),
            CloudAction::RenewPool { pool, renewal, .. } => lanes.extend(renewed(draft, pool, *renewal, hop)),
            CloudAction::RefreshInsights
            | CloudAction::StopOperation { .. }
            | CloudAction::UpgradeControlPlane { .. }
            | CloudAction::CompleteControlPlane { .. }
            | CloudAction::RollbackControlPlane { .. }
            | CloudAction::UpgradeAddon { .. }
            | CloudAction::ConfigurePool { .. }
            | CloudAction::RollbackPool { .. }
            | CloudAction::SoakPool { .. }
            | CloudAction::CordonPool { .. }
            | CloudAction::DrainPool { .. }
            | CloudAction::UncordonPool { .. }
            | CloudAction::DeletePool { .. }
            | CloudAction::FollowPool { .. } => {}
        }
    }
    stage(StageKind::Workers, lanes)
}

/// While the old pool stands its nodes take the pods back, and the new one goes.
fn into_old_pool(draft: &mut Draft<'_>, new: &PoolName, old: &PoolName) -> Vec<Lane> {
    if draft.cloud.pool(old).is_none() {
        return Vec::new();
    }
    let lane = |pool: &PoolName, steps| Lane { subject: Subject::Pool(pool.clone()), steps };
    let mut lanes = vec![lane(old, vec![uncordon(draft, old)])];
    if draft.cloud.pool(new).is_some() {
        let at_once = draft.pool(new).map_or(1, |pool| pool.size.nodes).max(1);
        let steps =
            vec![pools::cordon(draft, new, old), pools::drain(draft, new, at_once), pools::delete(draft, new, old)];
        lanes.push(lane(new, steps));
    }
    lanes
}

/// Machines of their owner go back by the owner's older template. Those of pods have the control plane's version, whatever
/// that is.
fn renewed(draft: &mut Draft<'_>, name: &PoolName, renewal: Renewal, hop: &Hop) -> Option<Lane> {
    draft.cloud.pool(name).filter(|_| renewal == Renewal::ByOwner)?;
    let mut steps = vec![uncordon(draft, name)];
    if is_newer(draft, name, &hop.from) {
        steps.push(pools::renew(draft, name, &hop.from, renewal));
    }
    Some(Lane { subject: Subject::Pool(name.clone()), steps })
}

/// Whether a node of the pool is of a newer minor.
fn is_newer(draft: &Draft<'_>, name: &PoolName, than: &Version) -> bool {
    draft.inventory.nodes_of(name).any(|node| node.kubelet.minor() > than.minor())
}

fn uncordon(draft: &mut Draft<'_>, old: &PoolName) -> Step {
    let expects = vec![CloudCondition::PoolExists { pool: old.clone() }];
    let goal = vec![CloudCondition::PoolNotCordonedByUs { pool: old.clone() }];
    draft.step(CloudAction::UncordonPool { pool: old.clone() }, expects, goal)
}

/// By the cloud's own way back where it has one right now, else by a new pool at the older version.
fn in_place(
    draft: &mut Draft<'_>,
    name: &PoolName,
    (from, to): (&Version, &Version),
    left: &mut Left<'_>,
) -> Option<Lane> {
    let pool = draft.cloud.pool(name)?;
    let at = draft.at(name)?.clone();
    let there = draft.cloud.precision.same(&at, to);
    let half_way = !matches!(pool.state, CloudState::Ready) || (!there && is_begun(draft, pool, to));
    if !there && !half_way {
        return None;
    }
    let steps = if pools::has_custom_image(draft, name) {
        let by = format!("update the group to the version of its launch template with the image of {}", from.minor());
        vec![pools::wait_for(draft, name, from, by)]
    } else if let Some(way) = &pool.rollback {
        vec![rollback(draft, name, &at, &way.to, way.image.clone())]
    } else if half_way {
        vec![rollback(draft, name, to, from, None)]
    } else {
        let at_once = match draft.options.strategy {
            Strategy::NewPools { at_once, .. } => at_once,
            Strategy::Rolling { .. } | Strategy::AllAtOnce => Amount::Count(1),
        };
        let new = names::successor(draft.provider(), name, from.minor());
        // It is made like this one, as that was.
        let set_up = left.remove(name).map(|set_up| put_back(draft, name, set_up));
        set_up.into_iter().chain(pools::by_new_pool(draft, (name, &new), from, at_once, SOAK_S)).collect()
    };
    Some(Lane { subject: Subject::Pool(name.clone()), steps })
}

/// Whether some of it is at the version already: an upgrade that failed or was stopped leaves nodes of both.
fn is_begun(draft: &Draft<'_>, pool: &Pool, to: &Version) -> bool {
    let precision = draft.cloud.precision;
    let mut nodes = draft.inventory.nodes_of(&pool.name);
    pool.version.as_ref().is_some_and(|said| precision.same(said, to))
        || nodes.any(|node| precision.same(&node.kubelet, to))
}

fn rollback(draft: &mut Draft<'_>, name: &PoolName, from: &Version, to: &Version, image: Option<String>) -> Step {
    let goal = pools::with_image(name, to, image.clone());
    let action = CloudAction::RollbackPool { pool: name.clone(), from: from.clone(), to: to.clone(), image };
    draft.set(name, to);
    let step = draft.step(action, Vec::new(), goal);
    Step { reversal: Reversal::Inverse(format!("the pool to {from} again")), ..step }
}

/// Pools with newer nodes that no step takes back: no node may be newer than its API server, so each is waited for. Nodes that
/// the cloud makes by itself it takes back by itself, with the control plane.
fn still_ahead(draft: &mut Draft<'_>, stages: &[Stage], to: &Version) -> Vec<Lane> {
    let taken: BTreeSet<Subject> =
        stages.iter().flat_map(|stage| &stage.lanes).map(|lane| lane.subject.clone()).collect();
    let ahead = |pool: &&Pool| {
        pool.kind != PoolKind::Automatic
            && is_newer(draft, &pool.name, to)
            && !taken.contains(&Subject::Pool(pool.name.clone()))
    };
    let ahead: Vec<&Pool> = draft.cloud.pools.iter().filter(ahead).collect();
    let lanes = ahead.into_iter().map(|pool| {
        let by = by_whom(draft, pool, to);
        let steps = vec![pools::wait_for(draft, &pool.name, to, by)];
        Lane { subject: Subject::Pool(pool.name.clone()), steps }
    });
    lanes.collect()
}

/// What somebody has to do for nodes to be no newer.
fn by_whom(draft: &Draft<'_>, pool: &Pool, to: &Version) -> String {
    let minor = to.minor();
    match pool.kind {
        PoolKind::PerPod => {
            let commands = scaled_to_zero(draft, &pool.name);
            let back = format!("and back once the control plane is at {minor}");
            format!(
                "machines of pods are made at the control plane's version, so no pod may be left there: {commands}; {back}"
            )
        }
        PoolKind::Karpenter => {
            format!(
                "Karpenter makes nodes at the control plane's version: pin its NodeClass to an image of {minor}, and the nodes drift"
            )
        }
        PoolKind::Managed | PoolKind::SelfManaged | PoolKind::Automatic => {
            format!("this run did not move it: replace its nodes by ones of {minor}")
        }
    }
}

/// The commands that take the pods of a pool away, by their owners.
fn scaled_to_zero(draft: &Draft<'_>, pool: &PoolName) -> String {
    let nodes: BTreeSet<&NodeName> = draft.inventory.nodes_of(pool).map(|node| &node.name).collect();
    let here = draft.inventory.pods.iter().filter(|pod| pod.node.as_ref().is_some_and(|node| nodes.contains(node)));
    let commands = here.map(|pod| {
        let ObjectName { namespace, name } = &pod.name;
        match &pod.owner {
            // A Deployment's ReplicaSet is named after it, and a hash.
            Some(Owner { kind, name }) if kind == "ReplicaSet" => {
                let name = name.rsplit_once('-').map_or(name.as_str(), |(name, _)| name);
                format!("kubectl -n {namespace} scale deployment {name} --replicas 0")
            }
            Some(Owner { kind, name }) if kind == "StatefulSet" => {
                format!("kubectl -n {namespace} scale statefulset {name} --replicas 0")
            }
            Some(_) | None => format!("kubectl -n {namespace} delete pod {name}"),
        }
    });
    let commands: BTreeSet<String> = commands.collect();
    commands.into_iter().collect::<Vec<_>>().join("; ")
}

/// The add-ons that moved with the hop, then the control plane, where the cloud takes it back right now.
fn control_plane_back(
    draft: &mut Draft<'_>,
    cloud: &CloudCluster,
    done: &[&Action],
    hop: &Hop,
    stages: &mut Vec<Stage>,
) -> Option<Hop> {
    let way = cloud.rollback.as_ref().filter(|way| way.to.minor() == hop.from.minor())?;
    let addons = done.iter().rev().filter_map(|action| {
        let Action::Cloud(CloudAction::UpgradeAddon { addon, from, to, .. }) = action else { return None };
        Some((addon, from, to))
    });
    let lanes: Vec<Lane> = addons
        .map(|(addon, from, to)| {
            let action = CloudAction::UpgradeAddon {
                addon: addon.clone(),
                from: to.clone(),
                to: from.clone(),
                conflicts: Conflicts::Preserve,
            };
            let goal = vec![CloudCondition::AddonAt { addon: addon.clone(), version: from.clone() }];
            let step = draft.step(action, vec![CloudCondition::Ready], goal);
            Lane { subject: Subject::Addon(addon.clone()), steps: vec![step] }
        })
        .collect();
    let index = Some(0);
    let ahead = still_ahead(draft, stages, &hop.from);
    stages.extend(stage(StageKind::Workers, ahead).map(|stage| Stage { hop: index, ..stage }));
    stages.extend(stage(StageKind::Addons, lanes).map(|stage| Stage { hop: index, ..stage }));
    let action = CloudAction::RollbackControlPlane { from: cloud.version.clone(), to: way.to.clone() };
    let expects = vec![CloudCondition::Ready, CloudCondition::ControlPlaneAt { version: cloud.version.clone() }];
    let goal = vec![CloudCondition::ControlPlaneAt { version: way.to.clone() }, CloudCondition::Ready];
    let step = draft.step(action, expects, goal);
    let step = Step { reversal: Reversal::Inverse(format!("upgrade to {} again", hop.to.minor())), ..step };
    let lane = Lane { subject: Subject::ControlPlane, steps: vec![step] };
    stages.extend(stage(StageKind::ControlPlane, vec![lane]).map(|stage| Stage { hop: index, ..stage }));
    Some(Hop { from: cloud.version.clone(), to: way.to.clone(), notes: Vec::new() })
}
