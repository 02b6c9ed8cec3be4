use upgrade_core::version::Version;

use super::{all, delete, ready, refusal};
use crate::blueprint::{Blueprint, Machine, Workload, local_volume};
use crate::store::Resource;
use crate::testing::{blueprint, change, cordon, pass, pods, twin};
use crate::{Twin, json};

/// The pod that has no node.
fn homeless(twin: &Twin) -> Vec<String> {
    pods(twin, "shop").into_iter().filter(|(_, node, _)| node.is_empty()).map(|(name, _, _)| name).collect()
}

#[tokio::test(start_paused = true)]
async fn an_evicted_pod_moves_off_a_cordoned_node() {
    let twin = twin(3, all(&[Workload::deployment("shop", "web", 6).requests(500, 256)]));
    cordon(&twin, "w-1", true);
    let on =
        |node: &str| pods(&twin, "shop").into_iter().filter(|pod| pod.1 == node).map(|pod| pod.0).collect::<Vec<_>>();
    assert_eq!(on("w-1").len(), 2);
    on("w-1").iter().for_each(|name| delete(&twin, name));
    pass(60).await;
    assert_eq!((on("w-1").len(), on("w-2").len(), on("w-3").len(), ready(&twin)), (0, 3, 3, 6));
    let node = twin.with(|world| world.store.value(&crate::store::ObjectKey::new(Resource::NODES, "", "w-1")).unwrap());
    assert_eq!(json::text(&node, "/spec/taints/0/key"), "node.kubernetes.io/unschedulable");
    cordon(&twin, "w-1", false);
    pass(5).await;
    let node = twin.with(|world| world.store.value(&crate::store::ObjectKey::new(Resource::NODES, "", "w-1")).unwrap());
    assert_eq!(json::at(&node, "/spec/taints"), &serde_json::Value::Null);
}

#[tokio::test(start_paused = true)]
async fn pods_apart_from_each_other_stay_pending_and_come_back() {
    let twin = twin(3, all(&[Workload::deployment("shop", "web", 3).apart("kubernetes.io/hostname")]));
    assert_eq!(ready(&twin), 3);
    cordon(&twin, "w-2", true);
    let name = pods(&twin, "shop").into_iter().find(|pod| pod.1 == "w-2").unwrap().0;
    delete(&twin, &name);
    pass(60).await;
    let waiting = homeless(&twin);
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        refusal(&twin, &waiting[0]),
        "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, \
         1 node(s) were unschedulable, 2 node(s) didn't match pod anti-affinity rules."
    );
    cordon(&twin, "w-2", false);
    pass(30).await;
    assert_eq!((ready(&twin), homeless(&twin).len()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_spread_over_zones_holds() {
    let version = Version::new(1, 34, 9);
    let mut plan = blueprint(&version, 1, 4);
    for (machine, zone) in plan.machines.iter_mut().skip(1).zip(["a", "a", "b", "b"]) {
        machine.zone = Some(zone.to_owned());
    }
    let objects = all(&[Workload::deployment("shop", "web", 4).spread("topology.kubernetes.io/zone")]);
    let twin = Twin::start(&Blueprint { objects, ..plan }, 7).unwrap();
    let in_b = || pods(&twin, "shop").iter().filter(|pod| ["w-3", "w-4"].contains(&pod.1.as_str())).count();
    assert_eq!(in_b(), 2);
    // With all of zone b cordoned, its pods may not pile up in zone a.
    cordon(&twin, "w-3", true);
    cordon(&twin, "w-4", true);
    for (name, node, _) in pods(&twin, "shop") {
        if ["w-3", "w-4"].contains(&node.as_str()) {
            delete(&twin, &name);
        }
    }
    pass(120).await;
    assert_eq!(homeless(&twin).len(), 2);
    let why = refusal(&twin, &homeless(&twin)[0]);
    assert!(why.contains("2 node(s) didn't match pod topology spread constraints"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn room_labels_and_taints_are_minded() {
    let big = Workload::deployment("shop", "big", 1).requests(3_900, 128);
    let lost = Workload::deployment("shop", "lost", 1).only_on("disk", "ssd");
    let twin = twin(1, all(&[big, lost]));
    assert_eq!(ready(&twin), 1);
    change(&twin, Resource::DEPLOYMENTS, "big", |big| json::set(big, &["spec", "replicas"], 2));
    pass(30).await;
    let whys: Vec<_> = homeless(&twin).iter().map(|name| refusal(&twin, name)).collect();
    let taint = "1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }";
    assert_eq!(
        whys,
        [
            format!("0/2 nodes are available: 1 Insufficient cpu, {taint}."),
            format!("0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, {taint}."),
        ]
    );
    // A machine that joins takes one, a label the other.
    twin.with(|world| {
        let machine = Machine::new("w-9", "10.0.1.99", &Version::new(1, 34, 9));
        super::super::nodes::join(world, &machine);
    });
    change(&twin, Resource::NODES, "w-1", |node| json::set(node, &["metadata", "labels", "disk"], "ssd"));
    pass(60).await;
    assert_eq!(ready(&twin), 3);
    assert_eq!(pods(&twin, "kube-system").iter().filter(|pod| pod.1 == "w-9").count(), 1);
    // When it leaves again, its pods are missed.
    twin.with(|world| super::super::nodes::leave(world, "w-9"));
    pass(60).await;
    assert_eq!((ready(&twin), homeless(&twin).len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_local_volume_holds_its_pod_on_its_node() {
    let mut objects = local_volume("disk-1", "local", "w-1", 20);
    objects.extend(local_volume("disk-2", "local", "w-2", 20).pop());
    objects.extend(all(&[Workload::stateful_set("shop", "db", 2).claim("local", 10)]));
    let twin = twin(3, objects);
    let node = |name: &str| pods(&twin, "shop").into_iter().find(|pod| pod.0 == name).unwrap().1;
    let (first, second) = (node("db-0"), node("db-1"));
    assert_eq!([first.as_str(), second.as_str()].iter().filter(|node| **node == "w-3").count(), 0);
    assert_ne!(first, second);
    cordon(&twin, &first, true);
    delete(&twin, "db-0");
    pass(60).await;
    assert_eq!(homeless(&twin), ["db-0"]);
    assert!(
        refusal(&twin, "db-0").contains("2 node(s) had volume node affinity conflict"),
        "{}",
        refusal(&twin, "db-0")
    );
    cordon(&twin, &first, false);
    pass(60).await;
    assert_eq!(node("db-0"), first);
}
