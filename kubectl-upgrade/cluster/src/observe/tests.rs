use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{BudgetAllowance, VersionSource};
use upgrade_core::scope::{CloudScope, HostScope, PodScope};
use upgrade_provider::ErrorKind;

use super::*;
use crate::testing::{Asked, Reply, Server, budget, healthy, node, pod};
use serde_json::json;

fn scope(pods: PodScope) -> Scope {
    Scope { pods, hosts: HostScope::None, evidence: true, cloud: CloudScope::None }
}

async fn observed(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Result<Inventory, PortError> {
    let server = Server::start(answer).await;
    server.cluster().observe(&scope(PodScope::All)).await
}

fn list(items: serde_json::Value) -> Reply {
    Reply::ok(json!({"metadata": {"resourceVersion": "1"}, "items": items}))
}

#[tokio::test]
async fn a_healthy_cluster_has_no_gaps() {
    let inventory = observed(healthy).await.unwrap();
    assert_eq!(inventory.gaps, []);
    assert_eq!(inventory.cluster.uid.as_str(), "u-1");
    let versions: Vec<String> = inventory
        .components
        .iter()
        .map(|instance| format!("{} {} {}", instance.component, instance.place, instance.version))
        .collect();
    assert_eq!(
        versions,
        [
            "container runtime cp1 1.6.20",
            "kubelet cp1 1.34.9",
            "container runtime w1 1.6.20",
            "kubelet w1 1.34.9",
            "etcd cp1 3.6.5",
            "kube-apiserver cp1 1.34.9",
            "kube-controller-manager cp1 1.34.9",
            "kube-scheduler cp1 1.34.9",
            "kube-proxy DaemonSet kube-proxy 1.34.9",
            "coredns Deployment coredns 1.12.1",
        ]
    );
    let worker = inventory.node(&NodeName::new("w1")).unwrap();
    assert_eq!(worker.lease_renewed, Some("2026-11-22T15:26:06.023344Z".parse().unwrap()));
    assert_eq!((worker.control_plane, worker.zone.as_deref()), (false, Some("a")));
    assert_eq!(worker.addresses, ["10.0.0.1"]);
    assert_eq!(inventory.kubeadm.unwrap().version, Version::new(1, 34, 9));
    let objects: Vec<_> = inventory.evidence.objects.iter().map(String::as_str).collect();
    let expected = [
        "ConfigMap/kube-system/kubeadm-config",
        "DaemonSet/kube-system/kube-proxy",
        "Deployment/kube-system/coredns",
        "Namespace//kube-flannel",
    ];
    assert_eq!(objects, expected);
    assert!(inventory.evidence.managers.contains("kubectl-edit"));
    assert_eq!(inventory.evidence.control_plane_pods[0].command, ["etcd", "--flag"]);
}

#[tokio::test]
async fn an_endpoint_that_contradicts_the_mirror_pods_is_kept() {
    let inventory = observed(|asked| match asked.at() {
        "/version" => Reply::ok(json!({"gitVersion": "v1.35.6"})),
        _ => healthy(asked),
    })
    .await
    .unwrap();
    let servers: Vec<_> = inventory.instances(Component::ApiServer).map(|i| (i.source, i.version.clone())).collect();
    let mirror = (VersionSource::MirrorPodImage, Version::new(1, 34, 9));
    assert_eq!(servers, [mirror, (VersionSource::VersionEndpoint, Version::new(1, 35, 6))]);
}

#[tokio::test]
async fn without_mirror_pods_the_endpoint_speaks_and_the_others_are_gaps() {
    let inventory = observed(|asked| match asked.at() {
        "/api/v1/namespaces/kube-system/pods" => list(json!([])),
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases" if asked.path.contains("identity") => {
            list(json!([
                {"metadata": {"name": "apiserver-a"}, "spec": {"renewTime": "2026-11-22T15:26:06.0Z"}},
                {"metadata": {"name": "apiserver-b"}, "spec": {"renewTime": "2026-11-22T15:26:01.0Z"}},
                {"metadata": {"name": "apiserver-gone"}, "spec": {"renewTime": "2026-11-22T15:00:00.0Z"}},
            ]))
        }
        _ => healthy(asked),
    })
    .await
    .unwrap();
    assert_eq!(inventory.version_at(Component::ApiServer, &Place::Endpoint), Some(&Version::new(1, 34, 9)));
    let whys: Vec<_> = inventory.gaps.iter().map(|gap| gap.why.as_str()).collect();
    let expected = [
        "no mirror pods of kube-controller-manager in namespace kube-system",
        "no mirror pods of kube-scheduler in namespace kube-system",
        "no mirror pods of etcd in namespace kube-system",
        "2 API servers announce themselves, the versions of 1 are seen",
        "each API server counts for itself, and only 1 of 2 was asked",
    ];
    assert_eq!(whys, expected);
}

#[tokio::test]
async fn a_control_plane_host_without_mirror_pods_is_a_gap() {
    let inventory = observed(|asked| match asked.at() {
        "/api/v1/nodes" => list(json!([node("cp1", true), node("cp2", true)])),
        _ => healthy(asked),
    })
    .await
    .unwrap();
    let place = Some(Place::Node(NodeName::new("cp2")));
    assert!(inventory.gaps.iter().any(|gap| gap.subject == GapSubject::Component(Component::ApiServer, place.clone())));
    assert_eq!(inventory.gaps.len(), 4);
}

#[tokio::test]
async fn pages_are_followed_and_budgets_know_their_pods() {
    let server = Server::start(|asked| match asked.at() {
        "/api/v1/pods" if asked.path.contains("continue=next%2Bpage") => list(json!([pod("web-2")])),
        "/api/v1/pods" => Reply::ok(json!({"metadata": {"continue": "next+page"}, "items": [pod("web-1")]})),
        "/apis/policy/v1/poddisruptionbudgets" => list(json!([budget("web", 2, 2)])),
        _ => healthy(asked),
    })
    .await;
    let inventory = server.cluster().observe(&scope(PodScope::All)).await.unwrap();
    assert_eq!(inventory.pods.len(), 2);
    assert_eq!(inventory.budgets[0].pods.iter().map(|name| name.name.as_str()).collect::<Vec<_>>(), ["web-1", "web-2"]);
    assert_eq!(inventory.budgets[0].allowance(), BudgetAllowance::Never);
    assert_eq!(inventory.budgets[0].min_available.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_list_without_an_end_is_given_up() {
    for (anew, asked, why) in [(false, 2, "a page that was read before"), (true, 4_000, "at most 4,000 pages")] {
        let pages = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&pages);
        let inventory = observed(move |asked| match asked.at() {
            "/api/v1/pods" => {
                let page = counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let token = if anew { format!("more-{page}") } else { "more".to_owned() };
                Reply::ok(json!({"metadata": {"continue": token}, "items": []}))
            }
            _ => healthy(asked),
        })
        .await
        .unwrap();
        let gap = inventory.gaps.iter().find(|gap| gap.subject == GapSubject::Pods).unwrap();
        assert!(gap.why.contains(why), "{}", gap.why);
        assert_eq!(pages.load(std::sync::atomic::Ordering::SeqCst), asked);
    }
}

#[tokio::test]
async fn a_list_that_expired_is_asked_for_again() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let inventory = observed(move |asked| match asked.at() {
        "/api/v1/pods" if asked.path.contains("continue=old") => Reply::status(410, "Expired", "too old", json!({})),
        "/api/v1/pods" => {
            let first = tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            let next = if first { "old" } else { "" };
            Reply::ok(json!({"metadata": {"continue": next}, "items": [pod("web-1")]}))
        }
        "/apis/policy/v1/poddisruptionbudgets" => list(json!([budget("web", 1, 2)])),
        _ => healthy(asked),
    })
    .await
    .unwrap();
    assert_eq!((inventory.pods.len(), inventory.budgets[0].pods.len()), (1, 1));
}

#[tokio::test]
async fn what_may_not_be_listed_is_a_gap_that_names_the_right() {
    let inventory = observed(|asked| match asked.at() {
        "/api/v1/pods" | "/apis/policy/v1/poddisruptionbudgets" | "/apis/apps/v1/namespaces/kube-system/daemonsets" => {
            Reply::status(403, "Forbidden", "pods is forbidden", json!({}))
        }
        _ => healthy(asked),
    })
    .await
    .unwrap();
    let gaps: Vec<_> = inventory.gaps.iter().map(|gap| (gap.subject.clone(), gap.why.as_str())).collect();
    assert_eq!(
        gaps,
        [
            (GapSubject::Component(Component::KubeProxy, None), "you may not list daemonsets in namespace kube-system"),
            (GapSubject::Pods, "you may not list pods in all namespaces"),
            (GapSubject::Budgets, "you may not list poddisruptionbudgets in all namespaces"),
        ]
    );
    assert!(inventory.gaps[1].hint.as_deref().unwrap().contains("kubectl auth can-i"));
}

#[tokio::test]
async fn old_servers_are_read_by_their_own_groups() {
    let inventory = observed(|asked| match asked.at() {
        "/version" => Reply::ok(json!({"gitVersion": "v1.12.10"})),
        "/readyz" => Reply::not_found(),
        "/healthz" => Reply::Text(500, "[+]ping ok\n[-]etcd failed: reason withheld\nhealthz check failed\n"),
        "/apis" => Reply::ok(json!({"groups": [{"name": "policy", "versions": [{"version": "v1beta1"}]}]})),
        "/apis/policy/v1beta1/poddisruptionbudgets" => list(json!([
            {"metadata": {"name": "all", "namespace": "shop"}, "spec": {"selector": {}}, "status": {}}])),
        "/api/v1/pods" => list(json!([pod("web-1")])),
        _ => healthy(asked),
    })
    .await
    .unwrap();
    assert_eq!(inventory.health.failing, ["etcd"]);
    assert_eq!(inventory.budgets[0].pods, []);
    // Kubelets without Leases write the condition itself.
    let worker = inventory.node(&NodeName::new("w1")).unwrap();
    assert_eq!(worker.lease_renewed, Some("2026-11-22T15:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn an_api_that_cannot_be_asked_is_an_error_of_its_kind() {
    for (code, kind, words) in [
        (401, ErrorKind::Unauthorized, "does not accept these credentials"),
        (403, ErrorKind::Forbidden, "you may not get namespace kube-system"),
        (503, ErrorKind::Away, "answer 503"),
        (429, ErrorKind::Away, "answer 429"),
    ] {
        let error = observed(move |_| Reply::status(code, "", "no", json!({}))).await.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        assert!(error.message.contains(words) && error.hint.is_some(), "{code}: {error}");
    }
}

#[tokio::test]
async fn an_api_that_hangs_is_away() {
    let hang = |asked: &Asked| match asked.at() {
        "/api/v1/namespaces/kube-system" => Reply::Hang,
        _ => healthy(asked),
    };
    let server = Server::start(hang).await;
    let cluster = server.cluster_within(Duration::from_millis(500));
    let error = cluster.observe(&scope(PodScope::All)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Away);
    assert!(error.message.contains("did not answer within 500ms"), "{error}");
}

#[tokio::test]
async fn an_api_that_refuses_connections_is_away() {
    let server = Server::start(healthy).await;
    let cluster = server.cluster();
    drop(server);
    tokio::task::yield_now().await;
    let error = cluster.observe(&scope(PodScope::None)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Away);
    assert!(error.message.contains("refuses connections"), "{error}");
}

#[tokio::test]
async fn waiting_ends_at_the_first_event_and_never_hammers() {
    let server = Server::start(|asked| match asked.path.contains("watch=true") {
        true if asked.path.contains("/pods") => Reply::Text(200, "{\"type\":\"MODIFIED\"}\n"),
        true => Reply::not_found(),
        false => healthy(asked),
    })
    .await;
    let cluster = server.cluster();
    let nodes = scope(PodScope::Node(NodeName::new("w1")));
    cluster.observe(&nodes).await.unwrap();
    let begun = std::time::Instant::now();
    cluster.changed(&nodes, Duration::from_secs(20)).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(server.asked("GET").iter().any(|asked| asked.path.contains("watch=true") && asked.path.contains("=100")));

    let away = Server::start(|_| Reply::status(503, "", "no", json!({}))).await;
    let cluster = away.cluster();
    let begun = std::time::Instant::now();
    cluster.changed(&nodes, Duration::from_millis(1200)).await;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert!(away.asked("GET").len() <= 4);
}

#[tokio::test]
async fn node_pools_of_karpenter_are_read_where_it_is_served() {
    let served = |asked: &Asked| match asked.at() {
        "/apis" => Reply::ok(json!({"groups": [
            {"name": "policy", "versions": [{"version": "v1"}]}, {"name": "coordination.k8s.io", "versions": [{"version": "v1"}]},
            {"name": "karpenter.sh", "versions": [{"version": "v1"}]},
            {"name": "karpenter.k8s.aws", "versions": [{"version": "v1"}]}]})),
        "/apis/karpenter.sh/v1/nodepools" => list(json!([
            {"metadata": {"name": "spot"}, "spec": {"template": {"spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "name": "usual"}, "expireAfter": "Never"}},
                "disruption": {"budgets": [{"nodes": "20%"}, {"nodes": "0", "reasons": ["Drifted"], "schedule": "@daily"}]}}},
            {"metadata": {"name": "gpu"}, "spec": {"template": {"spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "name": "pinned"}}}}}])),
        "/apis/karpenter.sh/v1/nodeclaims" => list(json!([{
            "metadata": {"name": "spot-1", "labels": {"karpenter.sh/nodepool": "spot"},
                "annotations": {"karpenter.sh/do-not-disrupt": "true"}},
            "status": {"nodeName": "w1", "conditions": [{"type": "Drifted", "status": "True"}]}}])),
        "/apis/karpenter.k8s.aws/v1/ec2nodeclasses" => list(json!([
            {"metadata": {"name": "usual"}, "spec": {"amiSelectorTerms": [{"alias": "al2023@latest"}, {"tags": {"team": "shop"}}]}},
            {"metadata": {"name": "pinned"}, "spec": {"amiSelectorTerms": [{"id": "ami-1"}, {"id": "ami-2"}]}}])),
        _ => healthy(asked),
    };
    let pools = observed(served).await.unwrap().node_pools;
    let notes: Vec<String> = pools.iter().map(|pool| format!("{}: {}", pool.name, pool.notes().join("; "))).collect();
    assert_eq!(
        notes,
        [
            "spot: images by alias al2023@latest or tags team=shop; nodes replaced at a time: 20%, 0 if Drifted at @daily; 1 of 1 drifted",
            "gpu: images pinned to ami-1, ami-2; nodes replaced at a time: 10%; nodes expire after 720h, budgets or not",
        ]
    );
    let claim = &pools[0].claims[0];
    assert_eq!((claim.node.as_ref().map(NodeName::as_str), claim.drifted, claim.left_alone), (Some("w1"), true, true));
    assert_eq!(observed(healthy).await.unwrap().node_pools, []);
    let denied = observed(move |asked| match asked.at() {
        "/apis/karpenter.sh/v1/nodeclaims" => Reply::status(403, "Forbidden", "no", json!({})),
        _ => served(asked),
    });
    let gaps = denied.await.unwrap().gaps;
    let of_pools = gaps.iter().find(|gap| gap.subject == GapSubject::NodePools).unwrap();
    assert!(of_pools.why.contains("list nodeclaims.karpenter.sh"), "{of_pools:?}");
}
