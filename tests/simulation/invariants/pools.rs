//! What is left of the pools of a cloud, and what it did to pods past their budgets.

use std::collections::BTreeMap;

use upgrade_core::plan::{Action, CloudAction, Force, Plan};
use upgrade_core::version::Version;
use upgrade_twin::Twin;
use upgrade_twin::blueprint::Form;
use upgrade_twin::clouds::pools::{Pool, Settings, Strategy};
use upgrade_twin::clouds::{self, Cloud, CloudWorld};

use crate::case::Case;

/// Pods that the cloud deleted whatever their budgets say, though nobody had asked it to. GKE does so of its own accord,
/// an hour after a node's drain began.
pub(super) fn forced(twin: &Twin, plan: &Plan) -> Vec<String> {
    twin.with(|world| {
        let allowed = plan.options.cloud.force.contains(&Force::Evictions);
        if allowed || clouds::of(world).is_ok_and(|cloud| cloud.place.cloud == Cloud::Gke) {
            return Vec::new();
        }
        let told = world.witness.forced.iter();
        told.map(|one| format!("{} {} was deleted whatever its budgets say", one.at, one.pod)).collect()
    })
}

/// Everything in a cloud's cluster that is not as a finished run promises: versions, and how pools were set before it.
pub(super) fn reached(twin: &Twin, plan: &Plan, case: &Case) -> Vec<String> {
    let Form::Managed(managed) = &case.blueprint.form else { return Vec::new() };
    let before = managed.pools.iter().map(|pool| (pool.name.clone(), pool.settings.clone())).collect();
    twin.with(|world| {
        let Ok(cloud) = clouds::of(world) else { return Vec::new() };
        let mut wrong = Vec::new();
        let now = cloud.now();
        if !same(cloud, &now.control_plane.version, &plan.target) {
            wrong.push(format!("finished, and the control plane is at {}", now.control_plane.version));
        }
        if now.pools.len() != managed.pools.len() {
            wrong.push(format!("finished, and there are {} pools", now.pools.len()));
        }
        let chosen = &plan.options.cloud.pools;
        let meant = |pool: &&Pool| chosen.is_empty() || chosen.iter().any(|name| name.as_str() == origin(plan, pool));
        for pool in now.pools.values().filter(meant) {
            wrong.extend(of_pool(cloud, pool, (plan, case), &before));
        }
        wrong
    })
}

fn of_pool(
    cloud: &CloudWorld,
    pool: &Pool,
    (plan, case): (&Plan, &Case),
    before: &BTreeMap<String, Settings>,
) -> Vec<String> {
    let name = &pool.spec.name;
    let mut wrong = Vec::new();
    for (node, member) in pool.members.iter().filter(|(_, member)| !same(cloud, &member.version, &plan.target)) {
        wrong.push(format!("finished, and {node} of pool {name} is at {}", member.version));
    }
    // A machine that a rollout could not get is not asked for again.
    if case.machines_come() && u32::try_from(pool.members.len()) != Ok(pool.spec.size.desired) {
        wrong.push(format!("finished, and pool {name} has {} of {} nodes", pool.members.len(), pool.spec.size.desired));
    }
    if before.get(origin(plan, pool)).is_some_and(|before| shown(before) != shown(&pool.spec.settings)) {
        wrong.push(format!("finished, and pool {name} is left set up as {:?}", pool.spec.settings));
    }
    wrong
}

/// What of the settings takes effect: how a pool surges is shown of those alone that do, and how blue-green goes of those.
fn shown(settings: &Settings) -> Settings {
    match settings.strategy {
        Strategy::Surge => Settings { blue_green: Settings::default().blue_green, ..settings.clone() },
        Strategy::BlueGreen => {
            let Settings { max_surge, max_unavailable, .. } = Settings::default();
            Settings { max_surge, max_unavailable, ..settings.clone() }
        }
    }
}

/// As exactly as the cloud names versions.
fn same(cloud: &CloudWorld, one: &Version, other: &Version) -> bool {
    match cloud.place.cloud {
        Cloud::Eks => one.minor() == other.minor(),
        Cloud::Gke | Cloud::Aks => one == other,
    }
}

/// The pool whose place it took.
fn origin<'a>(plan: &'a Plan, pool: &'a Pool) -> &'a str {
    let mut name = pool.spec.name.as_str();
    for step in plan.stages.iter().rev().flat_map(|stage| &stage.lanes).flat_map(|lane| &lane.steps) {
        if let Action::Cloud(CloudAction::CreatePool { pool, like, .. }) = &step.action
            && pool.as_str() == name
        {
            name = like.as_str();
        }
    }
    name
}

/// The pools in one line.
pub(super) fn left(cloud: &CloudWorld) -> String {
    let pool = |pool: &Pool| format!("{} {} of {}", pool.spec.name, pool.spec.version, pool.members.len());
    let pools: Vec<String> = cloud.now().pools.values().map(pool).collect();
    format!(" pools {pools:?}")
}
