use super::*;
use crate::clouds::faults::Shortage;

fn to(version: &str) -> Value {
    json!({ "nodeVersion": version })
}

#[tokio::test(start_paused = true)]
async fn a_pool_follows_by_either_call_and_counts_its_nodes() {
    let front = Front::of(|_| {});
    let (_, message) = front.refused(Method::PUT, &pool("main"), &to("1.34"));
    assert!(message.contains("greater than master"), "{message}");
    front.master("1.34").await;
    let done = front.done(Method::PUT, &pool("main"), &to("-")).await;
    assert_eq!(at(&done, "/operationType"), "UPGRADE_NODES");
    assert_eq!(items(&done, "/progress/metrics").map(|one| text(one, "/intValue")).collect::<Vec<_>>(), ["3", "3"]);
    assert!(text(&done, "/targetLink").ends_with("/nodePools/main"));
    let by_cluster = json!({ "update": { "desiredNodePoolId": "system", "desiredNodeVersion": "1.34.7-gke.1026000" } });
    front.done(Method::PUT, CLUSTER, &by_cluster).await;
    for name in ["main", "system"] {
        assert_eq!(at(&front.get(&pool(name)), "/version"), "1.34.7-gke.1026000");
    }
}

#[tokio::test(start_paused = true)]
async fn settings_change_and_zero_is_left_out() {
    let front = Front::of(|_| {});
    let asked = json!({ "upgradeSettings": { "maxUnavailable": 2 } });
    front.done(Method::PUT, &pool("main"), &asked).await;
    let settings = |name: &str| at(&front.get(&pool(name)), "/upgradeSettings").clone();
    assert_eq!(settings("main"), json!({ "maxSurge": 0, "maxUnavailable": 2, "strategy": "SURGE" }));
    let asked = json!({ "upgradeSettings": { "strategy": 2, "blueGreenSettings": {
        "standardRolloutPolicy": { "batchPercentage": 0.34, "batchSoakDuration": "10s" }, "nodePoolSoakDuration": "60s",
    } } });
    front.done(Method::PUT, &pool("main"), &asked).await;
    assert_eq!(at(&settings("main"), "/blueGreenSettings/standardRolloutPolicy/batchPercentage"), 0.34);
    for nothing in [json!({}), json!({ "upgradeSettings": { "strategy": "SHORT_LIVED" } }), json!({ "etag": "old" })] {
        assert_eq!(front.refused(Method::PUT, &pool("main"), &nothing).0, 400, "{nothing}");
    }
}

#[tokio::test(start_paused = true)]
async fn blue_green_soaks_completes_and_rolls_back() {
    let front = Front::of(|_| {});
    front.master("1.34").await;
    let phase = || text(&front.get(&pool("batch")), "/updateInfo/blueGreenInfo/phase").to_owned();
    let soaks = async || {
        while phase() != "NODE_POOL_SOAKING" {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    };
    let operation = front.begin(Method::PUT, &pool("batch"), &to("1.34"));
    soaks().await;
    let back = front.done(Method::POST, &format!("{}:rollback", pool("batch")), &json!({ "respectPdb": true })).await;
    assert_eq!(at(&back, "/operationType"), "UPGRADE_NODES");
    let cancelled = front.ended(&operation).await;
    assert_eq!(at(&cancelled, "/error/code"), 1);
    assert_eq!(at(&front.get(&pool("batch")), "/version"), "1.33.5-gke.1080000");
    let operation = front.begin(Method::PUT, &pool("batch"), &to("1.34"));
    soaks().await;
    let (status, nothing) = front.ask(Method::POST, &format!("{}:completeUpgrade", pool("batch")), &json!({}));
    assert_eq!((status, nothing), (200, json!({})));
    assert_eq!(at(&front.ended(&operation).await, "/error"), &Value::Null);
    assert_eq!(phase(), "");
    assert_eq!(front.refused(Method::POST, &format!("{}:rollback", pool("main")), &json!({})).0, 400);
}

#[tokio::test(start_paused = true)]
async fn pools_come_like_others_and_go() {
    let front = Front::of(|_| {});
    let mut made = json!({ "name": "batch-2", "initialNodeCount": 1, "version": "1.33.5-gke.1080000" });
    for member in ["config", "locations", "upgradeSettings", "autoscaling"] {
        crate::json::set(&mut made, &[member], at(&front.get(&pool("batch")), &format!("/{member}")).clone());
    }
    let create = json!({ "nodePool": made });
    let pools = format!("{CLUSTER}/nodePools");
    front.done(Method::POST, &pools, &create).await;
    let (old, new) = (front.get(&pool("batch")), front.get(&pool("batch-2")));
    for member in ["/config", "/locations", "/upgradeSettings", "/version", "/initialNodeCount"] {
        assert_eq!(at(&old, member), at(&new, member), "{member}");
    }
    assert_eq!(front.refused(Method::POST, &pools, &create).0, 409);
    front.done(Method::DELETE, &pool("batch"), &Value::Null).await;
    assert_eq!(front.refused(Method::GET, &pool("batch"), &Value::Null).0, 404);
    assert_eq!(items(&front.get(&pools), "/nodePools").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_half_way_has_a_code_and_stays_on_the_pool() {
    for (shortage, code, word) in [
        (Shortage::Quota, "GCE_QUOTA_EXCEEDED", "Quota"),
        (Shortage::Stock, "GCE_STOCKOUT", "enough resources"),
        (Shortage::Addresses, "UNKNOWN", "IP space"),
    ] {
        let front = Front::of(|managed| managed.faults.machines_left = Some((1, shortage)));
        front.master("1.34").await;
        let operation = front.begin(Method::PUT, &pool("main"), &to("1.34"));
        let ended = front.ended(&operation).await;
        assert_eq!(at(&ended, "/error/code"), 8);
        assert!(text(&ended, "/error/message").contains(word), "{ended}");
        assert_eq!(at(&ended, "/nodepoolConditions/0/code"), code);
        assert_eq!(at(&front.get(&pool("main")), "/status"), "RUNNING_WITH_ERROR");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_upgrade_stays_half_way_and_goes_back() {
    let front = Front::of(|_| {});
    front.master("1.34").await;
    let operation = front.begin(Method::PUT, &pool("main"), &to("1.34"));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let cancel = format!("{PARENT}/operations/{}:cancel", text(&operation, "/name"));
    assert_eq!(front.ask(Method::POST, &cancel, &json!({})).0, 200);
    assert_eq!(at(&front.ended(&operation).await, "/error/code"), 1);
    front.done(Method::POST, &format!("{}:rollback", pool("main")), &json!({})).await;
    assert_eq!(at(&front.get(&pool("main")), "/version"), "1.33.5-gke.1080000");
}
