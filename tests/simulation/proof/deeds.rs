//! What is done, and the words in which it has to be noticed.

use upgrade_core::ids::StepId;
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::{Action, StageKind};
use upgrade_core::version::Version;
use upgrade_twin::blueprint::Machine;
use upgrade_twin::controllers::kubelet;
use upgrade_twin::json::set;
use upgrade_twin::store::{ObjectKey, Resource};
use upgrade_twin::world::World;

use super::Deed;
use crate::breach::{Breach, Moment};

/// Every way in which a promise is broken.
pub(super) fn all() -> Vec<Deed> {
    let mut all = of_the_world();
    all.extend(of_clients());
    all.extend(of_plan_and_journal());
    all
}

fn of_the_world() -> Vec<Deed> {
    use Moment::{Over, Running};
    let world = |words, moment, change| (words, Breach::World(moment, change));
    vec![
        world("was someone else's", Running, |world| {
            node(world, "w-4", |node| set(node, &["spec", "unschedulable"], false));
        }),
        world("is said to be the tool's now", Running, |world| node(world, "w-4", cordon_as_ours)),
        world("2 nodes are down at once", Running, |world| {
            node(world, "w-1", cordon_as_ours);
            node(world, "w-2", cordon_as_ours);
        }),
        world("2 nodes are down at once", Running, |world| {
            kubelet::set_ready(world, "w-1", false);
            kubelet::set_ready(world, "w-2", false);
        }),
        world("skew: ", Running, |world| kubelet::set_version(world, "w-1", &Version::new(1, 28, 0))),
        world("which is on no hop", Running, |world| kubelet::set_version(world, "w-1", &Version::new(1, 33, 9))),
        world("are away at once", Running, |world| {
            world.control_plane.serve("cp-2", false);
            world.control_plane.serve("cp-3", false);
            // Only changes of objects are watched.
            node(world, "w-4", |node| set(node, &["metadata", "labels", "seen"], "yes"));
        }),
        world("healthy pods", Running, |world| {
            let web = world.store.list(Resource::PODS, Some("shop"), None).map(|pod| pod.key.clone());
            for pod in web.collect::<Vec<_>>() {
                world.store.remove(&pod);
            }
        }),
        world("held although nothing stands in the way", Running, |world| {
            kubelet::set_running(world, "w-1", false);
        }),
        world("the lock is still held", Over, |world| {
            let lease = ObjectKey::new(Resource::LEASES, "kube-system", "kubectl-upgrade");
            let body = serde_json::json!({"metadata": {"name": lease.name, "namespace": lease.namespace},
                "spec": {"holderIdentity": "someone"}});
            let now = world.now();
            let there = world.store.modify(&lease, |lease| set(lease, &["spec", "holderIdentity"], "someone"));
            if there.is_none() {
                world.store.create(Resource::LEASES, body, now).expect("no lock is there");
            }
        }),
        world("went back from", Over, |world| kubelet::set_version(world, "w-2", &Version::new(1, 33, 2))),
        world("the kubelet on w-2", Over, |world| kubelet::set_version(world, "w-2", &Version::new(1, 33, 2))),
        world("the API server on cp-1", Over, |world| {
            world.control_plane.servers.get_mut("cp-1").expect("it is there").version = Version::new(1, 33, 2);
        }),
        world("still has the tool's cordon", Over, |world| node(world, "w-1", cordon_as_ours)),
        world("and no host has run it", Over, |world| {
            for (name, host) in &mut world.hosts {
                // A new host under the old name knows nothing.
                *host = host.beside(&Machine::new(name, host.address(), &Version::new(1, 34, 3)));
            }
        }),
    ]
}

fn of_clients() -> Vec<Deed> {
    use Moment::{Planning, Running};
    const CORDON: &str = r#"{"spec": {"unschedulable": true}}"#;
    const SCALE: &str = r#"{"spec": {"replicas": 2}}"#;
    const EVICT: &str = r#"{"apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": "db-0", "namespace": "shop"}}"#;
    let web = "/apis/apps/v1/namespaces/shop/deployments/web";
    vec![
        ("not in the plan", Breach::Client(Running, "PATCH", "/api/v1/nodes/w-1", CORDON)),
        ("not in the plan", Breach::Client(Running, "PATCH", web, SCALE)),
        ("not in the plan", Breach::Client(Running, "POST", "/api/v1/namespaces/shop/pods/db-0/eviction", EVICT)),
        ("changed without a run", Breach::Client(Planning, "PATCH", web, SCALE)),
        ("is no attempt at a step", Breach::Shell("w-1", "systemd-run --unit=other sh -c true")),
        ("was not announced", Breach::Shell("cp-1", "systemd-run --unit=r-step-1-attempt-9 sh -c true")),
        ("is no step of that host", Breach::Shell("w-2", "systemd-run --unit=r-step-1-attempt-1 sh -c true")),
        ("a second time", Breach::Shell("cp-1", "systemd-run --unit=r-step-1-attempt-1 sh -c true")),
    ]
}

fn of_plan_and_journal() -> Vec<Deed> {
    let journal = |words, change| (words, Breach::Journal(change));
    vec![
        (
            "nodes at once in Workers",
            Breach::Plan(|plan| {
                let workers = plan.stages.iter_mut().find(|stage| stage.kind == StageKind::Workers);
                workers.expect("there are workers").at_once = 3;
            }),
        ),
        (
            "5 nodes are down at once",
            Breach::Plan(|plan| {
                for lane in plan.stages.iter_mut().flat_map(|stage| &mut stage.lanes) {
                    lane.steps.retain(|step| !matches!(step.action, Action::Uncordon { .. }));
                }
            }),
        ),
        journal("began before step 1 had ended", |records| records.retain(|record| !ends(record, StepId(1)))),
        journal("the run finished without step", |records| {
            let last = records.iter().rposition(|record| matches!(record.entry, Entry::StepFinished { .. }));
            records.remove(last.expect("some step finished"));
        }),
        journal("was not announced", |records| {
            let began = |record: &Record| matches!(record.entry, Entry::StepStarted { step: StepId(2), .. });
            records.retain(|record| !began(record));
        }),
    ]
}

fn ends(record: &Record, of: StepId) -> bool {
    matches!(record.entry, Entry::StepFinished { step, .. } if step == of)
}

fn node(world: &mut World, name: &str, change: fn(&mut serde_json::Value)) {
    world.store.modify(&ObjectKey::new(Resource::NODES, "", name), change);
}

fn cordon_as_ours(node: &mut serde_json::Value) {
    set(node, &["spec", "unschedulable"], true);
    set(node, &["metadata", "annotations", "kubectl-upgrade.io/cordoned-by"], "some-run");
}
