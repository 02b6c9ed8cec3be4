//! Small clusters for tests.

use std::time::Duration;

use serde_json::Value;
use upgrade_core::version::Version;

use crate::blueprint::{Blueprint, Form, Machine, Packages};
use crate::faults::Faults;
use crate::store::{ObjectKey, Resource};
use crate::tempo::Tempo;
use crate::{Twin, json};

/// A cluster of so many hosts `cp-N` and workers `w-N`, at one version.
pub(crate) fn blueprint(version: &Version, hosts: u8, workers: u8) -> Blueprint {
    let host = |n: u8| Machine::new(&format!("cp-{n}"), &format!("10.0.0.{}", 10 + n), version).control_plane();
    let worker = |n: u8| Machine::new(&format!("w-{n}"), &format!("10.0.1.{}", 10 + n), version);
    Blueprint {
        name: "test".to_owned(),
        epoch: "2026-11-22T12:00:00Z".parse().unwrap(),
        form: Form::Kubeadm,
        version: version.clone(),
        machines: (1..=hosts).map(host).chain((1..=workers).map(worker)).collect(),
        packages: Packages { offered: Vec::new(), per_minor: true, exact: Vec::new() },
        objects: Vec::new(),
        tempo: Tempo::default(),
        faults: Faults::default(),
    }
}

/// A cluster of one host and so many workers at 1.34, with these objects.
pub(crate) fn twin(workers: u8, objects: Vec<Value>) -> Twin {
    let blueprint = Blueprint { objects, ..blueprint(&Version::new(1, 34, 9), 1, workers) };
    Twin::start(&blueprint, 7).unwrap()
}

/// Lets time pass.
pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// The pods of a namespace: name, node, and whether each is ready.
pub(crate) fn pods(twin: &Twin, namespace: &str) -> Vec<(String, String, bool)> {
    twin.with(|world| {
        let pods = world.store.list(Resource::PODS, Some(namespace), None);
        pods.map(|pod| {
            let node = pod.summary.node.clone().unwrap_or_default();
            (pod.key.name.clone(), node, pod.summary.ready && !pod.summary.deleting)
        })
        .collect()
    })
}

/// An object of namespace `shop`.
pub(crate) fn value(twin: &Twin, resource: Resource, name: &str) -> Value {
    twin.with(|world| world.store.value(&ObjectKey::new(resource, "shop", name))).unwrap()
}

/// Changes an object's spec as a client would.
pub(crate) fn change(twin: &Twin, resource: Resource, name: &str, change: impl FnOnce(&mut Value)) {
    twin.with(|world| {
        let namespace = if resource == Resource::NODES { "" } else { "shop" };
        world.store.modify(&ObjectKey::new(resource, namespace, name), |object| {
            change(object);
            let generation = json::at(object, "/metadata/generation").as_u64().unwrap_or(1) + 1;
            json::set(object, &["metadata", "generation"], generation);
        })
    });
}

/// Cordons a node, or lifts its cordon.
pub(crate) fn cordon(twin: &Twin, node: &str, cordoned: bool) {
    change(twin, Resource::NODES, node, |node| match cordoned {
        true => json::set(node, &["spec", "unschedulable"], true),
        false => drop(json::remove(node, &["spec", "unschedulable"])),
    });
}
