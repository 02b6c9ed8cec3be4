//! What clouds offer: two patches of each minor, where the cloud tells patches apart.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde_json::{Value, json};
use upgrade_core::facts::Facts;
use upgrade_core::version::{Minor, Version};
use upgrade_twin::Random;
use upgrade_twin::clouds::{Cloud, Extra, Offer};

/// So many days after upstream a cloud has a minor.
const LATER: i64 = 20;

/// So many days it supports one, and so many more for a price.
const STANDARD: i64 = 430;
const EXTENDED: i64 = 365;

pub(super) fn offers(dice: &mut Random, facts: &Facts, cloud: Cloud, minors: RangeInclusive<u16>) -> Vec<Offer> {
    let first = u16::try_from(dice.below(3)).unwrap_or_default();
    let patches: &[u16] = if cloud == Cloud::Eks { &[4] } else { &[1, 5] };
    let of = |minor: u16| patches.iter().filter_map(move |patch| offer(facts, cloud, minor, first + patch));
    minors.flat_map(of).collect()
}

/// The older offer of a minor.
pub(super) fn at(offers: &[Offer], minor: u16) -> Option<&Offer> {
    offers.iter().find(|offer| offer.version.minor().minor == minor)
}

fn offer(facts: &Facts, cloud: Cloud, minor: u16, patch: u16) -> Option<Offer> {
    let plain = Version::new(1, minor, patch);
    let (version, image, extra) = match cloud {
        Cloud::Eks => {
            let image = format!("1.{minor}.{patch}-20260812");
            (format!("{plain}-eks-3025e55").parse().ok()?, image, of_eks(minor, patch))
        }
        Cloud::Gke => {
            let version: Version = format!("{plain}-gke.10{minor}000").parse().ok()?;
            let image = format!("gke-1{minor}{patch}-cos-125");
            (version, image, json!({"channels": ["RAPID", "REGULAR", "EXTENDED"]}))
        }
        Cloud::Aks => {
            let image = format!("AKSUbuntu-2204gen2containerd-2026{minor}.04.0");
            (plain, image, json!({"supportPlan": ["KubernetesOfficial", "AKSLongTermSupport"]}))
        }
    };
    let days = |day: Date, more: i64| day.checked_add(jiff::Span::new().days(more)).ok();
    let released = days(facts.calendar().get(Minor::new(1, minor))?.ga, LATER)?;
    Some(Offer {
        node_version: version.clone(),
        version,
        image,
        released,
        standard_until: days(released, STANDARD),
        extended_until: days(released, STANDARD + EXTENDED),
        extra: extra.as_object().cloned().unwrap_or_default(),
    })
}

fn of_eks(minor: u16, patch: u16) -> Value {
    // The first is the one that EKS would take.
    let proxies: Vec<String> = (minor.saturating_sub(3)..=minor).rev().map(|minor| proxy(minor, patch)).collect();
    json!({
        "addons": {
            "coredns": [format!("v1.{minor}.4-eksbuild.1"), format!("v1.{}.4-eksbuild.1", minor - 1)],
            "kube-proxy": proxies,
            "vpc-cni": ["v1.20.4-eksbuild.1"],
        },
        "releases": [],
    })
}

fn proxy(minor: u16, patch: u16) -> String {
    format!("v1.{minor}.{patch}-eksbuild.1")
}

/// The add-ons of a cluster of EKS, of which some have none.
pub(super) fn addons(dice: &mut Random, at: &Version) -> Value {
    if dice.happens(0.3) {
        return json!({});
    }
    let minor = at.minor().minor;
    json!({
        "coredns": {"addonVersion": format!("v1.{minor}.4-eksbuild.1")},
        "kube-proxy": {"addonVersion": proxy(minor, at.patch())},
        "vpc-cni": {"addonVersion": "v1.20.4-eksbuild.1"},
    })
}

/// What the vendor keeps of a pool.
pub(super) fn extra(value: Value) -> Extra {
    value.as_object().cloned().unwrap_or_default()
}
