//! Which cluster is meant, and the way to it: a real one, one simulated in this process, or a sandbox that is served.

use std::path::Path;
use std::sync::Arc;

use upgrade_cluster::{Cluster, ConnectError};
use upgrade_core::components;
use upgrade_engine::{Clock, SystemClock};
use upgrade_provider::TimeOfDay;
use upgrade_rehearsal::{Identity, Joined, OpenCloud, Served, Stage, open_cloud};
use upgrade_ssh::{SshClient, Transport};
use upgrade_twin::Twin;
use upgrade_twin::blueprint::{Scenario, UnknownScenario};

use crate::cli::{ConnectionArgs, HostArgs, SandboxArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Reach, Sandboxed};

/// Which cluster is meant.
pub(crate) struct Door<'a> {
    /// How a real cluster and its hosts are reached.
    pub(crate) reach: &'a Reach,
    /// A token given by flag.
    token: Option<String>,
    /// The cluster to simulate instead, and its seed.
    play: Option<(Scenario, u64)>,
}

/// The way to a cluster.
#[derive(Clone)]
pub(crate) struct Way {
    /// To its API.
    pub(crate) cluster: Arc<Cluster>,
    /// To its hosts.
    pub(crate) transport: Arc<dyn Transport>,
    /// The time of day there.
    pub(crate) time: TimeOfDay,
    /// The clock a run there goes by.
    pub(crate) clock: Arc<dyn Clock>,
    /// The simulated cloud that runs it, where there is one that is served.
    pub(crate) cloud: Option<OpenCloud>,
    /// The components file that the owner of a simulated hand-built cluster keeps.
    pub(crate) components: Option<String>,
    /// The simulated cluster it leads to.
    pub(crate) sandbox: Option<Sandboxed>,
    /// That cluster itself, where it is in this process.
    pub(crate) stage: Option<Stage>,
}

impl<'a> Door<'a> {
    /// To the cluster that flags and kubeconfig name.
    pub(crate) fn to(reach: &'a Reach, connection: &ConnectionArgs) -> Self {
        Self { reach, token: connection.token.clone(), play: None }
    }

    /// As the flags say. A sandbox brings its own cluster and hosts: flags that name others are refused.
    pub(crate) fn or_sandbox(
        reach: &'a Reach,
        connection: &ConnectionArgs,
        hosts: &HostArgs,
        sandbox: &SandboxArgs,
    ) -> Result<Self, Failure> {
        let Some(name) = &sandbox.sandbox else { return Ok(Self::to(reach, connection)) };
        let scenario = scenario(name, |name| format!("--sandbox={name}"))?;
        let named = connection.kubeconfig.is_some().then_some("--kubeconfig").into_iter().chain(connection.given());
        let given: Vec<&str> = named.chain(hosts.hosts.is_some().then_some("--hosts")).collect();
        if given.is_empty() {
            return Ok(Self { reach, token: None, play: Some((scenario, sandbox.seed)) });
        }
        let flags = given.join(" and ");
        Err(Failure::new(Exit::Usage, format!("--sandbox brings its own cluster, found {flags} beside it"))
            .hint(format!("leave {flags} away; or leave --sandbox away for a real cluster")))
    }

    /// Prepares the way. Of a real cluster nothing is asked yet.
    pub(crate) async fn open(&self) -> Result<Way, Failure> {
        match &self.play {
            Some((scenario, seed)) => play(scenario, *seed),
            None => self.connect().await,
        }
    }

    async fn connect(&self) -> Result<Way, Failure> {
        let cluster = self.reach.connection(self.token.clone())?.connect().await.map_err(connect_failure)?;
        Ok(match Served::join(cluster).await? {
            Joined::Sandbox(served) => Way {
                cluster: served.cluster,
                transport: served.transport,
                time: served.time,
                clock: served.clock,
                cloud: served.cloud,
                components: served.components,
                sandbox: Some(Sandboxed { scenario: served.scenario, served: true }),
                stage: None,
            },
            Joined::Real(cluster) => Way {
                cluster: Arc::from(cluster),
                transport: Arc::new(SshClient::new()),
                time: TimeOfDay::system(),
                clock: Arc::new(SystemClock::new()),
                cloud: None,
                components: None,
                sandbox: None,
                stage: None,
            },
        })
    }
}

fn play(scenario: &Scenario, seed: u64) -> Result<Way, Failure> {
    let blueprint = scenario.blueprint();
    let stage = Stage::open(&blueprint, seed)
        .map_err(|error| Failure::because(Exit::Failed, "failed to build the sandbox", error))?;
    Ok(Way {
        cloud: None,
        components: blueprint.components().map(|components| components::write(&components)),
        cluster: Arc::clone(&stage.cluster),
        transport: Arc::clone(&stage.transport),
        time: stage.time(),
        clock: Arc::clone(&stage.clock),
        sandbox: Some(Sandboxed { scenario: scenario.name.to_owned(), served: false }),
        stage: Some(stage),
    })
}

/// Opens the simulated cloud of a cluster, where one runs it.
pub(crate) async fn cloud_of(twin: &Twin) -> Result<Option<OpenCloud>, Failure> {
    let failed = "failed to open the sandbox's cloud";
    let identity = Identity::new().map_err(|error| Failure::because(Exit::Failed, failed, error))?;
    open_cloud(twin, &identity).await.map_err(|error| Failure::because(Exit::Failed, failed, error))
}

/// The scenario of that name; otherwise a mistake, with the nearest name as it would be `typed`.
pub(crate) fn scenario(name: &str, typed: impl FnOnce(&str) -> String) -> Result<Scenario, Failure> {
    Scenario::named(name).map_err(|error| {
        let UnknownScenario { nearest, .. } = error;
        let meant = nearest.map(|nearest| format!("perhaps {}", typed(nearest)));
        Failure::new(Exit::Usage, error).maybe_hint(meant).hint("kubectl upgrade sandbox list")
    })
}

fn connect_failure(error: ConnectError) -> Failure {
    let exit = match &error {
        ConnectError::NoKubeconfig { .. }
        | ConnectError::Unreadable { .. }
        | ConnectError::Invalid { .. }
        | ConnectError::NoContext { .. }
        | ConnectError::Unknown { .. } => Exit::Usage,
        ConnectError::PluginMissing { .. } | ConnectError::PluginFailed { .. } => Exit::Denied,
        ConnectError::Client { .. } | ConnectError::InCluster { .. } => Exit::Failed,
        ConnectError::Interrupted => Exit::Interrupted,
    };
    let hint = error.hint();
    let ended = matches!(&error, ConnectError::NoKubeconfig { path: Some(path) } if of_sandbox(path));
    let again = ended.then(|| "the sandbox it was of has ended; start one: kubectl upgrade sandbox up".to_owned());
    Failure::new(exit, error).maybe_hint(again).maybe_hint(hint)
}

/// Whether a kubeconfig is where sandboxes put theirs.
fn of_sandbox(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).is_some_and(|name| name == "sandbox");
    folder && path.extension().is_some_and(|extension| extension == "kubeconfig")
}
