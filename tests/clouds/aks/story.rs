//! Whole stories on the simulated AKS, told by the plugin itself.

use serde_json::json;
use upgrade_tests::clouds::workloads::stuck;
use upgrade_tests::clouds::{Person, Setting};
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::pools;

use crate::served::Served;
use crate::{az, clusters};

/// Nothing is seen of the control plane's parts that the cloud keeps to itself.
const ACCEPT: &str = "--yes --accept KU0202";

#[test]
fn three_minors_with_one_drain_of_each_node() {
    let told = Person::new().run(&format!("run --sandbox=aks {ACCEPT} --speed max --node-hops fewest"));
    assert_eq!(told.code, Some(0), "{}", told.text);
    assert!(told.text.contains("sandbox-aks is at 1.36.2"), "{}", told.text);
    let replaced = told.text.lines().filter(|line| line.contains("replace nodes to") && line.ends_with("started"));
    assert_eq!(replaced.count(), 3, "{}", told.text);
    assert!(told.text.contains("14 drains of nodes fewer"), "{}", told.text);
}

#[test]
fn a_run_killed_in_the_middle_of_a_pool_goes_on_with_the_same_operation() {
    let person = Person::new();
    let _up = person.sandbox("aks");
    person.killed_when(&format!("run {ACCEPT} --to 1.34 --pool web"), "pool web replace nodes to 1.34.6: progress");
    let status = person.run("status");
    assert!(status.text.contains("In doubt"), "{}", status.text);
    let resumed = person.run("resume --yes");
    assert_eq!(resumed.code, Some(0), "{}", resumed.text);
    assert!(!resumed.text.contains("begun as"), "it was not begun again: {}", resumed.text);
    assert!(resumed.text.contains("sandbox-aks is at 1.34.6"), "{}", resumed.text);
}

#[test]
fn a_pool_beside_the_old_one_and_back_half_way() {
    let person = Person::new();
    let _up = person.sandbox("aks");
    person.killed_when(&format!("run {ACCEPT} --to 1.34 --pool web --new-pools"), "pool web drain: begun");
    let back = person.run("rollback --yes --takeover");
    assert_eq!(back.code, Some(0), "{}", back.text);
    let versions = person.run("versions");
    assert!(versions.text.contains("web     1.33.6, 3 nodes"), "{}", versions.text);
    assert!(!versions.text.contains("web134"), "the new pool is gone: {}", versions.text);
}

fn served() -> Option<Served> {
    serving(clusters::named())
}

fn serving(blueprint: Blueprint) -> Option<Served> {
    Some(Served::with(Setting::beside_the_plugin(), blueprint, az::model()?))
}

/// The versions and images of a pool's nodes, each once.
fn nodes(served: &Served, pool: &str) -> Vec<(String, String)> {
    let mut nodes: Vec<_> = served.cloud(|cloud| {
        let members = cloud.now().pools[pool].members.values();
        members.map(|member| (member.version.to_string(), member.image.clone())).collect()
    });
    nodes.sort();
    nodes.dedup();
    nodes
}

#[test]
fn a_pool_that_has_moved_goes_back_to_its_version_and_image() {
    let Some(served) = served() else { return };
    let person = Person::at(&served);
    let before = nodes(&served, "web");
    let _ = person.run(&format!("run {ACCEPT} --to 1.34 --pool web")).exits(0);
    assert_ne!(nodes(&served, "web"), before);
    let versions = person.run("versions").exits(0);
    let _ = versions.says(&["way back to 1.33.6"]);
    let _ = person.run("rollback --yes").exits(0).says(&["pool web nodes back to 1.33.6: done"]);
    assert_eq!(nodes(&served, "web"), before);
    served.twin.with(|world| assert!(world.witness.broken_budgets.is_empty()));
}

#[test]
fn a_pool_half_way_is_stopped_and_goes_back() {
    let Some(served) = served() else { return };
    let person = Person::at(&served);
    let before = nodes(&served, "web");
    let words = format!("run {ACCEPT} --to 1.34 --pool web --max-surge 2");
    person.killed_when(&words, "pool web replace nodes to 1.34.6: begun");
    served.until("the first node", || (nodes(&served, "web").len() == 2).then_some(()));
    let _ = person.run("rollback --yes --takeover").exits(0).says(&["pool web nodes back to 1.33.6: done"]);
    assert_eq!(nodes(&served, "web"), before);
    served.cloud(|cloud| assert_eq!(cloud.now().pools["web"].spec.settings.max_surge, pools::Amount::Percent(10)));
    assert_eq!(served.count("agent_pools_abort_latest_operation"), 1);
}

#[test]
fn what_someone_else_began_is_stopped_only_where_that_is_asked_for() {
    let mut blueprint = clusters::named();
    stuck(&mut blueprint, "agentpool", "data");
    let Some(served) = serving(blueprint) else { return };
    let person = Person::at(&served);
    served.twin.with(|world| {
        let image = world.cloud.as_ref().unwrap().offers[0].image.clone();
        let to = pools::Target { version: "1.33.6".parse().unwrap(), image, force: false };
        pools::upgrade(world, "data", to, Default::default()).unwrap();
    });
    let words = format!("{ACCEPT} --to 1.34 --pool web").replace("--yes ", "");
    let plan = person.run(&format!("plan {words}")).exits(0).says(&["is going on on data, not of this run"]);
    assert!(!plan.text.contains("stop Upgrading"), "{}", plan.text);
    let run = person.run(&format!("run --yes {words} --force operations")).exits(0);
    let _ = run.says(&["pool data stop Upgrading", "sandbox-aks is at 1.34.6"]);
    assert_eq!(served.count("agent_pools_abort_latest_operation"), 1);
}

#[test]
fn how_nodes_are_drained_is_set_for_the_run_and_put_back() {
    let words = "--to 1.34 --pool web --node-drain 20m --undrainable cordon";
    let plan = Person::new().run(&format!("plan --sandbox=aks --details --accept KU0202 {words}")).exits(0);
    let _ = plan.says(&["drainTimeoutInMinutes=20", "undrainableNodeBehavior=Cordon", "=30", "=Schedule"]);
    let told = Person::new().run(&format!("run --sandbox=aks {ACCEPT} --speed max {words}")).exits(0);
    let _ = told.says(&["sandbox-aks is at 1.34.6"]);
    let refused = Person::new().run("plan --sandbox=gke --to 1.34 --node-soak 5m").exits(2);
    let _ = refused.says(&["gke has no setting for --node-soak"]);
}

#[test]
fn a_cluster_under_long_term_support_may_stay() {
    let long = clusters::with(|managed| {
        managed.extra.get_mut("properties").unwrap()["supportPlan"] = "AKSLongTermSupport".into();
    });
    let Some(served) = serving(long) else { return };
    let versions = Person::at(&served).run("versions").exits(0);
    let _ = versions.says(&["2027-07-31", "support plan: AKSLongTermSupport"]);
}

#[test]
fn a_cluster_outside_of_support_is_told_the_way_back_in() {
    let outside = clusters::with(|managed| managed.offers.retain(|offer| offer.version.minor().minor >= 35));
    let Some(served) = serving(outside) else { return };
    let told = Person::at(&served).run("plan --accept KU0202 --to 1.35");
    assert_ne!(told.code, Some(0), "{}", told.text);
    let _ = told.says(&["aks does not offer that", "in one hop with all its pools", "add --skip-minors"]);
}

#[test]
fn a_cluster_outside_of_support_goes_back_in_whole_and_in_one_call() {
    let person = Person::new();
    let refused = person.run("plan --sandbox=aks-unsupported --accept KU0202 --skip-minors --pool web").exits(2);
    let _ = refused.says(&["back into support whole, with all of its pools in place; --pool cannot go with that"]);
    let told =
        person.run(&format!("run --sandbox=aks-unsupported {ACCEPT} --speed max --skip-minors --to 1.34")).exits(0);
    let _ = told.says(&["outside of what its cloud supports", "KU0707", "step 1/1", "is at 1.34.6"]);
    // The wire, and that the pools were moved by the one call.
    let outside = clusters::with(|managed| managed.offers.retain(|offer| offer.version.minor().minor >= 35));
    let Some(served) = serving(outside) else { return };
    let _ = Person::at(&served).run(&format!("run {ACCEPT} --skip-minors --to 1.35")).exits(0);
    assert_eq!(
        (served.count("managed_clusters_create_or_update"), served.count("agent_pools_create_or_update")),
        (1, 0)
    );
    served.cloud(|cloud| {
        let pools = &cloud.now().pools;
        assert!(pools.values().all(|pool| pool.spec.version.to_string() == "1.35.4"), "{pools:?}");
    });
}

#[test]
fn under_long_term_support_one_hop_takes_three_minors_where_that_is_asked_for() {
    let person = Person::new();
    let plain = person.run("plan --sandbox=aks-lts --accept KU0202 --to 1.36").exits(0);
    let _ = plain.says(&["Hop 3 of 3", "would take it to 1.36.2 in one hop", "--skip-minors"]);
    let words = "--accept KU0202 --to 1.36 --skip-minors";
    let plan = person.run(&format!("plan --sandbox=aks-lts --details {words}")).exits(0);
    assert_eq!(plan.out.matches("PUT managedClusters").count(), 1, "{}", plan.out);
    assert_eq!(plan.out.matches("PUT agentPools").count(), 3, "{}", plan.out);
    let told = person.run(&format!("run --sandbox=aks-lts {ACCEPT} --speed max --to 1.36 --skip-minors")).exits(0);
    let _ = told.says(&["is at 1.36.2"]);
}

#[test]
fn planned_maintenance_is_waited_for() {
    let window = json!([{ "name": "aksManagedAutoUpgradeSchedule", "properties": { "maintenanceWindow": {
        "schedule": { "weekly": { "intervalWeeks": 1, "dayOfWeek": "Saturday" } },
        "durationHours": 8, "startDate": "2026-01-01", "startTime": "04:20", "utcOffset": "+02:00",
    } } }]);
    let kept = clusters::with(|managed| drop(managed.extra.insert("maintenanceConfigurations".to_owned(), window)));
    let Some(served) = serving(kept) else { return };
    let person = Person::at(&served);
    let run = person.run(&format!("run {ACCEPT} --to 1.34 --pool web")).exits(0);
    let _ = run.says(&["KU0712", "it opens at 2026-08-22 02:20 UTC", "waiting: the maintenance window opens at"]);
    let versions = person.run("versions").exits(0);
    let _ = versions.says(&["FREQ=WEEKLY;BYDAY=SA, 8 h from 04:20 +02:00"]);
}

#[test]
fn pools_that_stay_get_the_newest_image_where_that_is_asked_for() {
    let Some(served) = served() else { return };
    let person = Person::at(&served);
    let flat = |told: upgrade_tests::clouds::Told| told.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = "--accept KU0202 --to 1.33.6 --pool web";
    let plain = flat(person.run("plan --accept KU0202 --to 1.34 --pool data").exits(0));
    let command = "az aks nodepool upgrade --node-image-only --resource-group shop --cluster-name shop --name web";
    assert!(plain.contains(&format!("add --node-images, or: {command}")), "{plain}");
    let plan = flat(person.run(&format!("plan --details {words} --node-images")).exits(0));
    assert!(plan.contains("POST agentPools/upgradeNodeImageVersion name=web"), "{plan}");
    let begun = format!("run --yes {words} --node-images");
    person.killed_when(&begun, "pool web replace nodes by image AKSUbuntu-2204gen2containerd-202608.04.0: begun");
    let _ = person.run("resume --yes").exits(0);
    let to = [("1.33.6".to_owned(), "AKSUbuntu-2204gen2containerd-202608.04.0".to_owned())];
    assert_eq!((nodes(&served, "web"), served.count("agent_pools_upgrade_node_image_version")), (to.to_vec(), 1));
    let _ = person.run("rollback --yes").exits(0).says(&["pool web nodes back to 1.33.6: done"]);
    assert_ne!(nodes(&served, "web"), to);
    let refused = person.run("plan --sandbox=eks --to 1.34 --node-images").exits(2);
    let _ = refused.says(&["eks has no setting for --node-images"]);
}
