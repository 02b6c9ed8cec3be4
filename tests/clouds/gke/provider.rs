//! The provider at work on the simulated GKE, with its production code unchanged.

use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use upgrade_core::ids::{PoolName, RunId, StepId};
use upgrade_core::inventory::{CloudState, PoolKind};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, CloudAction, Limits, PoolForecast, Reversal, Step, Surge};
use upgrade_core::scope::{CloudScope, OperationKey};
use upgrade_core::version::Version;
use upgrade_provider::{
    Backend as _, Cloud as _, CloudAnswer, Endpoint, Entry, ErrorKind, GivenNames, OperationStatus, PortError,
};
use upgrade_provider_gke::Gke;
use upgrade_tests::clouds::Served;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::change;
use upgrade_twin::clouds::faults::Shortage;

use crate::served::{begin, with};

const AT: &str = "1.33.5-gke.1080000";
const NEXT: &str = "1.34.7-gke.1026000";

/// A served cluster and a runtime for the provider.
struct Session {
    served: Served,
    runtime: Runtime,
}

impl Session {
    fn begin(blueprint: Blueprint) -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Some(Self { served: begin(blueprint)?, runtime })
    }

    /// A provider as another process would have it.
    fn gke(&self, given: &GivenNames) -> Gke {
        let entry = Entry { context: "gke_sandbox-project_europe-west3_sandbox-gke".to_owned(), ..Entry::default() };
        let endpoint = Endpoint { url: self.served.endpoint.clone(), certificate: None };
        self.runtime.block_on(Gke::connect(&entry, given, Some(&endpoint))).unwrap()
    }

    fn try_look(&self, given: &GivenNames) -> Result<CloudAnswer, PortError> {
        self.runtime.block_on(self.gke(given).look(CloudScope::All))
    }

    fn look(&self) -> CloudAnswer {
        self.try_look(&GivenNames::default()).unwrap()
    }

    fn begin_step(&self, action: &CloudAction) -> Result<OperationRef, PortError> {
        self.runtime.block_on(self.gke(&GivenNames::default()).begin(&step(action), &key()))
    }

    fn poll(&self, action: &CloudAction, operation: &OperationRef) -> OperationStatus {
        let gke = self.gke(&GivenNames::default());
        self.runtime.block_on(gke.poll(&step(action), operation, Duration::ZERO)).unwrap()
    }

    fn ended(&self, action: &CloudAction, operation: &OperationRef) -> OperationStatus {
        self.served.until("the operation's end", || {
            let status = self.poll(action, operation);
            (!matches!(status, OperationStatus::Running { .. })).then_some(status)
        })
    }

    /// Begins it twice, as after a crash, and sees it through from another process.
    fn done(&self, action: &CloudAction) {
        let first = self.begin_step(action).unwrap();
        // What ends between its look and its call is for the next try.
        let again = self.served.until("a second beginning", || match self.begin_step(action) {
            Err(error) if error.kind == ErrorKind::Away => None,
            begun => Some(begun.unwrap()),
        });
        // Over a socket time passes between the two: one that has ended meanwhile is not needed again.
        assert!(again == first || again.0 == "not-needed", "{action:?} was begun again: {again:?}");
        let ended = self.ended(action, &first);
        assert!(matches!(ended, OperationStatus::Succeeded { .. }), "{action:?}: {ended:?}");
    }
}

fn step(action: &CloudAction) -> Step {
    Step {
        id: StepId(1),
        action: Action::Cloud(action.clone()),
        expects: Vec::new(),
        goal: Vec::new(),
        limits: Limits { deadline_s: 600, quiet_s: 600 },
        reversal: Reversal::Nothing,
        interrupts: None,
    }
}

fn key() -> OperationKey {
    OperationKey { run: RunId::new("run-1"), step: StepId(1), attempt: 1 }
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn control_plane(soak_s: Option<u32>) -> CloudAction {
    CloudAction::UpgradeControlPlane { from: version(AT), to: version(NEXT), force: false, soak_s, along: None }
}

fn pool(name: &str) -> CloudAction {
    CloudAction::UpgradePool {
        pool: PoolName::new(name),
        from: version(AT),
        to: version(NEXT),
        image: None,
        template: None,
        force: false,
        seen: PoolForecast::default(),
    }
}

#[test]
fn the_cluster_is_seen_with_all_that_bears_on_an_upgrade() {
    let Some(session) = Session::begin(with(|managed| {
        managed.pools[0].extra.insert("pool".to_owned(), json!({ "autoscaling": { "autoprovisioned": true } }));
    })) else {
        return;
    };
    let CloudAnswer { cluster, gaps } = session.look();
    assert_eq!(gaps, []);
    assert_eq!((cluster.version.to_string().as_str(), cluster.channel.as_deref()), (AT, Some("REGULAR")));
    let offers: Vec<(String, bool)> =
        cluster.offers.iter().map(|offer| (offer.version.to_string(), offer.reachable)).collect();
    assert_eq!(offers[0], (AT.to_owned(), false));
    assert_eq!(offers[1..3], [("1.33.11-gke.1046000".to_owned(), true), ("1.34.3-gke.1245000".to_owned(), true)]);
    assert_eq!(offers.last(), Some(&("1.36.1-gke.1113000".to_owned(), false)));
    assert_eq!(cluster.offers[0].extended_until, "2027-06-03".parse().ok());
    assert_eq!(cluster.state, CloudState::Ready);
    assert!(cluster.maintenance.iter().any(|window| window.exclusion && window.scope == "NO_UPGRADES"));
    let kinds: Vec<PoolKind> = cluster.pools.iter().map(|pool| pool.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == PoolKind::Automatic).count(), 1);
    let batch = cluster.pool(&PoolName::new("batch")).unwrap();
    assert_eq!((batch.surge.strategy.as_deref(), batch.size.nodes), (Some("BLUE_GREEN"), 3));
    assert!(batch.notes[0].contains("30 min"), "{:?}", batch.notes);
}

#[test]
fn control_plane_and_pools_move_once_each_however_often_they_are_begun() {
    let Some(session) = Session::begin(with(|_| {})) else { return };
    session.done(&control_plane(None));
    let main = PoolName::new("main");
    let before = session.look().cluster.pool(&main).unwrap().surge.clone();
    let wanted = Surge { max_surge: Some("2".parse().unwrap()), ..Surge::default() };
    let configure = |surge: &Surge, before: &Surge| CloudAction::ConfigurePool {
        pool: main.clone(),
        surge: surge.clone(),
        before: before.clone(),
    };
    session.done(&configure(&wanted, &before));
    session.done(&pool("main"));
    let back = wanted.replaced_in(&before);
    session.done(&configure(&back, &wanted));
    let found = session.look().cluster;
    let pool = found.pool(&main).unwrap();
    assert_eq!((pool.version.as_ref(), &pool.surge), (Some(&version(NEXT)), &before));
    assert_eq!(session.served.count("clusters.update"), 1);
    assert_eq!(session.served.count("nodePools.update"), 3);
}

#[test]
fn a_new_pool_is_like_the_old_and_the_old_goes() {
    let Some(session) = Session::begin(with(|_| {})) else { return };
    session.done(&control_plane(None));
    let create = CloudAction::CreatePool {
        pool: PoolName::new("batch-1-34"),
        like: PoolName::new("batch"),
        version: version(NEXT),
        image: None,
        nodes: 3,
    };
    session.done(&create);
    session.served.cloud(|cloud| {
        let pools = &cloud.now().pools;
        let (old, new) = (&pools["batch"].spec, &pools["batch-1-34"].spec);
        assert_eq!((&new.labels, &new.taints, &new.zones), (&old.labels, &old.taints, &old.zones));
        assert_eq!((&new.settings, new.size.desired), (&old.settings, 3));
    });
    session.done(&CloudAction::DeletePool { pool: PoolName::new("batch") });
    assert_eq!(session.served.count("nodePools.create"), 1);
    assert_eq!(session.served.count("nodePools.delete"), 1);
    assert_eq!(session.look().cluster.pools.len(), 3);
}

#[test]
fn two_steps_show_their_way_back_and_end() {
    let Some(session) = Session::begin(with(|_| {})) else { return };
    session.done(&control_plane(Some(604_800)));
    let way = session.look().cluster.rollback.unwrap();
    assert!(way.to == version(AT) && way.until.is_some(), "{way:?}");
    session.done(&CloudAction::RollbackControlPlane { from: version(NEXT), to: version(AT) });
    session.done(&control_plane(Some(604_800)));
    session.done(&CloudAction::CompleteControlPlane { version: version(NEXT) });
    assert_eq!(session.look().cluster.rollback, None);
}

#[test]
fn a_pool_goes_back_half_way_by_either_strategy() {
    for name in ["batch", "main"] {
        let Some(session) = Session::begin(with(|_| {})) else { return };
        session.done(&control_plane(None));
        let upgrade = session.begin_step(&pool(name)).unwrap();
        session.served.until("a node's drain", || match session.poll(&pool(name), &upgrade) {
            OperationStatus::Running { done: Some(_), .. } => Some(()),
            OperationStatus::Running { .. } => None,
            other => panic!("{name}: {other:?}"),
        });
        let back =
            CloudAction::RollbackPool { pool: PoolName::new(name), from: version(NEXT), to: version(AT), image: None };
        let begun = session.served.until("the way back", || match session.begin_step(&back) {
            Ok(begun) => Some(begun),
            Err(error) if error.kind == ErrorKind::Away => None,
            Err(error) => panic!("{name}: {error:?}"),
        });
        let ended = session.ended(&back, &begun);
        assert!(matches!(ended, OperationStatus::Succeeded { .. }), "{name}: {ended:?}");
        let failed = session.ended(&pool(name), &upgrade);
        assert!(matches!(&failed, OperationStatus::Failed { error, .. } if error.contains("cancelled")), "{failed:?}");
    }
}

#[test]
fn what_fails_says_why_and_what_to_do() {
    for (shortage, word) in
        [(Shortage::Quota, "quota"), (Shortage::Addresses, "subnetwork"), (Shortage::Stock, "later")]
    {
        let Some(session) = Session::begin(with(|managed| managed.faults.machines_left = Some((0, shortage)))) else {
            return;
        };
        session.done(&control_plane(None));
        let operation = session.begin_step(&pool("main")).unwrap();
        match session.ended(&pool("main"), &operation) {
            OperationStatus::Failed { error, hint: Some(hint), .. } => {
                assert!(error.contains("pool main") && hint.contains(word), "{error}: {hint}");
            }
            other => panic!("{shortage:?}: {other:?}"),
        }
    }
}

#[test]
fn wrong_names_missing_rights_and_busy_clouds_are_told_apart() {
    let Some(session) = Session::begin(with(|managed| {
        managed.extra.insert("denied".to_owned(), json!(["container.clusters.update", "container.operations.list"]));
    })) else {
        return;
    };
    let wrong = GivenNames { region: Some("us-east1".to_owned()), ..GivenNames::default() };
    let error = session.try_look(&wrong).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.hint.unwrap().contains("clusters list"));
    let gaps = session.look().gaps;
    assert!(gaps.len() == 1 && gaps[0].why.contains("container.operations.list"), "{gaps:?}");
    session.served.twin.with(|world| change(world, |seen| seen.extra.remove("denied")));
    session.served.cloud(|cloud| cloud.faults.page_size = Some(0));
    let error = session.begin_step(&pool("main")).unwrap_err();
    assert!(error.kind == ErrorKind::Away && error.message.contains("lacks zone europe-west3-b"), "{error}");
    assert_eq!(session.served.count("nodePools.update"), 0, "nobody knows what goes on there");
    session.served.cloud(|cloud| cloud.faults.throttle_every = Some(1));
    assert_eq!(session.try_look(&GivenNames::default()).unwrap_err().kind, ErrorKind::Away);
    let now = session.served.twin.with(|world| world.now());
    session.served.cloud(|cloud| cloud.faults.credentials_expire = Some(now));
    let error = session.try_look(&GivenNames::default()).unwrap_err();
    assert_eq!(
        (error.kind, error.hint.as_deref()),
        (ErrorKind::Unauthorized, Some("gcloud auth application-default login"))
    );
}

#[test]
fn another_s_operation_is_seen_and_an_unknown_one_is_unknown() {
    let Some(session) = Session::begin(with(|managed| managed.faults.busy_after = Duration::from_secs(3_600))) else {
        return;
    };
    assert_eq!(session.poll(&pool("main"), &OperationRef("operation-none".to_owned())), OperationStatus::Unknown);
    let operation = session.begin_step(&control_plane(None)).unwrap();
    let seen = session.look().cluster;
    assert!(seen.operations.iter().any(|one| one.id == operation.0 && one.kind == "UPGRADE_MASTER"), "{seen:?}");
    assert_eq!(seen.state, CloudState::Busy("RECONCILING".to_owned()));
    session.ended(&control_plane(None), &operation);
    let error = session.begin_step(&pool("main")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Away, "{error:?}");
}
