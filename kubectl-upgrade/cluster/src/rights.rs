//! What the user may do, asked before anything is begun.

use std::fmt;

use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;
use upgrade_core::plan::{Action, ComponentAction, Step};
use upgrade_provider::PortError;

use crate::cluster::Cluster;

/// Questions under way at once.
const AT_ONCE: usize = 8;

/// One thing to be allowed to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// `get`, `list`, `create`, …
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The resource, with its subresource: `pods/eviction`.
    pub resource: &'static str,
    /// The namespace; none for all namespaces or objects of the whole cluster.
    pub namespace: Option<&'static str>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl fmt::Display for Right {
    /// Continues "you may not".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        match self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None if self.namespaced => f.write_str(" in all namespaces"),
            None => Ok(()),
        }
    }
}

const fn cluster_wide(verb: &'static str, resource: &'static str) -> Right {
    Right { verb, group: "", resource, namespace: None, namespaced: false }
}

const fn everywhere(verb: &'static str, group: &'static str, resource: &'static str) -> Right {
    Right { verb, group, resource, namespace: None, namespaced: true }
}

const fn within(namespace: &'static str, verb: &'static str, group: &'static str, resource: &'static str) -> Right {
    Right { verb, group, resource, namespace: Some(namespace), namespaced: true }
}

/// What an observation without gaps asks for.
#[must_use]
pub fn needed_to_observe() -> Vec<Right> {
    const LEASES: &str = "coordination.k8s.io";
    vec![
        cluster_wide("list", "nodes"),
        cluster_wide("watch", "nodes"),
        cluster_wide("get", "namespaces"),
        cluster_wide("list", "namespaces"),
        everywhere("list", "", "pods"),
        everywhere("watch", "", "pods"),
        everywhere("list", "policy", "poddisruptionbudgets"),
        within("kube-node-lease", "list", LEASES, "leases"),
        within("kube-system", "list", LEASES, "leases"),
        within("kube-system", "get", "", "configmaps"),
        within("kube-system", "list", "", "configmaps"),
        within("kube-system", "list", "apps", "daemonsets"),
        within("kube-system", "list", "apps", "deployments"),
    ]
}

/// What a run of the steps asks for beyond that.
#[must_use]
pub fn needed_to_run<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<Right> {
    const LEASES: &str = "coordination.k8s.io";
    let mut rights = needed_to_observe();
    rights.extend([
        cluster_wide("get", "nodes"),
        cluster_wide("patch", "nodes"),
        everywhere("create", "", "pods/eviction"),
        everywhere("watch", "policy", "poddisruptionbudgets"),
        within("kube-system", "get", LEASES, "leases"),
        within("kube-system", "create", LEASES, "leases"),
        within("kube-system", "update", LEASES, "leases"),
        within("kube-system", "delete", LEASES, "leases"),
    ]);
    let images = |step: &Step| matches!(step.action, Action::Component(ComponentAction::CoreDnsImage(_)));
    if steps.into_iter().any(images) {
        rights.extend(["get", "patch"].map(|verb| within("kube-system", verb, "apps", "deployments")));
    }
    rights
}

impl Cluster {
    /// Those of the rights that the user does not have, in the order given.
    ///
    /// # Errors
    /// When the API server could not be asked.
    pub async fn missing_rights(&self, needed: &[Right]) -> Result<Vec<Right>, PortError> {
        let questions: Vec<_> = needed.iter().map(|right| self.may(right)).collect();
        let answers: Vec<bool> = stream::iter(questions).buffered(AT_ONCE).try_collect().await?;
        Ok(needed.iter().zip(answers).filter(|(_, allowed)| !allowed).map(|(right, _)| right.clone()).collect())
    }

    async fn may(&self, right: &Right) -> Result<bool, PortError> {
        let (resource, subresource) = right.resource.split_once('/').unwrap_or((right.resource, ""));
        let attributes = json!({
            "verb": right.verb,
            "group": right.group,
            "resource": resource,
            "subresource": subresource,
            "namespace": right.namespace.unwrap_or_default(),
        });
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        });
        let answer = self.api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await;
        let answer = answer.map_err(|failure| failure.port("ask what you may do"))?;
        Ok(answer.pointer("/status/allowed").and_then(serde_json::Value::as_bool).unwrap_or(false))
    }
}
