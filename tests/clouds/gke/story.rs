//! Whole stories on the simulated GKE, told by the plugin from a process of its own: pulled out in the middle, gone on with,
//! and taken back.

use upgrade_core::version::Version;
use upgrade_tests::clouds::{Person, Served};
use upgrade_twin::clouds::pools::Amount;

use crate::served::{beside_the_plugin, with};

const AT: &str = "1.33.5-gke.1080000";
const NEXT: &str = "1.34.7-gke.1026000";

/// The versions of a pool's nodes, each once.
fn versions(served: &Served, pool: &str) -> Vec<Version> {
    let mut versions = served.cloud(|cloud| {
        cloud.now().pools[pool].members.values().map(|member| member.version.clone()).collect::<Vec<_>>()
    });
    versions.sort();
    versions.dedup();
    versions
}

fn all_at(served: &Served, pool: &str, version: &str) {
    assert_eq!(versions(served, pool), [version.parse().unwrap()], "{pool}");
}

fn budgets_were_kept(served: &Served) {
    served.twin.with(|world| assert!(world.witness.broken_budgets.is_empty(), "{:?}", world.witness.broken_budgets));
}

#[test]
fn a_control_plane_in_two_steps_goes_back_between_them() {
    let Some(served) = beside_the_plugin(with(|_| {})) else { return };
    let person = Person::at(&served);
    let words = "run --yes --to 1.34 --pool main --control-plane-soak 6h";
    person.killed_when(words, "step 2/3");
    let versions = person.run("versions").exits(0);
    assert!(versions.text.contains(&format!("way back   to {AT}, until 2026-08-2")), "{}", versions.text);
    let back = person.run("rollback --yes --takeover").exits(0);
    assert!(back.text.contains(&format!("sandbox-gke is at {AT}")), "{}", back.text);
    served.cloud(|cloud| {
        let plane = &cloud.now().control_plane;
        assert_eq!((plane.version.to_string().as_str(), plane.emulates, &plane.way_back), (AT, None, &None));
    });
    assert_eq!((served.count("clusters.update"), served.count("completeControlPlaneUpgrade")), (2, 0));
}

#[test]
fn a_pool_half_way_goes_back_by_either_strategy() {
    for pool in ["main", "batch"] {
        let Some(served) = beside_the_plugin(with(|_| {})) else { return };
        let person = Person::at(&served);
        // Some nodes are new, and some are not.
        let words = format!("run --yes --to 1.34 --pool {pool} --max-surge 2");
        person.killed_when(&words, &format!("pool {pool} replace nodes to {NEXT}: begun"));
        served.until("the first node", || (versions(&served, pool).len() == 2).then_some(()));
        let back = person.run("rollback --yes --takeover").exits(0);
        assert!(back.text.contains(&format!("pool {pool} nodes back to {AT}: done")), "{}", back.text);
        all_at(&served, pool, AT);
        served.cloud(|cloud| assert_eq!(cloud.now().pools[pool].spec.settings.max_surge, Amount::Count(1)));
        assert_eq!(served.count("nodePools.rollback"), 1);
        budgets_were_kept(&served);
    }
}

#[test]
fn an_upgrade_that_someone_cancelled_half_way_goes_back_too() {
    let Some(served) = beside_the_plugin(with(|_| {})) else { return };
    let person = Person::at(&served);
    person.killed_when("run --yes --to 1.34 --pool main", &format!("pool main replace nodes to {NEXT}: begun"));
    served.until("the first node", || (versions(&served, "main").len() == 2).then_some(()));
    served.twin.with(|world| {
        let running = world.cloud.as_ref().unwrap().now().operations.iter().rfind(|one| !one.state.ended());
        let id = running.unwrap().id.clone();
        upgrade_twin::clouds::operations::cancel(world, &id).unwrap();
    });
    served.until("its end", || {
        served.cloud(|cloud| cloud.now().operations.iter().all(|one| one.state.ended())).then_some(())
    });
    assert_eq!(versions(&served, "main").len(), 2, "nodes of both versions are left");
    let back = person.run("rollback --yes --takeover").exits(0);
    assert!(back.text.contains(&format!("pool main nodes back to {AT}: done")), "{}", back.text);
    all_at(&served, "main", AT);
}

#[test]
fn new_pools_half_way_go_back_into_the_old_one() {
    let Some(served) = beside_the_plugin(with(|_| {})) else { return };
    let person = Person::at(&served);
    person.killed_when("run --yes --to 1.34 --pool main --new-pools", "pool main drain: begun");
    let back = person.run("rollback --yes --takeover").exits(0);
    assert!(!back.text.contains("held"), "{}", back.text);
    all_at(&served, "main", AT);
    served.cloud(|cloud| assert_eq!(cloud.now().pools.len(), 3, "the new one is gone"));
    assert_eq!((served.count("nodePools.create"), served.count("nodePools.delete")), (1, 1));
    budgets_were_kept(&served);
}

#[test]
fn a_foreign_upgrade_of_the_control_plane_is_waited_for_and_not_begun_again() {
    let Some(served) = beside_the_plugin(with(|_| {})) else { return };
    let person = Person::at(&served);
    served.twin.with(|world| {
        let to = NEXT.parse().unwrap();
        world.tempo.managed_control_plane = upgrade_twin::Span::s(3_000, 3_000, 3_000);
        upgrade_twin::clouds::control_plane::upgrade(world, &to, None, Default::default()).unwrap();
    });
    let run = person.run("run --yes --to 1.34 --pool main").exits(0);
    let _ =
        run.says(&["KU0702  operation operation-", "is going on", &format!("already done: control plane at {NEXT}")]);
    assert_eq!(served.count("clusters.update"), 0);
    all_at(&served, "main", NEXT);
}

#[test]
fn an_exclusion_is_minded_and_its_end_is_said() {
    let until = |blueprint: &mut upgrade_twin::clouds::Managed, from: &str| {
        let policy = &mut blueprint.extra["cluster"]["maintenancePolicy"]["window"]["maintenanceExclusions"]["sale"];
        policy["startTime"] = from.into();
    };
    let Some(served) = beside_the_plugin(with(|managed| until(managed, "2026-08-20T00:00:00Z"))) else { return };
    let person = Person::at(&served);
    let refused = person.run("run --yes --to 1.34 --pool main").exits(3);
    let _ = refused.says(&["KU0708", "NO_UPGRADES until 2026-12-01", "go on all the same"]);
    assert_eq!(served.count("clusters.update"), 0);
    let _ = person.run("run --yes --to 1.34 --pool main --accept KU0708").exits(0);
    // One that begins while a run is on its way holds it.
    let Some(served) = beside_the_plugin(with(|managed| until(managed, "2026-08-22T02:10:00Z"))) else { return };
    let person = Person::at(&served);
    let told = person.run("run --yes --to 1.34 --pool main");
    if told.code == Some(5) {
        let _ = told.says(&["maintenance exclusion", "until 2026-12-01", "kubectl upgrade resume"]);
        let _ = person.run("resume --yes --accept KU0708").exits(0);
    } else {
        panic!("{:?} {}", told.code, told.text);
    }
    all_at(&served, "main", NEXT);
}

#[test]
fn what_someone_else_began_is_stopped_only_where_that_is_asked_for() {
    let Some(served) = beside_the_plugin(with(|_| {})) else { return };
    let person = Person::at(&served);
    served.twin.with(|world| {
        let offer = &world.cloud.as_ref().unwrap().offers[1];
        let to = upgrade_twin::clouds::pools::Target {
            version: offer.version.clone(),
            image: offer.image.clone(),
            force: false,
        };
        // The control plane has to have it first: GKE moves its own a little earlier.
        upgrade_twin::clouds::change(world, |seen| seen.control_plane.version = to.version.clone());
        upgrade_twin::clouds::pools::upgrade(world, "batch", to, Default::default()).unwrap();
    });
    let run = person.run("run --yes --to 1.34 --pool main --force operations").exits(0);
    let _ = run.says(&["the plan stops it first", "pool batch stop UPGRADE_NODES", "is at 1.34.7"]);
    assert_eq!(served.count("operations.cancel"), 1);
    all_at(&served, "main", NEXT);
}
