//! Nodes in no node group, through the plugin: pods on Fargate, and machines of the owner's own Auto Scaling group.

use std::collections::BTreeMap;

use upgrade_tests::clouds::Person;
use upgrade_twin::blueprint::Scenario;
use upgrade_twin::store::Resource;

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
