//! The machines and versions of the named clusters.
//!
//! Each has a day of its own on which its story begins, so that its plan, support windows among it, stays the same
//! whenever it is played.

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use serde_json::Value;
use upgrade_core::version::Version;

use super::aks;
use super::gke;
use super::objects::{Budget, budget, daemon_set, deployment, namespace, stateful_set};
use crate::blueprint::{Blueprint, Form, HandBuilt, Machine, Packages};
use crate::faults::Faults;
use crate::tempo::Tempo;

/// A Saturday night in August 2026: 1.36 is the newest minor, for four more days.
const NOW: DateTime = date(2026, 8, 22).at(2, 0, 0, 0);

/// A Saturday night in December 2018: 1.13 is two weeks old.
const CLASSIC: DateTime = date(2018, 12, 15).at(2, 0, 0, 0);

/// Three nodes at 1.34.
pub(super) fn kubeadm() -> Blueprint {
    let version = Version::new(1, 34, 5);
    let mut objects = shop("policy/v1");
    objects.push(budget("policy/v1", "shop", "cart", Budget::MaxUnavailable("1")));
    Blueprint { machines: nodes(1, 2, &version), objects, ..blueprint("kubeadm", NOW, version, &offered_now()) }
}

/// Three nodes at 1.11.
pub(super) fn classic() -> Blueprint {
    let version = Version::new(1, 11, 3);
    let offered: Vec<Version> = patches(11, 0..=5).chain(patches(12, 0..=3)).chain(patches(13, 0..=1)).collect();
    let blueprint = blueprint("classic", CLASSIC, version.clone(), &offered);
    Blueprint {
        machines: nodes(1, 2, &version),
        objects: shop("policy/v1beta1"),
        packages: Packages { offered, per_minor: false, ..blueprint.packages },
        ..blueprint
    }
}

/// Three control-plane hosts, and one budget too many.
pub(super) fn ha_blocked() -> Blueprint {
    let version = Version::new(1, 35, 4);
    let mut objects = shop("policy/v1");
    objects.push(deployment("shop", "cart-sync", 1, "shop/cart-sync:2.0.3"));
    objects.push(budget("policy/v1", "shop", "cart-sync", Budget::MinAvailable("1")));
    Blueprint { machines: nodes(3, 3, &version), objects, ..blueprint("ha-blocked", NOW, version, &offered_now()) }
}

/// 5,000 nodes; 50 teams with 20 Deployments of 145 pods each, which with those of the cluster itself makes 150,000.
pub(super) fn large() -> Blueprint {
    let version = Version::new(1, 35, 6);
    let mut objects = Vec::new();
    for team in 1..=50 {
        let team = format!("team-{team:02}");
        objects.push(namespace(&team));
        for number in 1..=20 {
            let name = format!("service-{number:02}");
            objects.push(deployment(&team, &name, 145, &format!("{team}/{name}:1.0")));
            objects.push(budget("policy/v1", &team, &name, Budget::MaxUnavailable("10%")));
        }
    }
    Blueprint { machines: nodes(3, 4_997, &version), objects, ..blueprint("large", NOW, version, &offered_now()) }
}

/// Two hosts of the control plane and three workers at 1.34, all set up by hand; etcd is one minor behind.
pub(super) fn hand_built() -> Blueprint {
    by_hand("hand-built", &[])
}

/// Three hosts of the control plane with a member of etcd each, all of it static pods that a person wrote, and three workers.
pub(super) fn hand_built_pods() -> Blueprint {
    let blueprint = by_hand("hand-built-pods", &[]);
    let members = ["cp-1", "cp-2", "cp-3"].map(str::to_owned).to_vec();
    let Form::HandBuilt(built) = blueprint.form else { return blueprint };
    let form = Form::HandBuilt(HandBuilt { members, static_pods: true, ..built });
    Blueprint { machines: nodes(3, 3, &blueprint.version), form, ..blueprint }
}

/// The hand-built one, of whose etcd one member is stopped.
pub(super) fn etcd_down() -> Blueprint {
    by_hand("etcd-down", &["w-1"])
}

fn by_hand(name: &str, stopped: &[&str]) -> Blueprint {
    let version = Version::new(1, 34, 5);
    let etcd = HandBuilt {
        etcd: Version::new(3, 5, 26),
        etcd_to: Some(Version::new(3, 6, 8)),
        members: ["cp-1", "cp-2", "w-1"].map(str::to_owned).to_vec(),
        stopped: stopped.iter().map(|&member| member.to_owned()).collect(),
        static_pods: false,
        found: None,
    };
    Blueprint {
        form: Form::HandBuilt(etcd),
        machines: nodes(2, 3, &version),
        objects: shop("policy/v1"),
        ..blueprint(name, NOW, version, &offered_now())
    }
}

/// Seven nodes of AKS at 1.33.
pub(super) fn aks() -> Blueprint {
    aks::on(blueprint("aks", NOW, aks::version(), &[aks::version()]))
}

/// The same under long-term support.
pub(super) fn aks_lts() -> Blueprint {
    aks::under_long_term_support(aks())
}

/// The same at a minor that AKS does not support any more.
pub(super) fn aks_unsupported() -> Blueprint {
    let at = aks::forgotten_version();
    aks::forgotten(aks::on(blueprint("aks", NOW, at.clone(), &[at])))
}

/// Nine nodes of GKE at 1.33.
pub(super) fn gke() -> Blueprint {
    gke::on(blueprint("gke", NOW, gke::version(), &[gke::version()]))
}

/// The same, which may be changed in a few hours of the weekend alone.
pub(super) fn gke_window() -> Blueprint {
    gke::at_night(gke())
}

/// A cluster of that Saturday night in August 2026, still without machines.
pub(super) fn now(name: &str, version: Version) -> Blueprint {
    let offered = [version.clone()];
    blueprint(name, NOW, version, &offered)
}

/// A shop with three parts, two of them under budgets, and the network of the cluster.
fn shop(policy: &str) -> Vec<Value> {
    vec![
        namespace("kube-flannel"),
        daemon_set("kube-flannel", "kube-flannel-ds", "flannel/flannel:v0.27.4"),
        namespace("shop"),
        deployment("shop", "web", 4, "shop/web:2.4.1"),
        budget(policy, "shop", "web", Budget::MinAvailable("3")),
        deployment("shop", "cart", 2, "shop/cart:2.0.3"),
        stateful_set("shop", "db", 2, "postgres:16.4"),
        budget(policy, "shop", "db", Budget::MinAvailable("1")),
    ]
}

fn blueprint(name: &str, at: DateTime, version: Version, offered: &[Version]) -> Blueprint {
    Blueprint {
        name: format!("sandbox-{name}"),
        epoch: at.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp()),
        form: Form::Kubeadm,
        version,
        machines: Vec::new(),
        packages: Packages { offered: offered.to_vec(), exact: Vec::new(), per_minor: true },
        objects: Vec::new(),
        tempo: Tempo::default(),
        faults: Faults::default(),
    }
}

/// Control-plane hosts and workers, spread over three zones.
fn nodes(hosts: u16, workers: u16, version: &Version) -> Vec<Machine> {
    let zone = |number: u16| Some(["a", "b", "c"].get(usize::from(number % 3)).copied().unwrap_or("a").to_owned());
    let host = |number| {
        let machine = Machine::new(&format!("cp-{number}"), &format!("10.20.0.{number}"), version).control_plane();
        Machine { zone: zone(number - 1), ..machine }
    };
    let worker = |number| {
        let address = format!("10.20.{}.{}", 1 + number / 250, number % 250 + 1);
        Machine { zone: zone(number - 1), ..Machine::new(&format!("w-{number}"), &address, version) }
    };
    (1..=hosts).map(host).chain((1..=workers).map(worker)).collect()
}

fn offered_now() -> Vec<Version> {
    patches(34, 0..=8).chain(patches(35, 0..=6)).chain(patches(36, 0..=3)).collect()
}

fn patches(minor: u16, patches: std::ops::RangeInclusive<u16>) -> impl Iterator<Item = Version> {
    patches.map(move |patch| Version::new(1, minor, patch))
}
