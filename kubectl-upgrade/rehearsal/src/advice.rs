//! What would go better: tried on the copy, not guessed.

use serde::Serialize;
use upgrade_core::ids::NodeName;
use upgrade_core::plan::{Action, Lane, PlanFile, StageKind};
use upgrade_twin::blueprint::{Blueprint, Machine};

use crate::forecast::Forecast;
use crate::rehearse::{Program, RehearsalError};
use crate::spread::Spread;

/// Pods without room for which more nodes than this would be needed are a matter of planning capacity, not of surge.
const MOST_SURGE: usize = 4;

/// So often each alternative is tried.
const TRIES: u64 = 3;

/// An order is worth telling of when it saves so many hundredths of the time or of the moves.
const WORTH_PERCENT: u32 = 10;

/// Above so many steps alternatives are not tried: each costs as much as a rehearsal.
const MOST_STEPS: usize = 3_000;

/// What would go better.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// More nodes, where pods find no place.
    pub surge: Option<Surge>,
    /// Another order of workers, where one is clearly better.
    pub order: Option<Order>,
}

/// More nodes for the time of the upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Surge {
    /// How many.
    pub nodes: usize,
    /// Of the size of this one.
    pub like: NodeName,
}

/// Another order of workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    /// The order.
    pub workers: Vec<NodeName>,
    /// How long the plan takes in it.
    pub took: Spread,
    /// How many pods it moves.
    pub moved: u32,
}

/// Tries what may go better than the forecast.
///
/// # Errors
/// As [`Program::play`].
pub fn advise(program: &Program<'_>, forecast: &Forecast) -> Result<Advice, RehearsalError> {
    let mut advice = Advice::default();
    if program.plan.plan.steps().count() > MOST_STEPS {
        return Ok(advice);
    }
    if !forecast.nowhere.is_empty() {
        advice.surge = surge(program)?;
    }
    if forecast.finished == forecast.rehearsals {
        advice.order = order(program, forecast)?;
    }
    Ok(advice)
}

fn surge(program: &Program<'_>) -> Result<Option<Surge>, RehearsalError> {
    let is_worker =
        |machine: &&Machine| program.blueprint.has_node(machine) && !machine.control_plane && !machine.cordoned;
    let workers = program.blueprint.machines.iter().filter(is_worker);
    let Some(like) = workers.max_by_key(|machine| (machine.cpu_milli, machine.memory_mib)) else { return Ok(None) };
    for nodes in 1..=MOST_SURGE {
        let blueprint = with_more(program.blueprint, like, nodes);
        let rehearsals = Program { blueprint: &blueprint, times: 1, ..program.again() }.play(&|_| {})?;
        if rehearsals.iter().all(|rehearsal| rehearsal.nowhere.is_empty()) {
            return Ok(Some(Surge { nodes, like: NodeName::new(&like.name) }));
        }
    }
    Ok(None)
}

fn with_more(blueprint: &Blueprint, like: &Machine, nodes: usize) -> Blueprint {
    let mut blueprint = blueprint.clone();
    for number in 1..=nodes {
        let name = format!("surge-{number}");
        let address = format!("192.0.2.{number}");
        blueprint.add_node(Machine { name, address, ..like.clone() });
    }
    blueprint
}

fn order(program: &Program<'_>, forecast: &Forecast) -> Result<Option<Order>, RehearsalError> {
    let Some(took) = forecast.took else { return Ok(None) };
    let mut best: Option<Order> = None;
    // The fullest last: what the others give up then finds room on nodes that are done. The fullest first: its many
    // pods are moved while no others are.
    for fullest_first in [false, true] {
        let Some((plan, workers)) = reordered(program.plan, fullest_first) else { continue };
        let tried = Program { plan: &plan, times: TRIES, ..program.again() }.play(&|_| {})?;
        let tried = Forecast::of(&plan.plan, &tried);
        let Some(spread) = tried.took.filter(|_| tried.finished == tried.rehearsals) else { continue };
        let order = Order { workers, took: spread, moved: tried.moved };
        let than = best.as_ref().map_or((took, forecast.moved), |best| (best.took, best.moved));
        if is_better(&order, than) {
            best = Some(order);
        }
    }
    Ok(best)
}

fn is_better(order: &Order, (took, moved): (Spread, u32)) -> bool {
    let saves = |now: u128, then: u128| now * 100 <= then * u128::from(100 - WORTH_PERCENT);
    let no_longer = order.took.middle.as_millis() * 100 <= took.middle.as_millis() * 102;
    saves(order.took.middle.as_millis(), took.middle.as_millis())
        || (no_longer && saves(order.moved.into(), moved.into()))
}

/// The plan with its workers in order of how many pods they give up; none where that is the order already.
fn reordered(file: &PlanFile, fullest_first: bool) -> Option<(PlanFile, Vec<NodeName>)> {
    let mut plan = file.plan.clone();
    let mut workers = Vec::new();
    for stage in plan.stages.iter_mut().filter(|stage| stage.kind == StageKind::Workers) {
        stage.lanes.sort_by_key(|lane| if fullest_first { u32::MAX - evicted(lane) } else { evicted(lane) });
        if workers.is_empty() {
            workers = stage.lanes.iter().filter_map(|lane| lane.subject.node().cloned()).collect();
        }
    }
    (plan != file.plan).then(|| (PlanFile::seal(plan), workers))
}

fn evicted(lane: &Lane) -> u32 {
    let pods = lane.steps.iter().map(|step| match &step.action {
        Action::Drain { seen, .. } => seen.evicted,
        _ => 0,
    });
    pods.sum()
}
