//! The second opinion: carries a plan out on the model and holds every state against the rules.

use std::collections::BTreeSet;

use upgrade_core::finding::FindingCode;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::Inventory;
use upgrade_core::plan::{Action, Amount, Lane, Plan, Stage, Step, Strategy};

use crate::build::Case;
use crate::world::{Holder, World, needs_consent};
use upgrade_tests::policy::{violations, worse};

/// Everything that is wrong with the plan; empty for a plan that leads to its target and breaks nothing on the way.
pub(crate) fn faults(plan: &Plan, case: &Case) -> Vec<String> {
    let start = World::of(&case.inventory);
    let mut world = start.clone();
    let mut faults: Vec<String> = plan.stages.iter().flat_map(|stage| side_by_side(stage, case)).collect();
    for step in order(plan, case.interleaving) {
        if changes_hosts(&step.action) && !backed_up(&world, &case.inventory) {
            faults.push(format!("step {}: there is no whole backup yet", step.id));
        }
        if let Err(fault) = take(&mut world, step) {
            faults.extend(fault.into_iter().map(|fault| format!("step {}: {fault}", step.id)));
            // The model cannot go on from what the real tool would have refused.
            return faults;
        }
    }
    faults.extend(ends(plan, case, &start, &world));
    faults
}

/// Whether the plan says itself that it cannot run for lack of packages.
pub(crate) fn lacks_packages(plan: &Plan) -> bool {
    plan.blockers().any(|finding| finding.code == FindingCode::PackageMissing)
}

/// One step, the skew policy asked at every moment of it.
fn take(world: &mut World, step: &Step) -> Result<(), Vec<String>> {
    if let Action::Drain { node, policy, .. } = &step.action {
        // The gate holds such a drain until somebody has taken care of these.
        world.remove_pods(node, |pod| needs_consent(pod, policy));
    }
    let before = violations(&world.minors());
    let mut out = Vec::new();
    let done = world.apply(&step.action, &mut |world| {
        let minors = world.minors();
        out.extend(worse(&before, &violations(&minors), &minors));
    });
    out.extend(done.err());
    if out.is_empty() { Ok(()) } else { Err(out) }
}

/// The steps of the plan in one of the orders its stages allow.
pub(crate) fn order(plan: &Plan, seed: u64) -> Vec<&Step> {
    let mut dice = seed;
    let mut order = Vec::new();
    for stage in &plan.stages {
        let mut waiting = stage.lanes.iter().map(|lane| lane.steps.iter());
        let mut under_way: Vec<_> = waiting.by_ref().take(stage.at_once).collect();
        while !under_way.is_empty() {
            let lane = roll(&mut dice, under_way.len());
            match under_way[lane].next() {
                Some(step) => order.push(step),
                None => {
                    drop(under_way.remove(lane));
                    under_way.extend(waiting.next());
                }
            }
        }
    }
    order
}

/// A number below `sides`; always 0 for the seed 0.
fn roll(dice: &mut u64, sides: usize) -> usize {
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005);
    usize::try_from(*dice >> 33).unwrap_or(0) % sides
}

fn changes_hosts(action: &Action) -> bool {
    !matches!(action, Action::SnapshotEtcd { .. } | Action::ArchiveFiles { .. })
}

fn backed_up(world: &World, inventory: &Inventory) -> bool {
    let external = inventory.kubeadm.as_ref().is_some_and(|record| record.external_etcd);
    let hosts: BTreeSet<NodeName> =
        inventory.nodes.iter().filter(|node| node.control_plane).map(|node| node.name.clone()).collect();
    world.archived == hosts && (external || world.snapshots > 0)
}

/// Never two control-plane hosts down, never more workers than the strategy lets.
fn side_by_side(stage: &Stage, case: &Case) -> Vec<String> {
    let takes_down = |lane: &&Lane| {
        lane.steps.iter().any(|step| !matches!(step.action, Action::SnapshotEtcd { .. } | Action::ArchiveFiles { .. }))
    };
    let node = |lane: &Lane| lane.subject.node().and_then(|name| case.inventory.node(name));
    let of_control_plane = |lane: &&Lane| node(lane).is_some_and(|node| node.control_plane);
    let busy: Vec<&Lane> = stage.lanes.iter().filter(takes_down).collect();
    let control_plane = busy.iter().copied().filter(of_control_plane).count();
    let mut faults = Vec::new();
    if control_plane > 1 && stage.at_once > 1 {
        faults.push(format!("{:?}: {control_plane} control-plane hosts side by side", stage.kind));
    }
    let workers =
        case.inventory.nodes.iter().filter(|node| !node.control_plane && !case.options.excluded.contains(&node.name));
    let bearable = match case.options.strategy {
        Strategy::AllAtOnce => usize::MAX,
        // Never planned for clusters with hosts.
        Strategy::NewPools { .. } => 0,
        Strategy::Rolling { max_unavailable: Amount::Count(count) } => usize::try_from(count).unwrap_or(usize::MAX),
        Strategy::Rolling { max_unavailable: Amount::Percent(percent) } => workers.count() * usize::from(percent) / 100,
    };
    if !busy.is_empty() && stage.at_once > bearable.max(1) {
        faults.push(format!("{:?}: {} at once, {bearable} allowed", stage.kind, stage.at_once));
    }
    faults
}

/// How the cluster must stand at the end.
fn ends(plan: &Plan, case: &Case, start: &World, end: &World) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, machine) in &end.machines {
        let was = &start.machines[name];
        let excluded = case.options.excluded.contains(name);
        // A kubelet that was ahead by patches stays where it is.
        let arrived = machine.kubelet == plan.target.clone().max(was.kubelet.clone())
            && machine.kubelet.minor() == plan.target.minor();
        if !excluded && !arrived {
            faults.push(format!("the kubelet on {name} ends at {}", machine.kubelet));
        }
        if excluded && machine.kubelet != was.kubelet {
            faults.push(format!("the excluded {name} was changed"));
        }
        let cordon = was.cordon.filter(|holder| *holder == Holder::Others || excluded);
        if machine.cordon != cordon {
            faults.push(format!("{name} was {:?} and ends {:?}", was.cordon, machine.cordon));
        }
        if let Some(part) = machine.parts.iter().flatten().find(|part| **part != plan.target) {
            faults.push(format!("the control plane on {name} ends with a {part}"));
        }
    }
    if end.record.as_ref() != Some(&plan.target) {
        faults.push(format!("kubeadm's record ends at {:?}", end.record));
    }
    if !plan.hops.is_empty() && end.kube_proxy.as_ref().is_some_and(|proxy| *proxy != plan.target) {
        faults.push(format!("kube-proxy ends at {:?}", end.kube_proxy));
    }
    faults
}
