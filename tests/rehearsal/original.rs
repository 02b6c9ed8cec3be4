//! A cluster to be rehearsed: simulated, but looked at and copied as a real one is.

use std::path::Path;
use std::sync::Arc;

use upgrade_cluster::Snapshot;
use upgrade_core::components::Components;
use upgrade_core::facts::Facts;
use upgrade_core::finding::FindingCode;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::Inventory;
use upgrade_core::plan::{Options, PlanFile, ProviderKind};
use upgrade_core::planner::{self, Request};
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_core::version::{Minor, Version};
use upgrade_provider::{Observer as _, Provider};
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_provider_manual::Manual;
use upgrade_rehearsal::{Advice, Copy, Forecast, Program, Rehearsal, Stage, Stagehand, advise, scratch};
use upgrade_ssh::HostsFile;
use upgrade_twin::blueprint::{Blueprint, Machine, Scenario, Workload};

/// How often a plan is rehearsed here.
pub(crate) const TIMES: u64 = 3;

/// What was seen of a cluster, and the plan made from it.
pub(crate) struct Original {
    pub(crate) blueprint: Blueprint,
    pub(crate) snapshot: Snapshot,
    pub(crate) inventory: Inventory,
    pub(crate) plan: PlanFile,
    /// The components file of its owner, where it was built by hand.
    pub(crate) components: Option<Components>,
}

/// One host of the control plane and workers of four CPUs, one hop behind, with these workloads.
pub(crate) fn blueprint(workers: u8, workloads: &[Workload]) -> Blueprint {
    let three = scenario("kubeadm");
    let version = Version::new(1, 35, 4);
    let worker = |n| Machine::new(&format!("w-{n}"), &format!("10.40.0.{n}"), &version);
    let host = Machine::new("cp-1", "10.40.1.1", &version).control_plane();
    Blueprint {
        machines: std::iter::once(host).chain((1..=workers).map(worker)).collect(),
        objects: workloads.iter().flat_map(Workload::objects).collect(),
        version,
        ..three
    }
}

pub(crate) fn scenario(name: &str) -> Blueprint {
    Scenario::named(name).expect("a scenario").blueprint()
}

/// The provider of a stage, as the plugin makes it.
pub(crate) fn provider(stage: &Stage, components: Option<&Components>) -> Provider {
    let (transport, hosts) = (Arc::clone(&stage.transport), HostsFile::default());
    if let Some(mut components) = components.cloned() {
        components.hosts.iter_mut().for_each(|host| host.address = stage.address(&host.name));
        let person = Arc::new(Stagehand::on(stage.twin.clone()));
        let manual = Manual::new(transport, hosts, Some(components)).in_time_of(stage.time()).hearing(person);
        return Provider::on_hosts(Arc::new(manual));
    }
    let kubeadm = Kubeadm::new(transport, hosts).in_time_of(stage.time());
    Provider::on_hosts(Arc::new(kubeadm))
}

/// Everything that a rehearsal asks of the cluster.
pub(crate) async fn look(stage: &Stage, components: Option<&Components>) -> (Snapshot, Inventory) {
    let minors = (20..=37).map(|minor| Minor::new(1, minor)).collect();
    let scope =
        Scope { pods: PodScope::All, hosts: HostScope::All { minors }, evidence: true, cloud: CloudScope::None };
    let inventory = stage.observer(&provider(stage, components)).observe(&scope).await.expect("a look");
    (stage.cluster.snapshot().await.expect("a snapshot"), inventory)
}

impl Original {
    /// Sets the cluster up, looks at it and plans.
    pub(crate) fn of(blueprint: Blueprint) -> Self {
        let components = blueprint.components();
        Self::with(blueprint, components)
    }

    /// The same, of whose components its owner says that.
    pub(crate) fn with(blueprint: Blueprint, components: Option<Components>) -> Self {
        let runtime = upgrade_rehearsal::runtime().expect("a runtime");
        let (snapshot, inventory) = runtime.block_on(async {
            let stage = Stage::open(&blueprint, 42).expect("a stage");
            look(&stage, components.as_ref()).await
        });
        let plan = plan(&inventory, components.as_ref(), Vec::new());
        Self { blueprint, snapshot, inventory, plan, components }
    }

    /// Plans again, with the workers in that order.
    pub(crate) fn replan(&mut self, order: Vec<NodeName>) {
        self.plan = plan(&self.inventory, self.components.as_ref(), order);
    }

    /// Gives every node room for as many pods as any has by default.
    pub(crate) fn make_room(&mut self) {
        for node in self.snapshot.objects.iter_mut().filter(|object| object["kind"] == "Node") {
            node["status"]["allocatable"]["pods"] = "110".into();
        }
    }

    pub(crate) fn copy(&self) -> Copy {
        Copy::of(self.snapshot.clone(), &self.inventory, &self.plan.plan).expect("a copy")
    }

    /// Rehearses its plan on a copy of it.
    pub(crate) fn forecast(&self) -> Forecast {
        self.play(|_, forecast| forecast)
    }

    /// The same, and what would go better.
    pub(crate) fn rehearse(&self) -> (Forecast, Advice) {
        self.play(|program, forecast| {
            let advice = advise(program, &forecast).expect("advice");
            (forecast, advice)
        })
    }

    fn play<T>(&self, then: impl FnOnce(&Program<'_>, Forecast) -> T) -> T {
        let (copy, scratch) = (self.copy(), scratch().expect("a place for journals"));
        let provider = |stage: &Stage| provider(stage, self.components.as_ref());
        let program = self.program(&copy.blueprint, &provider, scratch.path());
        let forecast = Forecast::of(&self.plan.plan, &program.play(&|_| {}).expect("rehearsals"));
        then(&program, forecast)
    }

    /// Runs its plan on the cluster itself.
    pub(crate) fn run(&self) -> Vec<Rehearsal> {
        let scratch = scratch().expect("a place for journals");
        let provider = |stage: &Stage| provider(stage, self.components.as_ref());
        self.program(&self.blueprint, &provider, scratch.path()).play(&|_| {}).expect("runs")
    }

    fn program<'a>(
        &'a self,
        blueprint: &'a Blueprint,
        provider: &'a (dyn Fn(&Stage) -> Provider + Sync),
        scratch: &'a Path,
    ) -> Program<'a> {
        let facts = Arc::new(Facts::embedded());
        Program { blueprint, plan: &self.plan, facts, provider, scratch, times: TIMES, threads: 2 }
    }
}

/// A budget that is found too tight beforehand is accepted: here it is to be met.
fn plan(inventory: &Inventory, components: Option<&Components>, order: Vec<NodeName>) -> PlanFile {
    let accepted = vec![FindingCode::BudgetNever];
    let request = Request {
        target: "latest".parse().expect("a target"),
        options: Options { accepted, order, ..Options::default() },
        provider: if components.is_some() { ProviderKind::Manual } else { ProviderKind::Kubeadm },
        today: inventory.observed_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
        tool: "test",
        facts: &Facts::embedded(),
        kubectl: None,
        components,
        parent: None,
    };
    PlanFile::seal(planner::plan(inventory, &request).expect("a plan"))
}
