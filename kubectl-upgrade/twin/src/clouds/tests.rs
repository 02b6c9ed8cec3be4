//! Managed clusters in virtual time.

mod control_plane;
mod operations;
mod replacing;
mod whole_pools;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use upgrade_core::version::Version;

use super::faults::CloudFaults;
use super::operations::{Operation, OperationId, State, look};
use super::pools::{Pool, PoolSpec, Settings, Target};
use super::{Cloud, CloudWorld, Extra, Managed, Offer, Place, Refused, Request};
use crate::Twin;
use crate::blueprint::{Blueprint, Form, Workload};
use crate::testing;
use crate::world::World;

const MINUTE: u64 = 60;
const ZONES: [&str; 3] = ["europe-west3-a", "europe-west3-b", "europe-west3-c"];

/// 1.`minor` of Google, in its newest patch here.
fn version(minor: u16) -> Version {
    format!("1.{minor}.5-gke.1080000").parse().unwrap()
}

fn offer(minor: u16) -> Offer {
    Offer {
        version: version(minor),
        node_version: version(minor),
        image: format!("cos-{minor}"),
        released: "2026-01-01".parse().unwrap(),
        standard_until: None,
        extended_until: None,
        extra: Extra::new(),
    }
}

fn to(minor: u16) -> Target {
    Target { version: version(minor), image: format!("cos-{minor}"), force: false }
}

/// A cluster at 1.33 with a pool `main` of four nodes, after changes of its settings.
fn managed(settings: Settings, faults: CloudFaults) -> Managed {
    let pool = PoolSpec { settings, ..PoolSpec::new("main", &version(33), "cos-33", 4, &ZONES) };
    let place = Place {
        cloud: Cloud::Gke,
        account: "my-project".to_owned(),
        group: String::new(),
        region: "europe-west3".to_owned(),
        cluster: "shop".to_owned(),
    };
    let offers = [33, 34, 35].map(offer).to_vec();
    Managed { place, offers, api_servers: 2, pools: vec![pool], members: BTreeMap::new(), faults, extra: Extra::new() }
}

fn start(managed: Managed, objects: Vec<Value>) -> Twin {
    let blueprint = Blueprint {
        form: Form::Managed(Box::new(managed)),
        version: version(33),
        machines: Vec::new(),
        objects,
        ..testing::blueprint(&version(33), 1, 0)
    };
    Twin::start(&blueprint, 7).unwrap()
}

/// Three pods of which two must be there.
fn shop() -> Vec<Value> {
    Workload::deployment("shop", "web", 3).min_available(2).requests(500, 256).objects()
}

/// One pod that must be there.
fn deadlock() -> Vec<Value> {
    Workload::deployment("shop", "cart", 1).min_available(1).objects()
}

fn cloud<T>(twin: &Twin, look: impl FnOnce(&CloudWorld) -> T) -> T {
    twin.with(|world| look(world.cloud.as_ref().unwrap()))
}

fn pool(twin: &Twin) -> Pool {
    cloud(twin, |cloud| cloud.now().pools["main"].clone())
}

fn upgrade_control_plane(world: &mut World, minor: u16) -> Result<OperationId, Refused> {
    super::control_plane::upgrade(world, &version(minor), None, Request::default())
}

/// Lets time pass until the operation has ended.
async fn ended(twin: &Twin, id: &OperationId) -> Operation {
    for _ in 0..10_000 {
        let found = twin.with(|world| look(world, id).cloned()).unwrap();
        if found.state.ended() {
            return found;
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    panic!("operation {id} did not end in more than a day");
}

/// A cluster whose control plane has just gone to 1.34.
async fn at_34(managed: Managed, objects: Vec<Value>) -> Twin {
    let twin = start(managed, objects);
    let id = twin.with(|world| upgrade_control_plane(world, 34)).unwrap();
    assert_eq!(ended(&twin, &id).await.state, State::Done);
    twin
}

/// How many nodes there are of each version.
fn versions(twin: &Twin) -> Vec<(String, usize)> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    twin.with(|world| {
        for node in world.store.list(crate::store::Resource::NODES, None, None) {
            let version = crate::json::text(&node.value(), "/status/nodeInfo/kubeletVersion").to_owned();
            match counted.iter_mut().find(|(known, _)| *known == version) {
                Some((_, count)) => *count += 1,
                None => counted.push((version, 1)),
            }
        }
    });
    counted.sort();
    counted
}

fn all_at(minor: u16, count: usize) -> Vec<(String, usize)> {
    vec![(version(minor).tag(), count)]
}
