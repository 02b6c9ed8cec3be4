//! Pools whose nodes are replaced, and what becomes of it.

use super::*;
use crate::clouds::faults::Shortage;
use crate::store::Resource;

fn upgrade(twin: &Twin, name: &str, version: &str) -> Answered {
    put(twin, &pool(name), |pool| pool["properties"]["orchestratorVersion"] = json!(version))
}

/// The versions of the nodes of a pool.
fn nodes(twin: &Twin, name: &str) -> Vec<String> {
    twin.with(|world| {
        let nodes = world.store.list(Resource::NODES, None, None).map(|node| node.value());
        let of_pool = nodes.filter(|node| node["metadata"]["labels"]["kubernetes.azure.com/agentpool"] == name);
        of_pool.map(|node| text(&node, "/status/nodeInfo/kubeletVersion").to_owned()).collect()
    })
}

#[tokio::test(start_paused = true)]
async fn a_pool_gets_new_nodes_and_can_go_back_for_a_week() {
    let twin = start(CloudFaults::default());
    plane_to(&twin, "1.34.6").await;
    let begun = upgrade(&twin, "web", "1.34.6");
    assert_eq!(begun.get("/properties/provisioningState"), "Upgrading");
    assert_eq!(begun.get("/properties/currentOrchestratorVersion"), "1.33.6");
    assert_eq!(ended(&twin, &begun).await.0, "Succeeded");
    assert_eq!(nodes(&twin, "web"), ["v1.34.6"; 3]);
    assert_eq!(nodes(&twin, "data"), ["v1.33.6"; 2]);
    assert!(twin.with(|world| world.witness.broken_budgets.is_empty()));

    let profile = get(&twin, &format!("{}/upgradeProfiles/default", pool("web")));
    let used = profile.get("/properties/recentlyUsedVersions/0").clone();
    assert_eq!(used["orchestratorVersion"], "1.33.6");
    let back = put(&twin, &pool("web"), |pool| {
        pool["properties"]["orchestratorVersion"] = used["orchestratorVersion"].clone();
        pool["properties"]["nodeImageVersion"] = used["nodeImageVersion"].clone();
    });
    assert_eq!(back.status, 200, "{}", back.body);
    assert_eq!(ended(&twin, &back).await.0, "Succeeded");
    assert_eq!(nodes(&twin, "web"), ["v1.33.6"; 3]);
}

#[tokio::test(start_paused = true)]
async fn only_the_last_version_and_its_image_are_a_way_back() {
    let twin = start(CloudFaults::default());
    plane_to(&twin, "1.34.6").await;
    ended(&twin, &upgrade(&twin, "data", "1.34.6")).await;
    let down = upgrade(&twin, "data", "1.33.6");
    assert_eq!((down.status, down.code()), (400, "AgentPoolUpgradeVersionNotAllowed"), "the image is not that of then");
    let other = upgrade(&twin, "data", "1.33.8");
    assert_eq!(other.code(), "AgentPoolUpgradeVersionNotAllowed");
    pass(7 * 24 * 3_600).await;
    let late = put(&twin, &pool("data"), |pool| {
        pool["properties"]["orchestratorVersion"] = json!("1.33.6");
        pool["properties"]["nodeImageVersion"] = json!("AKSUbuntu-2204gen2containerd-202605.12.0");
    });
    assert_eq!(late.status, 400, "{}", late.body);
}

#[tokio::test(start_paused = true)]
async fn the_image_alone_can_be_renewed() {
    let twin = start(CloudFaults::default());
    let path = format!("{}/upgradeNodeImageVersion", pool("web"));
    let begun = ask(&twin, Method::POST, &path, &[], Value::Null);
    assert_eq!(begun.status, 202);
    assert_eq!(ask(&twin, Method::POST, &path, &[], Value::Null).status, 409, "it is under way");
    assert_eq!(ended(&twin, &begun).await.0, "Succeeded");
    let renewed = get(&twin, &pool("web"));
    assert_eq!(renewed.get("/properties/nodeImageVersion"), "AKSUbuntu-2204gen2containerd-202608.04.0");
    assert_eq!(renewed.get("/properties/orchestratorVersion"), "1.33.6");
    assert_eq!(ask(&twin, Method::POST, &path, &[], Value::Null).status, 200, "nothing to do");
}

#[tokio::test(start_paused = true)]
async fn pods_that_do_not_leave_fail_it_with_their_budget_and_the_same_again_goes_on() {
    let twin = start(CloudFaults::default());
    plane_to(&twin, "1.34.6").await;
    // One of the two is not ready, so the other may not go.
    let budget = |least: u64| {
        twin.with(|world| {
            let key = crate::store::ObjectKey::new(Resource::BUDGETS, "shop", "cart");
            world.store.modify(&key, |budget| {
                budget["spec"] = json!({"minAvailable": least, "selector": budget["spec"]["selector"]});
            });
        });
    };
    budget(2);
    pass(10).await;
    assert_eq!(upgrade(&twin, "web", "1.34.6").code(), "UnsatisfiablePDB");
    budget(1);
    pass(10).await;
    let mut names = vec!["data", "system", "web"];
    names.retain(|name| !nodes(&twin, name).is_empty());
    let begun: Vec<Answered> = names.iter().map(|name| upgrade(&twin, name, "1.34.6")).collect();
    budget(2);
    let mut failed = 0;
    for begun in &begun {
        let (status, error) = ended(&twin, begun).await;
        if status == "Failed" {
            failed += 1;
            assert_eq!(text(&error, "/code"), "UpgradeFailed", "{error}");
            assert_eq!(text(&error, "/details/0/code"), "PodDrainFailure");
            assert!(text(&error, "/message").contains("blocked by pdb cart"), "{error}");
        }
    }
    assert!(failed > 0, "both pods are somewhere");
    let states: Vec<String> = names
        .iter()
        .map(|name| text(&get(&twin, &pool(name)).body, "/properties/provisioningState").to_owned())
        .collect();
    assert!(states.contains(&"Failed".to_owned()), "{states:?}");
    budget(1);
    pass(10).await;
    for name in names {
        let again = upgrade(&twin, name, "1.34.6");
        assert_eq!(again.status, 200, "{}", again.body);
        if again.header("azure-asyncoperation").is_some() {
            assert_eq!(ended(&twin, &again).await.0, "Succeeded");
        }
        assert!(nodes(&twin, name).iter().all(|version| version == "v1.34.6"), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_can_be_aborted() {
    let twin = start(CloudFaults::default());
    plane_to(&twin, "1.34.6").await;
    let begun = upgrade(&twin, "web", "1.34.6");
    pass(60).await;
    let abort = format!("{}/abort", pool("web"));
    let aborted = ask(&twin, Method::POST, &abort, &[], Value::Null);
    assert_eq!(aborted.status, 202);
    assert_eq!(ended(&twin, &aborted).await.0, "Succeeded");
    assert_eq!(ended(&twin, &begun).await.0, "Canceled");
    assert_eq!(get(&twin, &pool("web")).get("/properties/provisioningState"), "Canceled");
    assert_eq!(ask(&twin, Method::POST, &abort, &[], Value::Null).status, 400, "nothing goes on");
    let again = upgrade(&twin, "web", "1.34.6");
    assert_eq!(ended(&twin, &again).await.0, "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn machines_that_cannot_be_had_or_never_join_fail_it_by_name() {
    let cases = [
        (CloudFaults { machines_left: Some((0, Shortage::Quota)), ..CloudFaults::default() }, "QuotaExceeded"),
        (CloudFaults { machines_left: Some((0, Shortage::Addresses)), ..CloudFaults::default() }, "SubnetIsFull"),
        (CloudFaults { machines_left: Some((1, Shortage::Stock)), ..CloudFaults::default() }, "ZonalAllocationFailed"),
        (CloudFaults { never_joins: Some(1), ..CloudFaults::default() }, "VMExtensionProvisioningError"),
        (CloudFaults { rollout_fails_after: Some(1), ..CloudFaults::default() }, "InternalOperationError"),
    ];
    for (faults, code) in cases {
        let twin = start(CloudFaults::default());
        plane_to(&twin, "1.34.6").await;
        twin.with(|world| world.cloud.as_mut().unwrap().faults = faults);
        let (status, error) = ended(&twin, &upgrade(&twin, "web", "1.34.6")).await;
        assert_eq!((status.as_str(), text(&error, "/code")), ("Failed", code));
        let kept = get(&twin, &pool("web"));
        assert_eq!(kept.get("/properties/status/provisioningError/code"), code);
    }
}
