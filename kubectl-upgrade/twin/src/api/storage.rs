//! What servers do while etcd is away: they say they are well, answer from memory what they may, and let everything else
//! wait until it is back or they give up.
//!
//! Seen on a cluster of kubeadm with a single host of the control plane while its etcd was upgraded to 1.35 (2026-11-22).

use std::time::Duration;

use http::Method;
use tokio::time::Instant;

use super::call::Call;
use super::refusal::Refusal;
use super::reply::Reply;
use crate::twin::Twin;

/// How long a change waits.
const CHANGE: Duration = Duration::from_secs(34);

/// How long a read waits.
const READ: Duration = Duration::from_secs(60);

/// How often it is looked whether etcd is back.
const LOOK: Duration = Duration::from_millis(500);

/// Waits until etcd can be asked, where the answer takes that. The answer of a server that gave up.
pub(super) async fn wait(twin: &Twin, call: &Call) -> Option<Reply> {
    if twin.with(|world| world.control_plane.has_quorum()) || !takes_storage(call) {
        return None;
    }
    let end = Instant::now() + if call.is_change() { CHANGE } else { READ };
    while Instant::now() < end {
        tokio::time::sleep(LOOK).await;
        if twin.with(|world| world.control_plane.has_quorum()) {
            return None;
        }
    }
    Some(given_up(call))
}

fn takes_storage(call: &Call) -> bool {
    let segments: Vec<&str> = call.path().split('/').filter(|segment| !segment.is_empty()).collect();
    let of_resource = match segments.as_slice() {
        // Who may do what is known to servers by heart.
        ["apis", "authorization.k8s.io" | "authentication.k8s.io", ..] => false,
        ["api", _, _, ..] | ["apis", _, _, _, ..] => true,
        _ => false,
    };
    let from_memory = call.method == Method::GET && (call.query("resourceVersion") == "0" || call.flag("watch"));
    of_resource && !from_memory
}

fn given_up(call: &Call) -> Reply {
    if call.is_change() {
        let message = "Timeout: request did not complete within requested timeout - context deadline exceeded";
        return Refusal::new(504, "Timeout", message).in_detail().reply();
    }
    // The outermost part of the server gives up here, and writes less.
    let message = "Timeout: request did not complete within the allotted timeout";
    let mut status = Refusal::new(504, "Timeout", message).in_detail().status();
    if let Some(status) = status.as_object_mut() {
        status.remove("kind");
        status.remove("apiVersion");
    }
    Reply::json(504, status.to_string())
}
