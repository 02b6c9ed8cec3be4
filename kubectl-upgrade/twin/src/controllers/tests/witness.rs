use serde_json::json;
use upgrade_core::component::Component;
use upgrade_core::version::Version;

use super::super::kubelet;
use super::{all, delete};
use crate::blueprint::Workload;
use crate::json::set;
use crate::store::Resource;
use crate::testing::{change, cordon, pass, pods, twin};
use crate::world::Witness;

fn seen(twin: &crate::Twin) -> Witness {
    twin.with(|world| world.witness.clone())
}

#[tokio::test(start_paused = true)]
async fn the_lowest_availability_of_each_workload_is_kept() {
    let twin = twin(3, all(&[Workload::deployment("shop", "web", 4), Workload::stateful_set("shop", "db", 2)]));
    let names: Vec<_> =
        pods(&twin, "shop").into_iter().map(|pod| pod.0).filter(|name| name.starts_with("web")).collect();
    delete(&twin, &names[0]);
    delete(&twin, &names[1]);
    pass(120).await;
    let witness = seen(&twin);
    let lowest: Vec<_> = witness
        .lowest()
        .filter(|(name, _)| name.namespace == "shop")
        .map(|(name, lowest)| (name.kind.as_str(), lowest.available, lowest.at.is_some(), lowest.at_first))
        .collect();
    assert_eq!(lowest, [("Deployment", 2, true, 4), ("StatefulSet", 2, false, 2)]);
    let shop = || witness.lowest().filter(|(name, _)| name.namespace == "shop");
    let below = |kind: &str, now| shop().find(|(name, _)| name.kind == kind).map(|(_, seen)| seen.below(now));
    let (now, later) = (twin.clock().now(), twin.clock().now() + jiff::SignedDuration::from_secs(60));
    let web = below("Deployment", now).unwrap();
    assert!((1..120).contains(&web.as_secs()), "from the first gone to the last replaced: {web:?}");
    assert_eq!(below("Deployment", later), Some(web), "it is over");
    assert_eq!(below("StatefulSet", now), Some(std::time::Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn only_clients_break_budgets() {
    let twin = twin(3, all(&[Workload::deployment("shop", "web", 3).min_available(2)]));
    let names: Vec<_> = pods(&twin, "shop").into_iter().map(|pod| pod.0).collect();
    delete(&twin, &names[0]);
    assert_eq!(seen(&twin).broken_budgets, []);
    delete(&twin, &names[1]);
    let broken = seen(&twin).broken_budgets;
    assert_eq!(broken.len(), 1);
    assert_eq!((broken[0].budget.as_str(), broken[0].pod.as_str()), ("web", names[1].as_str()));
    assert_eq!((broken[0].healthy, broken[0].desired), (1, 2));
    // A rollout minds its own bounds, not the budget; and a node that dies asks nobody.
    pass(120).await;
    change(&twin, Resource::DEPLOYMENTS, "web", |web| {
        set(web, &["spec", "strategy", "rollingUpdate"], json!({ "maxSurge": 0, "maxUnavailable": 3 }));
        set(web, &["spec", "template", "metadata", "labels", "version"], "2");
    });
    pass(120).await;
    twin.with(|world| kubelet::set_running(world, "w-1", false));
    pass(600).await;
    assert_eq!(seen(&twin).broken_budgets.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn cordons_nodes_down_and_versions_are_kept() {
    let twin = twin(3, Vec::new());
    cordon(&twin, "w-1", true);
    pass(10).await;
    change(&twin, Resource::NODES, "w-2", |node| {
        set(node, &["spec", "unschedulable"], true);
        set(node, &["metadata", "annotations", "kubectl-upgrade.io/cordoned-by"], "run-1");
    });
    twin.with(|world| kubelet::set_version(world, "w-2", &Version::new(1, 35, 6)));
    pass(10).await;
    cordon(&twin, "w-2", false);
    cordon(&twin, "w-1", false);
    pass(10).await;
    let witness = seen(&twin);
    let cordons: Vec<_> = witness.cordons.iter().map(|one| (one.node.as_str(), one.set, one.by.as_deref())).collect();
    assert_eq!(
        cordons,
        [("w-1", true, None), ("w-2", true, Some("run-1")), ("w-2", false, Some("run-1")), ("w-1", false, None)]
    );
    assert_eq!(witness.most_down.nodes, ["w-1", "w-2"]);
    let last = witness.versions.last().unwrap();
    assert_eq!((last.component, last.node.as_str()), (Component::Kubelet, "w-2"));
    assert_eq!(last.version, Some(Version::new(1, 35, 6)));
    let first =
        witness.versions.iter().filter(|one| one.at == twin.clock().now() - jiff::SignedDuration::from_secs(30));
    // Four kubelets and four of kube-proxy; one each of API server, controller manager, scheduler and etcd.
    assert_eq!(first.count(), 12);
}
