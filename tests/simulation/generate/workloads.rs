//! Workloads: Deployments, StatefulSets and DaemonSets with budgets that fit, that are tight, or that never give way.

use serde_json::{Value, json};
use upgrade_core::version::Version;
use upgrade_twin::Random;

use super::room::Room;

const NAMESPACE: &str = "shop";

/// The first minor with policy/v1.
const POLICY_V1: u16 = 21;

pub(super) struct Workloads {
    pub(super) objects: Vec<Value>,
    /// The names of the Deployments.
    pub(super) names: Vec<String>,
    /// What all pods ask for.
    cpu_milli: u64,
    /// Whether some budget lets one pod go only when the one before has come up elsewhere.
    budgeted: bool,
    /// Whether something never gives way.
    stuck: bool,
    room: Room,
}

pub(super) fn workloads(dice: &mut Random, room: &Room, version: &Version) -> Workloads {
    let (objects, names) = (vec![namespace()], Vec::new());
    let mut made = Workloads { objects, names, cpu_milli: 0, budgeted: false, stuck: false, room: *room };
    // Larger clusters run more.
    for number in 0..dice.below(5 + room.workers / 6) {
        let name = format!("app-{number}");
        let replicas = 1 + dice.below(5 + room.workers / 4);
        let milli = milli(dice);
        made.objects.push(deployment(dice, &name, replicas, milli));
        made.budget(dice, &name, replicas, milli, version);
        made.names.push(name);
    }
    if dice.happens(0.4) {
        let (replicas, milli) = (1 + dice.below(3), milli(dice));
        made.objects.push(stateful_set(replicas, milli));
        made.budget(dice, "db", replicas, milli, version);
    }
    if dice.happens(0.5) {
        made.objects.push(daemon_set());
    }
    if dice.happens(0.04) {
        made.objects.push(lone_pod());
        made.stuck = true;
    }
    made
}

impl Workloads {
    /// Whether every drain can end: nothing that never gives way, and where pods wait for each other, room for all.
    pub(super) fn can_drain(&self) -> bool {
        !self.stuck && (!self.budgeted || self.room.holds(self.cpu_milli))
    }

    fn budget(&mut self, dice: &mut Random, name: &str, replicas: u64, milli: u64, version: &Version) {
        self.cpu_milli += replicas * milli;
        let spec = match dice.below(24) {
            0..=7 => return,
            8..=13 => json!({"maxUnavailable": 1}),
            14 | 15 => json!({"maxUnavailable": "34%"}),
            16..=22 => json!({"minAvailable": replicas.saturating_sub(1)}),
            _ => {
                self.stuck = true;
                json!({"minAvailable": replicas})
            }
        };
        self.budgeted |= replicas > 1;
        let group = if version.minor().minor >= POLICY_V1 { "policy/v1" } else { "policy/v1beta1" };
        let mut budget = json!({
            "apiVersion": group, "kind": "PodDisruptionBudget",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"selector": {"matchLabels": {"app": name}}},
        });
        for (key, value) in spec.as_object().into_iter().flatten() {
            budget["spec"][key] = value.clone();
        }
        self.objects.push(budget);
    }
}

fn namespace() -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
}

fn deployment(dice: &mut Random, name: &str, replicas: u64, milli: u64) -> Value {
    let mut pod = template(name, milli);
    if dice.happens(0.15) {
        pod["spec"]["volumes"] = json!([{"name": "scratch", "emptyDir": {}}]);
    }
    if dice.happens(0.2) {
        pod["spec"]["topologySpreadConstraints"] = json!([{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": name}}}]);
    }
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": pod},
    })
}

fn stateful_set(replicas: u64, milli: u64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": NAMESPACE},
        "spec": {"replicas": replicas, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
            "template": template("db", milli)},
    })
}

fn daemon_set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": NAMESPACE},
        "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": {
            "metadata": {"labels": {"app": "agent"}},
            "spec": {"tolerations": [{"operator": "Exists"}], "containers": [container(50)]}}},
    })
}

/// Nobody would put it back: the plan asks for consent.
fn lone_pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lone", "namespace": NAMESPACE},
        "spec": {"containers": [container(50)]},
    })
}

fn milli(dice: &mut Random) -> u64 {
    50 + dice.below(6) * 50
}

fn template(name: &str, milli: u64) -> Value {
    json!({
        "metadata": {"labels": {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 30, "containers": [container(milli)]},
    })
}

fn container(milli: u64) -> Value {
    json!({"name": "main", "image": "registry.example/main:1",
        "resources": {"requests": {"cpu": format!("{milli}m"), "memory": "64Mi"}}})
}
