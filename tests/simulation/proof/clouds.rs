//! The same for a cluster that a cloud runs.

use std::time::Duration;

use upgrade_core::plan::{Options, Surge};
use upgrade_core::target::Target;
use upgrade_core::version::{Minor, Version};
use upgrade_twin::Faults;
use upgrade_twin::blueprint::{Machine, Scenario};
use upgrade_twin::clouds::faults::CloudFaults;
use upgrade_twin::clouds::operations::Kind;
use upgrade_twin::clouds::pools::{Pool, Target as Nodes};
use upgrade_twin::clouds::{self, Request, pools};
use upgrade_twin::controllers::nodes;
use upgrade_twin::json::set;
use upgrade_twin::store::{ObjectKey, Resource};
use upgrade_twin::world::{Forced, World};

use super::Deed;
use crate::breach::{Breach, Moment};
use crate::case::Case;

/// One of its pools.
const DATA: &str = "/subscriptions/5f2c9a10-7d1e-4c0b-9a57-0d3f4b6e8c21/resourceGroups/shop/providers/\
    Microsoft.ContainerService/managedClusters/shop/agentPools/data?api-version=2026-06-01";

/// The cluster of AKS as everybody can try it: pools of two, three and two nodes, and workloads with budgets. The pools
/// surge otherwise for the run.
pub(super) fn case(breach: Option<Breach>) -> Case {
    let surge = Surge { max_surge: "1".parse().ok(), ..Surge::default() };
    let mut options = Options::default();
    options.cloud.surge = surge;
    Case {
        seed: 0,
        blueprint: Scenario::named("aks").expect("there is one").blueprint(),
        target: Target::Minor(Minor::new(1, 34)),
        options,
        faults: Faults::default(),
        cloud_faults: CloudFaults::default(),
        mishaps: Vec::new(),
        plugs: Vec::new(),
        downtime: Duration::from_secs(30),
        can_drain: true,
        breach,
    }
}

pub(super) fn deeds() -> Vec<Deed> {
    let mut all = while_it_runs();
    all.extend(when_it_is_over());
    all
}

fn while_it_runs() -> Vec<Deed> {
    let world = |words, change| (words, Breach::World(Moment::Running, change));
    vec![
        world("not in the plan, or not announced", |world| {
            let to = Nodes { version: Version::new(1, 33, 8), image: "another".to_owned(), force: false };
            // The control plane may not be busy with something else.
            clouds::change(world, |seen| seen.operations.clear());
            pools::upgrade(world, "data", to, Request::default()).expect("nothing goes on");
        }),
        world("skew: ", |world| {
            let server = world.control_plane.servers.values_mut().next().expect("there is one");
            server.version = Version::new(1, 38, 0);
        }),
        world("nodes are open, of which at least", |world| {
            let web: Vec<ObjectKey> =
                world.store.list(Resource::NODES, None, None).map(|node| node.key.clone()).collect();
            for key in web.iter().take(2) {
                world.store.modify(key, |node| set(node, &["spec", "unschedulable"], true));
            }
        }),
        world("came at 1.32.0, which is on no hop", |world| {
            nodes::join(world, &Machine::new("stranger", "10.9.9.9", &Version::new(1, 32, 0)));
        }),
        world("was deleted whatever its budgets say", |world| {
            let (at, pod) = (world.now(), ObjectKey::new(Resource::PODS, "shop", "db-0"));
            world.witness.forced.push(Forced { at, pod });
        }),
        world("held although nothing stands in the way", |world| {
            let broken = CloudFaults { credentials_expire: Some(world.now()), ..CloudFaults::default() };
            // Again and again, whatever the person mends.
            again(world, broken);
        }),
    ]
}

fn when_it_is_over() -> Vec<Deed> {
    let world = |words, change| (words, Breach::World(Moment::Over, change));
    vec![
        world("is left set up as", |world| web(world, |pool| pool.spec.settings.soak = Duration::from_secs(60))),
        world("of pool web is at 1.33.6", |world| {
            web(world, |pool| {
                let member = pool.members.values_mut().next().expect("it has some");
                member.version = Version::new(1, 33, 6);
            });
        }),
        world("has 3 of 4 nodes", |world| web(world, |pool| pool.spec.size.desired = 4)),
        world("and there are 2 pools", |world| drop(clouds::change(world, |seen| seen.pools.remove("data")))),
        world("and the control plane is at", |world| {
            clouds::change(world, |seen| seen.control_plane.version = Version::new(1, 33, 6));
        }),
        world("begun more often than attempted", |world| {
            clouds::change(world, |seen| {
                let upgrade = seen.operations.iter().find(|one| one.kind == Kind::PoolUpgrade).cloned();
                seen.operations.extend(upgrade);
            });
        }),
        ("asked of the cloud, and not announced", Breach::Cloud(Moment::Over, "DELETE", DATA)),
    ]
}

fn web(world: &mut World, change: fn(&mut Pool)) {
    clouds::change(world, |seen| change(seen.pools.get_mut("web").expect("it is there")));
}

fn again(world: &mut World, faults: CloudFaults) {
    if let Some(cloud) = &mut world.cloud {
        cloud.faults = faults.clone();
    }
    world.after(Duration::from_secs(60), move |world| again(world, faults));
}
