//! Nodes, as kubelets register them and kubeadm marks them.

use jiff::Timestamp;
use serde_json::{Value, json};
use upgrade_core::version::Minor;

use crate::blueprint::{Machine, OperatingSystem};
use crate::json::set;
use crate::time;

/// The Node of a machine in a cluster of that minor, registered `now`.
pub(crate) fn node(machine: &Machine, cluster: Minor, now: Timestamp) -> Value {
    let mut spec = json!({});
    if machine.cordoned {
        set(&mut spec, &["unschedulable"], true);
    }
    let taints = taints(machine, cluster);
    if !taints.is_empty() {
        set(&mut spec, &["taints"], taints);
    }
    json!({
        "metadata": {
            "name": machine.name,
            "labels": labels(machine, cluster),
            "annotations": annotations(machine),
        },
        "spec": spec,
        "status": {
            "addresses": [
                { "type": "InternalIP", "address": machine.address },
                { "type": "Hostname", "address": machine.name },
            ],
            "capacity": resources(machine),
            "allocatable": resources(machine),
            "conditions": conditions(machine, now),
            "daemonEndpoints": { "kubeletEndpoint": { "Port": 10250 } },
            "nodeInfo": info(machine),
        },
    })
}

/// A Node that kubeadm never touched.
pub(super) fn without_kubeadm(mut node: Value) -> Value {
    if let Some(annotations) = node.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.retain(|key, _| !key.starts_with("kubeadm."));
    }
    node
}

fn labels(machine: &Machine, cluster: Minor) -> Value {
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/hostname": machine.name,
    });
    let mut add = |key: &str, value: &str| set(&mut labels, &[key], value);
    if machine.kubelet.minor() >= Minor::new(1, 14) {
        add("kubernetes.io/arch", "amd64");
        add("kubernetes.io/os", "linux");
    }
    if machine.control_plane {
        if cluster < Minor::new(1, 24) {
            add("node-role.kubernetes.io/master", "");
        }
        if cluster >= Minor::new(1, 20) {
            add("node-role.kubernetes.io/control-plane", "");
            add("node.kubernetes.io/exclude-from-external-load-balancers", "");
        }
    }
    if let Some(zone) = &machine.zone {
        let modern = machine.kubelet.minor() >= Minor::new(1, 17);
        add(if modern { "topology.kubernetes.io/zone" } else { "failure-domain.beta.kubernetes.io/zone" }, zone);
    }
    machine.labels.iter().for_each(|(key, value)| add(key, value));
    labels
}

fn annotations(machine: &Machine) -> Value {
    let mut annotations = json!({
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    });
    let minor = machine.kubelet.minor();
    // kubeadm 1.34 moved it into a file of the host.
    if minor < Minor::new(1, 34) {
        let socket = match minor {
            minor if minor < DOCKER_UNTIL => "/var/run/dockershim.sock",
            minor if minor < Minor::new(1, 24) => "/run/containerd/containerd.sock",
            _ => "unix:///var/run/containerd/containerd.sock",
        };
        set(&mut annotations, &["kubeadm.alpha.kubernetes.io/cri-socket"], socket);
    }
    annotations
}

fn taints(machine: &Machine, cluster: Minor) -> Vec<Value> {
    let taint = |role: &str| json!({ "key": format!("node-role.kubernetes.io/{role}"), "effect": "NoSchedule" });
    let mut taints = Vec::new();
    if machine.control_plane {
        if cluster < Minor::new(1, 25) {
            taints.push(taint("master"));
        }
        if cluster >= Minor::new(1, 24) {
            taints.push(taint("control-plane"));
        }
    }
    taints.extend(machine.taints.iter().cloned());
    taints
}

fn resources(machine: &Machine) -> Value {
    json!({
        "cpu": format!("{}m", machine.cpu_milli),
        "memory": format!("{}Mi", machine.memory_mib),
        "pods": machine.pods.to_string(),
        "ephemeral-storage": "102400Mi",
    })
}

fn conditions(machine: &Machine, now: Timestamp) -> Value {
    let now = time::seconds(now);
    let healthy = |kind: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": "False", "reason": reason, "message": message,
            "lastHeartbeatTime": now, "lastTransitionTime": now,
        })
    };
    let (status, reason, message) = match machine.ready {
        true => ("True", "KubeletReady", "kubelet is posting ready status"),
        false => ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
    };
    json!([
        healthy("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        healthy("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        healthy("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        {
            "type": "Ready", "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": now, "lastTransitionTime": now,
        },
    ])
}

/// Kubelets before this are taken to drive Docker, later ones containerd: half of the clusters of that time did.
const DOCKER_UNTIL: Minor = Minor::new(1, 20);

fn info(machine: &Machine) -> Value {
    let (os, kernel) = match machine.os {
        OperatingSystem::Debian12 => ("Debian GNU/Linux 12 (bookworm)", "6.1.0-28-amd64"),
        OperatingSystem::Ubuntu2404 => ("Ubuntu 24.04.1 LTS", "6.8.0-51-generic"),
    };
    let minor = machine.kubelet.minor();
    let runtime = match minor {
        minor if minor < DOCKER_UNTIL => "docker://18.9.9",
        minor if minor < Minor::new(1, 30) => "containerd://1.7.24",
        _ => "containerd://2.1.4",
    };
    json!({
        "architecture": "amd64",
        "operatingSystem": "linux",
        "bootID": id(machine, "boot"),
        "machineID": id(machine, "machine").replace('-', ""),
        "systemUUID": id(machine, "machine"),
        "containerRuntimeVersion": runtime,
        "kernelVersion": kernel,
        "osImage": os,
        "kubeletVersion": machine.kubelet.tag(),
        "kubeProxyVersion": kube_proxy_version(&machine.kubelet),
    })
}

/// What a kubelet says of kube-proxy: its own version, and from 1.33 on nothing.
pub(crate) fn kube_proxy_version(kubelet: &upgrade_core::version::Version) -> String {
    if kubelet.minor() < Minor::new(1, 33) { kubelet.tag() } else { String::new() }
}

fn id(machine: &Machine, what: &str) -> String {
    crate::digest::uuid(&format!("{what} of {}", machine.name))
}
