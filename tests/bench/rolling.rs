//! A rolling run over 1,000 simulated nodes, in virtual time: the real engine and adapters on a simulated cluster.
//!
//! The bound is what the steps themselves took in this run, shared out over as many lanes as may be under way: what the
//! run took beyond that is time in which a lane that could have gone on did not. Budgets are in the steps: a drain takes
//! as long as its pods' budgets make it take.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, watch};
use upgrade_core::facts::Facts;
use upgrade_core::ids::StepId;
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::{Action, Amount, Options, PlanFile, ProviderKind, Stage as PlanStage, StageKind, Strategy};
use upgrade_core::planner::{self, Request as PlanRequest};
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_core::version::{Minor, Version};
use upgrade_engine::{Mode, Outcome, Request, RunStore, StopLevel, execute, run_id};
use upgrade_provider::Observer as _;
use upgrade_provider::Provider;
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_rehearsal::Stage;
use upgrade_ssh::HostsFile;
use upgrade_twin::blueprint::{Blueprint, Machine, Scenario, Workload};

use crate::report::Row;

const WORKERS: u16 = 1_000;

/// Workers under way at once.
const AT_ONCE: u32 = 50;

pub(crate) fn rows() -> Result<Vec<Row>, String> {
    let (plan, records, cpu_s) = story()?;
    let steps = times(&records);
    let stage = plan.stages.iter().find(|stage| stage.kind == StageKind::Workers).ok_or("no workers in the plan")?;
    let [took_s, bound_s] = makespan(stage, &steps);
    let cordons = plan.steps().filter(|step| matches!(step.action, Action::Cordon { .. }));
    let cordons: Vec<f64> = cordons.filter_map(|step| steps.get(&step.id)).map(|(from, to)| to - from).collect();
    let name = |what: &str| format!("{WORKERS} simulated nodes, {AT_ONCE} at once: {what}");
    Ok(vec![
        Row::told(name("makespan, virtual"), "s", vec![took_s]),
        Row::limited(name("makespan / bound"), "×", vec![took_s / bound_s], 1.05),
        Row::told(name("a cordon, from begun to seen, virtual"), "s", cordons),
        Row::told(
            name("CPU for each node, the simulated cluster's included"),
            "ms",
            vec![cpu_s * 1e3 / f64::from(WORKERS)],
        ),
    ])
}

fn story() -> Result<(upgrade_core::plan::Plan, Vec<Record>, f64), String> {
    let runtime = upgrade_rehearsal::runtime().map_err(|error| error.to_string())?;
    runtime.block_on(Box::pin(async {
        let stage = Stage::open(&blueprint()?, 1).map_err(|error| error.to_string())?;
        let kubeadm = Kubeadm::new(Arc::clone(&stage.transport), HostsFile::default()).in_time_of(stage.time());
        let kubeadm = Arc::new(kubeadm);
        let side = Provider::on_hosts(kubeadm);
        let file = PlanFile::seal(plan(&stage, &side).await?);
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let run = run_id(stage.twin.clock().now(), &file.digest);
        let store = RunStore::at(folder.path().to_owned());
        let directory = store.create(&file, &run, &serde_json::Value::Null).map_err(|error| error.to_string())?;
        let (events, _told) = mpsc::unbounded_channel();
        let (_stop, stopped) = watch::channel(StopLevel::Go);
        let request = Request {
            directory: directory.clone(),
            plan: file.clone(),
            ports: stage.ports(&side, &run, "bench"),
            facts: Arc::new(Facts::embedded()),
            mode: Mode::Start,
            takeover: false,
            holder: "bench".to_owned(),
            tool: "bench".to_owned(),
            events,
            stop: stopped,
            clock: stage.clock.clone(),
        };
        // One thread, and nothing to wait for: real time is the time of its CPU.
        let began = Instant::now();
        let outcome = execute(request).await.map_err(|error| error.to_string())?;
        let cpu_s = began.elapsed().as_secs_f64();
        if outcome != Outcome::Finished {
            return Err(format!("the run did not finish: {outcome:?}"));
        }
        let records = directory.records().map_err(|error| error.to_string())?;
        Ok((file.plan, records, cpu_s))
    }))
}

/// The scenario of three nodes, with many more, and workloads under budgets on them.
fn blueprint() -> Result<Blueprint, String> {
    let small = Scenario::named("kubeadm").map_err(|error| error.to_string())?.blueprint();
    let mut machines: Vec<Machine> = small.machines.iter().filter(|machine| machine.control_plane).cloned().collect();
    machines.extend((1..=WORKERS).map(|number| {
        let address = format!("10.30.{}.{}", number / 250, number % 250 + 1);
        Machine::new(&format!("w-{number:04}"), &address, &small.version)
    }));
    let workload = |number| Workload::deployment("shop", &format!("app-{number:02}"), 100).max_unavailable("10%");
    let objects = (0..30).flat_map(|number| workload(number).objects()).collect();
    Ok(Blueprint { machines, objects, ..small })
}

async fn plan(stage: &Stage, side: &Provider) -> Result<upgrade_core::plan::Plan, String> {
    let minors = (35..=37).map(|minor| Minor::new(1, minor)).collect();
    let scope =
        Scope { pods: PodScope::All, hosts: HostScope::All { minors }, evidence: true, cloud: CloudScope::None };
    let inventory = stage.observer(side).observe(&scope).await.map_err(|error| error.to_string())?;
    let strategy = Strategy::Rolling { max_unavailable: Amount::Count(AT_ONCE) };
    let target = Version::new(1, 36, 5).to_string();
    let request = PlanRequest {
        target: target.parse().map_err(|error| format!("{error}"))?,
        options: Options { strategy, ..Options::default() },
        provider: ProviderKind::Kubeadm,
        today: inventory.observed_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
        tool: "bench",
        facts: &Facts::embedded(),
        kubectl: None,
        parent: None,
    };
    let plan = planner::plan(&inventory, &request).map_err(|error| error.to_string())?;
    let blocked = plan.blockers().next().map(|blocker| format!("the plan is blocked: {blocker:?}"));
    blocked.map_or(Ok(plan), Err)
}

/// When each step started and ended, in seconds.
fn times(records: &[Record]) -> BTreeMap<StepId, (f64, f64)> {
    let mut times = BTreeMap::new();
    for record in records {
        let at = record.at.as_millisecond() as f64 / 1e3;
        match &record.entry {
            Entry::StepStarted { step, .. } => {
                times.entry(*step).or_insert((at, at));
            }
            Entry::StepFinished { step, .. } => times.entry(*step).or_insert((at, at)).1 = at,
            Entry::RunStarted { .. }
            | Entry::RunResumed { .. }
            | Entry::OperationBegun { .. }
            | Entry::Output { .. }
            | Entry::StepFailed { .. }
            | Entry::Held { .. }
            | Entry::RunFinished => {}
        }
    }
    times
}

/// How long the stage took, and the least it could have taken.
fn makespan(stage: &PlanStage, steps: &BTreeMap<StepId, (f64, f64)>) -> [f64; 2] {
    let of_lane = |lane: &upgrade_core::plan::Lane| -> Vec<(f64, f64)> {
        lane.steps.iter().filter_map(|step| steps.get(&step.id).copied()).collect()
    };
    let all: Vec<(f64, f64)> = stage.lanes.iter().flat_map(of_lane).collect();
    let first = all.iter().map(|(from, _)| *from).fold(f64::INFINITY, f64::min);
    let last = all.iter().map(|(_, to)| *to).fold(0.0, f64::max);
    let busy = |times: Vec<(f64, f64)>| times.iter().map(|(from, to)| to - from).sum::<f64>();
    let lanes: Vec<f64> = stage.lanes.iter().map(|lane| busy(of_lane(lane))).collect();
    let shared = lanes.iter().sum::<f64>() / stage.at_once as f64;
    [last - first, lanes.iter().copied().fold(shared, f64::max)]
}
