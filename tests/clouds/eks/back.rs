//! The way back of runs on EKS: a new group beside an old one half-way, and the control plane within its week.

use upgrade_core::version::Minor;
use upgrade_tests::clouds::{Person, Served};

use crate::{clusters, stage};

const BACK: &str = "rollback --yes --takeover";

fn standing(served: &Served) -> (Minor, Vec<(String, Minor)>, usize) {
    served.twin.with(|world| {
        let seen = world.cloud.as_ref().unwrap().now();
        let pools = seen.pools.values();
        let pools = pools.map(|pool| (pool.spec.name.clone(), pool.spec.version.minor())).collect();
        let nodes = world.store.list(upgrade_twin::store::Resource::NODES, None, None);
        let cordoned = nodes.filter(|node| node.value()["spec"]["unschedulable"] == true).count();
        (seen.control_plane.version.minor(), pools, cordoned)
    })
}

#[test]
fn a_new_group_goes_again_half_way_and_the_control_plane_after_it() {
    let Some(served) = stage::begin(clusters::named()) else { return };
    let person = Person::at(&served);
    person.killed_when("run --yes --to 1.34 --new-pools --pool main", "pool main drain: begun");
    let (at, pools, cordoned) = standing(&served);
    assert_eq!((at, pools.len(), cordoned), (Minor::new(1, 34), 4, 4), "half-way: {pools:?}");
    let _ = person.run(BACK).exits(0);
    let (at, pools, cordoned) = standing(&served);
    let old = Minor::new(1, 33);
    let all = ["batch", "main", "system"].map(|name| (name.to_owned(), old)).to_vec();
    assert_eq!((at, pools, cordoned), (old, all, 0));
}

#[test]
fn the_control_plane_goes_back_within_its_week_and_says_how_long_that_is() {
    let Some(served) = stage::begin(clusters::named()) else { return };
    let person = Person::at(&served);
    let _ = person.run("run --yes --to 1.34 --pool main").exits(0);
    let plan = person.run("plan --to 1.35 --pool main").out;
    assert!(plan.contains("its way back to 1.33.0 is open for 6 d 23 h more; this plan closes it"), "{plan}");
    let _ = person.run(BACK).exits(0);
    let (at, pools, _) = standing(&served);
    assert_eq!(at, Minor::new(1, 33));
    assert!(pools.iter().all(|(_, minor)| *minor == Minor::new(1, 33)), "{pools:?}");
}

#[test]
fn a_group_half_way_goes_back_and_is_set_up_as_it_was() {
    let Some(served) = stage::begin(clusters::named()) else { return };
    let person = Person::at(&served);
    person
        .killed_when("run --yes --to 1.34 --pool main --max-unavailable 2", "pool main replace nodes to 1.34.8: begun");
    let config = || served.cloud(|cloud| cloud.now().pools["main"].spec.extra["updateConfig"].clone());
    assert_eq!(config()["maxUnavailable"], 2);
    let _ = person.run(BACK).exits(0);
    assert_eq!(config(), serde_json::json!({ "maxUnavailablePercentage": 33 }));
    let (at, pools, cordoned) = standing(&served);
    assert!(at == Minor::new(1, 33) && cordoned == 0, "{pools:?}");
    assert!(pools.iter().all(|(_, minor)| *minor == Minor::new(1, 33)), "{pools:?}");
}
