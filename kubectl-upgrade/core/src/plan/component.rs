//! What a plan does to a component of a hand-built cluster.
//!
//! Every parameter is chosen when the plan is made: which file, which unit, where the new binary comes from and how it is
//! known to be the right one. What is left to a person is an action too, with the exact words of what is to be done.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cloud::Carrier;
use super::dns::NewDns;
use super::pod::{NewManifest, NewPod};
use super::restore::EtcdRestore;
use crate::component::Component;
use crate::components::Source;
use crate::ids::NodeName;
use crate::version::Version;

/// One thing done to a component on a host, or left to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ComponentAction {
    /// Take a snapshot of etcd through one of its members, verify its hash, revision and size.
    SnapshotEtcd {
        /// The host it is taken on.
        host: NodeName,
        /// How etcd is reached from there.
        client: EtcdClient,
        /// The file on that host.
        file: String,
    },
    /// Fetch a new binary to beside the old one, verify it, and ask it whether it takes the unit's arguments. What runs
    /// is left alone.
    Prepare {
        /// The host.
        host: NodeName,
        /// The new binary.
        binary: NewBinary,
        /// Where it comes from.
        source: Source,
        /// Its SHA-256, where it is known beforehand.
        sha256: Option<String>,
        /// Whether it is asked.
        ask: bool,
    },
    /// Put the new binary in the old one's place, restart the unit, wait until it is healthy and says that it is the new
    /// version; put the old one back at once when it does not come up.
    Switch {
        /// The host.
        host: NodeName,
        /// The new binary.
        binary: NewBinary,
        /// The version that it replaces, whose binary is kept.
        from: Version,
        /// How it is known to be healthy.
        health: Health,
        /// Whether the new binary is asked about the unit's arguments once more before.
        ask: bool,
    },
    /// Pull the image of a static pod, where the host has the tool for it, and ask the program in it whether it takes the
    /// arguments that the component runs with. What runs is left alone.
    PreparePod {
        /// The host.
        host: NodeName,
        /// The static pod as it is to be.
        pod: NewPod,
        /// Whether it is asked.
        ask: bool,
    },
    /// Put the new manifest in the old one's place, wait until the component is healthy and its process says that it is the
    /// new version; put the old manifest back at once when it does not come up.
    SwitchPod {
        /// The host.
        host: NodeName,
        /// The static pod as it is to be.
        pod: NewPod,
        /// Where its manifest comes from.
        manifest: NewManifest,
        /// The version that it replaces, whose manifest is kept.
        from: Version,
        /// How it is known to be healthy.
        health: Health,
        /// Whether the new program is asked about the arguments once more before.
        ask: bool,
    },
    /// Have a person replace a component.
    ByHand {
        /// The host.
        host: NodeName,
        /// The component.
        component: Component,
        /// The version it is at.
        from: Version,
        /// The version to reach.
        to: Version,
        /// What to do, one line each; lines to be typed begin with `$ `.
        how: Vec<String>,
    },
    /// Put etcd back to a snapshot, on every member, with the API servers stopped meanwhile.
    RestoreEtcd(EtcdRestore),
    /// Change the image of CoreDNS's Deployment, and wait until all of its pods have it.
    CoreDnsImage(NewDns),
    /// Have a person move CoreDNS.
    CoreDns {
        /// The version it is at.
        from: Version,
        /// The version to reach.
        to: Version,
        /// What to do, one line each.
        how: Vec<String>,
    },
}

/// A binary that takes the place of the one a unit starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBinary {
    /// Which component.
    pub component: Component,
    /// Its version.
    pub version: Version,
    /// The unit.
    pub unit: String,
    /// The file that the unit starts.
    pub path: String,
}

impl NewBinary {
    /// Where a binary of that version stands beside the one the unit starts.
    #[must_use]
    pub fn beside(&self, version: &Version) -> String {
        format!("{}-{}", self.path, version.tag())
    }

    /// What it says that it is: Kubernetes' components and etcd write their versions differently.
    #[must_use]
    pub fn says(&self, version: &Version) -> String {
        says(self.component, version)
    }
}

/// What a component of that version says that it is.
pub(crate) fn says(component: Component, version: &Version) -> String {
    match component {
        Component::Etcd => version.to_string(),
        Component::ApiServer
        | Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager
        | Component::Kubelet
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => version.tag(),
    }
}

/// How a restarted component is known to be healthy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// Its unit is active.
    Unit,
    /// This URL answers on the host; that it wants to know who asks is an answer.
    Url(String),
    /// etcd answers reads and writes through this member.
    Etcd(EtcdClient),
}

/// How etcd is reached from a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtcdClient {
    /// Its URL.
    pub endpoint: String,
    /// The file of its authority; none where it speaks without TLS.
    pub cacert: Option<String>,
    /// The file of the client's certificate.
    pub cert: Option<String>,
    /// The file of the client's key.
    pub key: Option<String>,
}

impl ComponentAction {
    /// The host it is about; none for what runs in pods.
    #[must_use]
    pub fn host(&self) -> Option<&NodeName> {
        match self {
            // The one that has the snapshot: there the step is known by its name.
            Self::RestoreEtcd(restore) => restore.members.first().map(|member| &member.host),
            Self::SnapshotEtcd { host, .. }
            | Self::Prepare { host, .. }
            | Self::Switch { host, .. }
            | Self::PreparePod { host, .. }
            | Self::SwitchPod { host, .. }
            | Self::ByHand { host, .. } => Some(host),
            Self::CoreDns { .. } | Self::CoreDnsImage(_) => None,
        }
    }

    /// The component it changes, and from which version to which; none when it changes none.
    #[must_use]
    pub const fn moves(&self) -> Option<(Component, &Version, &Version)> {
        match self {
            Self::Switch { binary, from, .. } => Some((binary.component, from, &binary.version)),
            Self::SwitchPod { pod, from, .. } => Some((pod.component, from, &pod.version)),
            Self::ByHand { component, from, to, .. } => Some((*component, from, to)),
            Self::CoreDns { from, to, .. } | Self::CoreDnsImage(NewDns { from, to, .. }) => {
                Some((Component::CoreDns, from, to))
            }
            Self::SnapshotEtcd { .. } | Self::Prepare { .. } | Self::PreparePod { .. } | Self::RestoreEtcd(_) => None,
        }
    }

    /// What a person does, where one carries it out.
    #[must_use]
    pub const fn by_hand(&self) -> Option<&Vec<String>> {
        match self {
            Self::ByHand { how, .. } | Self::CoreDns { how, .. } => Some(how),
            Self::SnapshotEtcd { .. }
            | Self::Prepare { .. }
            | Self::Switch { .. }
            | Self::PreparePod { .. }
            | Self::SwitchPod { .. }
            | Self::CoreDnsImage(_)
            | Self::RestoreEtcd(_) => None,
        }
    }

    /// Whether it restarts a part of the control plane, so that the API may be away for a while.
    #[must_use]
    pub const fn restarts_control_plane(&self) -> bool {
        self.rewinds() || matches!(self.moves(), Some((Component::ApiServer | Component::Etcd, _, _)))
    }

    /// Whether it puts everything that the API knows back to what it was earlier, the lock of the run among it.
    #[must_use]
    pub const fn rewinds(&self) -> bool {
        matches!(self, Self::RestoreEtcd(_))
    }

    /// Who carries it out.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        match self {
            Self::SnapshotEtcd { .. }
            | Self::Prepare { .. }
            | Self::Switch { .. }
            | Self::PreparePod { .. }
            | Self::SwitchPod { .. }
            | Self::RestoreEtcd(_) => Carrier::Host,
            Self::CoreDnsImage(_) => Carrier::Cluster,
            Self::ByHand { .. } | Self::CoreDns { .. } => Carrier::Person,
        }
    }
}

/// What a step about a component expects or reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ComponentCondition {
    /// The component runs on the host at the version.
    At {
        /// The host.
        host: NodeName,
        /// The component.
        component: Component,
        /// The version.
        version: Version,
    },
    /// The component runs on the host at a version from `from` to `to`.
    Within {
        /// The host.
        host: NodeName,
        /// The component.
        component: Component,
        /// The oldest allowed.
        from: Version,
        /// The newest allowed.
        to: Version,
    },
    /// The component runs on the host.
    Runs {
        /// The host.
        host: NodeName,
        /// The component.
        component: Component,
    },
    /// The CoreDNS Deployment has the version.
    CoreDnsAt {
        /// The version.
        version: Version,
    },
    /// The CoreDNS Deployment names one of two images.
    CoreDnsNames {
        /// The one before.
        before: String,
        /// The one afterwards.
        after: String,
    },
    /// The CoreDNS Deployment names the image, and all of its pods have it and answer.
    CoreDnsRuns {
        /// The image.
        image: String,
    },
}

impl fmt::Display for ComponentCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { host, component, version } => write!(f, "{component} on {host} at {version}"),
            Self::Within { host, component, from, to } if from == to => write!(f, "{component} on {host} at {from}"),
            Self::Within { host, component, from, to } => write!(f, "{component} on {host} from {from} to {to}"),
            Self::Runs { host, component } => write!(f, "{component} running on {host}"),
            Self::CoreDnsAt { version } => write!(f, "CoreDNS at {version}"),
            Self::CoreDnsNames { before, after } => write!(f, "CoreDNS with image {before} or {after}"),
            Self::CoreDnsRuns { image } => write!(f, "every pod of CoreDNS with image {image}"),
        }
    }
}
