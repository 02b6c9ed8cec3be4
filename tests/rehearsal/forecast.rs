//! What rehearsals forecast, held against what then happens to the cluster they were made from.

use std::time::Duration;

use upgrade_core::journal::HoldReason;
use upgrade_rehearsal::{Forecast, Spread, estimate};
use upgrade_twin::Tempo;
use upgrade_twin::blueprint::Workload;

use crate::original::{Original, blueprint, scenario};

/// How far two middles of a few stories each may be apart: chance, and budgets that were just met or just not.
const CLOSE: f64 = 0.2;

/// An estimate knows nothing of waits for budgets.
const ESTIMATE: f64 = 0.35;

#[track_caller]
fn assert_close(forecast: Duration, truth: Duration, tolerance: f64) {
    let apart = forecast.as_secs_f64() / truth.as_secs_f64() - 1.0;
    assert!(apart.abs() <= tolerance, "{forecast:?} for {truth:?}: {:+.0} %", apart * 100.0);
}

#[track_caller]
fn took(forecast: &Forecast) -> Spread {
    assert_eq!(forecast.finished, forecast.rehearsals, "{:?}", forecast.held);
    forecast.took.expect("it finished")
}

#[test]
fn a_copy_is_upgraded_as_its_original_then_is() {
    for name in ["kubeadm", "classic", "hand-built"] {
        let original = Original::of(scenario(name));
        let forecast = original.forecast();
        let truth = Forecast::of(&original.plan.plan, &original.run());
        assert_close(took(&forecast).middle, took(&truth).middle, CLOSE);
        for (forecast, truth) in forecast.hops.iter().zip(&truth.hops) {
            assert_close(forecast.middle, truth.middle, CLOSE);
        }
        assert_eq!(forecast.nodes.keys().collect::<Vec<_>>(), truth.nodes.keys().collect::<Vec<_>>());
        let lowest = |forecast: &Forecast| -> Vec<(String, u64)> {
            forecast.availability.iter().map(|(name, seen)| (name.clone(), seen.lowest)).collect()
        };
        assert_eq!(lowest(&forecast), lowest(&truth), "{name}");
        assert_close(estimate(&original.plan.plan, &Tempo::default()).middle, took(&forecast).middle, ESTIMATE);
    }
}

#[test]
fn the_same_cluster_gets_the_same_forecast() {
    let told = || {
        let original = Original::of(blueprint(2, &[Workload::deployment("shop", "web", 3).min_available(2)]));
        serde_json::to_string(&original.forecast()).expect("JSON")
    };
    assert_eq!(told(), told());
}

#[test]
fn a_budget_that_never_gives_way_holds_every_rehearsal_and_is_named() {
    let original = Original::of(blueprint(2, &[Workload::deployment("shop", "cart", 2).min_available(2)]));
    let forecast = original.forecast();
    assert_eq!((forecast.finished, forecast.took), (0, None));
    let [held] = forecast.held.as_slice() else { panic!("one way to hold: {:?}", forecast.held) };
    assert_eq!((held.times, held.hold.reason), (forecast.rehearsals, HoldReason::Blocked));
    assert!(held.hold.found.join(" ").contains("shop/cart"), "{held:?}");
    assert_eq!(forecast.availability["shop/cart"].lowest, 2);
}

#[test]
fn drains_that_wait_for_a_budget_name_it_with_the_time() {
    let web = Workload::deployment("shop", "web", 6).min_available(5);
    let forecast = Original::of(blueprint(2, &[web])).forecast();
    took(&forecast);
    let wait = forecast.waits.first().expect("six pods go one at a time");
    assert_eq!(wait.budget, "shop/web");
    assert!(wait.spread.middle >= Duration::from_secs(4), "{wait:?}");
    assert_eq!(forecast.availability["shop/web"].lowest, 5);
}

#[test]
fn pods_without_room_are_named_with_the_surge_that_gives_it() {
    // Four pods of 1.5 CPUs fill two workers of four: when one is drained, two find no place.
    let (forecast, advice) =
        Original::of(blueprint(2, &[Workload::deployment("shop", "ledger", 4).requests(1_500, 64)])).rehearse();
    let [nowhere] = forecast.nowhere.as_slice() else { panic!("one workload: {:?}", forecast.nowhere) };
    assert_eq!((nowhere.of.as_str(), nowhere.times), ("shop/ledger", forecast.rehearsals));
    assert!(nowhere.why.contains("Insufficient cpu") && nowhere.longest.as_secs() >= 10, "{nowhere:?}");
    assert_eq!(advice.surge.expect("it helps").nodes, 1);

    let (forecast, advice) =
        Original::of(blueprint(3, &[Workload::deployment("shop", "ledger", 4).requests(1_500, 64)])).rehearse();
    assert_eq!((forecast.nowhere, advice.surge), (vec![], None), "a third worker has room");
}

#[test]
fn an_order_that_moves_fewer_pods_is_found_and_named() {
    // Nearly all pods are on the first worker: what it gives up first moves again with each of the others.
    let mut blueprint = blueprint(3, &[Workload::deployment("shop", "web", 30)]);
    for machine in blueprint.machines.iter_mut().filter(|machine| ["w-2", "w-3"].contains(&machine.name.as_str())) {
        machine.pods = 2;
    }
    let mut original = Original::of(blueprint);
    original.make_room();
    let (first, advice) = original.rehearse();
    let order = advice.order.unwrap_or_else(|| panic!("a better order than {} moves", first.moved));
    assert_eq!(order.workers.last().map(|node| node.as_str()), Some("w-1"));
    assert!(order.moved < first.moved, "{} for {}", order.moved, first.moved);
    original.replan(order.workers);
    let (then, advice) = original.rehearse();
    assert_eq!((then.moved, advice.order), (order.moved, None), "what is advised can be planned");
}
