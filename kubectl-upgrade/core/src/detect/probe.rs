//! The questions a rule can ask of the evidence, each answered with the object and value that say yes.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::inventory::{Evidence, NodeMarks};

/// One question.
#[derive(Clone, Copy, Debug)]
pub(super) enum Probe {
    /// The API server's `gitVersion` contains the text.
    GitVersion(&'static str),
    /// The host of the API's URL ends so.
    Server(&'static str),
    /// An API group is, or is below, the name.
    ApiGroup(&'static str),
    /// A well-known object exists: `Kind/namespace/name`.
    Object(&'static str),
    /// A node's `spec.providerID` starts so.
    ProviderId(&'static str),
    /// A node has a label whose key starts so.
    Label(&'static str),
    /// A node has an annotation whose key starts so.
    Annotation(&'static str),
    /// A node's `osImage` starts so.
    OsImage(&'static str),
    /// A node's `kernelVersion` contains the text.
    Kernel(&'static str),
    /// A node's `kubeletVersion` contains the text.
    Kubelet(&'static str),
    /// There are mirror pods of the control plane.
    MirrorPods,
    /// A control-plane pod has an annotation whose key starts so.
    PodAnnotation(&'static str),
    /// A control-plane pod's command line contains the text.
    PodArgument(&'static str),
}

impl Probe {
    /// The object and value that say yes.
    pub(super) fn find(self, evidence: &Evidence, server: &str) -> Option<String> {
        match self {
            Self::GitVersion(part) => {
                evidence.git_version.contains(part).then(|| format!("/version: gitVersion {}", evidence.git_version))
            }
            Self::Server(end) => {
                host(server).filter(|host| host.ends_with(end)).map(|host| format!("API server {host}"))
            }
            Self::ApiGroup(name) => {
                let below = |group: &&String| {
                    *group == name || group.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
                };
                evidence.api_groups.iter().find(below).map(|group| format!("API group {group}"))
            }
            Self::Object(key) => evidence.objects.contains(key).then(|| object(key)),
            Self::MirrorPods => mirror_pods(evidence),
            Self::PodAnnotation(start) => pod(evidence, |pod| {
                let key = pod.annotations.iter().find(|key| key.starts_with(start))?;
                Some(format!("annotation {key}"))
            }),
            Self::PodArgument(part) => {
                pod(evidence, |pod| pod.command.iter().find(|word| word.contains(part)).cloned())
            }
            Self::ProviderId(_)
            | Self::Label(_)
            | Self::Annotation(_)
            | Self::OsImage(_)
            | Self::Kernel(_)
            | Self::Kubelet(_) => self.find_on_nodes(evidence),
        }
    }

    /// The first node that says yes, and how many say so in all.
    fn find_on_nodes(self, evidence: &Evidence) -> Option<String> {
        let mut saying = evidence.nodes.iter().filter_map(|node| Some((node, self.on_node(node)?)));
        let (node, value) = saying.next()?;
        let name = node.node.as_ref().map_or_else(|| "nodes".to_owned(), |name| format!("node {name}"));
        Some(match saying.count() {
            0 => format!("{name}: {value}"),
            more => format!("{name}: {value} (and {more} more)"),
        })
    }

    fn on_node(self, node: &NodeMarks) -> Option<String> {
        match self {
            Self::ProviderId(start) => {
                node.provider_id.starts_with(start).then(|| format!("providerID {}", node.provider_id))
            }
            Self::Label(start) => {
                let (key, value) = first(&node.labels, start)?;
                Some(format!("label {key}={value}"))
            }
            Self::Annotation(start) => {
                let (key, _) = first(&node.annotations, start)?;
                Some(format!("annotation {key}"))
            }
            Self::OsImage(start) => node.os_image.starts_with(start).then(|| format!("osImage {}", node.os_image)),
            Self::Kernel(part) => node.kernel.contains(part).then(|| format!("kernel {}", node.kernel)),
            Self::Kubelet(part) => node.kubelet.contains(part).then(|| format!("kubelet {}", node.kubelet)),
            Self::GitVersion(_)
            | Self::Server(_)
            | Self::ApiGroup(_)
            | Self::Object(_)
            | Self::MirrorPods
            | Self::PodAnnotation(_)
            | Self::PodArgument(_) => None,
        }
    }
}

/// The first entry whose key starts so: looked up, as thousands of nodes are asked by dozens of rules.
fn first<'a>(map: &'a BTreeMap<String, String>, start: &str) -> Option<(&'a String, &'a String)> {
    map.range::<str, _>((Bound::Included(start), Bound::Unbounded)).next().filter(|(key, _)| key.starts_with(start))
}

fn mirror_pods(evidence: &Evidence) -> Option<String> {
    let mut nodes: Vec<_> = evidence.control_plane_pods.iter().map(|pod| &pod.node).collect();
    nodes.sort();
    nodes.dedup();
    match nodes.as_slice() {
        [] => None,
        [node] => Some(format!("control-plane mirror pods on {node}")),
        more => Some(format!("control-plane mirror pods on {} hosts", more.len())),
    }
}

fn pod(evidence: &Evidence, value: impl Fn(&crate::inventory::ControlPlanePod) -> Option<String>) -> Option<String> {
    evidence.control_plane_pods.iter().find_map(|pod| {
        let value = value(pod)?;
        Some(format!("pod {} on {}: {value}", pod.component, pod.node))
    })
}

/// `Kind/namespace/name` as a person writes it.
fn object(key: &str) -> String {
    match key.split_once('/') {
        Some((kind, name)) => format!("{kind} {}", name.trim_start_matches('/')),
        None => key.to_owned(),
    }
}

/// The host of a URL, without scheme, port and path.
fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next()?;
    Some(authority.rsplit_once(':').map_or(authority, |(host, _)| host))
}
