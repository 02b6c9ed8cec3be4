//! Promises broken on purpose, by someone whom the story does not expect.

use std::time::Duration;

use http::Request;
use kube::Client;
use kube::client::Body;
use tower_service::Service as _;
use upgrade_core::journal::Record;
use upgrade_core::plan::Plan;
use upgrade_twin::Twin;
use upgrade_twin::api::ApiService;
use upgrade_twin::clouds::CloudService;
use upgrade_twin::world::World;

/// When the world or a client breaks something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before there is a plan.
    Planning,
    /// A while after the run began.
    Running,
    /// When the run is over, and its end was not yet looked at.
    Over,
}

/// So long after a run began, while its first steps are under way.
const MEANWHILE: Duration = Duration::from_secs(3);

/// How long what was done may take to be seen.
const NOTICED: Duration = Duration::from_secs(60);

/// One promise, broken.
#[derive(Clone, Debug)]
pub(crate) enum Breach {
    /// The world changes by itself.
    World(Moment, fn(&mut World)),
    /// A client asks the API for something: method, path and body.
    Client(Moment, &'static str, &'static str, &'static str),
    /// A client asks the cloud for something: method and path.
    Cloud(Moment, &'static str, &'static str),
    /// Someone runs a script on a host.
    Shell(&'static str, &'static str),
    /// The plan is not what the rules say.
    Plan(fn(&mut Plan)),
    /// The journal does not say what happened.
    Journal(fn(&mut Vec<Record>)),
}

impl Breach {
    /// Breaks what is to be broken at that moment.
    pub(crate) async fn at(&self, moment: Moment, twin: &Twin) {
        let (own, breach, twin) = (self.moment(), self.clone(), twin.clone());
        if own != Some(moment) {
            return;
        }
        match moment {
            Moment::Planning => breach.act(&twin).await,
            Moment::Running => drop(tokio::spawn(async move {
                tokio::time::sleep(MEANWHILE).await;
                breach.act(&twin).await;
            })),
            Moment::Over => {
                breach.act(&twin).await;
                tokio::time::sleep(NOTICED).await;
            }
        }
    }

    const fn moment(&self) -> Option<Moment> {
        match self {
            Self::World(moment, _) | Self::Client(moment, ..) | Self::Cloud(moment, ..) => Some(*moment),
            Self::Shell(..) => Some(Moment::Running),
            Self::Plan(_) | Self::Journal(_) => None,
        }
    }

    async fn act(self, twin: &Twin) {
        match self {
            Self::World(_, change) => twin.with(change),
            Self::Client(_, method, path, body) => {
                let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
                let request = Request::builder().method(method).uri(path).header("content-type", kind);
                let request = request.body(Body::from(body.as_bytes().to_vec())).expect("a sound request");
                let client = Client::new(ApiService::new(twin), "default");
                let answer = client.send(request).await.expect("an API server that answers");
                assert!(answer.status().is_success(), "{method} {path}: {}", answer.status());
            }
            Self::Cloud(_, method, path) => {
                let request = Request::builder().method(method).uri(path).header("authorization", "Bearer someone");
                let request = request.body(String::new()).expect("a sound request");
                let answer = CloudService::new(twin).call(request).await.expect("a cloud that answers");
                assert!(answer.status().is_success(), "{method} {path}: {}", answer.status());
            }
            Self::Shell(host, script) => {
                let output = twin.shell(host, script).await.expect("a host that answers");
                assert_eq!(output.status, 0, "{script}: {}", output.stderr);
            }
            Self::Plan(_) | Self::Journal(_) => {}
        }
    }

    pub(crate) fn plan(&self, plan: &mut Plan) {
        if let Self::Plan(change) = self {
            change(plan);
        }
    }

    pub(crate) fn journal(&self, records: &mut Vec<Record>) {
        if let Self::Journal(change) = self {
            change(records);
        }
    }
}
