//! Waiting until something in scope may have changed.
//!
//! A hint to look again, nothing more: watches start where the last look ended, the first event ends the wait, and
//! errors are left for the next look to meet.

use std::time::Duration;

use futures::io::AsyncBufReadExt;
use futures::stream::{FuturesUnordered, StreamExt};
use http::Request;
use upgrade_core::ids::NodeName;
use upgrade_core::scope::{HostScope, PodScope, Scope};

use crate::api::escape;
use crate::cluster::Cluster;

/// How long to hold still when watching fails, so that an API that is away is not hammered.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What the last look at this scope is remembered by.
pub(crate) fn scope_key(scope: &PodScope) -> String {
    match scope {
        PodScope::None => "nodes".to_owned(),
        PodScope::Node(node) => format!("node {node}"),
        PodScope::All => "all".to_owned(),
    }
}

/// Returns at the first event after the last look, or after `patience`.
pub(crate) async fn wait(cluster: &Cluster, scope: &Scope, patience: Duration) {
    wait_for(cluster, &watched(scope), &scope_key(&scope.pods), patience).await;
}

/// Returns at the first event on one of the paths after what is remembered under `key`, or after `patience`.
pub(crate) async fn wait_for(cluster: &Cluster, paths: &[String], key: &str, patience: Duration) {
    let since = cluster.remembered(key);
    let seen = async {
        let mut watches: FuturesUnordered<_> =
            paths.iter().map(|path| first_event(cluster, path, since.as_deref(), patience)).collect();
        while let Some(watched) = watches.next().await {
            if watched {
                return;
            }
        }
        tokio::time::sleep(AFTER_FAILURE).await;
    };
    // Elapsing is one of the two ways this ends well.
    let _ = tokio::time::timeout(patience, seen).await;
}

/// Returns at the first event or the end of the watch; at once, and false, when it cannot be watched.
async fn first_event(cluster: &Cluster, path: &str, since: Option<&str>, patience: Duration) -> bool {
    let seconds = patience.as_secs().max(1);
    let since = since.map(|version| format!("&resourceVersion={version}")).unwrap_or_default();
    let joint = if path.contains('?') { '&' } else { '?' };
    let uri = format!("{path}{joint}watch=true&timeoutSeconds={seconds}{since}");
    let Ok(request) = Request::get(uri).body(Vec::new()) else { return false };
    let Ok(mut stream) = cluster.api.client().request_stream(request).await else { return false };
    let mut line = String::new();
    // An error event comes when the version is too old, an end when the server goes away: both mean look again.
    stream.read_line(&mut line).await.is_ok()
}

/// The objects whose changes matter to a scope. Who looks at one host waits for that one: in a large cluster some node
/// always changes, and a look at all of them for each change would be most of what a run does.
fn watched(scope: &Scope) -> Vec<String> {
    let control_plane = format!("/api/v1/namespaces/kube-system/pods?labelSelector={}", escape("tier=control-plane"));
    match (&scope.pods, &scope.hosts) {
        (PodScope::None, HostScope::One { node, .. }) => vec![of_name("/api/v1/nodes", node), control_plane],
        (PodScope::None, HostScope::None | HostScope::All { .. }) => vec!["/api/v1/nodes".to_owned(), control_plane],
        (PodScope::Node(node), _) => {
            vec![of_name("/api/v1/nodes", node), pods_of(node), lease_of(node), control_plane]
        }
        (PodScope::All, _) => vec!["/api/v1/nodes".to_owned(), "/api/v1/pods".to_owned()],
    }
}

/// The watch on a node's pods.
pub(crate) fn pods_of(node: &NodeName) -> String {
    format!("/api/v1/pods?fieldSelector={}", escape(&format!("spec.nodeName={node}")))
}

fn lease_of(node: &NodeName) -> String {
    of_name("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", node)
}

fn of_name(path: &str, node: &NodeName) -> String {
    format!("{path}?fieldSelector={}", escape(&format!("metadata.name={node}")))
}
