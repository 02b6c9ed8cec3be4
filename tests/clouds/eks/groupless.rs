//! Nodes in no node group, through the plugin: pods on Fargate, and machines of the owner's own Auto Scaling group.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use upgrade_core::version::Minor;
use upgrade_tests::clouds::Person;
use upgrade_twin::blueprint::{Blueprint, Form, Scenario};
use upgrade_twin::store::{Object, ObjectKey, Resource};
use upgrade_twin::world::World;

use crate::stage;

#[test]
fn they_are_emptied_under_budgets_and_come_back_at_the_new_version() {
    let Some(served) = stage::begin(Scenario::named("eks-mixed").unwrap().blueprint()) else { return };
    let person = Person::at(&served);
    let plan = person.run("plan --to 1.34").out;
    for line in [
        "evict the pods of its machines, 1 at a time, each to come back on one at 1.34",
        "3 nodes; as seen now 3 pods move, 0 stay; budget jobs/queue",
        "cordon and drain its nodes, 1 at a time, each to be replaced by its owner with one at 1.34",
    ] {
        assert!(plan.split_whitespace().collect::<Vec<_>>().join(" ").contains(line), "{line}: {plan}");
    }
    let _ = person.run("run --yes --to 1.34").exits(0);
    served.twin.with(|world| {
        let mut kubelets: BTreeMap<String, usize> = BTreeMap::new();
        for node in world.store.list(Resource::NODES, None, None) {
            let version = node.value()["status"]["nodeInfo"]["kubeletVersion"].as_str().unwrap().to_owned();
            *kubelets.entry(version).or_default() += 1;
        }
        assert_eq!(kubelets, BTreeMap::from([("v1.34.8-eks-7f9249a".to_owned(), 9)]));
        let pods = world.store.list(Resource::PODS, Some("jobs"), None);
        let on = pods.map(|pod| pod.summary.node.clone().unwrap()).collect::<Vec<_>>();
        assert!(on.len() == 3 && on.iter().all(|node| node.starts_with("fargate-ip-")), "{on:?}");
    });
}

/// A cluster with pods on Fargate, and no machines of the owner's own: their owner has no template of before.
fn on_fargate() -> Blueprint {
    let mut blueprint = Scenario::named("eks-mixed").unwrap().blueprint();
    let Form::Managed(managed) = &mut blueprint.form else { panic!("the named cluster is managed") };
    managed.extra.remove("ownNodes");
    blueprint
}

/// Takes the pods away once nothing but Fargate is newer, as the run asks for.
fn scale_to_zero(world: &mut World) {
    let is_new = |node: &Arc<Object>| {
        let fargate = node.key.name.starts_with("fargate-");
        let version = node.value()["status"]["nodeInfo"]["kubeletVersion"].as_str().unwrap().to_owned();
        !fargate && version.starts_with("v1.34")
    };
    if world.store.list(Resource::NODES, None, None).any(is_new) {
        return world.after(Duration::from_secs(60), scale_to_zero);
    }
    world.after(Duration::from_secs(20 * 60), |world| {
        for name in ["queue", "mailer"] {
            let key = ObjectKey::new(Resource::DEPLOYMENTS, "jobs", name);
            world.store.modify(&key, |deployment| deployment["spec"]["replicas"] = 0.into());
        }
    });
}

#[test]
fn a_control_plane_goes_back_once_no_pod_on_fargate_is_newer() {
    let Some(served) = stage::begin(on_fargate()) else { return };
    let person = Person::at(&served);
    let _ = person.run("run --yes --to 1.34").exits(0);
    served.twin.with(scale_to_zero);
    let told = person.run("rollback --yes --takeover").exits(0);
    let flat = told.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "machines of pods are made at the control plane's version",
        "kubectl -n jobs scale deployment mailer --replicas 0; kubectl -n jobs scale deployment queue --replicas 0",
    ] {
        assert!(flat.contains(line), "{line}: {flat}");
    }
    served.cloud(|cloud| assert_eq!(cloud.now().control_plane.version.minor(), Minor::new(1, 33)));
}
