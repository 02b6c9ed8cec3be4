//! Workloads for scenarios and generated clusters, written short and put out as whole objects.

use serde_json::{Value, json};

use crate::json::{object, set};

/// A Deployment, StatefulSet or DaemonSet, with its budget.
///
/// Labels, selectors and names all follow from its name: pods carry `app=NAME`.
#[derive(Clone, Debug)]
pub struct Workload {
    kind: Kind,
    namespace: String,
    name: String,
    replicas: u32,
    template: Value,
    extra: Vec<(Vec<&'static str>, Value)>,
    budget: Option<Value>,
    volumes: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
}

impl Workload {
    /// A Deployment of so many pods.
    #[must_use]
    pub fn deployment(namespace: &str, name: &str, replicas: u32) -> Self {
        Self::new(Kind::Deployment, namespace, name, replicas)
    }

    /// A StatefulSet of so many pods.
    #[must_use]
    pub fn stateful_set(namespace: &str, name: &str, replicas: u32) -> Self {
        let mut set = Self::new(Kind::StatefulSet, namespace, name, replicas);
        set.extra.push((vec!["spec", "serviceName"], json!(name)));
        set
    }

    /// A DaemonSet.
    #[must_use]
    pub fn daemon_set(namespace: &str, name: &str) -> Self {
        Self::new(Kind::DaemonSet, namespace, name, 0)
    }

    fn new(kind: Kind, namespace: &str, name: &str, replicas: u32) -> Self {
        let template = json!({
            "metadata": { "labels": { "app": name } },
            "spec": {
                "containers": [{ "name": "main", "image": format!("registry.example/{name}:1"), "resources": {} }],
                "restartPolicy": "Always",
                "terminationGracePeriodSeconds": 30,
            },
        });
        Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            replicas,
            template,
            extra: Vec::new(),
            budget: None,
            volumes: Vec::new(),
        }
    }

    /// Each pod asks for so much.
    #[must_use]
    pub fn requests(mut self, cpu_milli: u64, memory_mib: u64) -> Self {
        let requests = json!({ "cpu": format!("{cpu_milli}m"), "memory": format!("{memory_mib}Mi") });
        self.container(&["resources", "requests"], requests);
        self
    }

    /// The image of its pods.
    #[must_use]
    pub fn image(mut self, image: &str) -> Self {
        self.container(&["image"], json!(image));
        self
    }

    /// A budget that lets no fewer be available; a count or a percentage.
    #[must_use]
    pub fn min_available(mut self, least: impl Into<Value>) -> Self {
        self.budget = Some(json!({ "minAvailable": least.into() }));
        self
    }

    /// A budget that lets no more be missing; a count or a percentage.
    #[must_use]
    pub fn max_unavailable(mut self, most: impl Into<Value>) -> Self {
        self.budget = Some(json!({ "maxUnavailable": most.into() }));
        self
    }

    /// No two of its pods in one domain: `kubernetes.io/hostname`, `topology.kubernetes.io/zone`.
    #[must_use]
    pub fn apart(mut self, topology: &str) -> Self {
        let term = json!({ "labelSelector": self.selector(), "topologyKey": topology });
        self.pod(&["affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"], json!([term]));
        self
    }

    /// Its pods evenly over the domains, one apart at most.
    #[must_use]
    pub fn spread(mut self, topology: &str) -> Self {
        let constraint = json!({
            "labelSelector": self.selector(), "topologyKey": topology, "maxSkew": 1,
            "whenUnsatisfiable": "DoNotSchedule",
        });
        self.pod(&["topologySpreadConstraints"], json!([constraint]));
        self
    }

    /// Only on nodes with that label.
    #[must_use]
    pub fn only_on(mut self, label: &str, value: &str) -> Self {
        self.pod(&["nodeSelector", label], json!(value));
        self
    }

    /// It tolerates every taint.
    #[must_use]
    pub fn everywhere(mut self) -> Self {
        self.pod(&["tolerations"], json!([{ "operator": "Exists" }]));
        self
    }

    /// Its pods keep something in an emptyDir.
    #[must_use]
    pub fn empty_dir(mut self) -> Self {
        self.volumes.push(json!({ "name": "scratch", "emptyDir": {} }));
        self
    }

    /// A claim of that storage class for each pod of a StatefulSet.
    #[must_use]
    pub fn claim(mut self, class: &str, size_gib: u32) -> Self {
        let claim = json!([{
            "metadata": { "name": "data" },
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": format!("{size_gib}Gi") } },
                "storageClassName": class,
            },
        }]);
        self.extra.push((vec!["spec", "volumeClaimTemplates"], claim));
        self
    }

    /// How long each pod may take to end, in seconds.
    #[must_use]
    pub fn grace(mut self, seconds: u64) -> Self {
        self.pod(&["terminationGracePeriodSeconds"], json!(seconds));
        self
    }

    /// How long a pod must have been ready to count as available, in seconds.
    #[must_use]
    pub fn min_ready(mut self, seconds: u64) -> Self {
        self.extra.push((vec!["spec", "minReadySeconds"], json!(seconds)));
        self
    }

    /// Its pods all start and end at once, for a StatefulSet.
    #[must_use]
    pub fn parallel(mut self) -> Self {
        self.extra.push((vec!["spec", "podManagementPolicy"], json!("Parallel")));
        self
    }

    /// An annotation of its pods.
    #[must_use]
    pub fn annotated(mut self, key: &str, value: &str) -> Self {
        set(&mut self.template, &["metadata", "annotations", key], value);
        self
    }

    /// A field under the pods' spec.
    fn pod(&mut self, keys: &[&str], value: Value) {
        let path: Vec<&str> = ["spec"].iter().chain(keys).copied().collect();
        set(&mut self.template, &path, value);
    }

    fn container(&mut self, keys: &[&str], value: Value) {
        if let Some(container) = self.template.pointer_mut("/spec/containers/0") {
            set(container, keys, value);
        }
    }

    fn selector(&self) -> Value {
        json!({ "matchLabels": { "app": self.name } })
    }

    /// Its objects: the workload, and its budget where it has one (of `policy/v1`).
    #[must_use]
    pub fn objects(&self) -> Vec<Value> {
        let metadata = json!({ "name": self.name, "namespace": self.namespace, "labels": { "app": self.name } });
        let mut template = self.template.clone();
        if !self.volumes.is_empty() {
            set(&mut template, &["spec", "volumes"], self.volumes.clone());
        }
        let kind = match self.kind {
            Kind::Deployment => "Deployment",
            Kind::StatefulSet => "StatefulSet",
            Kind::DaemonSet => "DaemonSet",
        };
        let mut workload = json!({
            "apiVersion": "apps/v1", "kind": kind, "metadata": metadata,
            "spec": { "selector": self.selector(), "template": template },
        });
        if self.kind != Kind::DaemonSet {
            set(&mut workload, &["spec", "replicas"], self.replicas);
        }
        for (path, value) in &self.extra {
            set(&mut workload, path, value.clone());
        }
        let budget = self.budget.clone().map(|mut spec| {
            object(&mut spec, &[]).insert("selector".to_owned(), self.selector());
            json!({ "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": spec })
        });
        std::iter::once(workload).chain(budget).collect()
    }
}

/// A local volume of a node, and the class that hands such volumes out.
#[must_use]
pub fn local_volume(name: &str, class: &str, node: &str, size_gib: u32) -> Vec<Value> {
    let term = json!([{ "matchExpressions": [
        { "key": "kubernetes.io/hostname", "operator": "In", "values": [node] },
    ] }]);
    let class_object = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": { "name": class },
        "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer",
    });
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": name },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": { "storage": format!("{size_gib}Gi") },
            "local": { "path": format!("/mnt/{name}") },
            "nodeAffinity": { "required": { "nodeSelectorTerms": term } },
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": class,
        },
        "status": { "phase": "Available" },
    });
    vec![class_object, volume]
}
