use std::collections::BTreeMap;
use upgrade_core::version::Version;

use serde_json::json;
use upgrade_core::version::Minor;

use super::*;
use crate::Twin;
use crate::json::{at, items, text};
use crate::store::ObjectKey;
use crate::testing;

fn system(resource: Resource, name: &str) -> ObjectKey {
    ObjectKey::new(resource, "kube-system", name)
}

#[tokio::test(start_paused = true)]
async fn a_cluster_is_at_rest_when_its_time_begins() {
    for minor in [11, 13, 19, 22, 25, 30, 33, 35, 37] {
        let version = Version::new(1, minor, 4);
        let twin = Twin::start(&testing::blueprint(&version, 3, 5), 7).unwrap();
        let before = twin.with(|world| world.store.version());
        tokio::time::sleep(std::time::Duration::from_secs(3_600)).await;
        twin.with(|world| {
            let nodes: Vec<_> = world.store.list(Resource::NODES, None, None).collect();
            assert_eq!(nodes.len(), 8);
            assert!(nodes.iter().all(|node| node.summary.ready), "1.{minor}");
            let pods: Vec<_> = world.store.list(Resource::PODS, None, None).collect();
            // Four static pods on each of three hosts, kube-proxy on eight nodes, two of CoreDNS.
            assert_eq!(pods.len(), 3 * 4 + 8 + 2, "1.{minor}");
            assert!(pods.iter().all(|pod| pod.summary.ready && pod.summary.node.is_some()), "1.{minor}");
            // Nothing moved since, but for Leases of hosts that announced themselves.
            assert_eq!(world.store.version(), before, "1.{minor}: {:?}", world.store.since(before).unwrap().next());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn what_kubeadm_leaves_is_there_in_the_words_of_its_time() {
    for (minor, api, kubelet, status) in [
        (11, "v1alpha2", "kubelet-config-1.11", false),
        (19, "v1beta2", "kubelet-config-1.19", true),
        (22, "v1beta3", "kubelet-config-1.22", false),
        (35, "v1beta4", "kubelet-config", false),
    ] {
        let version = Version::new(1, minor, 4);
        let twin = Twin::start(&testing::blueprint(&version, 1, 1), 7).unwrap();
        twin.with(|world| {
            let record = world.store.value(&system(Resource::CONFIG_MAPS, "kubeadm-config")).unwrap();
            let data: BTreeMap<_, _> = crate::json::entries(&record, "/data").collect();
            let written = data.values().map(|text| text.as_str().unwrap()).collect::<String>();
            assert!(written.contains(&format!("kubeadm.k8s.io/{api}\n")), "{written}");
            assert!(written.contains(&format!("kubernetesVersion: v1.{minor}.4\n")), "{written}");
            assert_eq!(data.contains_key(&"ClusterStatus".to_owned()), status);
            assert!(world.store.get(&system(Resource::CONFIG_MAPS, kubelet)).is_some());
            let proxy = world.store.value(&system(Resource::DAEMON_SETS, "kube-proxy")).unwrap();
            let image = text(&proxy, "/spec/template/spec/containers/0/image");
            assert!(image.ends_with(&format!("/kube-proxy:v1.{minor}.4")), "{image}");
            assert_eq!(at(&proxy, "/status/numberReady"), &json!(2));
            let coredns = world.store.value(&system(Resource::DEPLOYMENTS, "coredns")).unwrap();
            assert_eq!(at(&coredns, "/status/availableReplicas"), &json!(2));
        });
    }
}

#[tokio::test(start_paused = true)]
async fn mirror_pods_look_as_kubelets_make_them() {
    let version = Version::new(1, 35, 6);
    let twin = Twin::start(&testing::blueprint(&version, 1, 0), 7).unwrap();
    twin.with(|world| {
        let pod = world.store.value(&system(Resource::PODS, "kube-apiserver-cp-1")).unwrap();
        assert_eq!(text(&pod, "/metadata/labels/component"), "kube-apiserver");
        assert_eq!(text(&pod, "/metadata/labels/tier"), "control-plane");
        assert_eq!(text(&pod, "/spec/containers/0/image"), "registry.k8s.io/kube-apiserver:v1.35.6");
        let annotations = at(&pod, "/metadata/annotations");
        let mirror = text(annotations, "/kubernetes.io~1config.mirror");
        assert_eq!((mirror.len(), mirror), (32, text(annotations, "/kubernetes.io~1config.hash")));
        let endpoint = text(annotations, "/kubeadm.kubernetes.io~1kube-apiserver.advertise-address.endpoint");
        assert_eq!(endpoint, "10.0.0.11:6443");
        assert_eq!(text(&pod, "/metadata/ownerReferences/0/kind"), "Node");
    });
}

#[tokio::test(start_paused = true)]
async fn nodes_carry_the_marks_of_their_time() {
    for (minor, labels, taints) in [
        (19, vec!["master"], vec!["master"]),
        (21, vec!["control-plane", "master"], vec!["master"]),
        (24, vec!["control-plane"], vec!["master", "control-plane"]),
        (30, vec!["control-plane"], vec!["control-plane"]),
    ] {
        let blueprint = testing::blueprint(&Version::new(1, minor, 0), 1, 0);
        let node = node(&blueprint.machines[0], Minor::new(1, minor), blueprint.epoch);
        let role = |key: &str| key.strip_prefix("node-role.kubernetes.io/").map(str::to_owned);
        let found: Vec<_> = crate::json::entries(&node, "/metadata/labels").filter_map(|(key, _)| role(key)).collect();
        assert_eq!(found, labels, "1.{minor}");
        let found: Vec<_> = items(&node, "/spec/taints").filter_map(|taint| role(text(taint, "/key"))).collect();
        assert_eq!(found, taints, "1.{minor}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cordoned_node_is_cordoned_with_other_taints_or_none() {
    let mut blueprint = testing::blueprint(&Version::new(1, 30, 0), 1, 1);
    for machine in &mut blueprint.machines {
        machine.cordoned = true;
        let node = node(machine, Minor::new(1, 30), blueprint.epoch);
        assert_eq!(at(&node, "/spec/unschedulable"), &json!(true), "{}", machine.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_node_is_seen_to_be_dead() {
    let version = Version::new(1, 30, 0);
    let mut blueprint = testing::blueprint(&version, 1, 2);
    blueprint.machines[2].ready = false;
    let twin = Twin::start(&blueprint, 7).unwrap();
    twin.with(|world| {
        let renewed = |world: &World, node: &str| {
            let lease = world.store.value(&ObjectKey::new(Resource::LEASES, "kube-node-lease", node)).unwrap();
            let renewed: jiff::Timestamp = text(&lease, "/spec/renewTime").parse().unwrap();
            world.now().duration_since(renewed).as_secs()
        };
        assert!(renewed(world, "w-1") <= 15, "{}", renewed(world, "w-1"));
        assert!(renewed(world, "w-2") > 60);
        let node = world.store.value(&ObjectKey::new(Resource::NODES, "", "w-2")).unwrap();
        let taints: Vec<_> = items(&node, "/spec/taints").map(|taint| text(taint, "/key")).collect();
        assert_eq!(taints, ["node.kubernetes.io/unreachable", "node.kubernetes.io/unreachable"]);
        assert!(world.store.pods_on("w-2").all(|pod| !pod.summary.ready));
    });
}

#[tokio::test(start_paused = true)]
async fn a_blueprint_that_contradicts_itself_is_refused() {
    let version = Version::new(1, 30, 0);
    let start = |change: &dyn Fn(&mut Blueprint)| {
        let mut blueprint = testing::blueprint(&version, 1, 2);
        change(&mut blueprint);
        Twin::start(&blueprint, 7).err()
    };
    let twice = start(&|blueprint| blueprint.machines[2].name = "w-1".to_owned());
    assert_eq!(twice, Some(BlueprintError::Twice("w-1".to_owned())));
    let none = start(&|blueprint| drop(blueprint.machines.remove(0)));
    assert_eq!(none, Some(BlueprintError::NoControlPlane));
    let odd = start(&|blueprint| {
        blueprint.objects.push(json!({ "apiVersion": "v1", "kind": "Odd", "metadata": { "name": "x" } }));
    });
    assert_eq!(odd, Some(BlueprintError::Unknown("v1 Odd".to_owned())));
    let nameless = start(&|blueprint| blueprint.objects.push(json!({ "apiVersion": "v1", "kind": "Pod" })));
    assert_eq!(nameless, Some(BlueprintError::Nameless("v1 Pod ".to_owned())));
}
