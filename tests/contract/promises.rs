//! The promises, one step of a plan after the other.

use std::time::Duration;

use upgrade_core::facts::Facts;
use upgrade_core::gate::{self, Decision};
use upgrade_core::ids::RunId;
use upgrade_core::inventory::Inventory;
use upgrade_core::journal::{Entry, How, OperationRef, Record, fold};
use upgrade_core::plan::{Action, Carrier, CloudAction, Options, Plan, PlanFile, Step};
use upgrade_core::planner::{self, Request};
use upgrade_core::scope::{CloudScope, HostScope, OperationKey, PodScope, Scope};
use upgrade_core::target::Target;
use upgrade_provider::{Backend, ErrorKind, Observer as _, OperationStatus};
use upgrade_twin::store::{ObjectKey, Resource};

use crate::worlds::World;

/// How long one question may wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a gate or an operation is asked before it is given up.
const QUESTIONS: usize = 2_000;

/// Carries out the plan of a world, and sees every promise kept at every step.
pub(crate) fn hold<F: Future<Output = World>>(world: impl FnOnce() -> F) {
    upgrade_rehearsal::runtime().unwrap().block_on(async {
        let world = world().await;
        let plan = planned(&world).await;
        held(&world, &plan).await;
    });
}

async fn held(world: &World, plan: &Plan) {
    let mut begun = 0;
    for step in plan.steps() {
        if ready(world, plan, step).await {
            begun += usize::from(carried_out(world, step).await);
        }
    }
    assert!(begun >= 4, "only {begun} steps were the provider's");
}

/// Carries out the plan of a hand-built cluster and its way back, etcd with it.
pub(crate) fn hold_back<F: Future<Output = World>>(world: impl FnOnce() -> F) {
    upgrade_rehearsal::runtime().unwrap().block_on(async {
        let mut world = world().await;
        let plan = planned(&world).await;
        held(&world, &plan).await;
        let name = ObjectKey::new(Resource::CONFIG_MAPS, "default", "written-since");
        world.stage.twin.with(|world| {
            let (now, value) =
                (world.now(), serde_json::json!({"metadata": {"name": "written-since", "namespace": "default"}}));
            world.store.create(Resource::CONFIG_MAPS, value, now).unwrap();
        });
        let back = way_back(&world, plan).await;
        world.run = RunId::new("20260102t000000z-c0ffee");
        held(&world, &back).await;
        assert!(world.stage.twin.with(|world| world.store.get(&name).is_none()), "it was written after the snapshot");
    });
}

async fn way_back(world: &World, plan: Plan) -> Plan {
    let scope = Scope {
        pods: PodScope::All,
        hosts: HostScope::All { minors: vec![] },
        evidence: true,
        cloud: CloudScope::None,
    };
    let inventory = world.stage.observer(&world.provider()).observe(&scope).await.unwrap();
    let file = PlanFile::seal(plan);
    let start = Entry::RunStarted {
        run: world.run.clone(),
        plan: file.digest.clone(),
        cluster: inventory.cluster.uid.clone(),
        holder: String::new(),
        tool: String::new(),
    };
    let steps: Vec<_> = file.plan.steps().map(|step| step.id).collect();
    let done = |step| Entry::StepFinished { step, how: How::AlreadyDone, observed: Vec::new() };
    let entries = std::iter::once(start).chain(steps.into_iter().map(done));
    let at = inventory.observed_at;
    let records: Vec<Record> = (0..).zip(entries).map(|(sequence, entry)| Record { sequence, at, entry }).collect();
    let facts = Facts::embedded();
    let request = request(world, &inventory, &facts);
    planner::back_with_etcd(&file, &fold(&records).unwrap(), &records, &inventory, &request).unwrap()
}

async fn planned(world: &World) -> Plan {
    let (before, minors) = (world.effects(), vec![world.to]);
    let scope = Scope { pods: PodScope::All, hosts: HostScope::All { minors }, evidence: true, cloud: CloudScope::All };
    let inventory = world.stage.observer(&world.provider()).observe(&scope).await.unwrap();
    assert_eq!(world.effects(), before, "to look changes nothing");
    let facts = Facts::embedded();
    planner::plan(&inventory, &request(world, &inventory, &facts)).unwrap()
}

fn request<'a>(world: &'a World, inventory: &Inventory, facts: &'a Facts) -> Request<'a> {
    Request {
        target: Target::Minor(world.to),
        options: Options::default(),
        provider: world.kind,
        today: inventory.observed_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
        tool: "contract",
        facts,
        kubectl: None,
        components: world.components.as_ref(),
        parent: None,
    }
}

/// Waits until the gate lets the step through; false when there is nothing to do.
async fn ready(world: &World, plan: &Plan, step: &Step) -> bool {
    let (provider, facts, run) = (world.provider(), Facts::embedded(), world.run.clone());
    for _ in 0..QUESTIONS {
        let fresh = world.stage.observer(&provider).observe(&gate::scope(step, None)).await.unwrap();
        let now = world.stage.clock.now();
        let context = gate::Context { plan, step, fresh: &fresh, run: &run, accepted: &[], facts: &facts, now };
        match gate::decide(&context) {
            Decision::Ready => return true,
            Decision::AlreadyDone => return false,
            Decision::Wait { .. } => tokio::time::sleep(PATIENCE).await,
            other => panic!("step {} ({:?}): {other:?}", step.id, step.action),
        }
    }
    panic!("step {} ({:?}) never became ready", step.id, step.action);
}

/// True when it was the provider's step.
async fn carried_out(world: &World, step: &Step) -> bool {
    let key = OperationKey { run: world.run.clone(), step: step.id, attempt: 1 };
    match step.action.carrier() {
        Carrier::Cluster => {
            refuses_what_is_not_its_own(world, step, &key).await;
            let operation = world.stage.cluster.begin(step, &key).await.unwrap();
            succeeds(&*world.stage.cluster, step, &operation).await;
            false
        }
        Carrier::Host | Carrier::Cloud => {
            knows_nothing_of_what_never_began(world, step).await;
            let operation = begins_once(world, step, &key).await;
            // A process that was started meanwhile finds it by its name alone.
            succeeds(&*world.provider().backend, step, &operation).await;
            reaches_its_goal(world, step, &key).await;
            is_over_for_good(world, step, &key).await;
            true
        }
        Carrier::Person => false,
    }
}

async fn refuses_what_is_not_its_own(world: &World, step: &Step, key: &OperationKey) {
    let before = world.effects();
    let refused = world.provider().backend.begin(step, key).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused, "{:?}: {refused:?}", step.action);
    assert_eq!(world.effects(), before);
}

async fn knows_nothing_of_what_never_began(world: &World, step: &Step) {
    let other = OperationRef("kubectl-upgrade-20000101t000000z-000000-step-1-attempt-1".to_owned());
    let status = world.provider().backend.poll(step, &other, Duration::ZERO).await;
    // A cloud may show what was begun a little later: it may be waited for, but it has not ended.
    let ended = matches!(status, Ok(OperationStatus::Succeeded { .. } | OperationStatus::Failed { .. }));
    assert!(!ended, "{:?}: {status:?}", step.action);
}

async fn begins_once(world: &World, step: &Step, key: &OperationKey) -> OperationRef {
    let before = world.effects();
    let operation = world.provider().backend.begin(step, key).await.unwrap();
    let begun = world.effects();
    let again = world.provider().backend.begin(step, key).await.unwrap();
    assert_eq!(world.effects(), begun, "{:?}: one key, begun once", step.action);
    assert!(begun <= before + 1, "{:?}: {} things were set going", step.action, begun - before);
    // A cloud may know it by two names, of which both lead to it.
    let status = world.provider().backend.poll(step, &again, Duration::ZERO).await.unwrap();
    assert!(!matches!(status, OperationStatus::Unknown), "{:?}: {status:?}", step.action);
    operation
}

async fn succeeds(backend: &dyn Backend, step: &Step, operation: &OperationRef) {
    for _ in 0..QUESTIONS {
        match backend.poll(step, operation, PATIENCE).await {
            Ok(OperationStatus::Succeeded { .. }) => return,
            Ok(OperationStatus::Running { .. }) => {}
            // A single control plane is away while it is replaced.
            Err(error) if error.kind == ErrorKind::Away => tokio::time::sleep(PATIENCE).await,
            other => panic!("step {} ({:?}): {other:?}", step.id, step.action),
        }
    }
    panic!("step {} ({:?}) never ended", step.id, step.action);
}

/// What hosts say at once, the API may say a little later.
async fn reaches_its_goal(world: &World, step: &Step, key: &OperationKey) {
    let (provider, on_host) = (world.provider(), step.action.carrier() == Carrier::Host);
    let scope = gate::scope(step, on_host.then(|| key.clone()));
    for _ in 0..if on_host { QUESTIONS } else { 0 } {
        match world.stage.observer(&provider).observe(&scope).await {
            Ok(fresh) if gate::unmet(step, &fresh, world.stage.clock.now()).is_empty() => return,
            Ok(_) | Err(_) => tokio::time::sleep(PATIENCE).await,
        }
    }
    assert!(!on_host, "step {} ({:?}) never reached its goal", step.id, step.action);
}

async fn is_over_for_good(world: &World, step: &Step, key: &OperationKey) {
    let before = world.effects();
    let again = world.provider().backend.begin(step, key).await.unwrap();
    succeeds(&*world.provider().backend, step, &again).await;
    // Looking for insights changes nothing in the cluster, and EKS takes no token for it.
    let looks = matches!(step.action, Action::Cloud(CloudAction::RefreshInsights));
    assert!(looks || world.effects() == before, "{:?}: done once is done", step.action);
}
