//! The Lease that keeps a second run away.
//!
//! Every write names the resource version that was read, so of two that try at once one loses. A Lease that was not
//! renewed for its duration is stale: its run may be gone, and it may be taken over knowingly, never by itself.

mod store;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::OnceCell;
use upgrade_core::ids::RunId;
use upgrade_provider::{ErrorKind, Lock, LockError, PortError, TimeOfDay};

use crate::api::Api;
use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::observe::served::Served;
use store::{Held, Kind};

/// Long enough for a control plane to come back while it is upgraded (observed: 41 s), short enough that a run that died
/// is known to have died within a minute.
const DURATION_S: i64 = 60;

/// A quarter of the duration: three renewals may fail before anyone could think the run dead.
const RENEW_EVERY_S: u64 = 15;

/// How often a write that collided with another is tried again.
const TRIES: u32 = 3;

/// The lock of one run on one cluster: `kube-system/kubectl-upgrade`.
pub struct ClusterLock {
    api: Api,
    run: RunId,
    time: TimeOfDay,
    /// The run, then who and where.
    holder: String,
    /// What the lock is kept in, asked once: an API server that starts does not serve all its groups at once, and a lock
    /// looked for in the wrong place would seem to be gone.
    kind: OnceCell<Kind>,
}

impl ClusterLock {
    /// The lock of `run`, held by `holder`, such as `jane@laptop`. Nothing is asked of the cluster yet.
    #[must_use]
    pub fn new(cluster: &Cluster, holder: &str, run: RunId) -> Self {
        let (api, time) = (cluster.api.clone(), cluster.time.clone());
        Self { api, holder: format!("{run} {holder}"), run, time, kind: OnceCell::new() }
    }

    async fn kind(&self) -> Result<Kind, LockError> {
        let ask = async {
            let served = Served::ask(&self.api).await.map_err(|failure| port(failure, "get /apis"))?;
            let leases = served.leases() == Some("v1");
            Ok(if leases && !self.is_kept_without_leases().await? { Kind::Lease } else { Kind::ConfigMap })
        };
        self.kind.get_or_try_init(|| ask).await.copied()
    }

    /// Whether a run keeps a lock as was done before there were Leases. Such a run may still be under way, or be this one,
    /// and may have API servers of both kinds behind one address: it goes on with what all of them know.
    async fn is_kept_without_leases(&self) -> Result<bool, LockError> {
        match store::read(&self.api, Kind::ConfigMap).await {
            // An empty one is nobody's.
            Ok(held) => Ok(held.is_some_and(|held| !held.holder.is_empty())),
            // Whoever may not look there has never kept a lock there.
            Err(failure) if failure.code() == Some(403) => Ok(false),
            Err(failure) => Err(port(failure, Kind::ConfigMap.what("get"))),
        }
    }

    /// Holds it for another term, if `may` allows that of the lock as it is found.
    async fn hold(&self, may: impl Fn(Option<&Held>) -> bool + Sync) -> Result<(), LockError> {
        let kind = self.kind().await?;
        for _ in 0..TRIES {
            let held = store::read(&self.api, kind).await.map_err(|failure| port(failure, kind.what("get")))?;
            let now = self.time.now();
            if !may(held.as_ref()) {
                return Err(taken(held.as_ref(), now));
            }
            match store::write(&self.api, kind, held.as_ref(), &self.holder, now).await {
                Ok(()) => return Ok(()),
                // Someone else was faster: look who. A lock that is gone (404) is looked at again just the same.
                Err(failure) if matches!(failure.code(), Some(404 | 409)) => {}
                Err(failure) => return Err(port(failure, kind.what("update"))),
            }
        }
        let message = format!("failed to hold the lock: it changed {TRIES} times in a row");
        Err(LockError::Port(PortError::new(ErrorKind::Conflict, message)))
    }

    async fn remove(&self, kind: Kind, held: &Held) -> Result<(), LockError> {
        match store::delete(&self.api, kind, held).await {
            Ok(()) => Ok(()),
            // Gone, or someone else's by now.
            Err(failure) if matches!(failure.code(), Some(404 | 409)) => Ok(()),
            Err(failure) => Err(port(failure, kind.what("delete"))),
        }
    }

    /// The same run in another process holds it rightly.
    fn is_ours(&self, held: &Held) -> bool {
        held.holder.split_whitespace().next() == Some(self.run.as_str())
    }
}

#[async_trait]
impl Lock for ClusterLock {
    async fn acquire(&self, takeover: bool) -> Result<(), LockError> {
        self.hold(|held| takeover || held.is_none_or(|held| held.holder.is_empty() || self.is_ours(held))).await
    }

    async fn renew(&self) -> Result<(), LockError> {
        // A lock that is gone is lost too: another run may have come and gone in between.
        self.hold(|held| held.is_some_and(|held| self.is_ours(held))).await
    }

    fn renew_every_s(&self) -> u64 {
        RENEW_EVERY_S
    }

    async fn release(&self) -> Result<(), LockError> {
        let kind = self.kind().await?;
        let held = store::read(&self.api, kind).await.map_err(|failure| port(failure, kind.what("get")))?;
        let Some(held) = held.filter(|held| self.is_ours(held)) else { return Ok(()) };
        self.remove(kind, &held).await
    }
}

fn taken(held: Option<&Held>, now: Timestamp) -> LockError {
    let Some(held) = held else {
        return LockError::Taken { holder: "nobody, it was removed".to_owned(), renewed_s_ago: 0, stale: true };
    };
    // Without any time in it, it was not written by this tool and cannot be called fresh.
    let past = held.duration_s.saturating_add(1);
    let renewed_s_ago = held.renewed.map_or(past, |renewed| now.as_second().saturating_sub(renewed.as_second()));
    LockError::Taken { holder: held.holder.clone(), renewed_s_ago, stale: renewed_s_ago > held.duration_s }
}

fn port(failure: Failure, what: &str) -> LockError {
    LockError::Port(failure.port(what))
}

#[cfg(test)]
mod tests;
