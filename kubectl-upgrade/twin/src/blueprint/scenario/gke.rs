//! The named cluster that GKE runs.
//!
//! Days on which support ends are those of the GKE release schedule (<https://cloud.google.com/kubernetes-engine/docs/release-schedule>);
//! which patches are in which channel is made up in its image.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use upgrade_core::version::Version;

use super::objects::{Budget, budget, deployment, namespace, stateful_set};
use crate::blueprint::{Blueprint, Form};
use crate::clouds::faults::CloudFaults;
use crate::clouds::gke::settings;
use crate::clouds::pools::{PoolSpec, Size};
use crate::clouds::{Cloud, Extra, Managed, Offer, Place};

const ZONES: [&str; 3] = ["europe-west3-a", "europe-west3-b", "europe-west3-c"];

/// Versions with the channels that have them, the day of release, and the ends of standard and extended support.
const OFFERS: [(&str, &[&str], [&str; 3]); 6] = [
    ("1.33.5-gke.1080000", &["STABLE", "EXTENDED"], ["2025-06-26", "2026-08-03", "2027-06-03"]),
    ("1.33.11-gke.1046000", &["REGULAR", "STABLE", "EXTENDED"], ["2026-05-12", "2026-08-03", "2027-06-03"]),
    ("1.34.3-gke.1245000", &["REGULAR", "STABLE", "EXTENDED"], ["2026-02-10", "2027-01-25", "2027-11-25"]),
    ("1.34.7-gke.1026000", &["RAPID", "REGULAR", "EXTENDED"], ["2026-06-17", "2027-01-25", "2027-11-25"]),
    ("1.35.4-gke.1192000", &["RAPID", "REGULAR", "EXTENDED"], ["2026-06-24", "2027-04-11", "2028-02-11"]),
    ("1.36.1-gke.1113000", &["RAPID", "REGULAR"], ["2026-08-04", "2027-08-09", "2028-06-09"]),
];

/// The version it is at.
pub(super) fn version() -> Version {
    "1.33.5-gke.1080000".parse().unwrap_or_else(|_| Version::new(1, 33, 5))
}

/// Three pools at 1.33, three minors behind, in place of what the blueprint has.
pub(super) fn on(blueprint: Blueprint) -> Blueprint {
    let weekends = maintenance("FREQ=WEEKLY;BYDAY=SA", "2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z");
    let mut managed = Managed {
        place: Place {
            cloud: Cloud::Gke,
            account: "sandbox-project".to_owned(),
            group: String::new(),
            region: "europe-west3".to_owned(),
            cluster: "sandbox-gke".to_owned(),
        },
        offers: OFFERS.iter().filter_map(|(version, channels, days)| offer(version, channels, *days)).collect(),
        api_servers: 3,
        pools: Vec::new(),
        members: BTreeMap::new(),
        faults: CloudFaults::default(),
        extra: Extra::from_iter([
            ("channel".to_owned(), json!("REGULAR")),
            ("cluster".to_owned(), json!({ "maintenancePolicy": weekends })),
        ]),
    };
    let image = managed.offers.first().map(|offer| offer.image.clone()).unwrap_or_default();
    let pool = |name: &str, nodes: u32, upgrade: Value| {
        let mut spec = PoolSpec::new(name, &blueprint.version, &image, nodes, &ZONES);
        spec.size = Size { desired: nodes, min: nodes, max: nodes * 2, autoscaled: false };
        spec.settings = settings(&upgrade);
        spec
    };
    let mut batch = pool(
        "batch",
        3,
        json!({ "strategy": "BLUE_GREEN", "blueGreenSettings": {
        "standardRolloutPolicy": { "batchNodeCount": 1, "batchSoakDuration": "60s" }, "nodePoolSoakDuration": "1800s",
    } }),
    );
    batch.taints = vec![json!({ "key": "dedicated", "value": "batch", "effect": "NoSchedule" })];
    batch.labels.insert("workload".to_owned(), "batch".to_owned());
    managed.pools = vec![
        pool("system", 3, json!({ "maxSurge": 1 })),
        pool("main", 3, json!({ "maxSurge": 1, "maxUnavailable": 0 })),
        batch,
    ];
    Blueprint { form: Form::Managed(Box::new(managed)), machines: Vec::new(), objects: shop(), ..blueprint }
}

fn offer(version: &str, channels: &[&str], [released, standard, extended]: [&str; 3]) -> Option<Offer> {
    let parsed: Version = version.parse().ok()?;
    Some(Offer {
        node_version: parsed.clone(),
        image: format!("gke-{}-cos-125", version.replace('.', "")),
        version: parsed,
        released: released.parse().ok()?,
        standard_until: standard.parse().ok(),
        extended_until: extended.parse().ok(),
        extra: Extra::from_iter([("channels".to_owned(), json!(channels))]),
    })
}

/// The same, with a window of two hours on each day of the weekend, which has not opened yet.
pub(super) fn at_night(mut blueprint: Blueprint) -> Blueprint {
    blueprint.name = "sandbox-gke-window".to_owned();
    if let Form::Managed(managed) = &mut blueprint.form {
        managed.place.cluster = "sandbox-gke-window".to_owned();
        let night = maintenance("FREQ=WEEKLY;BYDAY=SA,SU", "2026-01-03T04:00:00Z", "2026-01-03T06:00:00Z");
        managed.extra.insert("cluster".to_owned(), json!({ "maintenancePolicy": night }));
    }
    blueprint
}

/// Never while the shop has its sale in November.
fn maintenance(days: &str, from: &str, until: &str) -> Value {
    json!({ "window": {
        "recurringWindow": { "recurrence": days, "window": { "startTime": from, "endTime": until } },
        "maintenanceExclusions": { "sale": {
            "startTime": "2026-11-20T00:00:00Z", "endTime": "2026-12-01T00:00:00Z",
            "maintenanceExclusionOptions": { "scope": "NO_UPGRADES" },
        } },
    } })
}

/// A shop with three parts under budgets.
fn shop() -> Vec<Value> {
    vec![
        namespace("shop"),
        deployment("shop", "web", 4, "shop/web:2.4.1"),
        budget("policy/v1", "shop", "web", Budget::MinAvailable("3")),
        deployment("shop", "cart", 2, "shop/cart:2.0.3"),
        budget("policy/v1", "shop", "cart", Budget::MaxUnavailable("1")),
        stateful_set("shop", "db", 2, "postgres:16.4"),
        budget("policy/v1", "shop", "db", Budget::MinAvailable("1")),
    ]
}
