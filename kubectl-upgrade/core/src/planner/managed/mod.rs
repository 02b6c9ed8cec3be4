//! The steps of a cluster that a cloud runs.
//!
//! For each hop: what would fall out of skew first, then the control plane, the add-ons, the pools. Every choice comes
//! from what the cloud and the cluster showed and from the options; the cloud's own verbs are in the actions.
//! Source: the clouds' upgrade guides (facts §3.2, §3.4, §3.6).

mod addons;
mod back;
mod control_plane;
mod draft;
mod images;
mod limits;
mod names;
mod pools;
mod stops;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use back::back;
pub(super) use limits::limits;

use draft::Draft;

use super::{PlanError, Request, Way};
use crate::ids::PoolName;
use crate::inventory::{Gap, GapSubject, Inventory, Offer, Pool};
use crate::path::PathError;
use crate::plan::{Force, Hop, Lane, NodeHops, ProviderKind, Stage, StageKind, Strategy};
use crate::version::Version;

/// The stages that lead along the way; none when everything is where it should be.
pub(super) fn stages(inventory: &Inventory, request: &Request<'_>, way: &Way) -> Result<Vec<Stage>, PlanError> {
    let Some(cloud) = &inventory.cloud else { return Err(unseen(inventory)) };
    let mut draft = Draft::new(inventory, cloud, &request.options).towards(&way.target);
    chosen_pools_exist(&draft)?;
    settings_exist(&draft)?;
    not_ahead(&draft, way)?;
    let stops = stops::stage(&mut draft);
    if way.hops.is_empty() {
        let mut moves = pool_stages(&mut draft, &way.target, |_, _, _| true);
        moves.extend(images::stage(&mut draft, &moves));
        return Ok(if moves.is_empty() { moves } else { stops.into_iter().chain(moves).collect() });
    }
    let mut stages: Vec<Stage> = stops.map(|stage| Stage { hop: Some(0), ..stage }).into_iter().collect();
    for (index, hop) in way.hops.iter().enumerate() {
        let next = way.hops.get(index + 1);
        if draft.is_recovery(hop) {
            whole(&draft)?;
        } else {
            left_alone(&draft, hop)?;
        }
        stages.extend(stages_of(&mut draft, hop, next).into_iter().map(|stage| Stage { hop: Some(index), ..stage }));
    }
    let last = way.hops.len().checked_sub(1);
    stages.extend(images::stage(&mut draft, &stages).map(|stage| Stage { hop: last, ..stage }));
    Ok(stages)
}

/// Why there is no path: a cloud has no package repositories that could be added, but a list of its own.
pub(super) fn not_offered(inventory: &Inventory, error: PathError) -> PlanError {
    let Some(cloud) = &inventory.cloud else { return PlanError::Path(error) };
    let source = if let PathError::NoneReachable { source, .. } = &error { source } else { &error };
    if !matches!(source, PathError::NotOffered { .. } | PathError::NothingOffered { .. }) {
        return PlanError::Path(error);
    }
    let known = |gap: &Gap| gap.subject != GapSubject::Cloud;
    if cloud.offers.is_empty() && !inventory.gaps.iter().all(known) {
        return unseen(inventory);
    }
    let is_ahead = |offer: &&Offer| !offer.preview && offer.version > cloud.version && !cloud.is_at(&offer.version);
    let ahead = cloud.offers.iter().filter(is_ahead);
    let newest: BTreeMap<_, _> = ahead.clone().map(|offer| (offer.version.minor(), offer.version.clone())).collect();
    let leap = |offer: &&Offer| offer.is_leap_from(cloud.version.minor());
    let recovery = ahead.filter(leap).map(|offer| offer.version.clone()).max().filter(|_| cloud.is_left_behind());
    let (offers, error) = (newest.into_values().collect(), Box::new(error));
    PlanError::CloudDoesNotOffer { cloud: cloud.provider, offers, recovery, error }
}

/// Why there is no answer of the cloud.
fn unseen(inventory: &Inventory) -> PlanError {
    let gap = inventory.gaps.iter().find(|gap| gap.subject == GapSubject::Cloud);
    PlanError::CloudUnknown {
        why: gap.map_or_else(|| "it was not asked".to_owned(), |gap| gap.why.clone()),
        hint: match gap {
            Some(gap) => gap.hint.clone(),
            None => Some("leave --no-hosts away: pools and versions on offer are known to the cloud alone".to_owned()),
        },
    }
}

fn chosen_pools_exist(draft: &Draft<'_>) -> Result<(), PlanError> {
    let chosen = &draft.options.cloud;
    let mut named = chosen.pools.iter().chain(&chosen.canary).chain(chosen.templates.keys());
    let unknown = named.find(|name| draft.cloud.pool(name).is_none());
    match unknown {
        Some(name) => Err(PlanError::UnknownPool {
            name: name.clone(),
            known: draft.cloud.pools.iter().map(|pool| pool.name.clone()).collect(),
        }),
        None => Ok(()),
    }
}

/// What only AKS lets be set for a pool (facts §3.6), and only EKS.
fn settings_exist(draft: &Draft<'_>) -> Result<(), PlanError> {
    let surge = &draft.options.cloud.surge;
    let asked = [
        ("--node-drain", surge.drain_timeout_s.is_some()),
        ("--node-soak", surge.soak_s.is_some()),
        ("--undrainable", surge.undrainable.is_some()),
        ("--node-images", draft.options.cloud.node_images),
    ];
    let provider = draft.provider();
    let not_of_eks = [
        ("--force operations", draft.options.cloud.force.contains(&Force::Operations)),
        ("--max-surge", surge.max_surge.is_some()),
    ];
    if let Some((setting, _)) = not_of_eks.into_iter().find(|(_, asked)| *asked && provider == ProviderKind::Eks) {
        return Err(PlanError::NoSuchSetting { provider, setting });
    }
    if let Some((setting, _)) = asked.into_iter().find(|(_, asked)| *asked && provider != ProviderKind::Aks) {
        return Err(PlanError::NoSuchSetting { provider, setting });
    }
    if draft.options.cloud.skip_minors && provider != ProviderKind::Aks {
        return Err(PlanError::NoSuchSetting { provider, setting: "--skip-minors" });
    }
    // Only pools of EKS name one.
    let without = |name: &&PoolName| draft.cloud.pool(name).is_some_and(|pool| pool.template.is_none());
    match draft.options.cloud.templates.keys().find(without) {
        Some(name) => Err(PlanError::NoLaunchTemplate { pool: name.clone() }),
        None => Ok(()),
    }
}

/// No pool may be newer than the control plane.
fn not_ahead(draft: &Draft<'_>, way: &Way) -> Result<(), PlanError> {
    let ahead = |pool: &&Pool| draft.at(&pool.name).is_some_and(|at| at.minor() > way.target.minor());
    match draft.cloud.pools.iter().find(ahead) {
        Some(pool) => Err(PlanError::PoolTooNew { pool: pool.name.clone(), target: way.target.clone() }),
        None => Ok(()),
    }
}

/// A pool that may not be touched cannot be made to fit the hop.
fn left_alone(draft: &Draft<'_>, hop: &Hop) -> Result<(), PlanError> {
    let touched: BTreeSet<PoolName> = draft.pools().into_iter().collect();
    let too_old = |pool: &&Pool| {
        !touched.contains(&pool.name) && draft.at(&pool.name).is_some_and(|at| draft.is_due(at, hop.to.minor()))
    };
    match draft.cloud.pools.iter().find(too_old) {
        Some(pool) => Err(PlanError::PoolTooOld { pool: pool.name.clone(), hop: hop.to.clone() }),
        None => Ok(()),
    }
}

/// What AKS takes back into support it takes whole, by its own way of replacing nodes (facts §3.6).
fn whole(draft: &Draft<'_>) -> Result<(), PlanError> {
    let chosen = &draft.options.cloud;
    let asked = [
        ("--pool", !chosen.pools.is_empty()),
        ("--canary", chosen.canary.is_some()),
        ("--new-pools", matches!(draft.options.strategy, Strategy::NewPools { .. })),
    ];
    match asked.into_iter().find(|(_, asked)| *asked) {
        Some((setting, _)) => Err(PlanError::WholeClusterOnly { setting }),
        None => Ok(()),
    }
}

fn stages_of(draft: &mut Draft<'_>, hop: &Hop, next: Option<&Hop>) -> Vec<Stage> {
    if draft.is_recovery(hop) {
        return control_plane::with_pools(draft, hop);
    }
    let lagging = pool_stages(draft, &hop.from, |draft, _, at| draft.is_due(at, hop.to.minor()));
    let mut stages: Vec<Stage> =
        lagging.into_iter().map(|stage| Stage { kind: StageKind::LaggingNodes, ..stage }).collect();
    stages.extend(control_plane::stages(draft, hop));
    stages.extend(addons::stage(draft, &hop.to));
    let fewest = draft.options.cloud.node_hops == NodeHops::Fewest;
    stages.extend(pool_stages(draft, &hop.to, |draft, name, at| match next {
        // The version of a launch template that was given is for the last move.
        Some(next) if fewest || draft.options.cloud.templates.contains_key(&draft.origin(name)) => {
            draft.is_due(at, next.to.minor())
        }
        Some(_) | None => true,
    }));
    stages
}

/// The stages that take pools to a version: the canary alone, then the others. Only pools that are behind and for which
/// `due` holds.
fn pool_stages(
    draft: &mut Draft<'_>,
    to: &Version,
    due: impl Fn(&Draft<'_>, &PoolName, &Version) -> bool,
) -> Vec<Stage> {
    let behind = |draft: &Draft<'_>, name: &PoolName| {
        draft.at(name).is_some_and(|at| !draft.cloud.precision.same(at, to) && at < to && due(draft, name, at))
    };
    let names: Vec<PoolName> = draft.pools().into_iter().filter(|name| behind(draft, name)).collect();
    let canary = draft.options.cloud.canary.clone();
    let (first, rest): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| Some(draft.origin(name)) == canary);
    [first, rest].into_iter().filter_map(|names| pool_stage(draft, &names, to)).collect()
}

fn pool_stage(draft: &mut Draft<'_>, names: &[PoolName], to: &Version) -> Option<Stage> {
    let lanes: Vec<Lane> = names.iter().map(|name| pools::lane(draft, name, to)).collect();
    let at_once = match draft.options.strategy {
        Strategy::AllAtOnce => lanes.len().max(1),
        Strategy::Rolling { .. } | Strategy::NewPools { .. } => 1,
    };
    (!lanes.is_empty()).then_some(Stage { kind: StageKind::Workers, hop: None, at_once, lanes })
}

#[cfg(test)]
mod tests;
