use super::*;
use crate::clouds::control_plane;
use crate::json::{at, text};
use crate::store::{ObjectKey, Resource};

#[tokio::test(start_paused = true)]
async fn a_managed_cluster_is_at_rest_and_shows_no_control_plane() {
    let twin = start(managed(Settings::default(), CloudFaults::default()), shop());
    let before = twin.with(|world| world.store.version());
    testing::pass(3_600).await;
    twin.with(|world| {
        let nodes: Vec<_> = world.store.list(Resource::NODES, None, None).cloned().collect();
        assert_eq!(nodes.len(), 4);
        assert!(nodes.iter().all(|node| node.summary.ready));
        let labels = &nodes[0].summary.labels;
        assert_eq!(labels["cloud.google.com/gke-nodepool"], "main");
        assert_eq!(labels["topology.kubernetes.io/region"], "europe-west3");
        assert!(
            text(&nodes[0].value(), "/spec/providerID").starts_with("gce://my-project/europe-west3-a/gke-shop-main-")
        );
        assert!(nodes.iter().all(|node| !node.body.contains("kubeadm")));
        let pods: Vec<_> = world.store.list(Resource::PODS, None, None).collect();
        assert!(pods.iter().all(|pod| pod.summary.ready && !pod.body.contains("config.mirror")));
        assert!(world.store.get(&ObjectKey::new(Resource::CONFIG_MAPS, "kube-system", "kubeadm-config")).is_none());
        assert!(world.hosts.is_empty());
        let mut zones: Vec<_> =
            nodes.iter().map(|node| node.summary.labels["topology.kubernetes.io/zone"].clone()).collect();
        zones.sort();
        assert_eq!(zones, ["europe-west3-a", "europe-west3-a", "europe-west3-b", "europe-west3-c"]);
    });
    assert_eq!(twin.with(|world| world.store.version()), before, "nothing moved since");
}

#[tokio::test(start_paused = true)]
async fn a_control_plane_moves_one_server_after_another() {
    let twin = start(managed(Settings::default(), CloudFaults::default()), Vec::new());
    let id = twin.with(|world| upgrade_control_plane(world, 34)).unwrap();
    let mut mixed = false;
    loop {
        let (done, servers) = twin.with(|world| {
            assert!(world.control_plane.answers());
            let servers: Vec<_> = world.control_plane.servers.values().map(|server| server.version.clone()).collect();
            (look(world, &id).unwrap().state.ended(), servers)
        });
        mixed |= servers[0] != servers[1];
        if done {
            assert_eq!(servers, [version(34), version(34)]);
            break;
        }
        testing::pass(5).await;
    }
    assert!(mixed);
    let one = twin.with(|world| look(world, &id).cloned()).unwrap();
    let took = one.ended.unwrap().duration_since(one.started).as_secs();
    assert!((6 * 60..=15 * 60).contains(&took), "{took}");
    assert_eq!(cloud(&twin, |cloud| cloud.now().control_plane.previous.clone()).unwrap().0, version(33));
}

#[tokio::test(start_paused = true)]
async fn a_single_server_is_away_while_it_is_replaced() {
    let twin = start(Managed { api_servers: 1, ..managed(Settings::default(), CloudFaults::default()) }, Vec::new());
    let id = twin.with(|world| upgrade_control_plane(world, 34)).unwrap();
    let mut away = 0;
    while !twin.with(|world| look(world, &id).unwrap().state.ended()) {
        away += u32::from(!twin.with(|world| world.control_plane.answers()));
        testing::pass(1).await;
    }
    assert!((4..=25).contains(&away), "{away}");
    assert!(twin.with(|world| world.control_plane.answers()));
}

#[tokio::test(start_paused = true)]
async fn a_soaking_control_plane_goes_back_or_completes_by_itself() {
    let hours = |hours: u64| Some(Duration::from_secs(hours * 3_600));
    let twin = start(managed(Settings::default(), CloudFaults::default()), Vec::new());
    let nothing = twin.with(|world| control_plane::roll_back(world, Request::default()));
    assert!(matches!(nothing, Err(Refused::NothingToDo(_))));
    let soak = |world: &mut World| control_plane::upgrade(world, &version(34), hours(6), Request::default());
    let id = twin.with(soak).unwrap();
    ended(&twin, &id).await;
    assert_eq!(twin.with(|world| world.control_plane.emulates).unwrap().minor, 33);
    let id = twin.with(|world| control_plane::roll_back(world, Request::default())).unwrap();
    ended(&twin, &id).await;
    let plane = cloud(&twin, |cloud| cloud.now().control_plane.clone());
    assert_eq!((plane.version, plane.emulates, plane.way_back), (version(33), None, None));
    let id = twin.with(soak).unwrap();
    ended(&twin, &id).await;
    testing::pass(6 * 3_600 + 1).await;
    let plane = cloud(&twin, |cloud| cloud.now().control_plane.clone());
    assert_eq!((plane.version, plane.emulates, plane.way_back), (version(34), None, None));
    assert_eq!(twin.with(|world| world.control_plane.emulates), None);
}

#[tokio::test(start_paused = true)]
async fn a_control_plane_that_fails_stays_where_it_was() {
    let faults = CloudFaults { control_plane_fails: true, ..CloudFaults::default() };
    let twin = start(managed(Settings::default(), faults), Vec::new());
    let id = twin.with(|world| upgrade_control_plane(world, 34)).unwrap();
    assert_eq!(ended(&twin, &id).await.state, State::Failed);
    assert_eq!(cloud(&twin, |cloud| cloud.now().control_plane.version.clone()), version(33));
    let id = twin.with(|world| upgrade_control_plane(world, 34)).unwrap();
    assert_eq!(ended(&twin, &id).await.state, State::Done);
}

#[tokio::test(start_paused = true)]
async fn an_image_of_the_clouds_own_workloads_can_change() {
    let twin = start(managed(Settings::default(), CloudFaults::default()), Vec::new());
    twin.with(|world| crate::clouds::set_image(world, Resource::DEPLOYMENTS, "kube-dns", "gke.gcr.io/dns:2"));
    testing::pass(120).await;
    twin.with(|world| {
        let dns = world.store.value(&ObjectKey::new(Resource::DEPLOYMENTS, "kube-system", "kube-dns")).unwrap();
        assert_eq!(text(&dns, "/spec/template/spec/containers/0/image"), "gke.gcr.io/dns:2");
        assert_eq!(at(&dns, "/status/updatedReplicas"), &serde_json::json!(2));
    });
}
