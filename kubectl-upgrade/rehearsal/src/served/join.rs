//! The way to a sandbox in another process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use upgrade_cluster::Cluster;
use upgrade_engine::Clock;
use upgrade_provider::{ErrorKind, PortError, TimeOfDay};
use upgrade_ssh::{Output, Script, SshError, Target, Transport};

use super::{CLOCK, ClockFace, CloudAt, EXTENSION, Errand, Extension, Outcome, RUN};
use crate::cloud::OpenCloud;
use crate::speed::Factor;

/// How long a sandbox may take to say what time it is.
const A_MOMENT: Duration = Duration::from_secs(5);

/// A sandbox in another process.
pub struct Served {
    /// The way to its API.
    pub cluster: Arc<Cluster>,
    /// The way to its hosts.
    pub transport: Arc<dyn Transport>,
    /// The time of day there.
    pub time: TimeOfDay,
    /// Its time, for a run.
    pub clock: Arc<dyn Clock>,
    /// Its scenario.
    pub scenario: String,
    /// The cloud that runs its cluster.
    pub cloud: Option<OpenCloud>,
    /// The components file that the owner of a hand-built cluster keeps.
    pub components: Option<String>,
}

impl Served {
    /// The sandbox that the cluster is; none when its kubeconfig does not say so.
    ///
    /// # Errors
    /// When it should be one and does not answer as one.
    pub async fn join(cluster: Cluster) -> Result<Joined, PortError> {
        let Some(extension) = cluster.extension(EXTENSION) else { return Ok(Joined::Real(Box::new(cluster))) };
        let malformed = |what: &str, error: serde_json::Error| {
            PortError::new(ErrorKind::Malformed, format!("failed to understand the sandbox's {what}")).because(error)
        };
        let extension: Extension =
            serde_json::from_value(extension.clone()).map_err(|error| malformed("entry in the kubeconfig", error))?;
        let face = cluster.post_beside(CLOCK, &Value::Null, A_MOMENT, "ask the sandbox for its time").await;
        let face = face.map_err(|error| gone(error, &extension.scenario))?;
        let face: ClockFace = serde_json::from_value(face).map_err(|error| malformed("time", error))?;
        let clock = ServedClock::showing(face)
            .ok_or_else(|| PortError::new(ErrorKind::Malformed, format!("expected a speed, found {}", face.speed)))?;
        let time = TimeOfDay::told_by(move || clock.now());
        let cluster = Arc::new(cluster.in_time_of(time.clone()));
        let transport = Arc::new(Errands(cluster.clone()));
        let Extension { scenario, cloud, components } = extension;
        let cloud = cloud.map(CloudAt::open);
        Ok(Joined::Sandbox(Box::new(Self {
            cluster,
            transport,
            time,
            clock: Arc::new(clock),
            scenario,
            cloud,
            components,
        })))
    }
}

/// What a cluster proved to be.
pub enum Joined {
    /// No sandbox.
    Real(Box<Cluster>),
    /// A sandbox.
    Sandbox(Box<Served>),
}

fn gone(error: PortError, scenario: &str) -> PortError {
    match error.kind {
        ErrorKind::Away => {
            let message = "the sandbox of this kubeconfig is not running any more";
            PortError::new(ErrorKind::Away, message)
                .hint(format!("start one: kubectl upgrade sandbox up {scenario}"))
                .because(error)
        }
        ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Refused
        | ErrorKind::Malformed => error,
    }
}

/// Follows a clock that was looked at once.
#[derive(Clone, Copy, Debug)]
struct ServedClock {
    began: Instant,
    shown: Timestamp,
    factor: Factor,
}

impl ServedClock {
    fn showing(face: ClockFace) -> Option<Self> {
        Some(Self { began: Instant::now(), shown: face.now, factor: Factor::new(face.speed)? })
    }
}

#[async_trait]
impl Clock for ServedClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.elapsed()).unwrap_or(SignedDuration::MAX);
        self.shown.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.factor.of_cluster(self.began.elapsed())
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(self.factor.of_person(duration)).await;
    }
}

/// Has scripts run by the sandbox.
struct Errands(Arc<Cluster>);

#[async_trait]
impl Transport for Errands {
    async fn run(&self, target: &Target, script: &Script) -> Result<Output, SshError> {
        let node = || target.node.to_string();
        let unreachable = |found: String| SshError::Unreachable {
            node: node(),
            address: target.address.clone(),
            by_hand: target.by_hand(),
            found,
        };
        let errand = Errand { host: target.address.clone(), script: script.text.clone(), keep: script.keep };
        let body = serde_json::to_value(&errand).map_err(|error| unreachable(error.to_string()))?;
        let answer = self.0.post_beside(RUN, &body, script.timeout, "reach a sandbox's host");
        let answer = answer.await.map_err(|error| unreachable(error.to_string()))?;
        match serde_json::from_value(answer).map_err(|error| unreachable(error.to_string()))? {
            Outcome::Ended { status, stdout, stderr } => Ok(Output { status, stdout, stderr }),
            Outcome::Unreachable { found } => Err(unreachable(found)),
            Outcome::Lost => Err(SshError::Lost { node: node(), source: None }),
        }
    }
}
