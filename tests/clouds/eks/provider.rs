//! The provider at work on the simulated EKS, with its production code unchanged.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use upgrade_core::ids::{AddonName, PoolName, RunId, StepId};
use upgrade_core::inventory::{CloudState, InsightStatus, PoolKind};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, CloudAction, Conflicts, Limits, PoolForecast, Reversal, Step, Surge};
use upgrade_core::scope::{CloudScope, OperationKey};
use upgrade_core::version::{Minor, Version};
use upgrade_provider::{
    Backend as _, Cloud as _, CloudAnswer, Endpoint, Entry, ErrorKind, GivenNames, OperationStatus,
};
use upgrade_provider_eks::Eks;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::Shortage;

use crate::served::Served;
use crate::{aws, clusters};

/// A served cluster and a runtime for the provider.
struct Session {
    served: Served,
    runtime: tokio::runtime::Runtime,
}

const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/sandbox-eks";

impl Session {
    fn begin(blueprint: Blueprint) -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Some(Self { served: Served::begin(blueprint, aws::model()?), runtime })
    }

    /// A provider as another process would have it.
    fn eks(&self) -> Eks {
        self.given(&GivenNames::default())
    }

    fn given(&self, given: &GivenNames) -> Eks {
        let entry = Entry { cluster: ARN.to_owned(), ..Entry::default() };
        let endpoint = Endpoint { url: self.served.endpoint.clone(), certificate: None };
        self.runtime.block_on(Eks::connect(&entry, given, Some(&endpoint))).unwrap()
    }

    fn look(&self, scope: CloudScope) -> CloudAnswer {
        self.runtime.block_on(self.eks().look(scope)).unwrap()
    }

    fn begun(&self, action: CloudAction, id: u32) -> OperationRef {
        self.runtime.block_on(self.eks().begin(&step(action), &key(id))).unwrap()
    }

    fn ended(&self, action: CloudAction, operation: &OperationRef) -> OperationStatus {
        let step = step(action);
        self.served.until("the operation's end", || {
            let status = self.runtime.block_on(self.eks().poll(&step, operation, Duration::ZERO)).unwrap();
            (!matches!(status, OperationStatus::Running { .. })).then_some(status)
        })
    }

    /// Begins it twice, as after a crash, and sees it through from another process.
    fn done(&self, action: &CloudAction, id: u32) {
        let first = self.begun(action.clone(), id);
        assert_eq!(self.begun(action.clone(), id), first, "begun once");
        let ended = self.ended(action.clone(), &first);
        assert!(matches!(ended, OperationStatus::Succeeded { .. }), "{action:?}: {ended:?}");
    }

    fn calls(&self, operation: &str) -> usize {
        self.served.book(|book| book.calls.iter().filter(|(name, _)| name == operation).count())
    }
}

fn step(action: CloudAction) -> Step {
    Step {
        id: StepId(1),
        action: Action::Cloud(action),
        expects: Vec::new(),
        goal: Vec::new(),
        limits: Limits { deadline_s: 600, quiet_s: 600 },
        reversal: Reversal::Nothing,
        interrupts: None,
    }
}

fn key(step: u32) -> OperationKey {
    OperationKey { run: RunId::new("run-1"), step: StepId(step), attempt: 1 }
}

fn version(minor: u16) -> Version {
    Version::new(1, minor, 0)
}

fn control_plane(from: u16, to: u16) -> CloudAction {
    CloudAction::UpgradeControlPlane { from: version(from), to: version(to), force: false, soak_s: None, along: None }
}

fn pool(name: &str, from: u16, to: u16) -> CloudAction {
    let seen = PoolForecast::default();
    CloudAction::UpgradePool {
        pool: PoolName::new(name),
        from: version(from),
        to: version(to),
        image: None,
        template: None,
        force: false,
        seen,
    }
}

fn beside(new: &str, old: &str) -> CloudAction {
    CloudAction::CreatePool {
        pool: PoolName::new(new),
        like: PoolName::new(old),
        version: version(33),
        image: None,
        nodes: 2,
    }
}

#[test]
fn the_cluster_is_seen_as_it_is() {
    let blueprint = clusters::with(|managed| {
        managed.faults.page_size = Some(2);
        managed.extra.insert("fargateProfiles".to_owned(), json!({"jobs": {"selectors": [{"namespace": "jobs"}]}}));
        managed.extra.insert(
            "cluster".to_owned(),
            json!({"computeConfig": {"enabled": true, "nodePools": ["general-purpose"]}}),
        );
        managed.pools[1].extra.insert("amiType".to_owned(), json!("CUSTOM"));
        let api = json!({"usage": "/apis/old/v1beta1/things", "replacedWith": "/apis/old/v1/things", "stopServingVersion": "1.34",
            "startServingReplacementVersion": "1.29",
            "clientStats": [{"userAgent": "old-operator/1.0", "numberOfRequestsLast30Days": 7, "lastRequestTime": 1.0e9}]});
        managed.extra.insert("deprecatedApis".to_owned(), json!([api]));
    });
    let Some(session) = Session::begin(blueprint) else { return };
    let CloudAnswer { cluster, gaps } = session.look(CloudScope::All);
    assert_eq!(gaps, []);
    assert_eq!((cluster.names.account.as_str(), cluster.names.region.as_str()), ("111122223333", "eu-west-1"));
    assert_eq!((cluster.version.minor(), &cluster.state), (Minor::new(1, 33), &CloudState::Ready));
    let reachable: Vec<Minor> =
        cluster.offers.iter().filter(|offer| offer.reachable).map(|offer| offer.version.minor()).collect();
    assert_eq!((cluster.offers.len(), reachable), (6, vec![Minor::new(1, 34)]));
    let kinds: Vec<(&str, PoolKind, u32)> =
        cluster.pools.iter().map(|pool| (pool.name.as_str(), pool.kind, pool.size.nodes)).collect();
    assert_eq!(
        kinds,
        [
            ("batch", PoolKind::Managed, 2),
            ("main", PoolKind::SelfManaged, 4),
            ("system", PoolKind::Managed, 2),
            ("general-purpose", PoolKind::Automatic, 0),
            ("fargate", PoolKind::PerPod, 0),
        ]
    );
    assert_eq!(cluster.pools[1].surge.to_string(), "max unavailable 33%, strategy DEFAULT");
    let free = cluster.network.free_addresses(&cluster.pools[0].subnets).unwrap();
    assert_eq!(
        (cluster.network.subnets.len(), cluster.network.control_plane.len()),
        (3, 3),
        "pages of two are followed"
    );
    assert_eq!(free, 3 * 16_379 - 8 * 30);
    assert_eq!(cluster.pools[0].template.as_deref(), Some("batch-nodes version 3"));
    let coredns = cluster.addon(&AddonName::new("coredns")).unwrap();
    assert_eq!(coredns.compatible[&Minor::new(1, 34)], ["v1.13.1-eksbuild.1", "v1.12.4-eksbuild.1"]);
    let insight = cluster.insights.iter().find(|insight| insight.status == InsightStatus::Error).unwrap();
    assert_eq!(
        insight.found_on,
        ["/apis/old/v1beta1/things, replaced by /apis/old/v1/things (old-operator/1.0: 7 requests in 30 days)"]
    );
    assert!(cluster.insights_at.is_some() && cluster.rollback.is_none() && cluster.operations.is_empty());
}

#[test]
fn each_call_is_begun_once_and_found_again() {
    let Some(session) = Session::begin(clusters::named()) else { return };
    session.done(&CloudAction::RefreshInsights, 1);
    let up = control_plane(33, 34);
    let first = session.begun(up.clone(), 2);
    assert_eq!(session.begun(up.clone(), 2), first, "the same key");
    assert_eq!(session.begun(up.clone(), 3), first, "another's, to the same end");
    let going_on = session.look(CloudScope::State).cluster;
    assert_eq!((&going_on.operations[0].id, going_on.operations[0].on.as_ref()), (&first.0, None));
    assert!(matches!(session.ended(up, &first), OperationStatus::Succeeded { .. }));
    let back = session.look(CloudScope::All).cluster.rollback.unwrap();
    assert_eq!(back.to.minor(), Minor::new(1, 33));
    let left = back.until.unwrap().duration_since(clusters::named().epoch);
    assert!(left > SignedDuration::from_hours(7 * 24) && left < SignedDuration::from_hours(8 * 24), "{left:?}");
    let surge = |count: &str| Surge { max_unavailable: Some(count.parse().unwrap()), ..Surge::default() };
    let configure = CloudAction::ConfigurePool { pool: PoolName::new("main"), surge: surge("2"), before: surge("33%") };
    session.done(&configure, 4);
    session.done(&pool("main", 33, 34), 5);
    let addon = CloudAction::UpgradeAddon {
        addon: AddonName::new("kube-proxy"),
        from: "v1.33.11-eksbuild.1".to_owned(),
        to: "v1.34.8-eksbuild.1".to_owned(),
        conflicts: Conflicts::Preserve,
    };
    session.done(&addon, 6);
    session.done(&beside("main-2", "main"), 7);
    let taken = session.runtime.block_on(session.eks().begin(&step(beside("main-2", "main")), &key(8))).unwrap_err();
    assert_eq!(taken.kind, ErrorKind::Conflict, "{taken}");
    let delete = CloudAction::DeletePool { pool: PoolName::new("main-2") };
    session.done(&delete, 9);
    session.done(&pool("main", 34, 33), 10);
    session.done(&CloudAction::RollbackControlPlane { from: version(34), to: version(33) }, 11);
    let seen = session.look(CloudScope::All).cluster;
    assert_eq!((seen.version.minor(), &seen.rollback), (Minor::new(1, 33), &None));
    assert_eq!(seen.pools.iter().map(|pool| pool.name.as_str()).collect::<Vec<_>>(), ["batch", "main", "system"]);
    assert_eq!(seen.addon(&AddonName::new("kube-proxy")).unwrap().version, "v1.34.8-eksbuild.1");
}

#[test]
fn what_failed_says_why_and_what_to_do() {
    let mut blueprint = clusters::named();
    clusters::deadlock(&mut blueprint);
    let Some(session) = Session::begin(blueprint) else { return };
    let addresses = |left: u32| {
        session.served.cloud(|cloud| cloud.faults.machines_left = Some((left, Shortage::Addresses)));
    };
    let early = session.begun(control_plane(33, 34), 20);
    session.ended(control_plane(33, 34), &early);
    addresses(1);
    let failed = |action: CloudAction, id: u32| {
        let operation = session.begun(action.clone(), id);
        match session.ended(action, &operation) {
            OperationStatus::Failed { error, hint, .. } => format!("{error} — {}", hint.unwrap()),
            other => panic!("{other:?}"),
        }
    };
    let said = failed(pool("main", 33, 34), 2);
    assert!(said.contains("InsufficientFreeAddresses") && said.contains("— free addresses in"), "{said}");
    let state = session.look(CloudScope::State).cluster.pools[1].state.clone();
    assert_eq!(state, CloudState::Failed("DEGRADED (InsufficientFreeAddresses)".to_owned()));
    let network = session.look(CloudScope::State).cluster.network;
    assert_eq!(network.free_addresses(&network.control_plane), Some(0), "{network:?}");
    session.served.cloud(|cloud| cloud.faults.machines_left = None);
    let said = ["main", "system"].into_iter().zip(3..).find_map(|(name, id)| {
        let operation = session.begun(pool(name, 33, 34), id);
        match session.ended(pool(name, 33, 34), &operation) {
            OperationStatus::Failed { error, hint, .. } => Some(format!("{error} — {}", hint.unwrap())),
            OperationStatus::Running { .. } | OperationStatus::Succeeded { .. } | OperationStatus::Unknown => None,
        }
    });
    let said = said.expect("the pod that must be there is on one of them");
    assert!(said.contains("PodEvictionFailure") && said.contains("--field-selector spec.nodeName=ip-"), "{said}");
    let refused = session.runtime.block_on(session.eks().begin(&step(control_plane(34, 36)), &key(9))).unwrap_err();
    assert!(refused.kind == ErrorKind::Refused && refused.message.contains("from 1.34 to 1.36"), "{refused}");
}

#[test]
fn what_may_pass_is_told_from_what_will_not() {
    let blueprint = clusters::with(|managed| {
        managed.faults.throttle_every = Some(2);
        managed.faults.reads_lag = Duration::from_secs(40);
        managed.extra.insert("denied".to_owned(), json!(["DescribeSubnets", "ListInsights", "UpdateAddon"]));
    });
    let Some(session) = Session::begin(blueprint) else { return };
    // Each kind of request is counted for itself.
    session.look(CloudScope::All);
    let answer = session.look(CloudScope::All);
    assert!(session.served.book(|book| book.calls.iter().any(|(_, status)| *status == 429)), "it was throttled");
    assert_eq!((answer.cluster.pools.len(), answer.gaps.len()), (3, 2), "{:?}", answer.gaps);
    let hints: Vec<&str> = answer.gaps.iter().filter_map(|gap| gap.hint.as_deref()).collect();
    let eks = "allow eks:ListInsights on the cluster to this user or role";
    assert_eq!(hints, [eks, "allow ec2:DescribeSubnets to this user or role"]);
    assert_eq!(answer.cluster.network.free_addresses(&answer.cluster.network.control_plane), None);
    // Reads lag: the update is not shown at first, and the cluster is not either at its version.
    session.done(&control_plane(33, 34), 1);
    let addon = CloudAction::UpgradeAddon {
        addon: AddonName::new("coredns"),
        from: "v1.12.4-eksbuild.1".to_owned(),
        to: "v1.13.1-eksbuild.1".to_owned(),
        conflicts: Conflicts::None,
    };
    let denied = session.runtime.block_on(session.eks().begin(&step(addon), &key(2))).unwrap_err();
    assert_eq!(denied.kind, ErrorKind::Forbidden, "{denied}");
    let fails =
        |given: GivenNames| session.runtime.block_on(session.given(&given).look(CloudScope::State)).unwrap_err();
    let elsewhere = fails(GivenNames { region: Some("us-east-1".to_owned()), ..GivenNames::default() });
    assert!(
        elsewhere.kind == ErrorKind::NotFound && elsewhere.hint.as_ref().unwrap().contains("--region us-east-1"),
        "{elsewhere:?}"
    );
    let other = fails(GivenNames { account: Some("999988887777".to_owned()), ..GivenNames::default() });
    assert_eq!(other.message, "expected the cluster in account 999988887777, found it in 111122223333");
    session.served.twin.with(|world| {
        let now = world.now();
        world.cloud.as_mut().unwrap().faults.credentials_expire = Some(now);
    });
    let expired = fails(GivenNames::default());
    assert_eq!(expired.kind, ErrorKind::Unauthorized);
    assert!(expired.message.ends_with("AWS did not accept the credentials (ExpiredTokenException)"), "{expired}");
    assert!(session.calls("DescribeCluster") > 3);
}
