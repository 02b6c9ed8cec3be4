//! The front in virtual time: requests as clients send them, and what comes of them.

mod pools;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use crate::Twin;
use crate::api::{Call, decoded};
use crate::blueprint::{Blueprint, Form, Scenario};
use crate::clouds::{CloudWorld, Managed};
use crate::json::{at, items, text};

const PARENT: &str = "/v1/projects/sandbox-project/locations/europe-west3";
const CLUSTER: &str = "/v1/projects/sandbox-project/locations/europe-west3/clusters/sandbox-gke";

struct Front {
    twin: Twin,
}

impl Front {
    /// The named cluster, after changes.
    fn of(change: impl FnOnce(&mut Managed)) -> Self {
        let mut blueprint = Scenario::named("gke").unwrap().blueprint();
        if let Form::Managed(managed) = &mut blueprint.form {
            change(managed);
        }
        Self::start(&blueprint)
    }

    fn start(blueprint: &Blueprint) -> Self {
        Self { twin: Twin::start(blueprint, 3).unwrap() }
    }

    fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let uri: Uri = path.parse().unwrap();
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let call = Call::new(method, uri, HeaderMap::new(), body);
        let path: Vec<_> = call.path().split('/').skip(1).map(decoded).collect();
        let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
        let answer = self.twin.with(|world| super::answer(world, &call, &path));
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn refused(&self, method: Method, path: &str, body: &Value) -> (u16, String) {
        let (status, body) = self.ask(method, path, body);
        assert!(status >= 400, "{path}: {body}");
        assert_eq!(at(&body, "/error/code"), status);
        (status, text(&body, "/error/message").to_owned())
    }

    fn begin(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, operation) = self.ask(method, path, body);
        assert_eq!(status, 200, "{path}: {operation}");
        assert_eq!(at(&operation, "/status"), "RUNNING");
        operation
    }

    async fn ended(&self, operation: &Value) -> Value {
        let path = format!("{PARENT}/operations/{}", text(operation, "/name"));
        for _ in 0..20_000 {
            let found = self.get(&path);
            if at(&found, "/status") == "DONE" {
                return found;
            }
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        panic!("{operation} did not end");
    }

    /// An operation that ends well.
    async fn done(&self, method: Method, path: &str, body: &Value) -> Value {
        let operation = self.begin(method, path, body);
        let ended = self.ended(&operation).await;
        assert_eq!(at(&ended, "/error"), &Value::Null, "{ended}");
        ended
    }

    async fn master(&self, to: &str) -> Value {
        self.done(Method::PUT, CLUSTER, &master(to)).await
    }

    fn cloud<T>(&self, look: impl FnOnce(&mut CloudWorld) -> T) -> T {
        self.twin.with(|world| look(world.cloud.as_mut().unwrap()))
    }
}

fn master(to: &str) -> Value {
    json!({ "update": { "desiredMasterVersion": to } })
}

fn pool(name: &str) -> String {
    format!("{CLUSTER}/nodePools/{name}")
}

#[tokio::test(start_paused = true)]
async fn a_cluster_its_pools_and_its_offers_are_described() {
    let front = Front::of(|_| {});
    let cluster = front.get(CLUSTER);
    assert_eq!(at(&cluster, "/currentMasterVersion"), "1.33.5-gke.1080000");
    assert_eq!((at(&cluster, "/status"), at(&cluster, "/currentNodeCount")), (&json!("RUNNING"), &json!(9)));
    assert_eq!(at(&cluster, "/releaseChannel/channel"), "REGULAR");
    assert_eq!(items(&cluster, "/nodePools").count(), 3);
    assert_eq!(at(&front.get(&format!("{PARENT}/clusters")), "/clusters/0"), &cluster);
    assert_eq!(at(&front.get(&pool("batch")), "/config/taints/0/effect"), "NO_SCHEDULE");
    assert_eq!(at(&front.get(&pool("batch")), "/upgradeSettings/strategy"), "BLUE_GREEN");
    let config = front.get(&format!("{PARENT}/serverConfig"));
    assert_eq!(at(&config, "/validMasterVersions/0"), "1.36.1-gke.1113000");
    let regular = items(&config, "/channels").find(|channel| at(channel, "/channel") == "REGULAR").unwrap();
    assert_eq!(items(regular, "/validVersions").count(), 5);
    let info = front.get(&format!("{CLUSTER}:fetchClusterUpgradeInfo"));
    assert_eq!(at(&info, "/minorTargetVersion"), "1.34.7-gke.1026000");
    assert_eq!(at(&info, "/patchTargetVersion"), "1.33.11-gke.1046000");
    assert!(text(&info, "/endOfExtendedSupportTimestamp").starts_with("2027-"));
}

#[tokio::test(start_paused = true)]
async fn the_master_goes_one_minor_at_a_time_and_names_what_runs() {
    let front = Front::of(|_| {});
    for (to, why) in [
        ("1.36", "more than one minor"),
        ("1.33.5-gke.1", "is invalid"),
        ("1.32", "is invalid"),
        ("nonsense", "is invalid"),
    ] {
        let (status, message) = front.refused(Method::PUT, CLUSTER, &master(to));
        assert!(status == 400 && message.contains(why), "{to}: {message}");
    }
    let operation = front.begin(Method::PUT, CLUSTER, &master("1.34"));
    assert_eq!(at(&operation, "/operationType"), "UPGRADE_MASTER");
    assert_eq!(at(&front.get(CLUSTER), "/status"), "RECONCILING");
    let (_, message) = front.refused(Method::PUT, CLUSTER, &master("1.34"));
    assert!(message.contains(text(&operation, "/name")), "{message}");
    front.ended(&operation).await;
    assert_eq!(at(&front.get(CLUSTER), "/currentMasterVersion"), "1.34.7-gke.1026000");
    front.master("1.35").await;
    let (_, message) = front.refused(Method::PUT, CLUSTER, &master("latest"));
    assert!(message.contains("two minor versions older"), "{message}");
    let both = json!({ "update": { "desiredMasterVersion": "1.35", "desiredNodeVersion": "1.35" } });
    assert_eq!(front.refused(Method::PUT, CLUSTER, &both).0, 400);
    assert_eq!(items(&front.get(&format!("{PARENT}/operations")), "/operations").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_steps_leave_a_way_back() {
    let front = Front::of(|_| {});
    let mut two_steps = master("1.34");
    crate::json::set(
        &mut two_steps,
        &["update", "desiredRollbackSafeUpgrade"],
        json!({ "controlPlaneSoakDuration": "21600s" }),
    );
    let info = || front.get(&format!("{CLUSTER}:fetchClusterUpgradeInfo"));
    front.done(Method::PUT, CLUSTER, &two_steps).await;
    assert_eq!(at(&front.get(CLUSTER), "/currentEmulatedVersion"), "1.33");
    assert_eq!(at(&info(), "/rollbackSafeUpgradeStatus/previousVersion"), "1.33.5-gke.1080000");
    front.master("1.33.5-gke.1080000").await;
    assert_eq!(at(&front.get(CLUSTER), "/currentMasterVersion"), "1.33.5-gke.1080000");
    front.done(Method::PUT, CLUSTER, &two_steps).await;
    front.done(Method::POST, &format!("{CLUSTER}:completeControlPlaneUpgrade"), &json!({})).await;
    assert_eq!(at(&info(), "/rollbackSafeUpgradeStatus"), &Value::Null);
    let (status, _) = front.refused(Method::POST, &format!("{CLUSTER}:completeControlPlaneUpgrade"), &json!({}));
    assert_eq!(status, 400);
}

#[tokio::test(start_paused = true)]
async fn callers_without_rights_names_or_patience_are_told() {
    let front = Front::of(|managed| {
        managed.extra.insert("denied".to_owned(), json!(["container.clusters.update"]));
    });
    let (status, message) = front.refused(Method::PUT, CLUSTER, &master("1.34"));
    assert!(status == 403 && message.contains("container.clusters.update"), "{message}");
    let refused = |path: &str| front.refused(Method::GET, path, &Value::Null);
    assert_eq!(refused("/v1/projects/other/locations/europe-west3/clusters/sandbox-gke").0, 403);
    assert_eq!(refused("/v1/projects/sandbox-project/locations/us-east1/clusters/sandbox-gke").0, 404);
    assert_eq!(refused(&pool("none")).0, 404);
    assert_eq!(refused(&format!("{PARENT}/operations/none")).0, 404);
    assert_eq!(refused("/v2/else").0, 404);
    front.cloud(|cloud| cloud.faults.throttle_every = Some(1));
    assert_eq!(refused(CLUSTER).0, 429);
    let now = front.twin.with(|world| world.now());
    front.cloud(|cloud| cloud.faults.credentials_expire = Some(now));
    assert_eq!(refused(CLUSTER).0, 401);
}
