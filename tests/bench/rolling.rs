//! A rolling run over 1,000 simulated nodes, in virtual time: the real engine and adapters on a simulated cluster.
//!
//! What it takes is held against the least that the plan, the tempo of the cluster and its budgets allow (`bound.rs`),
//! which nothing of the run goes into.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use upgrade_core::facts::Facts;
use upgrade_core::ids::StepId;
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::{Amount, Options, Plan, PlanFile, ProviderKind, Stage as PlanStage, StageKind, Strategy};
use upgrade_core::planner::{self, Request as PlanRequest};
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_core::version::{Minor, Version};
use upgrade_engine::{Mode, Outcome, Request, RunStore, StopLevel, execute, run_id};
use upgrade_provider::Observer as _;
use upgrade_provider::Provider;
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_rehearsal::Stage;
use upgrade_ssh::HostsFile;
use upgrade_twin::Tempo;
use upgrade_twin::blueprint::{Blueprint, Machine, Scenario, Workload};

use crate::bound;
use crate::measure::cpu;
use crate::report::Row;

const WORKERS: u16 = 1_000;

/// One of so many workers is under way at a time.
const SHARE: u16 = 20;

/// Pods of each workload, which has a budget over them, and pods for each worker.
const PODS: u32 = 100;
const OF_WORKER: u16 = 3;

pub(crate) fn rows() -> Result<Vec<Row>, String> {
    let Story { plan, records, tempo, cpu_s } = story()?;
    let stage = plan.stages.iter().find(|stage| stage.kind == StageKind::Workers).ok_or("no workers in the plan")?;
    let bound_s = bound::of(stage, &tempo, PODS, PODS / 10)?;
    let took_s = makespan(stage, &records);
    let workers = workers()?;
    let name = |what: &str| format!("{workers} simulated nodes, {} at once: {what}", workers / SHARE);
    let cpu_ms = cpu_s * 1e3 / f64::from(workers);
    Ok(vec![
        Row::told(name("makespan, virtual"), "s", vec![took_s]),
        Row::told(name("bound"), "s", vec![bound_s]),
        Row::limited(name("makespan / bound"), "×", vec![took_s / bound_s], 1.05),
        Row::told(name("CPU for each node, that of the simulated cluster included"), "ms", vec![cpu_ms]),
    ])
}

/// How many; `BENCH_NODES` says otherwise, as what a run costs grows with their square.
fn workers() -> Result<u16, String> {
    let given = std::env::var("BENCH_NODES").ok().map(|text| text.parse());
    let workers = given.transpose().map_err(|error| format!("BENCH_NODES: {error}"))?.unwrap_or(WORKERS);
    if workers < SHARE { Err(format!("BENCH_NODES: expected {SHARE} or more, found {workers}")) } else { Ok(workers) }
}

struct Story {
    plan: Plan,
    records: Vec<Record>,
    tempo: Tempo,
    cpu_s: f64,
}

fn story() -> Result<Story, String> {
    let runtime = upgrade_rehearsal::runtime().map_err(|error| error.to_string())?;
    runtime.block_on(Box::pin(async {
        let blueprint = blueprint()?;
        let stage = Stage::open(&blueprint, 1).map_err(|error| error.to_string())?;
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
        let before = cpu().own_s;
        let outcome = execute(request).await.map_err(|error| error.to_string())?;
        let cpu_s = cpu().own_s - before;
        if outcome != Outcome::Finished {
            return Err(format!("the run did not finish: {outcome:?}"));
        }
        let records = directory.records().map_err(|error| error.to_string())?;
        Ok(Story { plan: file.plan, records, tempo: blueprint.tempo, cpu_s })
    }))
}

/// The scenario of three nodes, with many more, and workloads under budgets on them. Everything takes as long as it
/// typically does, so that the least it can all take is known.
fn blueprint() -> Result<Blueprint, String> {
    let small = Scenario::named("kubeadm").map_err(|error| error.to_string())?.blueprint();
    let mut machines: Vec<Machine> = small.machines.iter().filter(|machine| machine.control_plane).cloned().collect();
    machines.extend((1..=workers()?).map(|number| {
        let address = format!("10.30.{}.{}", number / 250, number % 250 + 1);
        Machine::new(&format!("w-{number:04}"), &address, &small.version)
    }));
    let workload = |number| Workload::deployment("shop", &format!("app-{number:02}"), PODS).max_unavailable("10%");
    let workloads = u32::from(workers()? * OF_WORKER).div_ceil(PODS);
    let objects = (0..workloads).flat_map(|number| workload(number).objects()).collect();
    Ok(Blueprint { machines, objects, tempo: bound::steady(&small.tempo)?, ..small })
}

async fn plan(stage: &Stage, side: &Provider) -> Result<Plan, String> {
    let minors = (35..=36).map(|minor| Minor::new(1, minor)).collect();
    let scope =
        Scope { pods: PodScope::All, hosts: HostScope::All { minors }, evidence: true, cloud: CloudScope::None };
    let inventory = stage.observer(side).observe(&scope).await.map_err(|error| error.to_string())?;
    let strategy = Strategy::Rolling { max_unavailable: Amount::Count(u32::from(workers()? / SHARE)) };
    let target = Version::new(1, 35, 6).to_string();
    let request = PlanRequest {
        target: target.parse().map_err(|error| format!("{error}"))?,
        options: Options { strategy, ..Options::default() },
        provider: ProviderKind::Kubeadm,
        today: inventory.observed_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
        tool: "bench",
        facts: &Facts::embedded(),
        kubectl: None,
        components: None,
        parent: None,
    };
    let plan = planner::plan(&inventory, &request).map_err(|error| error.to_string())?;
    let blocked = plan.blockers().next().map(|blocker| format!("the plan is blocked: {blocker:?}"));
    blocked.map_or(Ok(plan), Err)
}

/// From when the first step of the stage started until its last one ended, in seconds.
fn makespan(stage: &PlanStage, records: &[Record]) -> f64 {
    let steps: BTreeSet<StepId> = stage.lanes.iter().flat_map(|lane| &lane.steps).map(|step| step.id).collect();
    let at = |record: &Record| record.at.as_millisecond() as f64 / 1e3;
    let of_stage = records.iter().filter(|record| match &record.entry {
        Entry::StepStarted { step, .. } | Entry::StepFinished { step, .. } => steps.contains(step),
        Entry::RunStarted { .. }
        | Entry::RunResumed { .. }
        | Entry::OperationBegun { .. }
        | Entry::Output { .. }
        | Entry::StepFailed { .. }
        | Entry::Held { .. }
        | Entry::RunFinished => false,
    });
    let times: Vec<f64> = of_stage.map(at).collect();
    times.iter().copied().fold(0.0, f64::max) - times.iter().copied().fold(f64::INFINITY, f64::min)
}
