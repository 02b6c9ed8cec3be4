//! A sandbox that is a process of its own: the simulated API behind a loopback socket, and beside it the little that
//! stands for SSH and for clocks.
//!
//! Only the API is for everyone. The rest is reached by the plugin alone, which learns of it from an extension of the
//! kubeconfig's cluster entry. Everything asks for the kubeconfig's token.

mod door;
mod identity;
mod join;
mod kubeconfig;

pub use door::Sandbox;
pub use identity::{Identity, IdentityError};
pub use join::{Joined, Served};
pub use kubeconfig::kubeconfig;

use serde::{Deserialize, Serialize};
use upgrade_provider::{Endpoint, GivenNames};

use crate::cloud::OpenCloud;

/// The name of the extension.
pub(crate) const EXTENSION: &str = "kubectl-upgrade.io/sandbox";

/// Where what is no part of the Kubernetes API begins.
pub(crate) const BESIDE: &str = "/sandbox/";

/// Where the time is asked for.
pub(crate) const CLOCK: &str = "/sandbox/v1/clock";

/// Where errands to hosts are taken.
pub(crate) const RUN: &str = "/sandbox/v1/run";

/// The extension's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extension {
    /// The scenario.
    pub(crate) scenario: String,
    /// The cloud that runs the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cloud: Option<CloudAt>,
    /// The components file that the owner of a hand-built cluster keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) components: Option<String>,
}

/// Where a simulated cloud is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CloudAt {
    url: String,
    certificate: Option<String>,
    account: Option<String>,
    region: Option<String>,
    group: Option<String>,
    cluster: Option<String>,
}

impl CloudAt {
    pub(crate) fn of(cloud: &OpenCloud) -> Self {
        let OpenCloud { endpoint, names } = cloud.clone();
        Self {
            url: endpoint.url,
            certificate: endpoint.certificate,
            account: names.account,
            region: names.region,
            group: names.group,
            cluster: names.cluster,
        }
    }

    pub(crate) fn open(self) -> OpenCloud {
        let Self { url, certificate, account, region, group, cluster } = self;
        OpenCloud { endpoint: Endpoint { url, certificate }, names: GivenNames { account, region, group, cluster } }
    }
}

/// What the sandbox's clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClockFace {
    /// The time of day.
    pub(crate) now: jiff::Timestamp,
    /// How many seconds of it pass in one of the person's.
    pub(crate) speed: f64,
}

/// A script for a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Errand {
    /// The host's address.
    pub(crate) host: String,
    /// The script.
    pub(crate) script: String,
    /// How many bytes of each stream are wanted.
    pub(crate) keep: usize,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "came")]
pub(crate) enum Outcome {
    /// The script ran to its end.
    Ended {
        /// Its exit status.
        status: i32,
        /// What it printed.
        stdout: String,
        /// And to standard error.
        stderr: String,
    },
    /// The host was not reached.
    Unreachable {
        /// Why.
        found: String,
    },
    /// The connection to it broke.
    Lost,
}
