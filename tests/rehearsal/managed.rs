//! Clusters that clouds run: what rehearsals on a copy say is what then happens to the original, which is asked over its
//! vendor's wire by the vendor's own SDK.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use upgrade_cluster::Snapshot;
use upgrade_core::facts::Facts;
use upgrade_core::finding::FindingCode;
use upgrade_core::inventory::{Inventory, PoolKind};
use upgrade_core::plan::{Options, PlanFile, ProviderKind};
use upgrade_core::planner::{self, Request};
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_engine::{Mode, Outcome, RunStore, StopLevel, execute, run_id};
use upgrade_provider::{Entry, Observer as _, Provider};
use upgrade_provider_aks::Aks;
use upgrade_provider_eks::Eks;
use upgrade_provider_gke::Gke;
use upgrade_rehearsal::{Bridge, Copy, Forecast, Identity, OpenCloud, Program, Stage, Understudy, scratch, workloads};
use upgrade_twin::blueprint::{Blueprint, Workload};

use crate::original::{TIMES, scenario};

/// How far the forecast's middle and one story may be apart: machines start in 40 to 150 s.
const CLOSE: f64 = 0.25;

const CLOUDS: [(&str, ProviderKind); 3] =
    [("eks", ProviderKind::Eks), ("gke", ProviderKind::Gke), ("aks", ProviderKind::Aks)];

/// What was seen of a cluster, and the plan of one hop.
struct Seen {
    kind: ProviderKind,
    snapshot: Snapshot,
    inventory: Inventory,
}

impl Seen {
    fn of(kind: ProviderKind, blueprint: &Blueprint) -> Self {
        upgrade_rehearsal::runtime().unwrap().block_on(async {
            let stage = Stage::open(blueprint, 42).unwrap();
            let provider = vendor(kind, &stage);
            let scope = Scope { pods: PodScope::All, hosts: HostScope::None, evidence: true, cloud: CloudScope::All };
            let inventory = stage.observer(&provider).observe(&scope).await.unwrap();
            Self { kind, snapshot: stage.cluster.snapshot().await.unwrap(), inventory }
        })
    }

    fn plan(&self) -> PlanFile {
        let accepted = vec![FindingCode::BudgetNever];
        let request = Request {
            target: "1.34".parse().unwrap(),
            options: Options { accepted, ..Options::default() },
            provider: self.kind,
            today: self.inventory.observed_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
            tool: "test",
            facts: &Facts::embedded(),
            kubectl: None,
            components: None,
            parent: None,
        };
        PlanFile::seal(planner::plan(&self.inventory, &request).unwrap())
    }

    fn forecast(&self, plan: &PlanFile) -> Forecast {
        let copy = Copy::of(self.snapshot.clone(), &self.inventory, &plan.plan).unwrap();
        let cloud = self.inventory.cloud.clone().unwrap();
        let provider =
            |stage: &Stage| Provider::through_cloud(Arc::new(Understudy::on(stage.twin.clone(), cloud.clone())));
        let (scratch, facts) = (scratch().unwrap(), Arc::new(Facts::embedded()));
        let (blueprint, times) = (&copy.blueprint, TIMES);
        let program =
            Program { blueprint, plan, facts, provider: &provider, scratch: scratch.path(), times, threads: 2 };
        Forecast::of(&plan.plan, &program.play(&|_| {}).unwrap())
    }
}

/// The vendor's own provider at work on a cluster.
fn vendor(kind: ProviderKind, stage: &Stage) -> Provider {
    let identity = Arc::new(Identity::new().unwrap());
    let provider = Bridge::over(&stage.twin, identity, move |OpenCloud { endpoint, names }| async move {
        let (entry, at) = (Entry::default(), Some(&endpoint));
        Ok(match kind {
            ProviderKind::Eks => Provider::through_cloud(Arc::new(Eks::connect(&entry, &names, at).await?)),
            ProviderKind::Gke => Provider::through_cloud(Arc::new(Gke::connect(&entry, &names, at).await?)),
            ProviderKind::Aks => Provider::through_cloud(Arc::new(Aks::new(&entry, names, at)?)),
            ProviderKind::Kubeadm | ProviderKind::Manual => unreachable!("no cloud runs it"),
        })
    });
    provider.unwrap()
}

/// Runs the plan on the original itself: how long it took, and the lowest availability of each workload.
fn truth(kind: ProviderKind, blueprint: &Blueprint, plan: &PlanFile) -> (Duration, Vec<(String, u64)>) {
    upgrade_rehearsal::runtime().unwrap().block_on(Box::pin(async {
        let stage = Stage::open(blueprint, 7).unwrap();
        let provider = vendor(kind, &stage);
        let folder = tempfile::tempdir().unwrap();
        let run = run_id(stage.clock.now(), &plan.digest);
        let directory = RunStore::at(folder.path().to_owned()).create(plan, &run, &serde_json::Value::Null).unwrap();
        let (events, _told) = mpsc::unbounded_channel();
        let (_stop, stop) = watch::channel(StopLevel::Go);
        let began = stage.clock.elapsed();
        let outcome = execute(upgrade_engine::Request {
            directory,
            plan: plan.clone(),
            ports: stage.ports(&provider, &run, "test"),
            facts: Arc::new(Facts::embedded()),
            mode: Mode::Start,
            takeover: false,
            holder: "test".to_owned(),
            tool: "test".to_owned(),
            events,
            stop,
            clock: stage.clock.clone(),
        })
        .await
        .unwrap();
        assert_eq!(outcome, Outcome::Finished);
        let lowest = workloads(&stage.twin).into_iter().map(|(name, seen)| (name, seen.lowest)).collect();
        (stage.clock.elapsed().saturating_sub(began), lowest)
    }))
}

#[test]
fn a_copy_is_upgraded_as_its_original_then_is() {
    for (name, kind) in CLOUDS {
        let blueprint = scenario(name);
        let seen = Seen::of(kind, &blueprint);
        let plan = seen.plan();
        let forecast = seen.forecast(&plan);
        assert_eq!(forecast.finished, forecast.rehearsals, "{name}: {:?}", forecast.held);
        let (took, lowest) = truth(kind, &blueprint, &plan);
        let middle = forecast.took.expect("it finished").middle;
        let apart = middle.as_secs_f64() / took.as_secs_f64() - 1.0;
        assert!(apart.abs() < CLOSE, "{name}: {middle:?} for {took:?}");
        let told: Vec<(String, u64)> =
            forecast.availability.iter().map(|(name, seen)| (name.clone(), seen.lowest)).collect();
        assert_eq!(told, lowest, "{name}");
        assert!(forecast.moved > 0, "{name}");
    }
}

#[test]
fn a_budget_that_never_gives_way_is_named_with_the_pool_that_waits_for_it() {
    let mut blueprint = scenario("eks");
    blueprint.objects.extend(Workload::deployment("shop", "queue", 2).min_available(2).objects());
    let seen = Seen::of(ProviderKind::Eks, &blueprint);
    let forecast = seen.forecast(&seen.plan());
    assert_eq!((forecast.finished, forecast.took), (0, None));
    let held = &forecast.held[0].hold.found;
    assert!(held.join(" ").contains("could not be evicted"), "{held:?}");
    let wait = forecast.waits.first().expect("it waited until its time was up");
    assert_eq!(wait.budget, "shop/queue");
    assert!(wait.spread.middle >= Duration::from_secs(14 * 60), "{wait:?}");
    assert_eq!(forecast.availability["shop/queue"].lowest, 2);
}

#[test]
fn nodes_that_somebody_else_replaces_are_replaced_in_the_copy_and_told() {
    for (scenario_of, kind, pool_kind) in
        [("gke", ProviderKind::Gke, PoolKind::Automatic), ("eks", ProviderKind::Eks, PoolKind::Karpenter)]
    {
        let mut seen = Seen::of(kind, &scenario(scenario_of));
        let pool = &mut seen.inventory.cloud.as_mut().unwrap().pools[0];
        pool.kind = pool_kind;
        let name = pool.name.clone();
        let nodes = seen.inventory.nodes_of(&name).count();
        let plan = seen.plan();
        let copy = Copy::of(seen.snapshot.clone(), &seen.inventory, &plan.plan).unwrap();
        let told: Vec<String> = copy.unlike.iter().map(ToString::to_string).collect();
        assert!(
            told.iter().any(|line| line.starts_with("1 steps that wait for nodes which somebody else replaces")),
            "{told:?}"
        );
        let forecast = seen.forecast(&plan);
        assert_eq!(forecast.finished, forecast.rehearsals, "{:?}", forecast.held);
        let least = Duration::from_secs(40) * u32::try_from(nodes).unwrap();
        assert!(forecast.took.unwrap().low > least, "{name} has {nodes} nodes: {:?}", forecast.took);
    }
}
