//! Clusters built by hand: what a person does, hosts without a Node, and what cannot be copied.

use upgrade_core::component::Component;
use upgrade_core::components::{ComponentHost, Execution};
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::RunsAs;
use upgrade_core::plan::{Action, ComponentAction};
use upgrade_rehearsal::{Copy, CopyError, Forecast};
use upgrade_twin::blueprint::{Blueprint, Form, Found, HandBuilt, Machine};

use crate::original::{Original, scenario};

fn found(blueprint: &mut Blueprint) -> &mut Found {
    match &mut blueprint.form {
        Form::HandBuilt(HandBuilt { found: Some(found), .. }) => found,
        other => panic!("expected a cluster as it was found, found {other:?}"),
    }
}

/// How far the middle of the forecast is from that of runs, as a part; the lowest availability of every workload is the same.
#[track_caller]
fn apart(original: &Original) -> f64 {
    let forecast = original.forecast();
    let truth = Forecast::of(&original.plan.plan, &original.run());
    let lowest = |forecast: &Forecast| -> Vec<(String, u64)> {
        forecast.availability.iter().map(|(name, seen)| (name.clone(), seen.lowest)).collect()
    };
    assert_eq!(lowest(&forecast), lowest(&truth));
    let middle = |forecast: &Forecast| {
        assert_eq!(forecast.finished, forecast.rehearsals, "{:?}", forecast.held);
        forecast.took.expect("it finished").middle.as_secs_f64()
    };
    middle(&forecast) / middle(&truth) - 1.0
}

#[test]
fn what_is_left_to_a_person_is_done_in_the_copy_and_told() {
    let blueprint = scenario("hand-built");
    let mut components = blueprint.components().expect("an owner's file");
    let parts = components.hosts.iter_mut().flat_map(|host| &mut host.parts);
    for part in parts.filter(|part| part.component == Component::Scheduler) {
        part.execute = Execution::Manual;
    }
    let original = Original::with(blueprint, Some(components));
    let told: Vec<String> = original.copy().unlike.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|line| line.starts_with("4 steps that a person carries out: ")), "{told:?}");
    let forecast = original.forecast();
    assert_eq!(forecast.finished, forecast.rehearsals, "{:?}", forecast.held);
    let whole = forecast.took.expect("it finished").middle.as_secs();
    assert!(whole > 4 * 60 * 5, "a person takes minutes: {whole} s");
}

/// The hand-built scenario with one of etcd's members on a host of its own.
fn with_a_member_apart() -> Original {
    const ADDRESS: &str = "10.20.9.9";
    let moved = |arguments: &mut Vec<String>| {
        for argument in arguments {
            *argument = argument.replace("--name=w-1", "--name=e-1").replace("10.20.1.2", ADDRESS);
        }
    };
    let usual = Original::of(scenario("hand-built"));
    let mut blueprint = usual.copy().blueprint;
    let worker = found(&mut blueprint).hosts.get_mut("w-1").expect("a worker");
    let at = worker.iter().position(|part| part.component == Component::Etcd).expect("a member");
    let mut etcd = worker.remove(at);
    moved(&mut etcd.arguments);
    found(&mut blueprint).hosts.insert("e-1".to_owned(), vec![etcd]);
    blueprint.machines.push(Machine::new("e-1", ADDRESS, &blueprint.version.clone()));
    if let Form::HandBuilt(built) = &mut blueprint.form {
        built.members.retain(|member| member != "w-1");
        built.members.push("e-1".to_owned());
    }
    let mut components = usual.components.expect("an owner's file");
    let worker = components.hosts.iter_mut().find(|host| host.name.as_str() == "w-1").expect("a worker");
    let at = worker.parts.iter().position(|part| part.component == Component::Etcd).expect("a member");
    let mut etcd = worker.parts.remove(at);
    moved(&mut etcd.arguments);
    let (name, address) = (NodeName::new("e-1"), Some(ADDRESS.to_owned()));
    components.hosts.push(ComponentHost { name, address, arch: "amd64".to_owned(), parts: vec![etcd] });
    Original::with(blueprint, Some(components))
}

#[test]
fn hosts_without_a_node_are_copied_too() {
    let mut original = with_a_member_apart();
    let mut copy = original.copy().blueprint;
    assert!(original.inventory.node(&NodeName::new("e-1")).is_none() && copy.machines.len() == 6);
    // A mirror of its own, as that of the copy is.
    found(&mut original.blueprint).binaries = found(&mut copy).binaries.clone();
    assert!(apart(&original).abs() < 0.25);
}

#[test]
fn static_pods_are_copied_too() {
    let original = Original::of(scenario("hand-built-pods"));
    let manifests = original.plan.plan.steps().filter(|step| {
        matches!(&step.action, Action::Component(ComponentAction::SwitchPod { pod, .. }) if pod.component == Component::Etcd)
    });
    assert!(manifests.count() > 1, "etcd's manifests are changed");
    let told: Vec<String> = original.copy().unlike.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|line| line.contains(" images of static pods: ")), "{told:?}");
    assert!(apart(&original).abs() < 0.25);
}

#[test]
fn static_pods_by_other_names_cannot_be_rehearsed() {
    let mut original = Original::of(scenario("hand-built-pods"));
    let host = original.inventory.hosts.values_mut().next().expect("a host");
    let pod = host.components.iter_mut().find(|part| part.image.is_some()).expect("a static pod");
    pod.runs = RunsAs::StaticPod("/etc/kubernetes/manifests/our-own.yaml".to_owned());
    let copy = Copy::of(original.snapshot.clone(), &original.inventory, &original.plan.plan);
    let Err(CopyError::StaticPods { nodes }) = copy else { panic!("a copy was made: {copy:?}") };
    assert_eq!(nodes.len(), 1);
}
