//! A plan for 1,000 nodes and 10,000 pods on a real kube-apiserver.
//!
//! The testbed's standalone control plane holds the nodes and pods; what makes it a cluster of kubeadm (its record, a
//! control-plane host with mirror pods) and what is above the pods (ReplicaSets, budgets) is added here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use upgrade_tests::plugin::root;

use crate::plans::{Subject, compare};
use crate::raw::lists;
use crate::report::Row;

/// The control plane's name in the testbed.
const NAME: &str = "bench";

const VERSION: &str = "1.20.15";

/// How many workloads share the pods, each with a budget: what the testbed's load labels them as.
const WORKLOADS: usize = 100;

pub(crate) fn rows() -> Result<Vec<Row>, String> {
    testbed(&["check"])?;
    let up = Up::new()?;
    let kubeconfig = up.directory.join("kubeconfig");
    Ok(compare(&Subject {
        name: "1,000 nodes, 10,000 pods on kube-apiserver",
        kubeconfig: &kubeconfig,
        lists: lists("v1beta1"),
        target: "1.21",
        rounds: 11,
        ratio: 1.3,
        peak_mib: None,
    }))
}

/// The control plane, for as long as this is kept.
struct Up {
    directory: PathBuf,
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = testbed(&["standalone", "down", NAME]);
    }
}

impl Up {
    fn new() -> Result<Self, String> {
        let run = std::env::var_os("TESTBED_RUN").unwrap_or_else(|| "/tmp/kubectl-upgrade-testbed".into());
        testbed(&["standalone", "up", NAME, "--version", VERSION])?;
        let up = Self { directory: Path::new(&run).join(NAME) };
        testbed(&["standalone", "load", NAME, "--nodes", "1000", "--pods", "10000"])?;
        up.create(&objects())?;
        up.wait_for_owners()?;
        Ok(up)
    }

    fn kubectl(&self) -> Command {
        let mut command = Command::new(self.directory.join("kubectl"));
        command.arg("--kubeconfig").arg(self.directory.join("kubeconfig"));
        command
    }

    fn create(&self, objects: &Value) -> Result<(), String> {
        let mut kubectl = self.kubectl();
        kubectl.args(["create", "--validate=false", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = kubectl.spawn().map_err(|error| error.to_string())?;
        let stdin = child.stdin.take().expect("it was asked for");
        serde_json::to_writer(stdin, objects).map_err(|error| error.to_string())?;
        let ended = child.wait().map_err(|error| error.to_string())?;
        ended.success().then_some(()).ok_or_else(|| "the objects could not be created".to_owned())
    }

    /// The ReplicaSets take the pods that are there for theirs, one after another.
    fn wait_for_owners(&self) -> Result<(), String> {
        let ready = "jsonpath={range .items[*]}{.status.replicas}{\"\\n\"}{end}";
        for _ in 0..180 {
            let asked = self.kubectl().args(["-n", "load", "get", "replicasets", "-o", ready]).output();
            let text = asked.map_err(|error| error.to_string())?.stdout;
            if String::from_utf8_lossy(&text).lines().filter(|line| *line == "100").count() == WORKLOADS {
                return Ok(());
            }
            sleep(Duration::from_secs(1));
        }
        Err("the pods did not get their owners in time".to_owned())
    }
}

fn testbed(arguments: &[&str]) -> Result<(), String> {
    let ended = Command::new(root().join("tests/testbed/testbed")).args(arguments).stdout(Stdio::null()).status();
    let ended = ended.map_err(|error| error.to_string())?;
    ended.success().then_some(()).ok_or_else(|| format!("testbed {} does not work here", arguments.join(" ")))
}

/// What the load leaves out.
fn objects() -> Value {
    let mut items = vec![record(), host()];
    items.extend(["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(mirror));
    items.push(kube_proxy());
    for index in 0..WORKLOADS {
        items.extend(workload(index));
    }
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn record() -> Value {
    let configuration = format!(
        "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v{VERSION}\n\
         imageRepository: k8s.gcr.io\n"
    );
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "kubeadm-config", "namespace": "kube-system"},
        "data": {"ClusterConfiguration": configuration}})
}

fn host() -> Value {
    let version = format!("v{VERSION}");
    json!({"apiVersion": "v1", "kind": "Node",
    "metadata": {"name": "cp-1", "labels": {"node-role.kubernetes.io/master": ""}},
    "spec": {"taints": [{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}]},
    "status": {
        "conditions": [{"type": "Ready", "status": "True"}],
        "nodeInfo": {"machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "6.1.0",
            "osImage": "Debian GNU/Linux 12 (bookworm)", "containerRuntimeVersion": "containerd://1.6.20",
            "kubeletVersion": version, "kubeProxyVersion": version, "operatingSystem": "linux",
            "architecture": "amd64"},
    }})
}

fn mirror(component: &str) -> Value {
    let tag = if component == "etcd" { "3.4.13-0".to_owned() } else { format!("v{VERSION}") };
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("{component}-cp-1"), "namespace": "kube-system",
            "labels": {"component": component, "tier": "control-plane"},
            "annotations": {"kubernetes.io/config.mirror": "bench"}},
        "spec": {"nodeName": "cp-1", "automountServiceAccountToken": false, "containers": [
            {"name": component, "image": format!("k8s.gcr.io/{component}:{tag}"), "command": [component]}]}})
}

/// Its pods would run on no node: they are not what is measured.
fn template(labels: &Value, image: &str) -> Value {
    json!({"metadata": {"labels": labels},
        "spec": {"nodeSelector": {"no": "node"}, "containers": [{"name": "main", "image": image}]}})
}

fn kube_proxy() -> Value {
    let labels = json!({"k8s-app": "kube-proxy"});
    let template = template(&labels, &format!("k8s.gcr.io/kube-proxy:v{VERSION}"));
    json!({"apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "kube-proxy", "namespace": "kube-system", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": template}})
}

fn workload(index: usize) -> [Value; 2] {
    let name = format!("app-{index}");
    let labels = json!({"app": name});
    let metadata = json!({"name": name, "namespace": "load"});
    let template = template(&labels, "k8s.gcr.io/pause:3.2");
    [
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata,
            "spec": {"replicas": 100, "selector": {"matchLabels": labels}, "template": template}}),
        json!({"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": metadata,
            "spec": {"minAvailable": 90, "selector": {"matchLabels": labels}}}),
    ]
}
