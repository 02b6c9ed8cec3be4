//! The cluster of AKS: three minors behind, with a pool for the system, one for the shop and one for its data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value, json};
use upgrade_core::version::Version;

use super::objects::{Budget, budget, deployment, namespace, stateful_set};
use crate::blueprint::{Blueprint, Form};
use crate::clouds::faults::CloudFaults;
use crate::clouds::pools::{Amount, PoolSpec, Settings, Strategy, Undrainable};
use crate::clouds::{Cloud, Extra, Managed, Offer, Place};
use crate::json::set;

/// The image of May, that the nodes have, and that of August, that new ones get.
const IMAGE: &str = "AKSUbuntu-2204gen2containerd-202605.12.0";
const NEWEST_IMAGE: &str = "AKSUbuntu-2204gen2containerd-202608.04.0";

const REGION: &str = "westeurope";

/// The version it is at.
pub(super) fn version() -> Version {
    Version::new(1, 33, 6)
}

/// Seven nodes at 1.33, whose standard support ended three weeks ago, told on that day.
pub(super) fn on(blueprint: Blueprint) -> Blueprint {
    Blueprint { form: Form::Managed(Box::new(managed())), objects: shop(), ..blueprint }
}

/// The same under long-term support, which may skip minors.
pub(super) fn under_long_term_support(mut blueprint: Blueprint) -> Blueprint {
    blueprint.name = "sandbox-aks-lts".to_owned();
    if let Form::Managed(managed) = &mut blueprint.form {
        set(managed.extra.entry("sku").or_insert_with(|| json!({})), &["tier"], "Premium");
        set(managed.extra.entry("properties").or_insert_with(|| json!({})), &["supportPlan"], "AKSLongTermSupport");
    }
    blueprint
}

/// The version of a cluster that was forgotten: its support ended a year ago.
pub(super) fn forgotten_version() -> Version {
    Version::new(1, 30, 9)
}

/// The same at a minor that the region does not have any more.
pub(super) fn forgotten(mut blueprint: Blueprint) -> Blueprint {
    blueprint.name = "sandbox-aks-unsupported".to_owned();
    if let Form::Managed(managed) = &mut blueprint.form {
        for pool in &mut managed.pools {
            pool.version = forgotten_version();
        }
    }
    blueprint
}

fn managed() -> Managed {
    let place = Place {
        cloud: Cloud::Aks,
        account: "5f2c9a10-7d1e-4c0b-9a57-0d3f4b6e8c21".to_owned(),
        group: "shop".to_owned(),
        region: REGION.to_owned(),
        cluster: "shop".to_owned(),
    };
    let zones: Vec<String> = (1..=3).map(|zone| format!("{REGION}-{zone}")).collect();
    let pool = |name: &str, count: u32, mode: &str| {
        let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
        let spec = PoolSpec::new(name, &version(), IMAGE, count, &zones);
        PoolSpec { settings: settings(), extra: pool_extra(mode), ..spec }
    };
    Managed {
        place,
        offers: offers(),
        api_servers: 2,
        pools: vec![pool("system", 2, "System"), pool("web", 3, "User"), pool("data", 2, "User")],
        members: BTreeMap::new(),
        faults: CloudFaults::default(),
        extra: cluster_extra(),
    }
}

/// As AKS sets them for a new pool.
fn settings() -> Settings {
    Settings {
        strategy: Strategy::Surge,
        max_surge: Amount::Percent(10),
        max_unavailable: Amount::Count(0),
        drain_timeout: std::time::Duration::from_secs(30 * 60),
        undrainable: Undrainable::Fail,
        ..Settings::default()
    }
}

/// Two patches of each minor. Support as told of 2026; the days of releases are made up.
fn offers() -> Vec<Offer> {
    let (official, long) = ("KubernetesOfficial", "AKSLongTermSupport");
    let minors = [
        (33, [6, 8], ["2025-06-10", "2026-07-31", "2027-07-31"], &[long][..]),
        (34, [4, 6], ["2025-11-12", "2026-11-30", "2027-11-30"], &[official, long][..]),
        (35, [2, 4], ["2026-03-11", "2027-03-31", "2028-03-31"], &[official, long][..]),
        (36, [0, 2], ["2026-06-17", "2027-06-30", "2028-06-30"], &[official, long][..]),
    ];
    let offers = minors.into_iter().flat_map(|(minor, patches, days, plans)| {
        let days = days.map(|day| day.parse::<Date>().unwrap_or_default());
        patches.into_iter().map(move |patch| offer(Version::new(1, minor, patch), days, plans))
    });
    offers.collect()
}

fn offer(version: Version, [released, standard, extended]: [Date; 3], plans: &[&str]) -> Offer {
    let mut extra = Extra::new();
    extra.insert("supportPlan".to_owned(), json!(plans));
    if version == Version::new(1, 35, 4) {
        extra.insert("isDefault".to_owned(), json!(true));
    }
    Offer {
        node_version: version.clone(),
        version,
        image: NEWEST_IMAGE.to_owned(),
        released,
        standard_until: Some(standard),
        extended_until: Some(extended),
        extra,
    }
}

fn pool_extra(mode: &str) -> Extra {
    extra(json!({
        "vmSize": "Standard_D4s_v5", "osDiskSizeGB": 128, "osDiskType": "Managed", "kubeletDiskType": "OS", "osType": "Linux",
        "osSKU": "Ubuntu", "type": "VirtualMachineScaleSets", "mode": mode, "enableNodePublicIP": false,
        "enableFIPS": false, "scaleDownMode": "Delete",
    }))
}

fn cluster_extra() -> Extra {
    extra(json!({
        "tags": {"team": "shop"},
        "sku": {"name": "Base", "tier": "Standard"},
        "identity": {
            "type": "SystemAssigned",
            "principalId": "9d0c2f5e-31a4-4d8b-8a6f-2b7e5c1d4f03",
            "tenantId": "c1a7e6d2-58f0-4b39-9e14-7f3d2a6b8c55",
        },
        "properties": {
            "supportPlan": "KubernetesOfficial",
            "autoUpgradeProfile": {"upgradeChannel": "none", "nodeOSUpgradeChannel": "None"},
            "servicePrincipalProfile": {"clientId": "msi"},
            "networkProfile": {
                "networkPlugin": "azure", "networkPluginMode": "overlay", "networkDataplane": "azure",
                "podCidr": "10.244.0.0/16", "serviceCidr": "10.0.0.0/16", "dnsServiceIP": "10.0.0.10",
                "outboundType": "loadBalancer", "loadBalancerSku": "standard", "podCidrs": ["10.244.0.0/16"],
                "serviceCidrs": ["10.0.0.0/16"], "ipFamilies": ["IPv4"],
            },
            "oidcIssuerProfile": {"enabled": false},
            "securityProfile": {},
            "storageProfile": {"diskCSIDriver": {"enabled": true}, "snapshotController": {"enabled": true}},
            "disableLocalAccounts": false,
        },
    }))
}

fn extra(value: Value) -> Extra {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

/// A shop of three parts, all of them under budgets that let an upgrade through.
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
