//! Where the lock is kept: a Lease, or a ConfigMap with the same in its annotations where Leases are not v1 (before
//! 1.14).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::DURATION_S;
use crate::api::Api;
use crate::failure::Failure;
use crate::wire::{Lease, ObjectMeta};

const NAME: &str = "kubectl-upgrade";
const HOLDER: &str = "kubectl-upgrade.io/holder";
const RENEWED: &str = "kubectl-upgrade.io/renewed";

/// What the lock is kept in.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Lease,
    ConfigMap,
}

impl Kind {
    const fn collection(self) -> &'static str {
        match self {
            Self::Lease => "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
            Self::ConfigMap => "/api/v1/namespaces/kube-system/configmaps",
        }
    }

    fn path(self) -> String {
        format!("{}/{NAME}", self.collection())
    }

    /// The right needed, in the words of a failure.
    pub(super) fn what(self, verb: &'static str) -> &'static str {
        match (self, verb) {
            (Self::Lease, "get") => "get lease kubectl-upgrade in namespace kube-system",
            (Self::Lease, "update") => "create or update lease kubectl-upgrade in namespace kube-system",
            (Self::Lease, _) => "delete lease kubectl-upgrade in namespace kube-system",
            (Self::ConfigMap, "get") => "get configmap kubectl-upgrade in namespace kube-system",
            (Self::ConfigMap, "update") => "create or update configmap kubectl-upgrade in namespace kube-system",
            (Self::ConfigMap, _) => "delete configmap kubectl-upgrade in namespace kube-system",
        }
    }
}

/// A lock as it was read.
pub(super) struct Held {
    pub(super) holder: String,
    pub(super) renewed: Option<Timestamp>,
    pub(super) duration_s: i64,
    acquired: Option<Timestamp>,
    transitions: i64,
    uid: String,
    resource_version: String,
}

/// The lock; none when nobody holds it.
pub(super) async fn read(api: &Api, kind: Kind) -> Result<Option<Held>, Failure> {
    match kind {
        Kind::Lease => Ok(api.get_if_there::<Lease>(&kind.path()).await?.map(of_lease)),
        Kind::ConfigMap => Ok(api.get_if_there::<ObjectMeta>(&kind.path()).await?.map(of_config_map)),
    }
}

fn of_lease(lease: Lease) -> Held {
    Held {
        holder: lease.spec.holder_identity.unwrap_or_default(),
        renewed: lease.spec.renew_time,
        duration_s: lease.spec.lease_duration_seconds.unwrap_or(DURATION_S),
        acquired: lease.spec.acquire_time,
        transitions: lease.spec.lease_transitions.unwrap_or(0),
        uid: lease.metadata.uid,
        resource_version: lease.metadata.resource_version,
    }
}

fn of_config_map(map: ObjectMeta) -> Held {
    let annotation = |key: &str| map.metadata.annotations.get(key).cloned();
    Held {
        holder: annotation(HOLDER).unwrap_or_default(),
        renewed: annotation(RENEWED).and_then(|text| text.parse().ok()),
        duration_s: DURATION_S,
        acquired: None,
        transitions: 0,
        uid: map.metadata.uid,
        resource_version: map.metadata.resource_version,
    }
}

/// Writes the lock as held by `holder` from `now` for a term, over `held` as it was read or as a new one.
pub(super) async fn write(
    api: &Api,
    kind: Kind,
    held: Option<&Held>,
    holder: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut body = match kind {
        Kind::Lease => lease(held, holder, now),
        Kind::ConfigMap => config_map(holder, now),
    };
    if let (Some(held), Some(metadata)) = (held, body.get_mut("metadata").and_then(Value::as_object_mut)) {
        metadata.insert("resourceVersion".to_owned(), json!(held.resource_version));
        metadata.insert("uid".to_owned(), json!(held.uid));
    }
    match held {
        Some(_) => api.put(&kind.path(), &body).await?,
        None => api.post(kind.collection(), &body).await?,
    };
    Ok(())
}

fn lease(held: Option<&Held>, holder: &str, now: Timestamp) -> Value {
    let same = held.filter(|held| held.holder == holder);
    let acquired = same.and_then(|held| held.acquired).unwrap_or(now);
    let transitions = held.map_or(0, |held| held.transitions + i64::from(same.is_none()));
    json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": NAME, "namespace": "kube-system"},
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": DURATION_S,
            "acquireTime": micro_time(acquired),
            "renewTime": micro_time(now),
            "leaseTransitions": transitions,
        },
    })
}

fn config_map(holder: &str, now: Timestamp) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": NAME,
            "namespace": "kube-system",
            "annotations": {HOLDER: holder, RENEWED: micro_time(now)},
        },
    })
}

/// Deletes the lock, if it still is as it was read.
pub(super) async fn delete(api: &Api, kind: Kind, held: &Held) -> Result<(), Failure> {
    let preconditions = json!({"uid": held.uid, "resourceVersion": held.resource_version});
    let body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions});
    api.delete(&kind.path(), &body).await.map(drop)
}

/// The one form the API takes for a MicroTime: six digits after the second.
fn micro_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_digits() {
        let time: Timestamp = "2026-11-22T16:00:00.0234Z".parse().unwrap();
        assert_eq!(micro_time(time), "2026-11-22T16:00:00.023400Z");
    }
}
