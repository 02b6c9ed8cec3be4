//! The life of a pod on its node: started, found ready, ended.

use std::time::Duration;

use serde_json::Value;

use super::{runs, status};
use crate::controllers::lifecycle::{self, pod_id};
use crate::controllers::work::{self, PodId, Work};
use crate::json::{items, text};
use crate::store::Object;
use crate::world::World;

/// The annotation of pods that never become ready.
pub const NEVER_READY: &str = "twin.kubectl-upgrade.io/never-ready";
/// The annotation of pods whose image cannot be had; so is any image named [`NO_IMAGE`].
pub const NEVER_PULLED: &str = "twin.kubectl-upgrade.io/never-pulled";
/// The annotation of pods that end by themselves, with the seconds that takes.
pub const RUNS_FOR: &str = "twin.kubectl-upgrade.io/runs-for-seconds";
/// An image that no registry has.
pub const NO_IMAGE: &str = "registry.invalid/";
/// The annotation of pods that mirror static ones.
pub(crate) const MIRROR: &str = "kubernetes.io/config.mirror";

/// A kubelet sees one of its pods.
pub(crate) fn heed(world: &mut World, pod: &Object) {
    let Some(node) = &pod.summary.node else { return };
    if !runs(world, node) {
        return;
    }
    if pod.body.contains(MIRROR) && super::static_pods::heed(world, pod) {
        return;
    }
    let id = pod_id(pod);
    if pod.summary.deleting {
        let took = world.random.within(world.tempo.pod_stop);
        let limit = if pod.ended() { Duration::ZERO } else { lifecycle::grace(&pod.value()) };
        work::enqueue_after(world, Work::Stop(id), took.min(limit));
    } else if pod.summary.phase == "Running" {
        if !pod.summary.ready && !annotated(pod, NEVER_READY) {
            work::enqueue(world, Work::Ready(id.clone()));
        }
        plan_end(world, pod, id);
    } else if !pod.ended() {
        work::enqueue(world, Work::Start(id));
    }
}

/// Plans the end of a pod that ends by itself.
fn plan_end(world: &mut World, pod: &Object, id: PodId) {
    if !annotated(pod, RUNS_FOR) {
        return;
    }
    let value = pod.value();
    let seconds = text(&value, "/metadata/annotations/twin.kubectl-upgrade.io~1runs-for-seconds").parse().ok();
    if let Some(seconds) = seconds {
        work::enqueue_after(world, Work::End(id), Duration::from_secs(seconds));
    }
}

fn annotated(pod: &Object, annotation: &str) -> bool {
    pod.body.contains(annotation)
}

/// The containers of a pod run.
pub(crate) fn start(world: &mut World, id: &PodId) {
    let Some((pod, node)) = on_living_node(world, id) else { return };
    if pod.summary.deleting || pod.summary.phase == "Running" || pod.ended() {
        return;
    }
    let now = world.now();
    let address = world.controllers.index.nodes.get(&node).map(|node| node.address.clone()).unwrap_or_default();
    let missing = not_pullable(&pod);
    world.store.modify(&id.key, |pod| match missing {
        true => status::not_pulled(pod, now),
        false => status::running(pod, &address, now),
    });
}

fn not_pullable(pod: &Object) -> bool {
    let unknown = |container: &Value| text(container, "/image").starts_with(NO_IMAGE);
    annotated(pod, NEVER_PULLED)
        || (pod.body.contains(NO_IMAGE) && items(&pod.value(), "/spec/containers").any(unknown))
}

/// A pod is ready.
pub(crate) fn ready(world: &mut World, id: &PodId) {
    let Some((pod, _)) = on_living_node(world, id) else { return };
    if pod.summary.phase == "Running" && !pod.summary.deleting {
        let now = world.now();
        world.store.modify(&id.key, |pod| status::ready(pod, now));
    }
}

/// A pod that was to go has gone.
pub(crate) fn stop(world: &mut World, id: &PodId) {
    if let Some((pod, _)) = on_living_node(world, id)
        && pod.summary.deleting
    {
        lifecycle::finish(world, &id.key);
    }
}

/// A pod ended by itself.
pub(crate) fn end(world: &mut World, id: &PodId) {
    let Some((pod, _)) = on_living_node(world, id) else { return };
    if pod.summary.phase == "Running" && !pod.summary.deleting {
        let now = world.now();
        world.store.modify(&id.key, |pod| status::succeeded(pod, now));
    }
}

/// The pod, if it is still that one, and its node, if its kubelet runs.
fn on_living_node(world: &World, id: &PodId) -> Option<(std::sync::Arc<Object>, String)> {
    let pod = lifecycle::pod(world, id)?;
    let node = pod.summary.node.clone()?;
    runs(world, &node).then_some((pod, node))
}
