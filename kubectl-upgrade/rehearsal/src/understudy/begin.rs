//! Begins what a plan asks of a cloud.

use std::time::Duration;

use serde_json::json;
use upgrade_core::ids::{AddonName, PoolName};
use upgrade_core::plan::{CloudAction, Surge};
use upgrade_core::scope::OperationKey;
use upgrade_core::version::Version;
use upgrade_provider::{ErrorKind, PortError};
use upgrade_twin::clouds::operations::{self, OperationId, Subject};
use upgrade_twin::clouds::pools::{self, PoolSpec, Settings, Size, Target};
use upgrade_twin::clouds::{Refused, Request, change, control_plane, of, set_image, whole};
use upgrade_twin::json::text;
use upgrade_twin::store::{ObjectKey, Resource};
use upgrade_twin::world::World;

use super::look::{ADDONS, INSIGHTS_AT, LIKE, SURGE};
use super::settings;

/// Begins it, once for each key.
pub(super) fn begin(world: &mut World, action: &CloudAction, key: &OperationKey) -> Result<OperationId, Refused> {
    let request = Request { token: Some(key.to_string()), ..Request::default() };
    match action {
        CloudAction::RefreshInsights => refresh_insights(world, request),
        CloudAction::UpgradeControlPlane { to, along: Some(along), .. } => {
            let pool = |name: &PoolName| Ok((name.to_string(), target(world, name, to, None, false)?));
            let pools = along.pools.iter().map(pool).collect::<Result<_, Refused>>()?;
            whole::upgrade(world, "whole", Some(to.clone()), pools, request)
        }
        CloudAction::UpgradeControlPlane { to, soak_s, along: None, .. } => {
            let soak = soak_s.map(|seconds| Duration::from_secs(seconds.into()));
            control_plane::upgrade(world, to, soak, request)
        }
        CloudAction::CompleteControlPlane { .. } => control_plane::complete(world, request),
        CloudAction::RollbackControlPlane { to, .. } => control_plane::upgrade(world, to, None, request),
        CloudAction::UpgradeAddon { addon, to, .. } => upgrade_addon(world, addon, to, request),
        CloudAction::ConfigurePool { pool, surge, .. } => configure(world, pool, surge, request),
        CloudAction::UpgradePool { pool, to, image, force, .. } => {
            let to = target(world, pool, to, image.as_deref(), *force)?;
            pools::upgrade(world, pool.as_str(), to, request)
        }
        CloudAction::RollbackPool { pool, to, image, .. } => {
            let to = target(world, pool, to, image.as_deref(), false)?;
            pools::upgrade(world, pool.as_str(), to, request)
        }
        CloudAction::CreatePool { pool, like, version, image, nodes } => {
            let spec = alike(world, pool, like, version, image.as_deref(), *nodes)?;
            pools::create(world, spec, request)
        }
        CloudAction::DeletePool { pool } => pools::delete(world, pool.as_str(), false, request),
        // What went on at the original does not go on at its copy.
        CloudAction::StopOperation { .. } => brief(world, "stop", Subject::Other("stop".to_owned()), request, |_| {}),
        CloudAction::SoakPool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::RenewPool { .. }
        | CloudAction::FollowPool { .. } => Err(Refused::NothingToDo("an action of a cloud")),
    }
}

/// What a refusal means for the run: what goes on ends.
pub(super) fn refused(refusal: Refused) -> PortError {
    let kind = match refusal {
        Refused::Busy(_) | Refused::StillBusy => ErrorKind::Away,
        Refused::NotManaged
        | Refused::NoPool(_)
        | Refused::PoolExists(_)
        | Refused::NoOperation(_)
        | Refused::NotOffered(_)
        | Refused::NewerThanControlPlane { .. }
        | Refused::NothingToDo(_)
        | Refused::Invalid { .. } => ErrorKind::Refused,
    };
    PortError::new(kind, refusal.to_string())
}

fn brief(
    world: &mut World,
    kind: &'static str,
    subject: Subject,
    request: Request,
    effect: impl FnOnce(&mut World) + Send + 'static,
) -> Result<OperationId, Refused> {
    let span = world.tempo.pool_work;
    operations::brief(world, kind, subject, span, request, effect)
}

fn refresh_insights(world: &mut World, request: Request) -> Result<OperationId, Refused> {
    brief(world, "insights", Subject::Other("insights".to_owned()), request, |world| {
        let now = world.now().to_string();
        change(world, |seen| seen.extra.insert(INSIGHTS_AT.to_owned(), json!(now)));
    })
}

fn upgrade_addon(world: &mut World, addon: &AddonName, to: &str, request: Request) -> Result<OperationId, Refused> {
    let (name, to) = (addon.to_string(), to.to_owned());
    brief(world, "addon", Subject::Other(format!("addon {name}")), request, move |world| {
        change(world, |seen| {
            let addons = seen.extra.entry(ADDONS).or_insert_with(|| json!({}));
            if let Some(addons) = addons.as_object_mut() {
                addons.insert(name.clone(), json!(to));
            }
        });
        for resource in [Resource::DAEMON_SETS, Resource::DEPLOYMENTS] {
            retag(world, resource, &name, &to);
        }
    })
}

/// The add-on's workload, where it has one of its own name, runs the image of that version.
pub(crate) fn retag(world: &mut World, resource: Resource, name: &str, tag: &str) {
    let workload = world.store.get(&ObjectKey::new(resource, "kube-system", name));
    let image = workload.map(|found| text(&found.value(), "/spec/template/spec/containers/0/image").to_owned());
    let repository = image.as_deref().and_then(|image| image.rsplit_once(':')).map(|(repository, _)| repository);
    if let Some(repository) = repository {
        set_image(world, resource, name, &format!("{repository}:{tag}"));
    }
}

fn configure(world: &mut World, pool: &PoolName, surge: &Surge, request: Request) -> Result<OperationId, Refused> {
    let (name, surge) = (pool.to_string(), surge.clone());
    of(world)?.now().pools.get(&name).ok_or_else(|| Refused::NoPool(name.clone()))?;
    let provider = super::look::provider(world)?;
    brief(world, "configure", Subject::Pool(name.clone()), request, move |world| {
        change(world, |seen| {
            let Some(spec) = seen.pools.get_mut(&name).map(|pool| &mut pool.spec) else { return };
            let merged = super::look::merged(super::look::surge_of(spec), surge);
            let settings = settings(provider, &merged);
            spec.settings = Settings { blue_green: spec.settings.blue_green, ..settings };
            spec.extra.insert(SURGE.to_owned(), json!(merged));
        });
    })
}

/// Where the plan names no image, the newest is another one than that of now wherever the version is.
fn target(
    world: &World,
    pool: &PoolName,
    version: &Version,
    image: Option<&str>,
    force: bool,
) -> Result<Target, Refused> {
    let name = pool.as_str();
    let found = of(world)?.now().pools.get(name).ok_or_else(|| Refused::NoPool(name.to_owned()))?;
    let same = found.spec.version == *version;
    let newest = if same { found.spec.image.clone() } else { format!("of {version}") };
    Ok(Target { version: version.clone(), image: image.map_or(newest, str::to_owned), force })
}

fn alike(
    world: &World,
    pool: &PoolName,
    like: &PoolName,
    version: &Version,
    image: Option<&str>,
    nodes: u32,
) -> Result<PoolSpec, Refused> {
    let found = of(world)?.now().pools.get(like.as_str()).ok_or_else(|| Refused::NoPool(like.to_string()))?;
    let mut spec = PoolSpec {
        name: pool.to_string(),
        version: version.clone(),
        image: image.map_or_else(|| format!("of {version}"), str::to_owned),
        ..found.spec.clone()
    };
    spec.size = Size { desired: nodes, min: spec.size.min.min(nodes), max: spec.size.max.max(nodes), ..spec.size };
    spec.extra.insert(LIKE.to_owned(), json!(like.as_str()));
    Ok(spec)
}
