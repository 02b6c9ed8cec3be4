//! Begins actions, or finds them begun.

use google_cloud_container_v1::model::operation::Type;
use google_cloud_container_v1::model::{ClusterUpdate, NodePool, Operation, RollbackSafeUpgrade};
use google_cloud_gax::options::RequestOptionsBuilder as _;
use upgrade_core::ids::PoolName;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{CloudAction, Surge};
use upgrade_core::version::Version;
use upgrade_provider::{ErrorKind, PortError};

use crate::error::{OPERATION, UPDATE};
use crate::provider::Gke;
use crate::{find, names, surge};

/// The name of an operation that was not needed.
pub(crate) const NOT_NEEDED: &str = "not-needed";

/// The name of an operation that was asked to end.
pub(crate) const STOPPING: &str = "stopping";

/// Begins it. What is reached already, or being reached, is not begun again.
pub(crate) async fn begin(gke: &Gke, action: &CloudAction) -> Result<OperationRef, PortError> {
    let operation = match action {
        CloudAction::UpgradeControlPlane { to, soak_s, .. } => control_plane(gke, to, *soak_s).await?,
        CloudAction::RollbackControlPlane { to, .. } => control_plane(gke, to, None).await?,
        CloudAction::CompleteControlPlane { .. } => complete(gke).await?,
        CloudAction::ConfigurePool { pool, surge, .. } => configure(gke, pool, surge).await?,
        CloudAction::UpgradePool { pool, to, image, .. } => upgrade_pool(gke, pool, to, image.as_deref()).await?,
        CloudAction::RollbackPool { pool, to, .. } => roll_back_pool(gke, pool, to).await?,
        CloudAction::CreatePool { pool, like, version, nodes, .. } => create(gke, pool, like, version, *nodes).await?,
        CloudAction::StopOperation { id, .. } => stop_operation(gke, id).await?,
        CloudAction::DeletePool { pool } => delete(gke, pool).await?,
        CloudAction::RefreshInsights
        | CloudAction::UpgradeAddon { .. }
        | CloudAction::SoakPool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::RenewPool { .. }
        | CloudAction::FollowPool { .. } => {
            return Err(PortError::new(
                ErrorKind::Refused,
                format!("expected an action that GKE has, found {action:?}"),
            ));
        }
    };
    Ok(OperationRef(operation.unwrap_or_else(|| NOT_NEEDED.to_owned())))
}

/// What goes on with the subject: an operation of one of those types.
async fn going_on(gke: &Gke, types: &[Type], pool: Option<&PoolName>) -> Result<Option<String>, PortError> {
    let all = gke.operations().await?;
    let newest = find::newest(&all, &gke.names, types, pool);
    Ok(newest.filter(|one| find::is_running(one)).map(|one| one.name.clone()))
}

fn begun(operation: Operation) -> Option<String> {
    Some(operation.name)
}

async fn control_plane(gke: &Gke, to: &Version, soak_s: Option<u32>) -> Result<Option<String>, PortError> {
    let running = going_on(gke, &[Type::UpgradeMaster], None).await?;
    if running.is_some() {
        return Ok(running);
    }
    if gke.cluster().await?.current_master_version == to.to_string() {
        return Ok(None);
    }
    let mut update = ClusterUpdate::new().set_desired_master_version(to.to_string());
    if let Some(soak) = soak_s {
        let soak = google_cloud_wkt::Duration::clamp(i64::from(soak), 0);
        update =
            update.set_desired_rollback_safe_upgrade(RollbackSafeUpgrade::new().set_control_plane_soak_duration(soak));
    }
    let call = gke.call("have GKE move the control plane", UPDATE);
    let asked = gke.client.update_cluster().set_name(names::cluster(&gke.names)).set_update(update);
    Ok(begun(asked.with_idempotency(false).send().await.map_err(|error| call.failed(error))?))
}

async fn complete(gke: &Gke) -> Result<Option<String>, PortError> {
    let running = going_on(gke, &[Type::UpgradeMaster, Type::UpdateCluster], None).await?;
    if running.is_some() {
        return Ok(running);
    }
    if gke.upgrade_info().await?.rollback_safe_upgrade_status.is_none() {
        return Ok(None);
    }
    let call = gke.call("have GKE take the second step of the control plane", UPDATE);
    let asked = gke.client.complete_control_plane_upgrade().set_name(names::cluster(&gke.names));
    Ok(begun(asked.with_idempotency(false).send().await.map_err(|error| call.failed(error))?))
}

async fn existing(gke: &Gke, pool: &PoolName) -> Result<NodePool, PortError> {
    let missing = || {
        PortError::new(ErrorKind::NotFound, format!("expected a pool {pool}, found none"))
            .hint("the plan is older than the cluster: make a new one")
    };
    gke.pool(pool).await?.ok_or_else(missing)
}

async fn configure(gke: &Gke, pool: &PoolName, wanted: &Surge) -> Result<Option<String>, PortError> {
    let found = existing(gke, pool).await?;
    if wanted.holds_in(&surge::of(&found)) {
        return Ok(None);
    }
    let running = going_on(gke, &[Type::UpdateCluster, Type::UpgradeNodes], Some(pool)).await?;
    if running.is_some() {
        return Ok(running);
    }
    let call = gke.call("have GKE set up the pool", UPDATE);
    // With the ETag of what was looked at, nobody else's change is lost.
    let asked = gke
        .client
        .update_node_pool()
        .set_name(gke.pool_name(pool))
        .set_etag(found.etag.clone())
        .set_upgrade_settings(surge::merged(&found, wanted));
    Ok(begun(asked.with_idempotency(false).send().await.map_err(|error| call.failed(error))?))
}

async fn upgrade_pool(
    gke: &Gke,
    pool: &PoolName,
    to: &Version,
    image: Option<&str>,
) -> Result<Option<String>, PortError> {
    let found = existing(gke, pool).await?;
    let all = gke.operations().await?;
    let newest = find::newest(&all, &gke.names, &[Type::UpgradeNodes], Some(pool));
    // One that failed half-way leaves the pool at the new version, with old nodes in it.
    let reached = found.version == to.to_string() && image.is_none();
    if let Some(one) = newest.filter(|one| find::is_running(one) || (reached && one.error.is_none())) {
        return Ok(Some(one.name.clone()));
    }
    let call = gke.call("have GKE replace the pool's nodes", UPDATE);
    let mut asked = gke.client.update_node_pool().set_name(gke.pool_name(pool)).set_node_version(to.to_string());
    if let Some(image) = image {
        asked = asked.set_image_type(image);
    }
    Ok(begun(asked.with_idempotency(false).send().await.map_err(|error| call.failed(error))?))
}

async fn roll_back_pool(gke: &Gke, pool: &PoolName, to: &Version) -> Result<Option<String>, PortError> {
    let found = existing(gke, pool).await?;
    let goes_back = found.version == to.to_string();
    if let Some(running) = going_on(gke, &[Type::UpgradeNodes], Some(pool)).await? {
        // The pool has the old version again as soon as it goes back, and until then the new one.
        if goes_back {
            return Ok(Some(running));
        }
        if found.update_info.is_none() {
            return Err(stop(gke, pool, &running).await);
        }
    }
    let call = gke.call("have GKE take the pool back", UPDATE);
    let asked = gke.client.rollback_node_pool_upgrade().set_name(gke.pool_name(pool)).set_respect_pdb(true);
    match asked.with_idempotency(false).send().await {
        Ok(operation) => Ok(begun(operation)),
        Err(error) => match call.failed(error) {
            // It has gone back already.
            error if error.kind == ErrorKind::Refused && goes_back => Ok(None),
            error => Err(error),
        },
    }
}

/// An upgrade that surges has to be stopped before it can be taken back; one that is blue-green is taken back as it goes on.
async fn stop(gke: &Gke, pool: &PoolName, running: &str) -> PortError {
    let call = gke.call("have GKE stop the pool's upgrade", OPERATION);
    let name = format!("{}/operations/{running}", names::parent(&gke.names));
    let asked = gke.client.cancel_operation().set_name(name).with_idempotency(false).send().await;
    match asked.map_err(|error| call.failed(error)) {
        // One that has ended meanwhile cannot be stopped any more, and need not be.
        Ok(()) => PortError::new(ErrorKind::Away, format!("the upgrade of pool {pool} is being stopped first")),
        Err(error) if error.kind == ErrorKind::Refused => {
            PortError::new(ErrorKind::Away, format!("the upgrade of pool {pool} is ending")).because(error)
        }
        Err(error) => error,
    }
}

async fn stop_operation(gke: &Gke, id: &str) -> Result<Option<String>, PortError> {
    if !gke.operations().await?.iter().any(|one| one.name == id && find::is_running(one)) {
        return Ok(None);
    }
    let call = gke.call("have GKE stop the operation", OPERATION);
    let name = format!("{}/operations/{id}", names::parent(&gke.names));
    let asked = gke.client.cancel_operation().set_name(name).with_idempotency(false).send().await;
    asked.map_err(|error| call.failed(error))?;
    Ok(Some(STOPPING.to_owned()))
}

async fn create(
    gke: &Gke,
    pool: &PoolName,
    like: &PoolName,
    version: &Version,
    nodes: u32,
) -> Result<Option<String>, PortError> {
    let all = gke.operations().await?;
    if let Some(there) = gke.pool(pool).await? {
        let created = find::newest(&all, &gke.names, &[Type::CreateNodePool], Some(pool));
        return match created {
            Some(one) => Ok(Some(one.name.clone())),
            None if there.version == version.to_string() => Ok(None),
            None => Err(PortError::new(
                ErrorKind::Conflict,
                format!("expected no pool {pool}, found one at {}", there.version),
            )
            .hint("make a new plan")),
        };
    }
    let made = alike(&existing(gke, like).await?, pool, version, nodes);
    let call = gke.call("have GKE create the pool", UPDATE);
    let asked = gke.client.create_node_pool().set_parent(names::cluster(&gke.names)).set_node_pool(made);
    Ok(begun(asked.with_idempotency(false).send().await.map_err(|error| call.failed(error))?))
}

/// Everything as the old one has it, but what only GKE writes, the name, the version and the size.
fn alike(old: &NodePool, pool: &PoolName, version: &Version, nodes: u32) -> NodePool {
    let zones = u32::try_from(old.locations.len()).unwrap_or(1).max(1);
    let mut made = old.clone();
    made.name = pool.to_string();
    made.version = version.to_string();
    made.initial_node_count = i32::try_from(nodes.div_ceil(zones)).unwrap_or(i32::MAX);
    made.self_link.clear();
    made.instance_group_urls.clear();
    made.status = google_cloud_container_v1::model::node_pool::Status::default();
    made.conditions.clear();
    made.update_info = None;
    made.etag.clear();
    made.kubelet_cert_info = None;
    clear_deprecated(&mut made);
    made
}

#[expect(deprecated, reason = "GKE still fills these in and refuses them in a request")]
fn clear_deprecated(pool: &mut NodePool) {
    pool.status_message.clear();
    pool.pod_ipv4_cidr_size = 0;
}

async fn delete(gke: &Gke, pool: &PoolName) -> Result<Option<String>, PortError> {
    let running = going_on(gke, &[Type::DeleteNodePool], Some(pool)).await?;
    if running.is_some() {
        return Ok(running);
    }
    if gke.pool(pool).await?.is_none() {
        return Ok(None);
    }
    let call = gke.call("have GKE delete the pool", UPDATE);
    let asked = gke.client.delete_node_pool().set_name(gke.pool_name(pool));
    Ok(begun(asked.with_idempotency(false).send().await.map_err(|error| call.failed(error))?))
}
