//! kube-proxy and CoreDNS, as kubeadm deploys them.

use serde_json::{Value, json};
use upgrade_core::component::Component;
use upgrade_core::version::{Minor, Version};

use crate::blueprint::images::image;
use crate::json::set;

/// The DaemonSet kube-proxy.
pub(super) fn kube_proxy(version: &Version) -> Value {
    let labels = json!({ "k8s-app": "kube-proxy" });
    let mut pod = json!({
        "containers": [{
            "name": "kube-proxy",
            "image": image(Component::KubeProxy, version),
            "imagePullPolicy": "IfNotPresent",
            "command": ["/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf"],
            "securityContext": { "privileged": true },
            "resources": {},
            "volumeMounts": [{ "name": "kube-proxy", "mountPath": "/var/lib/kube-proxy" }],
        }],
        "dnsPolicy": "ClusterFirst",
        "hostNetwork": true,
        "priorityClassName": "system-node-critical",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "serviceAccountName": "kube-proxy",
        "terminationGracePeriodSeconds": 30,
        "tolerations": [{ "operator": "Exists" }],
        "volumes": [{ "name": "kube-proxy", "configMap": { "name": "kube-proxy", "defaultMode": 420 } }],
    });
    if version.minor() >= Minor::new(1, 18) {
        set(&mut pod, &["nodeSelector"], json!({ "kubernetes.io/os": "linux" }));
    }
    json!({
        "metadata": { "name": "kube-proxy", "namespace": "kube-system", "labels": labels, "generation": 1 },
        "spec": {
            "revisionHistoryLimit": 10,
            "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": pod },
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 1, "maxSurge": 0 } },
        },
    })
}

/// The Deployment coredns.
pub(super) fn coredns(version: &Version) -> Value {
    let labels = json!({ "k8s-app": "kube-dns" });
    let role = if version.minor() < Minor::new(1, 24) { "master" } else { "control-plane" };
    json!({
        "metadata": { "name": "coredns", "namespace": "kube-system", "labels": labels, "generation": 1 },
        "spec": {
            "progressDeadlineSeconds": 600,
            "replicas": 2,
            "revisionHistoryLimit": 10,
            "selector": { "matchLabels": labels },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 1, "maxSurge": "25%" } },
            "template": {
                "metadata": { "labels": labels },
                "spec": {
                    "containers": [{
                        "name": "coredns",
                        "image": image(Component::CoreDns, version),
                        "imagePullPolicy": "IfNotPresent",
                        "args": ["-conf", "/etc/coredns/Corefile"],
                        "resources": {
                            "limits": { "memory": "170Mi" },
                            "requests": { "cpu": "100m", "memory": "70Mi" },
                        },
                        "volumeMounts": [{ "name": "config-volume", "mountPath": "/etc/coredns", "readOnly": true }],
                    }],
                    "dnsPolicy": "Default",
                    "priorityClassName": "system-cluster-critical",
                    "restartPolicy": "Always",
                    "schedulerName": "default-scheduler",
                    "serviceAccountName": "coredns",
                    "terminationGracePeriodSeconds": 30,
                    "tolerations": [
                        { "key": "CriticalAddonsOnly", "operator": "Exists" },
                        { "key": format!("node-role.kubernetes.io/{role}"), "effect": "NoSchedule" },
                    ],
                    "volumes": [{
                        "name": "config-volume",
                        "configMap": {
                            "name": "coredns", "defaultMode": 420, "items": [{ "key": "Corefile", "path": "Corefile" }],
                        },
                    }],
                },
            },
        },
    })
}
