//! Begins an action, or finds it begun.
//!
//! Azure knows no token of a client's. What is asked for is seen at the resource instead: one that is on its way to the
//! very version asked for is the operation, whoever began it, and is attached to. Every write carries the ETag of what was
//! read, so that two that began at once do not both take effect.

use azure_core::http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use upgrade_core::ids::PoolName;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{CloudAction, Surge};
use upgrade_core::scope::OperationKey;
use upgrade_core::version::Version;
use upgrade_provider::{ErrorKind, PortError};

use crate::arm::{API, Arm, Change, Reply};
use crate::names::ClusterId;
use crate::state::Standing;
use crate::wire::{AgentPool, ManagedCluster, put};

struct Begin<'a> {
    arm: &'a Arm,
    id: &'a ClusterId,
    request: String,
}

/// Begins what the action says, and returns where it can be asked about: an operation, or the resource itself.
pub(crate) async fn begin(
    arm: &Arm,
    id: &ClusterId,
    action: &CloudAction,
    key: &OperationKey,
) -> Result<OperationRef, PortError> {
    let this = Begin { arm, id, request: request_id(key) };
    match action {
        CloudAction::UpgradeControlPlane { to, force, along, .. } => {
            let along = along.as_ref().map_or(&[][..], |along| along.pools.as_slice());
            this.control_plane(to, *force, along).await
        }
        CloudAction::ConfigurePool { pool, surge, .. } => this.configure(pool, surge).await,
        CloudAction::UpgradePool { pool, to, image, force, .. } => {
            if *force {
                this.force().await?;
            }
            match image {
                Some(image) => this.renew_image(pool, image).await,
                None => this.move_pool(pool, to, None).await,
            }
        }
        CloudAction::RollbackPool { pool, to, image, .. } => this.roll_back(pool, to, image.as_deref()).await,
        CloudAction::CreatePool { pool, like, version, nodes, .. } => this.create(pool, like, version, *nodes).await,
        CloudAction::StopOperation { on, .. } => this.stop(on.as_ref()).await,
        CloudAction::DeletePool { pool } => this.delete(pool).await,
        CloudAction::RefreshInsights
        | CloudAction::CompleteControlPlane { .. }
        | CloudAction::RollbackControlPlane { .. }
        | CloudAction::UpgradeAddon { .. }
        | CloudAction::SoakPool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::RenewPool { .. }
        | CloudAction::FollowPool { .. } => {
            let message = format!("expected an action that AKS has, found {action:?}");
            Err(PortError::new(ErrorKind::Refused, message).hint("plan again: kubectl upgrade plan"))
        }
    }
}

impl Begin<'_> {
    async fn control_plane(&self, to: &Version, force: bool, along: &[PoolName]) -> Result<OperationRef, PortError> {
        let doing = format!("upgrade the control plane to {to}");
        let path = self.id.path();
        let read = self.arm.get(&doing, &path, API).await?;
        let cluster = ManagedCluster::read(&read.body)?.properties;
        match Standing::of(Some(&cluster.provisioning_state)) {
            Standing::Busy(_) if cluster.kubernetes_version == to.to_string() => return Ok(OperationRef(path)),
            Standing::Busy(word) => return Err(busy(&doing, "the cluster", word)),
            Standing::Settled if cluster.runs() == to.to_string() && along.is_empty() => return Ok(OperationRef(path)),
            Standing::Settled | Standing::Failed(_) => {}
        }
        // Pools keep their versions by being named with them: left out, they would follow.
        let mut body = put::cluster(&read.body);
        put::set(&mut body, &["properties", "kubernetesVersion"], to.to_string());
        put::take_along(&mut body, along, to);
        if force {
            put::set(&mut body, &FORCE, true);
        }
        self.put(&doing, &path, &body, &read).await
    }

    /// Lets budgets and checks be overridden, for the three days that AKS keeps it by itself.
    async fn force(&self) -> Result<(), PortError> {
        let doing = "let the upgrade override budgets";
        let path = self.id.path();
        let read = self.arm.get(doing, &path, API).await?;
        let cluster = ManagedCluster::read(&read.body)?.properties;
        let settings = cluster.upgrade_settings.and_then(|settings| settings.override_settings);
        if settings.is_some_and(|settings| settings.force_upgrade) {
            return match Standing::of(Some(&cluster.provisioning_state)) {
                Standing::Busy(word) => Err(busy(doing, "the cluster", word)),
                Standing::Settled | Standing::Failed(_) => Ok(()),
            };
        }
        let mut body = put::cluster(&read.body);
        put::set(&mut body, &FORCE, true);
        self.put(doing, &path, &body, &read).await?;
        Err(PortError::new(ErrorKind::Away, format!("failed to {doing}: AKS is setting it")))
    }

    async fn configure(&self, pool: &PoolName, surge: &Surge) -> Result<OperationRef, PortError> {
        let doing = format!("set how pool {pool} surges");
        let (path, read, found) = self.pool(&doing, pool).await?;
        if let Standing::Busy(word) = Standing::of(found.properties.provisioning_state.as_deref()) {
            return Err(busy(&doing, &format!("pool {pool}"), word));
        }
        let mut body = put::pool(&read.body);
        for (field, value) in settings(surge) {
            put::set(&mut body, &["properties", "upgradeSettings", field], value);
        }
        self.put(&doing, &path, &body, &read).await
    }

    /// Up, or back to where it came from: then the image is named.
    async fn move_pool(&self, pool: &PoolName, to: &Version, image: Option<&str>) -> Result<OperationRef, PortError> {
        let doing = format!("take pool {pool} to {to}");
        let (path, read, found) = self.pool(&doing, pool).await?;
        let asked = found.properties.orchestrator_version.as_deref() == Some(to.to_string().as_str());
        match Standing::of(found.properties.provisioning_state.as_deref()) {
            Standing::Busy(_) if asked => return Ok(OperationRef(path)),
            Standing::Busy(word) => return Err(busy(&doing, &format!("pool {pool}"), word)),
            Standing::Settled | Standing::Failed(_) => {}
        }
        let mut body = put::pool(&read.body);
        put::set(&mut body, &["properties", "orchestratorVersion"], to.to_string());
        if let Some(image) = image {
            put::set(&mut body, &["properties", "nodeImageVersion"], image);
        }
        self.put(&doing, &path, &body, &read).await
    }

    /// To the newest image of its version: AKS lets none be named.
    async fn renew_image(&self, pool: &PoolName, image: &str) -> Result<OperationRef, PortError> {
        let doing = format!("take pool {pool} to image {image}");
        let (path, read, found) = self.pool(&doing, pool).await?;
        match Standing::of(found.properties.provisioning_state.as_deref()) {
            Standing::Busy("UpgradingNodeImageVersion") => return Ok(OperationRef(path)),
            Standing::Busy(word) => return Err(busy(&doing, &format!("pool {pool}"), word)),
            Standing::Settled | Standing::Failed(_) => {}
        }
        let renew = format!("{path}/upgradeNodeImageVersion");
        let change = Change {
            method: Method::Post,
            path: &renew,
            body: None,
            if_match: read.etag.as_deref(),
            if_none_match: None,
            request_id: Some(&self.request),
        };
        let reply = self.arm.change(&doing, &change).await?;
        Ok(OperationRef(reply.operation.unwrap_or(path)))
    }

    /// An upgrade that still goes on is stopped first, after the node in hand: Azure takes no other change meanwhile.
    async fn roll_back(&self, pool: &PoolName, to: &Version, image: Option<&str>) -> Result<OperationRef, PortError> {
        let doing = format!("stop the upgrade of pool {pool}");
        let (path, _, found) = self.pool(&doing, pool).await?;
        let goes_back = found.properties.orchestrator_version.as_deref() == Some(to.to_string().as_str());
        if found.properties.provisioning_state.as_deref() != Some("Upgrading") || goes_back {
            return self.move_pool(pool, to, image).await;
        }
        self.abort(&doing, path).await?;
        Err(PortError::new(ErrorKind::Away, format!("the upgrade of pool {pool} is being stopped first")))
    }

    /// What goes on with a pool, or with the cluster.
    async fn stop(&self, pool: Option<&PoolName>) -> Result<OperationRef, PortError> {
        let (doing, path) = match pool {
            Some(pool) => (format!("stop what goes on with pool {pool}"), self.id.pool(pool.as_str())),
            None => ("stop what goes on with the cluster".to_owned(), self.id.path()),
        };
        self.abort(&doing, path).await
    }

    async fn abort(&self, doing: &str, path: String) -> Result<OperationRef, PortError> {
        let abort = format!("{path}/abort");
        let change = Change {
            method: Method::Post,
            path: &abort,
            body: None,
            if_match: None,
            if_none_match: None,
            request_id: Some(&self.request),
        };
        let reply = self.arm.change(doing, &change).await?;
        Ok(OperationRef(reply.operation.unwrap_or(path)))
    }

    async fn create(
        &self,
        pool: &PoolName,
        like: &PoolName,
        version: &Version,
        nodes: u32,
    ) -> Result<OperationRef, PortError> {
        let doing = format!("create pool {pool}");
        let path = self.id.pool(pool.as_str());
        match self.arm.get(&doing, &path, API).await {
            Ok(there) => return self.created(pool, &there, path),
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let (_, read, _) = self.pool(&doing, like).await?;
        let mut body = put::pool(&read.body);
        put::set(&mut body, &["properties", "orchestratorVersion"], version.to_string());
        put::set(&mut body, &["properties", "count"], nodes);
        put::unset(&mut body, &["properties", "creationData"]);
        let change = Change {
            method: Method::Put,
            path: &path,
            body: Some(&body),
            if_match: None,
            if_none_match: Some("*"),
            request_id: Some(&self.request),
        };
        let reply = self.arm.change(&doing, &change).await?;
        Ok(OperationRef(reply.operation.unwrap_or(path)))
    }

    /// The pool that is there is the one that was asked for, unless it failed to come up: then it has to go first.
    fn created(&self, pool: &PoolName, there: &Reply, path: String) -> Result<OperationRef, PortError> {
        match Standing::of(AgentPool::read(&there.body)?.properties.provisioning_state.as_deref()) {
            Standing::Settled | Standing::Busy(_) => Ok(OperationRef(path)),
            Standing::Failed(word) => {
                let message = format!("expected no pool {pool}, found one that did not come up: it is {word}");
                let (group, cluster) = (&self.id.resource_group, &self.id.cluster);
                let first =
                    format!("az aks nodepool delete --resource-group {group} --cluster-name {cluster} --name {pool}");
                Err(PortError::new(ErrorKind::Conflict, message).hint(format!("{first}; then: kubectl upgrade resume")))
            }
        }
    }

    async fn delete(&self, pool: &PoolName) -> Result<OperationRef, PortError> {
        let doing = format!("delete pool {pool}");
        let path = self.id.pool(pool.as_str());
        let read = match self.arm.get(&doing, &path, API).await {
            Ok(read) => read,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(OperationRef(path)),
            Err(error) => return Err(error),
        };
        match Standing::of(AgentPool::read(&read.body)?.properties.provisioning_state.as_deref()) {
            Standing::Busy("Deleting") => return Ok(OperationRef(path)),
            Standing::Busy(word) => return Err(busy(&doing, &format!("pool {pool}"), word)),
            Standing::Settled | Standing::Failed(_) => {}
        }
        let change = Change {
            method: Method::Delete,
            path: &path,
            body: None,
            if_match: read.etag.as_deref(),
            if_none_match: None,
            request_id: Some(&self.request),
        };
        let reply = self.arm.change(&doing, &change).await?;
        Ok(OperationRef(reply.operation.unwrap_or(path)))
    }

    async fn pool(&self, doing: &str, pool: &PoolName) -> Result<(String, Reply, AgentPool), PortError> {
        let path = self.id.pool(pool.as_str());
        let read = self.arm.get(doing, &path, API).await?;
        let found = AgentPool::read(&read.body)?;
        Ok((path, read, found))
    }

    async fn put(&self, doing: &str, path: &str, body: &Value, read: &Reply) -> Result<OperationRef, PortError> {
        let change = Change {
            method: Method::Put,
            path,
            body: Some(body),
            if_match: read.etag.as_deref(),
            if_none_match: None,
            request_id: Some(&self.request),
        };
        let reply = self.arm.change(doing, &change).await?;
        Ok(OperationRef(reply.operation.unwrap_or_else(|| path.to_owned())))
    }
}

const FORCE: [&str; 4] = ["properties", "upgradeSettings", "overrideSettings", "forceUpgrade"];

/// The settings in AKS's words; what is absent stays as it is.
fn settings(surge: &Surge) -> Vec<(&'static str, Value)> {
    let minutes = |seconds: u32| json!(seconds.div_ceil(60));
    let fields = [
        ("maxSurge", surge.max_surge.map(|amount| json!(amount.to_string()))),
        ("maxUnavailable", surge.max_unavailable.map(|amount| json!(amount.to_string()))),
        ("drainTimeoutInMinutes", surge.drain_timeout_s.map(minutes)),
        ("nodeSoakDurationInMinutes", surge.soak_s.map(minutes)),
        ("undrainableNodeBehavior", surge.undrainable.as_ref().map(|word| json!(word))),
    ];
    fields.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
}

fn busy(doing: &str, what: &str, word: &str) -> PortError {
    PortError::new(ErrorKind::Away, format!("failed to {doing}: expected {what} to take changes, found it {word}"))
}

/// A name for the call in the activity log, in the form of a UUID: the same for the same attempt.
fn request_id(key: &OperationKey) -> String {
    let hash = Sha256::digest(key.to_string().as_bytes());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::{RunId, StepId};

    use super::*;

    #[test]
    fn an_attempt_has_a_name_of_its_own() {
        let key = |attempt| OperationKey { run: RunId::new("r1"), step: StepId(3), attempt };
        let name = request_id(&key(1));
        assert_eq!(name, request_id(&key(1)));
        assert_ne!(name, request_id(&key(2)));
        assert_eq!(name.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }

    #[test]
    fn only_what_is_chosen_is_set_and_minutes_are_rounded_up() {
        let surge = Surge { max_surge: "33%".parse().ok(), drain_timeout_s: Some(90), ..Surge::default() };
        assert_eq!(settings(&surge), [("maxSurge", json!("33%")), ("drainTimeoutInMinutes", json!(2))]);
    }
}
