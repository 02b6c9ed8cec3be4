//! What a caller sets, and how the cluster moves.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_control_plane_alone_goes_one_minor() {
    let twin = start(CloudFaults::default());
    let begun = put(&twin, CLUSTER, |cluster| cluster["properties"]["kubernetesVersion"] = json!("1.34.6"));
    assert_eq!(begun.status, 200);
    assert_eq!(begun.get("/properties/provisioningState"), "Upgrading");
    assert_eq!(begun.get("/properties/kubernetesVersion"), "1.34.6");
    assert_eq!(begun.get("/properties/currentKubernetesVersion"), "1.33.6");
    assert_eq!(ended(&twin, &begun).await.0, "Succeeded");
    let cluster = get(&twin, CLUSTER);
    assert_eq!(cluster.get("/properties/currentKubernetesVersion"), "1.34.6");
    assert_eq!(cluster.get("/properties/provisioningState"), "Succeeded");
    for pool in cluster.get("/properties/agentPoolProfiles").as_array().unwrap() {
        assert_eq!(pool["currentOrchestratorVersion"], "1.33.6");
    }
    assert_eq!(cluster.get("/tags/team"), "shop");
}

#[tokio::test(start_paused = true)]
async fn without_versions_of_pools_everything_follows() {
    let twin = start(CloudFaults::default());
    let begun = put(&twin, CLUSTER, |cluster| {
        cluster["properties"]["kubernetesVersion"] = json!("1.34");
        for pool in cluster["properties"]["agentPoolProfiles"].as_array_mut().unwrap() {
            pool.as_object_mut().unwrap().remove("orchestratorVersion");
        }
    });
    assert_eq!(begun.get("/properties/provisioningState"), "Upgrading", "{}", begun.body);
    assert_eq!(ended(&twin, &begun).await, ("Succeeded".to_owned(), Value::Null));
    let cluster = get(&twin, CLUSTER);
    assert_eq!(cluster.get("/properties/currentKubernetesVersion"), "1.34.6", "the newest patch");
    let pools = cluster.get("/properties/agentPoolProfiles").as_array().unwrap();
    assert!(pools.iter().all(|pool| pool["currentOrchestratorVersion"] == "1.34.6"));
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_meanwhile_is_not_overwritten() {
    let twin = start(CloudFaults::default());
    for path in [CLUSTER.to_owned(), pool("web")] {
        let read = get(&twin, &path);
        let etag = read.get("/eTag").as_str().or(read.get("/properties/eTag").as_str()).unwrap().to_owned();
        let mut body = read.body.clone();
        body["properties"]["upgradeSettings"] = json!({"maxSurge": "2", "overrideSettings": {"forceUpgrade": false}});
        let first = ask(&twin, Method::PUT, &path, &[("if-match", &etag)], body.clone());
        assert_eq!(first.status, 200, "{}", first.body);
        let second = ask(&twin, Method::PUT, &path, &[("if-match", &etag)], body);
        assert_eq!((second.status, second.code()), (412, "EtagMismatch"));
    }
}

#[tokio::test(start_paused = true)]
async fn settings_of_a_pool_are_kept_and_busy_while_they_are_set() {
    let twin = start(CloudFaults::default());
    let set = json!({"maxSurge": "33%", "maxUnavailable": "0", "drainTimeoutInMinutes": 45, "nodeSoakDurationInMinutes": 2,
        "undrainableNodeBehavior": "Cordon"});
    let begun = put(&twin, &pool("web"), |pool| pool["properties"]["upgradeSettings"] = set.clone());
    assert_eq!(begun.get("/properties/provisioningState"), "Updating");
    let busy = put(&twin, &pool("web"), |pool| pool["properties"]["upgradeSettings"]["maxSurge"] = json!("1"));
    assert_eq!((busy.status, busy.code()), (409, "OperationNotAllowed"));
    assert!(text(&busy.body, "/message").contains("web - Updating"), "{}", busy.body);
    ended(&twin, &begun).await;
    assert_eq!(*get(&twin, &pool("web")).get("/properties/upgradeSettings"), set);
}

#[tokio::test(start_paused = true)]
async fn a_pool_comes_and_goes() {
    let twin = start(CloudFaults::default());
    let mut like = get(&twin, &pool("web")).body;
    like["properties"]["count"] = json!(2);
    let begun = ask(&twin, Method::PUT, &pool("webb"), &[], like.clone());
    assert_eq!((begun.status, begun.get("/properties/provisioningState")), (201, &json!("Creating")));
    assert_eq!(ended(&twin, &begun).await.0, "Succeeded");
    let made = get(&twin, &pool("webb"));
    assert_eq!(made.get("/properties/vmSize"), "Standard_D4s_v5");
    assert_eq!(made.get("/properties/nodeImageVersion"), "AKSUbuntu-2204gen2containerd-202608.04.0", "the newest");
    let gone = ask(&twin, Method::DELETE, &pool("webb"), &[], Value::Null);
    assert_eq!(gone.status, 202);
    assert_eq!(ended(&twin, &gone).await.0, "Succeeded");
    assert_eq!(get(&twin, &pool("webb")).status, 404);
    let bad = ask(&twin, Method::PUT, &pool("web-2"), &[], like);
    assert_eq!((bad.status, bad.code()), (400, "InvalidParameter"));
}

#[tokio::test(start_paused = true)]
async fn offers_are_of_the_cluster_the_pool_and_the_region() {
    let twin = start(CloudFaults::default());
    let versions = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| text(one, "/kubernetesVersion").to_owned()).collect()
    };
    let profile = get(&twin, &format!("{CLUSTER}/upgradeProfiles/default"));
    assert_eq!(versions(profile.get("/properties/controlPlaneProfile/upgrades")), ["1.33.8", "1.34.4", "1.34.6"]);
    let of_pool = format!("{}/upgradeProfiles/default", pool("web"));
    assert_eq!(versions(get(&twin, &of_pool).get("/properties/upgrades")), [""; 0]);
    plane_to(&twin, "1.34.6").await;
    assert_eq!(versions(get(&twin, &of_pool).get("/properties/upgrades")), ["1.33.8", "1.34.4", "1.34.6"]);
    let region = "/subscriptions/5f2c9a10-7d1e-4c0b-9a57-0d3f4b6e8c21/providers/Microsoft.ContainerService/locations/\
                  westeurope/kubernetesVersions";
    let region = get(&twin, region);
    assert_eq!(region.get("/values/0/version"), "1.33");
    assert_eq!(region.get("/values/0/capabilities/supportPlan"), &json!(["AKSLongTermSupport"]));
    assert_eq!(region.get("/values/2/patchVersions/1.35.2/upgrades"), &json!(["1.35.4", "1.36.0", "1.36.2"]));
}

#[tokio::test(start_paused = true)]
async fn long_term_support_may_skip_minors() {
    let twin = start(CloudFaults::default());
    let set = put(&twin, CLUSTER, |cluster| cluster["properties"]["supportPlan"] = json!("AKSLongTermSupport"));
    assert_eq!(set.status, 200);
    plane_to(&twin, "1.36.2").await;
    let again = put(&twin, CLUSTER, |cluster| cluster["properties"]["kubernetesVersion"] = json!("1.35.4"));
    assert_eq!(again.code(), "AgentPoolUpgradeVersionNotAllowed");
}
