//! Azure's command line at work on the simulated AKS.

use serde_json::{Value, json};
use upgrade_tests::clouds::Setting;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};

use crate::az::{self, Az, Said};
use crate::clusters;
use crate::served::Served;

const OF: &str = "-g shop -n shop";
const POOL: &str = "-g shop --cluster-name shop -n";

/// A served cluster and the command in front of it.
struct Session {
    served: Served,
    az: Az,
}

impl Session {
    fn begin(blueprint: Blueprint) -> Option<Self> {
        Some(Self::of(Served::begin(blueprint, az::model()?)))
    }

    /// While one command runs, little of the cluster's time passes.
    fn slowly(blueprint: Blueprint) -> Option<Self> {
        Some(Self::of(Served::with(Setting::at(8.0), blueprint, az::model()?)))
    }

    fn of(served: Served) -> Self {
        let az = Az::log_in(&served.endpoint, &served.authority_file());
        Self { served, az }
    }

    fn json(&self, words: &str) -> Value {
        self.az.aks(words).json()
    }

    fn refused(&self, words: &str, code: &str, word: &str) -> Said {
        let said = self.az.aks(words);
        assert!(!said.ok && said.err.contains(code) && said.err.contains(word), "{words}: {said:?}");
        said
    }

    fn pool(&self, name: &str) -> Value {
        self.json(&format!("nodepool show {POOL} {name}"))
    }
}

#[test]
fn a_whole_upgrade_and_a_pool_back() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    let clusters = session.json("list");
    assert_eq!((&clusters[0]["name"], &clusters[0]["currentKubernetesVersion"]), (&json!("shop"), &json!("1.33.6")));
    let offered = session.json(&format!("get-upgrades {OF}"));
    let versions: Vec<&Value> = offered["controlPlaneProfile"]["upgrades"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["kubernetesVersion"])
        .collect();
    assert_eq!(versions, ["1.33.8", "1.34.4", "1.34.6"]);
    assert_eq!(session.json("get-versions -l westeurope")["values"][0]["version"], "1.33");

    let upgraded = session.json(&format!("upgrade {OF} -k 1.34.6 --control-plane-only --yes"));
    assert_eq!(
        (&upgraded["currentKubernetesVersion"], &upgraded["provisioningState"]),
        (&json!("1.34.6"), &json!("Succeeded"))
    );
    assert_eq!(session.pool("web")["currentOrchestratorVersion"], "1.33.6", "pools stay");

    session.json(&format!("nodepool update {POOL} web --max-surge 2 --drain-timeout 20"));
    let settings = session.pool("web")["upgradeSettings"].clone();
    assert_eq!((&settings["maxSurge"], &settings["drainTimeoutInMinutes"]), (&json!("2"), &json!(20)));

    let web = session.json(&format!("nodepool upgrade {POOL} web -k 1.34.6 --yes"));
    assert_eq!((&web["orchestratorVersion"], &web["provisioningState"]), (&json!("1.34.6"), &json!("Succeeded")));
    assert!(session.served.twin.with(|world| world.witness.broken_budgets.is_empty()));
    let back = session.json(&format!("nodepool get-rollback-versions {POOL} web"));
    assert_eq!(back[0]["orchestratorVersion"], "1.33.6", "{back}");
    let back = session.json(&format!("nodepool rollback {POOL} web"));
    assert_eq!(back["orchestratorVersion"], "1.33.6");

    let whole = session.json(&format!("upgrade {OF} -k 1.34.6 --yes"));
    assert_eq!(whole["provisioningState"], "Succeeded");
    let whole = session.json(&format!("upgrade {OF} -k 1.35 --yes"));
    assert_eq!(whole["currentKubernetesVersion"], "1.35.4");
    let pools = session.json("nodepool list -g shop --cluster-name shop");
    assert!(pools.as_array().unwrap().iter().all(|pool| pool["currentOrchestratorVersion"] == "1.35.4"), "{pools}");
}

#[test]
fn a_pool_beside_another_and_an_upgrade_aborted() {
    let Some(session) = Session::slowly(clusters::named()) else { return };
    let made =
        session.json(&format!("nodepool add {POOL} web2 --node-count 2 --mode User --node-vm-size Standard_D4s_v5"));
    assert_eq!((&made["provisioningState"], &made["count"]), (&json!("Succeeded"), &json!(2)));
    assert!(session.az.aks(&format!("nodepool upgrade {POOL} web --node-image-only --no-wait --yes")).ok);
    session.refused(
        &format!("nodepool upgrade {POOL} web --node-image-only --yes"),
        "OperationNotAllowed",
        "in progress",
    );
    let aborted = session.az.aks("nodepool operation-abort -g shop --cluster-name shop -n web");
    assert!(aborted.ok, "{aborted:?}");
    session
        .served
        .until("the end of the upgrade", || (session.pool("web")["provisioningState"] == "Canceled").then_some(()));
    assert!(session.az.aks(&format!("nodepool delete {POOL} web2")).ok);
    let pools = session.json("nodepool list -g shop --cluster-name shop");
    assert_eq!(pools.as_array().unwrap().len(), 3);
}

#[test]
fn what_cannot_be_is_refused_by_its_name() {
    let blueprint = clusters::faulty(CloudFaults { page_size: Some(1), ..CloudFaults::default() });
    let Some(session) = Session::begin(blueprint) else { return };
    let pools = session.json("nodepool list -g shop --cluster-name shop");
    assert_eq!(pools.as_array().unwrap().len(), 3, "pages are followed");
    let upgrade = format!("upgrade {OF} --control-plane-only --yes -k");
    session.refused(&format!("{upgrade} 1.36.2"), "AgentPoolUpgradeVersionNotAllowed", "1.33.6 to 1.36.2");
    session.refused(&format!("{upgrade} 1.99.0"), "K8sVersionNotSupported", "1.99.0");
    session.refused("show -g shop -n other", "ResourceNotFound", "managedClusters/other");
    session.refused(&format!("nodepool upgrade {POOL} web -k 1.34.6 --yes"), "NodePoolMcVersionIncompatible", "bigger");
}

#[test]
fn a_deprecated_api_in_use_blocks_until_it_is_forced() {
    let Some(session) = Session::slowly(clusters::named()) else { return };
    let upgrade = format!("upgrade {OF} --control-plane-only --yes -k");
    session.served.twin.with(|world| {
        upgrade_twin::clouds::note_deprecated_use(
            world,
            "flowcontrol.apiserver.k8s.io.flowschemas.v1beta3",
            "1.34".parse().unwrap(),
        );
    });
    session.refused(&format!("{upgrade} 1.34.6"), "ValidationError", "flowschemas");
    let forced =
        session.json(&format!("{upgrade} 1.34.6 --enable-force-upgrade --upgrade-override-until 2026-08-25T00:00:00Z"));
    assert_eq!(forced["currentKubernetesVersion"], "1.34.6");
}

#[test]
fn a_failed_upgrade_says_why() {
    let blueprint =
        clusters::faulty(CloudFaults { machines_left: Some((0, Shortage::Quota)), ..CloudFaults::default() });
    let Some(session) = Session::begin(blueprint) else { return };
    session.json(&format!("upgrade {OF} -k 1.34.6 --control-plane-only --yes"));
    session.refused(&format!("nodepool upgrade {POOL} web -k 1.34.6 --yes"), "QuotaExceeded", "Cores quota");
    let web = session.pool("web");
    assert_eq!(
        (&web["provisioningState"], &web["status"]["provisioningError"]["code"]),
        (&json!("Failed"), &json!("QuotaExceeded"))
    );
    let calls = session.served.book(|book| book.calls.clone());
    assert!(calls.iter().any(|(name, status)| name == "agent_pools_create_or_update" && *status == 200), "{calls:?}");
}
