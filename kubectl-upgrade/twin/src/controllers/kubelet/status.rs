//! The status of pods, as kubelets write it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::controllers::conditions::{self, Condition};
use crate::digest;
use crate::json::{at, items, set, text};
use crate::store::blank;
use crate::time;

/// The containers run, and are not ready yet. `host` is the address of the node.
pub(crate) fn running(pod: &mut Value, host: &str, now: Timestamp) {
    let ip = match at(pod, "/spec/hostNetwork").as_bool() {
        Some(true) => host.to_owned(),
        Some(false) | None => address(&full_name(pod)),
    };
    set(pod, &["status", "phase"], "Running");
    set(pod, &["status", "hostIP"], host);
    set(pod, &["status", "podIP"], ip);
    set(pod, &["status", "startTime"], time::seconds(now));
    conditions::set(pod, Condition::is("Initialized"), now);
    conditions::set(pod, Condition::is("PodScheduled"), now);
    not_ready(pod, now);
    let statuses: Vec<Value> =
        items(pod, "/spec/containers").map(|container| container_status(pod, container, now)).collect();
    set(pod, &["status", "containerStatuses"], statuses);
}

/// The containers are ready.
pub(crate) fn ready(pod: &mut Value, now: Timestamp) {
    conditions::set(pod, Condition::is("ContainersReady"), now);
    conditions::set(pod, Condition::is("Ready"), now);
    each_container(pod, |status| set(status, &["ready"], true));
}

/// The containers were started again, and are not ready yet.
pub(super) fn restarted(pod: &mut Value, now: Timestamp) {
    not_ready(pod, now);
    each_container(pod, |status| {
        set(status, &["ready"], false);
        let restarts = at(status, "/restartCount").as_u64().unwrap_or_default() + 1;
        set(status, &["restartCount"], restarts);
        set(status, &["state"], json!({ "running": { "startedAt": time::seconds(now) } }));
    });
}

/// The containers end again and again.
pub(super) fn failing(pod: &mut Value, now: Timestamp) {
    not_ready(pod, now);
    each_container(pod, |status| {
        set(status, &["ready"], false);
        set(status, &["state"], json!({ "waiting": { "reason": "CrashLoopBackOff" } }));
    });
}

/// An image cannot be had.
pub(super) fn not_pulled(pod: &mut Value, now: Timestamp) {
    let reason = "ImagePullBackOff";
    let waiting = |container: &Value| {
        let image = text(container, "/image");
        json!({
            "name": text(container, "/name"), "image": image, "imageID": "", "ready": false, "restartCount": 0,
            "started": false,
            "state": { "waiting": { "reason": reason, "message": format!("Back-off pulling image \"{image}\"") } },
        })
    };
    let statuses: Vec<Value> = items(pod, "/spec/containers").map(waiting).collect();
    set(pod, &["status", "containerStatuses"], statuses);
    not_ready(pod, now);
}

/// The containers ended by themselves and well.
pub(super) fn succeeded(pod: &mut Value, now: Timestamp) {
    set(pod, &["status", "phase"], "Succeeded");
    conditions::set(pod, Condition::not("ContainersReady").because("PodCompleted"), now);
    conditions::set(pod, Condition::not("Ready").because("PodCompleted"), now);
    let time = time::seconds(now);
    each_container(pod, |status| {
        set(status, &["ready"], false);
        let ended = json!({ "exitCode": 0, "reason": "Completed", "finishedAt": time });
        set(status, &["state"], json!({ "terminated": ended }));
    });
}

fn not_ready(pod: &mut Value, now: Timestamp) {
    let names: Vec<&str> = items(pod, "/spec/containers").map(|container| text(container, "/name")).collect();
    let message = format!("containers with unready status: [{}]", names.join(" "));
    for kind in ["ContainersReady", "Ready"] {
        conditions::set(pod, Condition::not(kind).because("ContainersNotReady").saying(message.clone()), now);
    }
}

fn container_status(pod: &Value, container: &Value, now: Timestamp) -> Value {
    let (name, image) = (text(container, "/name"), text(container, "/image"));
    json!({
        "name": name,
        "image": image,
        "imageID": format!("sha256:{:016x}", digest::fnv64(image)),
        "containerID": container_id(&full_name(pod), name),
        "ready": false,
        "started": true,
        "restartCount": 0,
        "state": { "running": { "startedAt": time::seconds(now) } },
    })
}

fn each_container(pod: &mut Value, change: impl Fn(&mut Value)) {
    let statuses = pod.pointer_mut("/status/containerStatuses").and_then(Value::as_array_mut);
    statuses.into_iter().flatten().for_each(change);
}

/// What of the status of running pods is each one's own, where they are of one template.
pub(crate) struct Own {
    host_network: bool,
    containers: Vec<String>,
}

impl Own {
    /// Leaves blanks in a running pod, for [`Own::of`] to fill.
    pub(crate) fn leave_blank(pod: &mut Value) -> Self {
        let containers = items(pod, "/status/containerStatuses").map(|status| text(status, "/name").to_owned());
        let own = Self {
            host_network: at(pod, "/spec/hostNetwork").as_bool().unwrap_or_default(),
            containers: containers.collect(),
        };
        set(pod, &["spec", "nodeName"], blank(0));
        set(pod, &["status", "hostIP"], blank(1));
        set(pod, &["status", "podIP"], blank(2));
        let statuses = pod.pointer_mut("/status/containerStatuses").and_then(Value::as_array_mut);
        for (number, status) in statuses.into_iter().flatten().enumerate() {
            set(status, &["containerID"], blank(3 + number));
        }
        own
    }

    /// What goes into the blanks of the pod of that namespace and name on that node.
    pub(crate) fn of(&self, full_name: &str, node: &str, host: &str) -> Vec<String> {
        let ip = if self.host_network { host.to_owned() } else { address(full_name) };
        let ids = self.containers.iter().map(|container| container_id(full_name, container));
        [node.to_owned(), host.to_owned(), ip].into_iter().chain(ids).collect()
    }
}

fn container_id(full_name: &str, container: &str) -> String {
    format!("containerd://{:016x}", digest::fnv64(&format!("{full_name} {container}")))
}

/// An address in the network of pods.
fn address(name: &str) -> String {
    let [.., a, b] = digest::fnv32(name).to_be_bytes();
    format!("10.244.{a}.{b}")
}

fn full_name(pod: &Value) -> String {
    format!("{}/{}", text(pod, "/metadata/namespace"), text(pod, "/metadata/name"))
}
