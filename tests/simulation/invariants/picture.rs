//! The cluster reduced to what the promises are about, kept up change by change.

use std::collections::{BTreeMap, BTreeSet};

use upgrade_core::plan::{Plan, Stage, StageKind};
use upgrade_tests::policy::{Minors, Violations, violations, worse};
use upgrade_twin::json::{items, text};
use upgrade_twin::store::{Change, Object, Resource};

/// The mark of this tool's cordons.
const CORDONED_BY: &str = "/metadata/annotations/kubectl-upgrade.io~1cordoned-by";

const PARTS: [&str; 3] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// A node.
#[derive(Clone, Debug, Default)]
struct Node {
    kubelet: u16,
    cordon: Cordon,
    /// Whether it was ready when the story began.
    sound: bool,
    ready: bool,
}

impl Node {
    fn is_down_by_us(&self, quiet: bool) -> bool {
        self.cordon == Cordon::Ours || (quiet && self.sound && !self.ready)
    }
}

/// Who cordoned it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Cordon {
    #[default]
    None,
    Ours,
    Others,
}

/// What runs where, at which minor.
#[derive(Debug, Default)]
pub(super) struct Picture {
    nodes: BTreeMap<String, Node>,
    /// By node, then by part.
    parts: BTreeMap<String, [Option<u16>; 3]>,
    /// The API servers of a control plane that a cloud runs.
    servers: BTreeMap<String, u16>,
    kube_proxy: Option<u16>,
    out_of_skew: Violations,
    down: BTreeSet<String>,
    /// The nodes of each stage, and how many of them this tool may take down at once.
    stages: Vec<(BTreeSet<String>, usize)>,
}

impl Picture {
    pub(super) fn of<'a>(
        objects: impl Iterator<Item = &'a std::sync::Arc<Object>>,
        servers: BTreeMap<String, u16>,
        plan: &Plan,
    ) -> Self {
        let nodes = |stage: &Stage| stage.lanes.iter().map(|lane| lane.subject.to_string()).collect();
        let disturbing =
            plan.stages.iter().filter(|stage| !matches!(stage.kind, StageKind::Backup | StageKind::Preparation));
        let stages = disturbing.map(|stage| (nodes(stage), stage.at_once)).collect();
        let mut picture = Self { stages, servers, ..Self::default() };
        objects.for_each(|object| drop(picture.see(object, false)));
        picture.out_of_skew = violations(&picture.minors());
        picture
    }

    /// Takes in what serves of a control plane that a cloud runs; returns what it broke.
    pub(super) fn serve(&mut self, servers: BTreeMap<String, u16>) -> Vec<String> {
        if self.servers == servers {
            return Vec::new();
        }
        self.servers = servers;
        self.skew()
    }

    fn skew(&mut self) -> Vec<String> {
        let minors = self.minors();
        let now = violations(&minors);
        let worse = worse(&self.out_of_skew, &now, &minors).into_iter().map(|what| format!("skew: {what}")).collect();
        self.out_of_skew = now;
        worse
    }

    /// Takes a change in; returns what it broke. With `quiet`, nodes do not go down by themselves.
    pub(super) fn follow(&mut self, change: &Change, quiet: bool) -> Vec<String> {
        let mut broken = self.see(&change.object, change.deleted);
        broken.extend(self.skew());
        if !self.servers.is_empty() {
            // The nodes of pools are counted pool by pool.
            return broken;
        }
        let down: BTreeSet<String> =
            self.nodes.iter().filter(|(_, node)| node.is_down_by_us(quiet)).map(|(name, _)| name.clone()).collect();
        if down.len() > self.down.len() && down.len() > self.limit(&down) {
            broken.push(format!(
                "{} nodes are down at once, at most {} may be: {down:?}",
                down.len(),
                self.limit(&down)
            ));
        }
        self.down = down;
        broken
    }

    /// How many of these nodes any one stage may take down.
    fn limit(&self, nodes: &BTreeSet<String>) -> usize {
        let holds_all = self.stages.iter().filter(|(of, _)| nodes.is_subset(of));
        holds_all.map(|(_, at_once)| *at_once).max().unwrap_or(1)
    }

    fn see(&mut self, object: &Object, deleted: bool) -> Vec<String> {
        let name = &object.key.name;
        match object.key.resource {
            Resource::NODES if deleted => {
                self.nodes.remove(name);
                self.parts.remove(name);
            }
            Resource::NODES => return self.node(object),
            Resource::PODS if object.key.namespace == "kube-system" => self.part(object, deleted),
            Resource::DAEMON_SETS if name == "kube-proxy" => {
                self.kube_proxy = image_minor(text(&object.value(), "/spec/template/spec/containers/0/image"));
            }
            _ => {}
        }
        Vec::new()
    }

    fn node(&mut self, object: &Object) -> Vec<String> {
        let value = object.value();
        let marked = !text(&value, CORDONED_BY).is_empty();
        let cordon = match (object.summary.unschedulable, marked) {
            (false, _) => Cordon::None,
            (true, true) => Cordon::Ours,
            (true, false) => Cordon::Others,
        };
        let kubelet = minor(text(&value, "/status/nodeInfo/kubeletVersion")).unwrap_or_default();
        let ready = object.summary.ready;
        let sound = self.nodes.get(&object.key.name).map_or(ready, |node| node.sound);
        let before = self.nodes.insert(object.key.name.clone(), Node { kubelet, cordon, sound, ready });
        match before.map(|before| before.cordon) {
            Some(Cordon::Others) if cordon == Cordon::Ours => {
                vec![format!("the cordon of {} was someone else's and is said to be the tool's now", object.key.name)]
            }
            _ => Vec::new(),
        }
    }

    /// A mirror pod: gone for a moment while it is replaced, which says nothing about what runs.
    fn part(&mut self, pod: &Object, deleted: bool) {
        let Some(node) = pod.summary.node.as_ref().filter(|_| !deleted) else { return };
        let Some(part) = PARTS.iter().position(|part| pod.key.name == format!("{part}-{node}")) else { return };
        let value = pod.value();
        let image = items(&value, "/spec/containers").map(|container| text(container, "/image")).next();
        let slot = self.parts.entry(node.clone()).or_default().get_mut(part);
        if let Some((slot, minor)) = slot.zip(image.and_then(image_minor)) {
            *slot = Some(minor);
        }
    }

    fn minors(&self) -> Minors {
        let whole = |(node, parts): (&String, &[Option<u16>; 3])| {
            let [Some(server), Some(manager), Some(scheduler)] = *parts else { return None };
            Some((node.clone(), [server, manager, scheduler]))
        };
        let managed = self.servers.iter().map(|(name, minor)| (name.clone(), [*minor; 3]));
        Minors {
            control_plane: self.parts.iter().filter_map(whole).chain(managed).collect(),
            kubelets: self.nodes.iter().map(|(name, node)| (name.clone(), node.kubelet)).collect(),
            kube_proxy: self.kube_proxy,
        }
    }
}

fn image_minor(image: &str) -> Option<u16> {
    minor(image.rsplit(':').next()?)
}

/// `34` of `v1.34.2`.
fn minor(version: &str) -> Option<u16> {
    version.trim_start_matches('v').split('.').nth(1)?.parse().ok()
}
