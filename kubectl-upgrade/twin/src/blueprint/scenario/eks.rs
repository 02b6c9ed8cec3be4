//! The named cluster that EKS runs.
//!
//! Release and support dates are those of the EKS release calendar (<https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html>),
//! checked 2026-11-22; which patches, images and add-on versions are on offer is made up in their image.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use upgrade_core::version::Version;

use super::clusters;
use super::objects::{Budget, budget, deployment, namespace, stateful_set};
use crate::blueprint::{Blueprint, Form};
use crate::clouds::faults::{CloudFaults, Shortage};
use crate::clouds::pools::{PoolSpec, Size};
use crate::clouds::{Cloud, Extra, Managed, Offer, Place};
use crate::json::set;

const ZONES: [&str; 3] = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

/// Of each minor: patch, the build of EKS, days of release and of the ends of standard and extended support.
const RELEASES: [(u16, u16, &str, [&str; 3]); 6] = [
    (31, 14, "3025e55", ["2024-09-26", "2025-11-26", "2026-11-26"]),
    (32, 13, "6fb9c1d", ["2025-01-25", "2026-03-23", "2027-03-23"]),
    (33, 11, "99d6cc0", ["2025-05-28", "2026-07-29", "2027-07-29"]),
    (34, 8, "7f9249a", ["2025-10-06", "2026-12-02", "2027-12-02"]),
    (35, 6, "f5b7a6d", ["2026-01-28", "2027-03-27", "2028-03-27"]),
    (36, 3, "2ac81b4", ["2026-06-02", "2027-08-02", "2028-08-02"]),
];

/// Three groups of nodes at 1.33, three minors behind, with three add-ons.
pub(super) fn eks() -> Blueprint {
    let offers: Vec<Offer> = RELEASES.into_iter().map(offer).collect();
    let at = offers.iter().find(|offer| offer.version.minor().minor == 33);
    let (version, image) = at
        .map_or_else(|| (Version::new(1, 33, 11), String::new()), |offer| (offer.version.clone(), offer.image.clone()));
    let pool = |name: &str, nodes: u32, update: Value| {
        let mut spec = PoolSpec::new(name, &version, &image, nodes, &ZONES);
        spec.size = Size { desired: nodes, min: nodes, max: nodes + 4, autoscaled: false };
        spec.extra = Extra::from_iter([("updateConfig".to_owned(), update)]);
        spec
    };
    let mut batch = pool("batch", 2, json!({ "maxUnavailable": 1 }));
    batch.taints = vec![json!({ "key": "dedicated", "value": "batch", "effect": "NoSchedule" })];
    let template = json!({ "name": "batch-nodes", "id": "lt-0b5a1c9e7d3f24680", "version": "3" });
    batch.extra.insert("launchTemplate".to_owned(), template);
    let mut managed = Managed {
        place: Place {
            cloud: Cloud::Eks,
            account: "111122223333".to_owned(),
            group: String::new(),
            region: "eu-west-1".to_owned(),
            cluster: "sandbox-eks".to_owned(),
        },
        offers,
        api_servers: 2,
        pools: vec![
            pool("system", 2, json!({ "maxUnavailable": 1 })),
            pool("main", 4, json!({ "maxUnavailablePercentage": 33 })),
            batch,
        ],
        members: BTreeMap::new(),
        faults: CloudFaults::default(),
        extra: Extra::from_iter([("addons".to_owned(), addons(&version))]),
    };
    for spec in &mut managed.pools {
        spec.settings = crate::clouds::nodegroup_settings(spec.extra.get("updateConfig").unwrap_or(&Value::Null));
    }
    Blueprint { form: Form::Managed(Box::new(managed)), objects: shop(), ..clusters::now("eks", version) }
}

/// The same under another name, with one group of nodes and what else the cloud is to be.
fn named(name: &str, change: impl FnOnce(&mut Managed)) -> Blueprint {
    let mut blueprint = eks();
    blueprint.name = format!("sandbox-{name}");
    if let Form::Managed(managed) = &mut blueprint.form {
        blueprint.name.clone_into(&mut managed.place.cluster);
        managed.pools.retain(|pool| pool.name == "main");
        change(managed);
    }
    blueprint
}

/// The same with nodes that Karpenter makes, of which it replaces one at a time.
pub(super) fn karpenter() -> Blueprint {
    let mut blueprint = named("eks-karpenter", |managed| {
        managed.extra.insert("karpenter".to_owned(), json!({ "spot": 3 }));
    });
    let class = json!({ "group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "usual" });
    blueprint.objects.extend([
        json!({
            "apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": { "name": "spot" },
            "spec": {
                "template": { "spec": { "nodeClassRef": class } },
                "disruption": { "budgets": [{ "nodes": "1" }] },
            },
        }),
        json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": { "name": "usual" },
            "spec": { "amiSelectorTerms": [{ "alias": "al2023@latest" }] },
        }),
    ]);
    blueprint
}

/// The same in subnets with four addresses left.
pub(super) fn full() -> Blueprint {
    named("eks-full", |managed| managed.faults.machines_left = Some((4, Shortage::Addresses)))
}

/// The same with nodes of every other kind: pods on Fargate under a budget, and machines of the owner's own.
pub(super) fn mixed() -> Blueprint {
    let mut blueprint = named("eks-mixed", |managed| {
        let jobs = json!({ "jobs": { "selectors": [{ "namespace": "jobs" }] } });
        let also = [("fargateProfiles", jobs), ("fargateNodes", json!(3)), ("ownNodes", json!(2))];
        managed.extra.extend(also.map(|(key, value)| (key.to_owned(), value)));
    });
    let on_fargate = |name: &str, replicas: u32, image: &str| {
        let mut deployment = deployment("jobs", name, replicas, image);
        let at = |member: &'static str| ["spec", "template", "spec", member];
        set(&mut deployment, &["spec", "template", "metadata", "labels", "eks.amazonaws.com/fargate-profile"], "jobs");
        set(&mut deployment, &at("nodeSelector"), json!({ "eks.amazonaws.com/compute-type": "fargate" }));
        set(
            &mut deployment,
            &at("tolerations"),
            json!([{ "key": "eks.amazonaws.com/compute-type", "operator": "Exists" }]),
        );
        deployment
    };
    blueprint.objects.extend([
        namespace("jobs"),
        on_fargate("queue", 2, "shop/queue:1.3.0"),
        budget("policy/v1", "jobs", "queue", Budget::MaxUnavailable("1")),
        on_fargate("mailer", 1, "shop/mailer:1.1.2"),
    ]);
    blueprint
}

fn offer((minor, patch, build, [released, standard, extended]): (u16, u16, &str, [&str; 3])) -> Offer {
    let version = Version::new(1, minor, patch);
    let built = format!("{version}-eks-{build}").parse().unwrap_or(version);
    let extra = json!({
        "default": minor == 36,
        "addons": { "coredns": coredns(minor), "kube-proxy": kube_proxy(minor), "vpc-cni": vpc_cni(minor) },
        "releases": [format!("1.{minor}.{patch}-20260708")],
    });
    Offer {
        node_version: built.clone(),
        version: built,
        image: format!("1.{minor}.{patch}-20260812"),
        released: released.parse().unwrap_or_default(),
        standard_until: standard.parse().ok(),
        extended_until: extended.parse().ok(),
        extra: extra.as_object().cloned().unwrap_or_default(),
    }
}

fn coredns(minor: u16) -> Vec<&'static str> {
    match minor {
        ..=33 => vec!["v1.12.4-eksbuild.1"],
        34 => vec!["v1.13.1-eksbuild.1", "v1.12.4-eksbuild.1"],
        35 => vec!["v1.13.1-eksbuild.1"],
        36.. => vec!["v1.14.0-eksbuild.1", "v1.13.1-eksbuild.1"],
    }
}

/// The kube-proxy of a minor goes with control planes up to three minors newer.
fn kube_proxy(minor: u16) -> Vec<String> {
    let of = |minor: &u16| RELEASES.iter().find(|(known, ..)| known == minor);
    let minors = (minor.saturating_sub(3)..=minor).rev();
    minors.filter_map(|minor| of(&minor)).map(|(minor, patch, ..)| format!("v1.{minor}.{patch}-eksbuild.1")).collect()
}

fn vpc_cni(minor: u16) -> Vec<&'static str> {
    match minor {
        ..=34 => vec!["v1.20.4-eksbuild.1", "v1.21.1-eksbuild.3"],
        35.. => vec!["v1.21.1-eksbuild.3", "v1.20.4-eksbuild.1"],
    }
}

fn addons(version: &Version) -> Value {
    json!({
        "coredns": { "addonVersion": "v1.12.4-eksbuild.1" },
        "kube-proxy": { "addonVersion": format!("v{}-eksbuild.1", version.release()) },
        "vpc-cni": { "addonVersion": "v1.20.4-eksbuild.1" },
    })
}

/// A shop with three parts under budgets, and a nightly job of its own.
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
