//! How etcd is put back to a snapshot: one step over several hosts, because no step may begin while the API is away.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::component::EtcdClient;
use super::pod;
use crate::component::Component;
use crate::ids::NodeName;
use crate::inventory::RunsAs;
use crate::version::Version;

/// Everything that has to be done between the last answer of the old API and the first of the restored one.
///
/// The first member is restored alone, on the host that has the snapshot; the others join it with empty data and are filled
/// by it, so that no file has to go from host to host and no two members can differ. etcd takes a second member into a
/// cluster of one for just this purpose. What each member had stays beside its data, under another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EtcdRestore {
    /// The snapshot on the first member's host.
    pub file: String,
    /// When it was taken; what was written since is lost.
    pub taken: Timestamp,
    /// The hash that the snapshot had when it was verified; none when it was not written down.
    pub hash: Option<String>,
    /// What the restored cluster is told apart by, from the old one and from other attempts: a word.
    pub token: String,
    /// The members, the one with the snapshot first.
    pub members: Vec<RestoredMember>,
    /// The API servers, which are stopped first and started last.
    pub servers: Vec<StoppedServer>,
    /// What has watched the API from a later state than it is then in, and has to look at it anew, by host.
    pub watchers: Vec<Watchers>,
}

/// A member of etcd as its unit or manifest describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoredMember {
    /// Its host.
    pub host: NodeName,
    /// What starts it.
    pub runs: RunsAs,
    /// `--name`.
    pub name: String,
    /// `--data-dir`.
    pub data: String,
    /// `--wal-dir`, where its log is kept apart from its data.
    #[serde(default)]
    pub wal: Option<String>,
    /// Where the other members reach it.
    pub peers: Vec<String>,
    /// How it is reached from its own host.
    pub client: EtcdClient,
    /// What the snapshot was taken of, where another one is in its place.
    pub binary: Option<KeptBinary>,
}

/// A binary, or the manifest of a static pod, that was kept when another one took its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptBinary {
    /// The file that the unit starts, or that the kubelet reads.
    pub path: String,
    /// The version to put back.
    pub version: Version,
}

/// An API server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoppedServer {
    /// Its host.
    pub host: NodeName,
    /// What starts it.
    pub runs: RunsAs,
    /// What answers on its host when it serves.
    pub url: String,
}

/// What watches the API on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watchers {
    /// The host.
    pub host: NodeName,
    /// The components, with what starts each.
    pub runs: Vec<(Component, RunsAs)>,
}

impl RestoredMember {
    /// Where the binary or manifest that goes back was kept.
    #[must_use]
    pub fn kept(&self) -> Option<String> {
        let kept = self.binary.as_ref()?;
        Some(match &self.runs {
            RunsAs::Unit(_) => format!("{}-{}", kept.path, kept.version.tag()),
            RunsAs::StaticPod(manifest) => pod::kept(manifest, &kept.version),
        })
    }

    /// `name=url` of each of its URLs, as etcd's `--initial-cluster` lists members.
    #[must_use]
    pub fn listed(&self) -> String {
        let urls: Vec<String> = self.peers.iter().map(|url| format!("{}={url}", self.name)).collect();
        urls.join(",")
    }
}
