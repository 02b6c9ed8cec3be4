//! The provider at work on the simulated AKS, over the wire: what it sends is held to the models too.

use std::time::Duration;

use upgrade_core::ids::{PoolName, RunId, StepId};
use upgrade_core::inventory::{CloudState, InsightStatus};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, CloudAction, Limits, PoolForecast, Reversal, Step, Surge};
use upgrade_core::scope::{CloudScope, OperationKey};
use upgrade_core::version::Version;
use upgrade_provider::{Backend as _, Cloud as _, Endpoint, Entry, ErrorKind, GivenNames, OperationStatus, PortError};
use upgrade_provider_aks::Aks;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};

use crate::az;
use crate::clusters;
use crate::served::Served;

/// A served cluster and the provider in front of it.
struct Session {
    served: Served,
    aks: Aks,
    runtime: tokio::runtime::Runtime,
}

fn step(action: CloudAction) -> Step {
    Step {
        id: StepId(1),
        action: Action::Cloud(action),
        expects: Vec::new(),
        goal: Vec::new(),
        limits: Limits { deadline_s: 3_600, quiet_s: 3_600 },
        reversal: Reversal::Nothing,
        interrupts: None,
    }
}

fn key(attempt: u32) -> OperationKey {
    OperationKey { run: RunId::new("run"), step: StepId(1), attempt }
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn control_plane(to: &str) -> Step {
    step(CloudAction::UpgradeControlPlane {
        from: version("1.33.6"),
        to: version(to),
        force: false,
        soak_s: None,
        along: None,
    })
}

fn pool(name: &str, to: &str, force: bool) -> Step {
    step(CloudAction::UpgradePool {
        pool: PoolName::new(name),
        from: version("1.33.6"),
        to: version(to),
        image: None,
        template: None,
        force,
        seen: PoolForecast::default(),
    })
}

impl Session {
    fn begin(blueprint: Blueprint) -> Option<Self> {
        let served = Served::begin(blueprint, az::model()?);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let aks = provider(&served, &served.server(), GivenNames::default());
        Some(Self { served, aks, runtime })
    }

    fn look(&self, scope: CloudScope) -> upgrade_provider::CloudAnswer {
        self.runtime.block_on(self.aks.look(scope)).unwrap()
    }

    fn start(&self, step: &Step) -> Result<OperationRef, PortError> {
        self.runtime.block_on(self.aks.begin(step, &key(1)))
    }

    fn poll(&self, step: &Step, operation: &OperationRef) -> OperationStatus {
        self.runtime.block_on(self.aks.poll(step, operation, Duration::ZERO)).unwrap()
    }

    /// Sees an operation through.
    fn ended(&self, step: &Step, operation: &OperationRef) -> OperationStatus {
        self.served.until("the end of the operation", || match self.poll(step, operation) {
            OperationStatus::Running { .. } => None,
            ended => Some(ended),
        })
    }

    fn done(&self, step: &Step) {
        let operation = self.start(step).unwrap();
        let ended = self.ended(step, &operation);
        assert!(matches!(ended, OperationStatus::Succeeded { .. }), "{ended:?}");
    }
}

fn provider(served: &Served, server: &str, given: GivenNames) -> Aks {
    let endpoint = Endpoint { url: served.endpoint.clone(), certificate: Some(served.authority.clone()) };
    let entry = Entry { server: server.to_owned(), ..Entry::default() };
    Aks::new(&entry, given, Some(&endpoint)).unwrap()
}

#[test]
fn everything_that_azure_tells_is_seen() {
    let Some(session) = Session::begin(clusters::faulty(CloudFaults { page_size: Some(1), ..CloudFaults::default() }))
    else {
        return;
    };
    let seen = session.look(CloudScope::All);
    assert_eq!(seen.gaps, []);
    let cluster = seen.cluster;
    assert_eq!((cluster.names.group.as_deref(), cluster.names.region.as_str()), (Some("shop"), "westeurope"));
    assert_eq!((&cluster.version, &cluster.state), (&version("1.33.6"), &CloudState::Ready));
    let reachable: Vec<String> =
        cluster.offers.iter().filter(|offer| offer.reachable).map(|offer| offer.version.to_string()).collect();
    assert_eq!(reachable, ["1.33.8", "1.34.4", "1.34.6"]);
    assert_eq!(cluster.offers.len(), 8, "the whole region's");
    let pools: Vec<(&str, u32)> = cluster.pools.iter().map(|pool| (pool.name.as_str(), pool.size.nodes)).collect();
    assert_eq!(pools, [("data", 2), ("system", 2), ("web", 3)]);
    let web = &cluster.pools[2];
    assert_eq!(
        web.surge.to_string(),
        "max surge 10%, max unavailable 0, drain timeout 30 min, node soak 0 min, undrainable nodes Schedule"
    );
    assert_eq!(web.newest_image.as_deref(), Some("AKSUbuntu-2204gen2containerd-202608.04.0"));
}

#[test]
fn a_cluster_is_found_by_its_address_or_named_and_said_not_to_be_there() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    let look = |server: &str, given: GivenNames| {
        session.runtime.block_on(provider(&session.served, server, given).look(CloudScope::State))
    };
    let named = GivenNames { cluster: Some("shop".to_owned()), ..GivenNames::default() };
    assert_eq!(look("https://127.0.0.1:6443", named.clone()).unwrap().cluster.names.cluster, "shop");
    let elsewhere = GivenNames { region: Some("eastus".to_owned()), ..named };
    assert_eq!(look("https://127.0.0.1:6443", elsewhere).unwrap_err().kind, ErrorKind::NotFound);
    let error = look("https://other-1.hcp.westeurope.azmk8s.io:443", GivenNames::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.hint.is_some(), "{error}");
}

#[test]
fn a_cluster_goes_up_and_its_pools_after_it() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    session.done(&control_plane("1.34.6"));
    let surge = Surge { max_surge: "2".parse().ok(), drain_timeout_s: Some(1_200), ..Surge::default() };
    let web = PoolName::new("web");
    session.done(&step(CloudAction::ConfigurePool {
        pool: web.clone(),
        surge: surge.clone(),
        before: Surge::default(),
    }));
    session.done(&pool("web", "1.34.6", false));
    let cluster = session.look(CloudScope::All).cluster;
    let seen = cluster.pool(&web).unwrap();
    assert!(surge.holds_in(&seen.surge), "{}", seen.surge);
    assert_eq!(seen.version, Some(version("1.34.6")));
    assert_eq!(cluster.pools[0].version, Some(version("1.33.6")), "the others stay");
    let back = seen.rollback.clone().unwrap();
    assert_eq!(back.to, version("1.33.6"));
    session.done(&step(CloudAction::RollbackPool {
        pool: web.clone(),
        from: version("1.34.6"),
        to: back.to,
        image: back.image,
    }));
    assert_eq!(session.look(CloudScope::State).cluster.pool(&web).unwrap().version, Some(version("1.33.6")));
}

#[test]
fn a_pool_takes_anothers_place() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    session.done(&control_plane("1.34.6"));
    let (old, new) = (PoolName::new("web"), PoolName::new("web134"));
    let create = step(CloudAction::CreatePool {
        pool: new.clone(),
        like: old.clone(),
        version: version("1.34.6"),
        image: None,
        nodes: 3,
    });
    session.done(&create);
    session.done(&create);
    let cluster = session.look(CloudScope::State).cluster;
    assert_eq!(cluster.pool(&new).unwrap().template, cluster.pool(&old).unwrap().template);
    let delete = step(CloudAction::DeletePool { pool: old.clone() });
    session.done(&delete);
    session.done(&delete);
    assert!(session.look(CloudScope::State).cluster.pool(&old).is_none());
}

#[test]
fn what_goes_on_is_attached_to_and_begun_once() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    let up = control_plane("1.34.6");
    let first = session.start(&up).unwrap();
    let again = session.start(&up).unwrap();
    assert_eq!(session.look(CloudScope::State).cluster.state, CloudState::Busy("Upgrading".to_owned()));
    let other = session.start(&control_plane("1.34.4")).unwrap_err();
    assert_eq!(other.kind, ErrorKind::Away, "{other}");
    assert!(matches!(session.ended(&up, &again), OperationStatus::Succeeded { .. }));
    assert!(matches!(session.ended(&up, &first), OperationStatus::Succeeded { .. }));
    let puts = session
        .served
        .book(|book| book.calls.iter().filter(|(name, _)| name == "managed_clusters_create_or_update").count());
    assert_eq!(puts, 1);
    session.done(&up);
    let (path, query) = first.0.split_once('?').unwrap();
    let gone = format!("{}gone?{query}", path.trim_end_matches(|letter: char| letter != '/'));
    assert_eq!(session.poll(&up, &OperationRef(gone)), OperationStatus::Unknown);
}

#[test]
fn failures_are_told_with_what_to_do_and_the_same_again_goes_on() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    session.done(&control_plane("1.34.6"));
    let cases = [
        (Shortage::Quota, "QuotaExceeded", "quota"),
        (Shortage::Addresses, "SubnetIsFull", "subnet"),
        (Shortage::Stock, "ZonalAllocationFailed", "later"),
    ];
    for (shortage, code, word) in cases {
        session.served.twin.with(|world| world.cloud.as_mut().unwrap().faults.machines_left = Some((0, shortage)));
        let step = pool("data", "1.34.6", false);
        let operation = session.start(&step).unwrap();
        let OperationStatus::Failed { error, hint, .. } = session.ended(&step, &operation) else { panic!() };
        assert!(error.contains(code), "{error}");
        assert!(hint.unwrap().contains(word));
        let seen = session.look(CloudScope::State).cluster;
        let data = seen.pool(&PoolName::new("data")).unwrap();
        assert!(data.state == CloudState::Ready && data.notes.iter().any(|note| note.contains(code)), "{data:?}");
    }
    session.served.twin.with(|world| world.cloud.as_mut().unwrap().faults.machines_left = None);
    session.done(&pool("data", "1.34.6", false));
}

#[test]
fn refusals_are_told_with_what_to_do() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    let refused = |step: &Step| session.start(step).unwrap_err();
    let far = refused(&control_plane("1.36.2"));
    assert!(far.kind == ErrorKind::Refused && far.hint.unwrap().contains("versions"), "{}", far.message);
    session
        .served
        .twin
        .with(|world| upgrade_twin::clouds::note_deprecated_use(world, "x.v1beta1", "1.34".parse().unwrap()));
    let blocked = refused(&control_plane("1.34.6"));
    assert!(blocked.message.contains("UpgradeBlockedOnDeprecatedAPIUsage"), "{blocked}");
    assert!(blocked.hint.unwrap().contains("12 hours"));
    let forced = CloudAction::UpgradeControlPlane {
        from: version("1.33.6"),
        to: version("1.34.6"),
        force: true,
        soak_s: None,
        along: None,
    };
    session.done(&step(forced));
    assert_eq!(refused(&step(CloudAction::RefreshInsights)).kind, ErrorKind::Refused);
}

#[test]
fn a_channel_of_automatic_upgrades_stands_in_the_way() {
    let blueprint = clusters::with(|managed| {
        managed.extra.get_mut("properties").unwrap()["autoUpgradeProfile"]["upgradeChannel"] = "patch".into();
    });
    let Some(session) = Session::begin(blueprint) else { return };
    let cluster = session.look(CloudScope::State).cluster;
    assert_eq!((cluster.channel.as_deref(), cluster.insights[0].status), (Some("patch"), InsightStatus::Error));
    let refused = session.start(&control_plane("1.34.6")).unwrap_err();
    assert!(refused.hint.unwrap().contains("--auto-upgrade-channel none"));
}

#[test]
fn throttling_passes_and_expired_credentials_do_not() {
    let Some(session) =
        Session::begin(clusters::faulty(CloudFaults { throttle_every: Some(2), ..CloudFaults::default() }))
    else {
        return;
    };
    // Each kind of request is counted for itself.
    for _ in 0..2 {
        assert_eq!(session.look(CloudScope::All).gaps, [], "reads are tried again");
    }
    assert!(session.served.book(|book| book.calls.iter().any(|(_, status)| *status == 429)));
    session.served.twin.with(|world| {
        let now = world.now();
        let faults = &mut world.cloud.as_mut().unwrap().faults;
        (faults.throttle_every, faults.credentials_expire) = (None, Some(now));
    });
    let expired = session.runtime.block_on(session.aks.look(CloudScope::State)).unwrap_err();
    assert_eq!((expired.kind, expired.hint.as_deref()), (ErrorKind::Unauthorized, Some("log in again: az login")));
}

#[test]
fn a_cluster_still_busy_after_its_operation_may_pass() {
    let faults = CloudFaults { busy_after: Duration::from_secs(600), ..CloudFaults::default() };
    let Some(session) = Session::begin(clusters::faulty(faults)) else { return };
    session.done(&control_plane("1.33.8"));
    let busy = session.start(&control_plane("1.34.6")).unwrap_err();
    assert_eq!(busy.kind, ErrorKind::Away, "{busy}");
    let begun = session.served.until("the end of the work", || session.start(&control_plane("1.34.6")).ok());
    assert!(matches!(session.ended(&control_plane("1.34.6"), &begun), OperationStatus::Succeeded { .. }));
}
