//! What runs in the clusters, and a watch that sees how much of it is available at every instant.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{ListParams, WatchEvent, WatchParams};

use crate::cluster::Cluster;

/// How many pods the Deployment's budget keeps.
pub(crate) const WEB_MINIMUM: usize = 3;

/// A Deployment of four under a budget of three, a StatefulSet of two under a budget of one, a DaemonSet.
const MANIFESTS: &str = include_str!("workload.yaml");

/// Puts the workload into the cluster and waits until all of it is available.
pub(crate) fn deploy(cluster: &Cluster) {
    cluster.apply(MANIFESTS);
    for object in ["deployment/web", "statefulset/db", "daemonset/agent"] {
        let said = cluster.kubectl(&["-n", "shop", "rollout", "status", object, "--timeout=180s"]);
        assert!(said.contains("success") || said.contains("complete"), "{object}: {said}");
    }
}

/// Watches the Deployment's pods from another thread.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Observation>,
}

/// What the watch saw.
#[derive(Debug)]
pub(crate) struct Observation {
    /// The fewest pods ready at once.
    pub(crate) lowest: usize,
    /// How many changes were seen.
    pub(crate) events: usize,
    /// How often the watch had to begin anew, because the API was away.
    pub(crate) restarts: usize,
}

impl Watch {
    pub(crate) fn start(cluster: &Cluster) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (until, client) = (Arc::clone(&stop), cluster.kube_client());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move { observe(client.await, &until).await })
        });
        Self { stop, thread }
    }

    pub(crate) fn end(self) -> Observation {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the watch")
    }
}

async fn observe(client: kube::Client, stop: &AtomicBool) -> Observation {
    let pods: Api<Pod> = Api::namespaced(client, "shop");
    let mut seen = Observation { lowest: usize::MAX, events: 0, restarts: 0 };
    while !stop.load(Ordering::Relaxed) {
        if follow(&pods, &mut seen, stop).await.is_err() {
            seen.restarts += 1;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    seen
}

async fn follow(pods: &Api<Pod>, seen: &mut Observation, stop: &AtomicBool) -> Result<(), kube::Error> {
    let list = pods.list(&ListParams::default().labels("app=web")).await?;
    let version = list.metadata.resource_version.unwrap_or_default();
    let mut ready: BTreeMap<String, bool> = list.items.iter().map(|pod| (name(pod), is_ready(pod))).collect();
    note(seen, &ready);
    // Short watches, so that the end is noticed.
    let parameters = WatchParams::default().labels("app=web").timeout(5);
    let mut events = std::pin::pin!(pods.watch(&parameters, &version).await?);
    while let Some(event) = events.try_next().await? {
        match event {
            WatchEvent::Added(pod) | WatchEvent::Modified(pod) => ready.insert(name(&pod), is_ready(&pod)),
            WatchEvent::Deleted(pod) => ready.remove(&name(&pod)),
            WatchEvent::Bookmark(_) | WatchEvent::Error(_) => None,
        };
        note(seen, &ready);
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

fn note(seen: &mut Observation, ready: &BTreeMap<String, bool>) {
    seen.events += 1;
    seen.lowest = seen.lowest.min(ready.values().filter(|ready| **ready).count());
}

fn name(pod: &Pod) -> String {
    pod.metadata.name.clone().unwrap_or_default()
}

/// Ready and not on its way out, as a budget counts.
fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}
