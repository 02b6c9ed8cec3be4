//! Changes of the cluster and of its pools, judged as GKE judges them.

use serde_json::{Value, json};
use upgrade_core::version::Version;

use super::fault::{Code, Fault};
use super::{operation, pool, settings, versions};
use crate::clouds::operations::{Subject, brief};
use crate::clouds::pools::{self, Size, Target};
use crate::clouds::{CloudWorld, Request, change, control_plane, of};
use crate::json;
use crate::world::World;

/// Pools may be so many minors older than the control plane.
const WINDOW: i32 = 2;

/// `projects.locations.clusters.update`: one thing at a time.
pub(super) fn update(world: &mut World, body: &Value) -> Result<Value, Fault> {
    let asked = json::at(body, "/update");
    let (master, node) = (json::text(asked, "/desiredMasterVersion"), json::text(asked, "/desiredNodeVersion"));
    match (master.is_empty(), node.is_empty()) {
        (false, true) => update_master(world, master, asked),
        (true, false) => {
            let pool = match json::text(asked, "/desiredNodePoolId") {
                "" => "default-pool",
                pool => pool,
            };
            upgrade_pool(world, pool, node)
        }
        (false, false) => {
            Err(Fault::new(Code::InvalidArgument, "Master and nodes cannot be upgraded in the same request."))
        }
        (true, true) => Err(Fault::new(Code::InvalidArgument, "Must specify a field to update.")),
    }
}

fn update_master(world: &mut World, asked: &str, update: &Value) -> Result<Value, Fault> {
    let cloud = of(world)?;
    let now = cloud.now().control_plane.version.clone();
    let to = versions::resolve(cloud, asked, &now)?.version.clone();
    let back = cloud.now().control_plane.way_back.as_ref().is_some_and(|back| back.version == to);
    let request = Request::default();
    let id = match back {
        true => control_plane::roll_back(world, request)?,
        false => {
            judge_master(cloud, &now, &to)?;
            let soak = settings::duration(update, "/desiredRollbackSafeUpgrade/controlPlaneSoakDuration");
            control_plane::upgrade(world, &to, soak, request)?
        }
    };
    operation::begun(world, &id)
}

fn judge_master(cloud: &CloudWorld, now: &Version, to: &Version) -> Result<(), Fault> {
    let refuse =
        |why: String| Err(Fault::new(Code::InvalidArgument, format!("Master cannot be upgraded to \"{to}\": {why}.")));
    if cloud.now().control_plane.way_back.is_some() {
        let message = "the cluster is in rollback-safe mode: complete or roll back its upgrade first";
        return Err(Fault::new(Code::FailedPrecondition, format!("Master cannot be upgraded to \"{to}\": {message}.")));
    }
    if to < now {
        return refuse(format!("specified version is not newer than the current version \"{now}\""));
    }
    if to.minor().ahead_of(now.minor()) > 1 {
        return refuse(format!("it is more than one minor version after the current version \"{now}\""));
    }
    let oldest = cloud.now().pools.values().min_by_key(|pool| pool.spec.version.clone());
    match oldest.filter(|pool| to.minor().ahead_of(pool.spec.version.minor()) > WINDOW) {
        Some(pool) => refuse(format!(
            "node pool \"{}\" at \"{}\" would be more than two minor versions older",
            pool.spec.name, pool.spec.version
        )),
        None => Ok(()),
    }
}

/// `projects.locations.clusters.completeControlPlaneUpgrade`.
pub(super) fn complete(world: &mut World) -> Result<Value, Fault> {
    let id = control_plane::complete(world, Request::default())?;
    operation::begun(world, &id)
}

fn upgrade_pool(world: &mut World, name: &str, asked: &str) -> Result<Value, Fault> {
    let cloud = of(world)?;
    let found = pool::find(cloud, cloud.now(), name)?;
    let offer = versions::resolve(cloud, asked, &cloud.now().control_plane.version)?;
    let (now, plane) = (&found.spec.version, &cloud.now().control_plane.version);
    if plane.minor().ahead_of(offer.node_version.minor()) > WINDOW {
        let message = format!(
            "Node version \"{}\" is more than two minor versions older than master version \"{plane}\".",
            offer.node_version
        );
        return Err(Fault::new(Code::InvalidArgument, message));
    }
    // A node pool may go to an older version of its minor or another, within the window: GKE calls it a downgrade.
    let image = if *now == offer.node_version { found.spec.image.clone() } else { offer.image.clone() };
    let to = Target { version: offer.node_version.clone(), image, force: false };
    let id = pools::upgrade(world, name, to, Request::default())?;
    operation::begun(world, &id)
}

/// `projects.locations.clusters.nodePools.update`: to a version, or other settings.
pub(super) fn update_pool(world: &mut World, name: &str, body: &Value) -> Result<Value, Fault> {
    let cloud = of(world)?;
    let found = pool::find(cloud, cloud.now(), name)?;
    let etag = json::text(body, "/etag");
    if !etag.is_empty() && pool::show(cloud, cloud.now(), found).get("etag").is_none_or(|now| now != etag) {
        return Err(Fault::new(Code::FailedPrecondition, "The etag provided does not match the current one."));
    }
    let version = json::text(body, "/nodeVersion");
    if !version.is_empty() {
        return upgrade_pool(world, name, version);
    }
    let asked = json::at(body, "/upgradeSettings");
    if !asked.is_object() {
        return Err(Fault::new(Code::InvalidArgument, "Must specify a field to update."));
    }
    let settings = settings::merged(&found.spec.settings, asked)?;
    let (pool, now, span) = (name.to_owned(), world.now(), world.tempo.pool_work);
    let subject = Subject::Pool(pool.clone());
    let id = brief(world, "UPDATE_CLUSTER", subject, span, Request::default(), move |world| {
        change(world, |seen| {
            if let Some(pool) = seen.pools.get_mut(&pool) {
                pool.spec.settings = settings;
                (pool.changed, pool.changes) = (now, pool.changes + 1);
            }
        });
    })?;
    operation::begun(world, &id)
}

/// `projects.locations.clusters.nodePools.delete`: GKE drains within an hour, then deletes whatever is left.
pub(super) fn delete_pool(world: &mut World, name: &str) -> Result<Value, Fault> {
    let cloud = of(world)?;
    pool::find(cloud, cloud.now(), name)?;
    let id = pools::delete(world, name, false, Request::default())?;
    operation::begun(world, &id)
}

/// `projects.locations.clusters.nodePools.rollback`.
pub(super) fn roll_back_pool(world: &mut World, name: &str, body: &Value) -> Result<Value, Fault> {
    let cloud = of(world)?;
    pool::find(cloud, cloud.now(), name)?;
    let respect = json::at(body, "/respectPdb").as_bool().unwrap_or(false);
    let id = pools::roll_back(world, name, respect, Request::default())?;
    operation::begun(world, &id)
}

/// `projects.locations.clusters.nodePools.completeUpgrade`.
pub(super) fn complete_pool(world: &mut World, name: &str) -> Result<Value, Fault> {
    let cloud = of(world)?;
    pool::find(cloud, cloud.now(), name)?;
    pools::complete(world, name)?;
    Ok(json!({}))
}

/// `projects.locations.clusters.nodePools.setSize`: so many in each zone.
pub(super) fn resize_pool(world: &mut World, name: &str, body: &Value) -> Result<Value, Fault> {
    let cloud = of(world)?;
    let found = pool::find(cloud, cloud.now(), name)?;
    let zones = u32::try_from(found.spec.zones.len()).unwrap_or(1).max(1);
    let each = json::at(body, "/nodeCount").as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    let desired = each.saturating_mul(zones);
    let size = Size { desired, max: found.spec.size.max.max(desired), ..found.spec.size };
    let id = pools::resize(world, name, size, Request::default())?;
    operation::begun(world, &id)
}
