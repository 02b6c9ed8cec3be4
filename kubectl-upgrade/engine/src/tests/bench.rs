//! A world with a plan for it, and processes that run the plan.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use upgrade_core::event::Event;
use upgrade_core::facts::Facts;
use upgrade_core::fixtures;
use upgrade_core::ids::{NodeName, StepId};
use upgrade_core::inventory::Inventory;
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::{Amount, Options, PlanFile, ProviderKind, Strategy};
use upgrade_core::planner;
use upgrade_core::target::Target;
use upgrade_core::version::Version;

use super::ports::{Api, Eyes, HostPort, Lease, Link, Shared, VirtualClock};
use super::world::{World, name};
use crate::error::EngineError;
use crate::ports::Ports;
use crate::request::{Mode, Outcome, Request, StopLevel};
use crate::run::execute;
use crate::run_id::run_id;
use crate::store::{RunDirectory, RunStore};

/// Far longer than any run here takes.
const LONG: Duration = Duration::from_secs(36_000);

pub(super) struct Bench {
    pub(super) world: Shared,
    pub(super) plan: PlanFile,
    pub(super) directory: RunDirectory,
    _files: TempDir,
}

/// What a process told and how it ended.
pub(super) struct Told {
    pub(super) outcome: Option<Result<Outcome, EngineError>>,
    pub(super) events: Vec<Event>,
}

impl Bench {
    /// One control-plane host and two workers from 1.34.2 to 1.35.3, so many workers at once.
    pub(super) fn new(at_once: u32) -> Self {
        let inventory = fixtures::healthy(&Version::new(1, 34, 2));
        let strategy = Strategy::Rolling { max_unavailable: Amount::Count(at_once) };
        let request = planner::Request {
            target: Target::Exact(Version::new(1, 35, 3)),
            options: Options { strategy, ..Options::default() },
            provider: ProviderKind::Kubeadm,
            today: "2026-11-22".parse().unwrap(),
            tool: "test",
            facts: &Facts::embedded(),
            kubectl: None,
            components: None,
            parent: None,
        };
        let plan = PlanFile::seal(planner::plan(&inventory, &request).expect("a plan"));
        // Memory where there is some: thousands of synced records should not wait for a disk.
        let memory = std::path::Path::new("/dev/shm");
        let files = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let store = RunStore::at(files.path().to_owned());
        let run = run_id(fixtures::OBSERVED_AT, &plan.digest);
        let directory = store.create(&plan, &run, &serde_json::json!({ "context": "test" })).unwrap();
        Self { world: Arc::new(Mutex::new(World::new(inventory))), plan, directory, _files: files }
    }

    pub(super) fn request(&self, resume: bool, dies_after: Option<usize>) -> (Request, Ends) {
        let link = Link { world: self.world.clone(), journal: self.directory.journal(), dies_after };
        let ports = Ports {
            observer: Arc::new(Eyes(link.clone())),
            cluster: Arc::new(Api(link.clone())),
            provider: Arc::new(HostPort(link.clone())),
            lock: Arc::new(Lease(link)),
        };
        let (events, told) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(StopLevel::Go);
        let request = Request {
            directory: self.directory.clone(),
            plan: self.plan.clone(),
            ports,
            facts: Arc::new(Facts::embedded()),
            mode: if resume { Mode::Resume { accepted: Vec::new() } } else { Mode::Start },
            takeover: false,
            holder: "someone@here".to_owned(),
            tool: "test".to_owned(),
            events,
            stop: stopped,
            clock: Arc::new(VirtualClock(self.world.clone(), Instant::now())),
        };
        (request, Ends { told, stop })
    }

    /// Runs a process until it ends or is killed.
    pub(super) async fn process(&self, resume: bool, dies_after: Option<usize>) -> Told {
        let (request, mut ends) = self.request(resume, dies_after);
        let outcome = tokio::time::timeout(LONG, execute(request)).await.ok();
        Told { outcome, events: ends.drain() }
    }

    pub(super) async fn start(&self) -> Outcome {
        self.process(false, None).await.outcome.expect("an end").expect("an outcome")
    }

    pub(super) async fn resume(&self) -> Outcome {
        self.process(true, None).await.outcome.expect("an end").expect("an outcome")
    }

    pub(super) fn records(&self) -> Vec<Record> {
        self.directory.records().unwrap()
    }

    /// The step of a node that does this, the `nth` of them.
    pub(super) fn step(&self, node: &str, action: &str, nth: usize) -> StepId {
        let steps = self.plan.plan.steps();
        let mut found = steps
            .filter(|step| step.action.node().is_some_and(|on| on.as_str() == node) && name(&step.action) == action);
        found.nth(nth).expect("a step").id
    }

    pub(super) fn cordoned(&self) -> Vec<NodeName> {
        let world = self.world.lock().unwrap();
        world.inventory.nodes.iter().filter(|node| node.unschedulable).map(|node| node.name.clone()).collect()
    }

    pub(super) fn inventory(&self) -> Inventory {
        let mut world = self.world.lock().unwrap();
        world.advance();
        let mut inventory = world.inventory.clone();
        // Where pods went depends on the order of drains, which a crash may change.
        inventory.pods.clear();
        inventory
    }

    /// The changes begun, as plan steps; drains are told by the journal alone.
    pub(super) fn effects(&self) -> Vec<StepId> {
        self.world.lock().unwrap().effects.iter().map(|(step, _)| *step).collect()
    }
}

/// The other ends of a request's channels.
pub(super) struct Ends {
    told: mpsc::UnboundedReceiver<Event>,
    pub(super) stop: watch::Sender<StopLevel>,
}

impl Ends {
    pub(super) fn drain(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.told.try_recv().ok()).collect()
    }

    /// Waits until a step is started.
    pub(super) async fn started(&mut self, step: StepId) {
        while let Some(event) = self.told.recv().await {
            if let Event::Recorded(Record { entry: Entry::StepStarted { step: found, .. }, .. }) = event
                && found == step
            {
                return;
            }
        }
        panic!("step {step} was not started");
    }
}

/// The reason, findings and state of a hold.
pub(super) fn held(outcome: &Outcome) -> (upgrade_core::journal::HoldReason, String, String) {
    match outcome {
        Outcome::Held(Record { entry: Entry::Held { reason, found, state, next, .. }, .. }) => {
            assert!(next.iter().any(|next| next == "kubectl upgrade resume"), "{next:?}");
            (*reason, found.join("\n"), state.join("\n"))
        }
        other => panic!("expected a hold, found {other:?}"),
    }
}
