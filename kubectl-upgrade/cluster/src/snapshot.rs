//! The objects of a cluster as they are, for a simulated copy of it to be made from.
//!
//! Only reads, and only what says where pods run and may run. What could hold a secret is not asked for (Secrets, most
//! ConfigMaps) or dropped on the way (environments and commands of containers).

use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Map, Value};
use upgrade_provider::PortError;

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::observe::served::{PolicyVersion, Served};

/// How many lists are asked for side by side.
const AT_ONCE: usize = 4;

/// The objects of one cluster at about one time.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The objects, whole but for what is dropped, each with `apiVersion` and `kind`.
    pub objects: Vec<Value>,
    /// What could not be listed, for want of a right most often: kinds, with the reason.
    pub unseen: Vec<(String, String)>,
}

/// One list to ask for.
struct Wanted {
    kind: &'static str,
    api_version: String,
    path: String,
    /// Whether there is no snapshot without it.
    needed: bool,
}

impl Cluster {
    /// Takes a snapshot.
    ///
    /// # Errors
    /// When nodes, pods, workloads or budgets cannot be listed: a copy without them would forecast nothing.
    pub async fn snapshot(&self) -> Result<Snapshot, PortError> {
        let served = Served::ask(&self.api).await;
        let policy = served.as_ref().map_or(PolicyVersion::V1, Served::policy);
        let lists = wanted(policy).into_iter().map(|wanted| async move {
            let seen = self.objects_of(&wanted).await;
            match seen {
                Ok(objects) => Ok((objects, None)),
                // What the server does not serve, the cluster does not have.
                Err(failure) if failure.is_not_found() && !wanted.needed => Ok((Vec::new(), None)),
                Err(failure) if wanted.needed => Err(failure.port(&format!("list {}", plural(&wanted)))),
                Err(failure) => Ok((Vec::new(), Some((wanted.kind.to_owned(), failure.to_string())))),
            }
        });
        let lists: Vec<_> = stream::iter(lists).buffered(AT_ONCE).try_collect().await?;
        let mut snapshot = Snapshot::default();
        for (objects, unseen) in lists {
            snapshot.objects.extend(objects);
            snapshot.unseen.extend(unseen);
        }
        Ok(snapshot)
    }

    async fn objects_of(&self, wanted: &Wanted) -> Result<Vec<Value>, Failure> {
        let (objects, _) = self.api.list::<Value>(&wanted.path, "").await?;
        let kept = objects.into_iter().filter(|object| is_of_use(object, wanted));
        Ok(kept.map(|object| identified(reduced(object), wanted)).collect())
    }
}

fn plural(wanted: &Wanted) -> &str {
    wanted.path.rsplit('/').next().unwrap_or(&wanted.path)
}

fn wanted(policy: PolicyVersion) -> Vec<Wanted> {
    let policy = policy.api_version();
    let rows: [(&'static str, &str, &str, bool); 16] = [
        ("Namespace", "v1", "namespaces", true),
        ("Node", "v1", "nodes", true),
        ("PersistentVolume", "v1", "persistentvolumes", false),
        ("PersistentVolumeClaim", "v1", "persistentvolumeclaims", false),
        ("Deployment", "apps/v1", "deployments", true),
        ("ReplicaSet", "apps/v1", "replicasets", true),
        ("StatefulSet", "apps/v1", "statefulsets", true),
        ("DaemonSet", "apps/v1", "daemonsets", true),
        ("Job", "batch/v1", "jobs", false),
        ("PodDisruptionBudget", policy, "poddisruptionbudgets", true),
        ("StorageClass", "storage.k8s.io/v1", "storageclasses", false),
        ("PriorityClass", "scheduling.k8s.io/v1", "priorityclasses", false),
        ("HorizontalPodAutoscaler", "autoscaling/v1", "horizontalpodautoscalers", false),
        ("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", false),
        ("ConfigMap", "v1", "namespaces/kube-system/configmaps", false),
        ("Pod", "v1", "pods", true),
    ];
    let path = |api_version: &str, plural: &str| match api_version.split_once('/') {
        None => format!("/api/{api_version}/{plural}"),
        Some(_) => format!("/apis/{api_version}/{plural}"),
    };
    rows.into_iter()
        .map(|(kind, api_version, plural, needed)| Wanted {
            kind,
            api_version: api_version.to_owned(),
            path: path(api_version, plural),
            needed,
        })
        .collect()
}

/// Of the ConfigMaps those that kubeadm keeps; others may hold anything.
fn is_of_use(object: &Value, wanted: &Wanted) -> bool {
    let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let of_kubeadm = ["kubeadm-config", "kube-proxy", "coredns"].contains(&name) || name.starts_with("kubelet-config");
    wanted.kind != "ConfigMap" || of_kubeadm
}

/// Items of a list do not say what they are.
fn identified(mut object: Value, wanted: &Wanted) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.insert("apiVersion".to_owned(), wanted.api_version.clone().into());
        map.insert("kind".to_owned(), wanted.kind.into());
    }
    object
}

/// The object without what is long, secret or of no use to a copy.
fn reduced(mut object: Value) -> Value {
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
        meta.remove("selfLink");
        if let Some(annotations) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    let mirror = object.pointer("/metadata/annotations/kubernetes.io~1config.mirror").is_some();
    for pointer in ["/spec", "/spec/template/spec"] {
        if let Some(spec) = object.pointer_mut(pointer).and_then(Value::as_object_mut) {
            containers(spec, mirror);
        }
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("images");
    }
    object
}

/// Drops what containers are told: it may be secret, and a copy runs none of them. The commands of the control plane are
/// read by those who look at a cluster, and stay.
fn containers(spec: &mut Map<String, Value>, mirror: bool) {
    const DROPPED: [&str; 7] =
        ["env", "envFrom", "livenessProbe", "startupProbe", "lifecycle", "volumeMounts", "securityContext"];
    for key in ["containers", "initContainers", "ephemeralContainers"] {
        let containers = spec.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten();
        for container in containers.filter_map(Value::as_object_mut) {
            DROPPED.iter().for_each(|key| drop(container.remove(*key)));
            if !mirror {
                container.remove("command");
                container.remove("args");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_secret_is_kept() {
        let pod = json!({
            "metadata": {"name": "web", "managedFields": [1], "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": "hunter2", "kept": "yes"}},
            "spec": {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "PASSWORD", "value": "hunter2"}],
                "args": ["--password=hunter2"], "resources": {"requests": {"cpu": "1"}}}]},
        });
        let reduced = reduced(pod.clone());
        assert!(!reduced.to_string().contains("hunter2"), "{reduced}");
        assert_eq!(reduced["spec"]["containers"][0]["resources"]["requests"]["cpu"], "1");
        assert_eq!(reduced["metadata"]["annotations"], json!({"kept": "yes"}));
        let template = json!({"spec": {"template": {"spec": pod["spec"]}}});
        assert!(!super::reduced(template).to_string().contains("hunter2"));
    }

    #[test]
    fn the_control_planes_commands_stay() {
        let mirror = json!({
            "metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}},
            "spec": {"containers": [{"command": ["kube-apiserver", "--anonymous-auth=false"]}]},
        });
        assert_eq!(reduced(mirror.clone()), mirror);
    }

    #[test]
    fn each_list_has_the_path_of_its_group() {
        let wanted = wanted(PolicyVersion::V1beta1);
        let path = |kind| wanted.iter().find(|wanted| wanted.kind == kind).map(|wanted| wanted.path.as_str());
        assert_eq!(path("Pod"), Some("/api/v1/pods"));
        assert_eq!(path("PodDisruptionBudget"), Some("/apis/policy/v1beta1/poddisruptionbudgets"));
        assert_eq!(path("ConfigMap"), Some("/api/v1/namespaces/kube-system/configmaps"));
        assert!(wanted.iter().all(|wanted| !wanted.path.ends_with("secrets")));
    }
}
