//! What AKS refuses, in its words.

use super::*;
use crate::blueprint::Workload;
use crate::store::Resource;

fn upgrade(twin: &Twin, version: &str) -> Answered {
    put(twin, CLUSTER, |cluster| cluster["properties"]["kubernetesVersion"] = json!(version))
}

#[tokio::test(start_paused = true)]
async fn versions_that_cannot_be_are_refused() {
    let twin = start(CloudFaults::default());
    assert_eq!(upgrade(&twin, "1.99.0").code(), "K8sVersionNotSupported");
    let far = upgrade(&twin, "1.35.4");
    assert_eq!((far.status, far.code()), (400, "AgentPoolUpgradeVersionNotAllowed"));
    assert!(text(&far.body, "/message").contains("[1.33.8 1.34.4 1.34.6]"), "{}", far.body);
    let ahead = put(&twin, &pool("web"), |pool| pool["properties"]["orchestratorVersion"] = json!("1.34.6"));
    assert_eq!(ahead.code(), "NodePoolMcVersionIncompatible");
    let mixed = put(&twin, CLUSTER, |cluster| {
        cluster["properties"]["kubernetesVersion"] = json!("1.34.6");
        cluster["properties"]["agentPoolProfiles"][0]["orchestratorVersion"] = json!("1.34.6");
    });
    assert_eq!(mixed.code(), "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged");
}

#[tokio::test(start_paused = true)]
async fn the_control_plane_alone_is_refused_on_a_channel() {
    let twin = start(CloudFaults::default());
    put(&twin, CLUSTER, |cluster| cluster["properties"]["autoUpgradeProfile"]["upgradeChannel"] = json!("stable"));
    let refused = upgrade(&twin, "1.34.6");
    assert_eq!(refused.code(), "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged");
    assert!(text(&refused.body, "/message").contains("stable"));
}

#[tokio::test(start_paused = true)]
async fn a_deprecated_api_in_use_blocks_for_twelve_hours_or_until_forced() {
    let twin = start(CloudFaults::default());
    twin.with(|world| {
        clouds::note_deprecated_use(world, "flowcontrol.apiserver.k8s.io.flowschemas.v1beta3", "1.34".parse().unwrap())
    });
    let blocked = upgrade(&twin, "1.34.6");
    assert_eq!((blocked.status, blocked.code()), (400, "ValidationError"));
    assert_eq!(blocked.get("/subcode"), "UpgradeBlockedOnDeprecatedAPIUsage");
    assert_eq!(upgrade(&twin, "1.33.8").status, 200, "a patch is not blocked");
    pass(3_600).await;
    let forced = put(&twin, CLUSTER, |cluster| {
        cluster["properties"]["kubernetesVersion"] = json!("1.34.6");
        cluster["properties"]["upgradeSettings"] =
            json!({"overrideSettings": {"forceUpgrade": true, "until": "2026-08-25T00:00:00Z"}});
    });
    assert_eq!(forced.status, 200, "{}", forced.body);
    let twin = start(CloudFaults::default());
    twin.with(|world| clouds::note_deprecated_use(world, "x.v1beta1", "1.34".parse().unwrap()));
    pass(12 * 3_600).await;
    assert_eq!(upgrade(&twin, "1.34.6").status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_can_never_allow_an_eviction_is_named() {
    let twin = start(CloudFaults::default());
    twin.with(|world| {
        for object in Workload::deployment("shop", "sync", 1).min_available(1).objects() {
            let kind = text(&object, "/kind").to_owned();
            let resource = match kind.as_str() {
                "Deployment" => Resource::DEPLOYMENTS,
                "PodDisruptionBudget" => Resource::BUDGETS,
                _ => continue,
            };
            let now = world.now();
            world.store.create(resource, object, now).unwrap();
        }
    });
    pass(120).await;
    plane_to(&twin, "1.34.6").await;
    let refused = put(&twin, &pool("web"), |pool| pool["properties"]["orchestratorVersion"] = json!("1.34.6"));
    assert_eq!((refused.status, refused.code()), (400, "UnsatisfiablePDB"));
    assert!(
        text(&refused.body, "/message").contains("PDB shop/sync has minAvailable(1) >= expectedPods(1)"),
        "{}",
        refused.body
    );
}

#[tokio::test(start_paused = true)]
async fn names_that_are_not_there_and_callers_without_a_name() {
    let twin = start(CloudFaults::default());
    for (path, status, code) in [
        (CLUSTER.replace("5f2c9a10", "00000000"), 404, "SubscriptionNotFound"),
        (CLUSTER.replace("resourceGroups/shop", "resourceGroups/other"), 404, "ResourceGroupNotFound"),
        (CLUSTER.replace("managedClusters/shop", "managedClusters/other"), 404, "ResourceNotFound"),
    ] {
        let answer = get(&twin, &path);
        assert_eq!((answer.status, text(&answer.body, "/error/code")), (status, code));
    }
    assert_eq!(get(&twin, &pool("nope")).status, 404);
    let nobody = ask(&twin, Method::GET, CLUSTER, &[("authorization", "")], Value::Null);
    assert_eq!((nobody.status, text(&nobody.body, "/error/code")), (401, "AuthenticationFailed"));
    let old = get(&twin, &format!("{CLUSTER}?api-version=2019-01-01"));
    assert_eq!(text(&old.body, "/error/code"), "NoRegisteredProviderFound");
}

#[tokio::test(start_paused = true)]
async fn the_door_throttles_and_refuses_what_has_expired() {
    let twin = start(CloudFaults { throttle_every: Some(3), ..CloudFaults::default() });
    let statuses: Vec<u16> = (0..6).map(|_| get(&twin, CLUSTER).status).collect();
    assert_eq!(statuses, [200, 200, 429, 200, 200, 429]);
    let now = twin.clock().now();
    let twin = start(CloudFaults { credentials_expire: Some(now), ..CloudFaults::default() });
    let expired = get(&twin, CLUSTER);
    assert_eq!((expired.status, text(&expired.body, "/error/code")), (401, "ExpiredAuthenticationToken"));
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_pages() {
    let twin = start(CloudFaults { page_size: Some(2), ..CloudFaults::default() });
    let first = get(&twin, &format!("{CLUSTER}/agentPools"));
    assert_eq!(first.get("/value").as_array().unwrap().len(), 2);
    let next = text(&first.body, "/nextLink").strip_prefix("https://127.0.0.1:7443").unwrap().to_owned();
    let second = get(&twin, &next);
    assert_eq!(second.get("/value").as_array().unwrap().len(), 1);
    assert_eq!(second.get("/nextLink"), &Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_login_finds_what_it_asks_for() {
    let twin = start(CloudFaults::default());
    let endpoints = ask(&twin, Method::GET, "/metadata/endpoints", &[], Value::Null);
    assert_eq!(endpoints.get("/resourceManager"), "https://127.0.0.1:7443");
    let token = ask(&twin, Method::GET, "/msi/token?resource=https://x", &[("x-identity-header", "h")], Value::Null);
    assert_eq!(text(&token.body, "/access_token").split('.').count(), 3);
    assert_eq!(get(&twin, "/msi/token?resource=x").status, 400);
    let subscriptions = get(&twin, "/subscriptions");
    assert_eq!(subscriptions.get("/value/0/state"), "Enabled");
}
