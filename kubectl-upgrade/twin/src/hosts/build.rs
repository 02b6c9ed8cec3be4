//! From a blueprint to a host.

mod contents;

pub(super) use contents::{INSTANCE, kubelet_config, with_endpoint};

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use upgrade_core::commands::package::version_of;
use upgrade_core::version::{Minor, Version};

use super::files::{Entry, Files, Tree, parent};
use super::host::Host;
use super::kubelet::StaticPod;
use super::packages::{Installed, NAMES, Packages, Repositories, package_version, sources};
use super::services::{self, ByHand};
use crate::blueprint::{self, Blueprint, Machine};

/// What hosts of a cluster come from.
#[derive(Debug)]
pub(super) struct Origin {
    packages: blueprint::Packages,
    version: Version,
    epoch: Timestamp,
    repositories: Arc<Repositories>,
    by_hand: Option<ByHand>,
}

/// Parts that hosts share.
type Trees = BTreeMap<Kind, Arc<Tree>>;

/// Hosts of one kind have the same files but for what is said of each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    os: &'static str,
    control_plane: bool,
    kubeadm: Version,
    configured: Minor,
    own_sources: bool,
}

impl Host {
    /// The host of a machine.
    #[must_use]
    pub fn of(blueprint: &Blueprint, machine: &Machine) -> Self {
        Arc::new(Origin::of(blueprint)).host(machine, &mut Trees::new())
    }

    /// The hosts of all machines, by the names of their nodes. They share what is the same.
    #[must_use]
    pub fn of_all(blueprint: &Blueprint) -> BTreeMap<String, Self> {
        let (origin, mut trees) = (Arc::new(Origin::of(blueprint)), Trees::new());
        let hosts = blueprint.machines.iter().map(|machine| (machine.name.clone(), origin.host(machine, &mut trees)));
        hosts.collect()
    }

    /// The host of a machine that joins the cluster of this one.
    #[must_use]
    pub fn beside(&self, machine: &Machine) -> Self {
        self.origin.host(machine, &mut Trees::new())
    }

    /// Lets the static pods that a person laid have run for long, but for those that do not run.
    fn settle_pods(&mut self, runs: impl Fn(&str) -> bool) {
        let manifests = super::kubelet::manifests(&self.files).into_iter();
        let manifests: Vec<(String, Arc<String>)> = manifests.filter(|(name, _)| runs(name)).collect();
        for (name, manifest) in &manifests {
            self.pod_began(name, manifest);
        }
        self.run_pods(manifests);
    }

    fn run_pods(&mut self, manifests: Vec<(String, Arc<String>)>) {
        for (at, (name, manifest)) in manifests.into_iter().enumerate() {
            let container = format!("{:013x}", 0x1de_fe8a_6514_u64.wrapping_mul(at as u64 + 7) & 0xf_ffff_ffff_ffff);
            self.pods.insert(name, StaticPod::running(manifest, container));
        }
    }

    /// What its static pods run: component, image and command of each.
    #[must_use]
    pub fn static_pods(&self) -> Vec<(String, String, Vec<String>)> {
        let manifests = super::kubelet::manifests(&self.files).into_iter();
        manifests
            .map(|(component, text)| (component, super::kubelet::image(&text), super::kubelet::command(&text)))
            .collect()
    }
}

impl Origin {
    fn of(blueprint: &Blueprint) -> Self {
        let repositories = Arc::new(Repositories::of(&blueprint.packages));
        let (packages, version) = (blueprint.packages.clone(), blueprint.version.clone());
        Self { packages, version, epoch: blueprint.epoch, repositories, by_hand: ByHand::of(blueprint) }
    }

    pub(super) const fn by_hand(&self) -> bool {
        self.by_hand.is_some()
    }

    /// Whether a mirror has the release: one of a minor that there are packages of.
    pub(super) fn offers(&self, version: &Version) -> bool {
        self.packages.offered.iter().any(|offered| offered.minor() == version.minor())
    }

    /// What the copied cluster's owner has at that address; none when it is no copy, and a mirror is there.
    pub(super) fn fetched(&self, url: &str) -> Option<Option<String>> {
        let found = self.by_hand.as_ref()?.found()?;
        Some(services::fetched(found, url))
    }

    fn host(self: &Arc<Self>, machine: &Machine, trees: &mut Trees) -> Host {
        match &self.by_hand {
            Some(cluster) => self.built_by_hand(cluster, machine),
            None => self.built_by_kubeadm(machine, trees),
        }
    }

    fn built_by_hand(self: &Arc<Self>, cluster: &ByHand, machine: &Machine) -> Host {
        let now = self.epoch.as_second();
        let mut files = Files::of(Arc::default(), now);
        let laid = services::lay(cluster, machine).into_iter();
        let laid = laid.map(|(path, text, mode)| (path, Entry::file(text, mode, now)));
        for (path, entry) in contents::system(machine, now).into_iter().chain(laid) {
            add(&mut |path, entry| files.put_where_none(path, entry), &path, entry, now);
        }
        files.manifests_touched = false;
        let packages = Packages {
            installed: BTreeMap::new(),
            lists: BTreeMap::new(),
            interrupted: false,
            repositories: Arc::clone(&self.repositories),
        };
        let mut host = Host::new(Arc::clone(self), &machine.address, files, packages, None);
        host.etcdctl = cluster.is_member(machine);
        host.settle_services(|component| cluster.runs(machine, component));
        host.settle_pods(|name| cluster.runs_pod(machine, name));
        host
    }

    fn built_by_kubeadm(self: &Arc<Self>, machine: &Machine, trees: &mut Trees) -> Host {
        let now = self.epoch.as_second();
        let mut files = Files::of(self.tree(machine, trees, now), now);
        for (path, entry) in contents::own(self, machine, now) {
            add(&mut |path, entry| files.put_where_none(path, entry), &path, entry, now);
        }
        files.manifests_touched = false;
        let packages = self.installed(machine, &files);
        let running = machine.ready.then(|| machine.kubelet.clone());
        let manifests: Vec<(String, Arc<String>)> = super::kubelet::manifests(&files).into_iter().collect();
        let mut host = Host::new(Arc::clone(self), &machine.address, files, packages, running);
        host.etcdctl = machine.etcdctl;
        host.run_pods(manifests);
        host
    }

    fn tree(&self, machine: &Machine, trees: &mut Trees, now: i64) -> Arc<Tree> {
        let kind = Kind {
            os: contents::os_release(machine.os),
            control_plane: machine.control_plane,
            kubeadm: machine.kubeadm.clone(),
            configured: machine.kubelet.minor(),
            own_sources: !machine.sources.is_empty(),
        };
        let build = || {
            let mut tree = Tree::new();
            for (path, entry) in contents::common(self, machine, now) {
                let mut put = |path, entry| {
                    tree.entry(path).or_insert(entry);
                };
                add(&mut put, &path, entry, now);
            }
            Arc::new(tree)
        };
        Arc::clone(trees.entry(kind).or_insert_with(build))
    }

    fn installed(&self, machine: &Machine, files: &Files) -> Packages {
        let mut installed = BTreeMap::new();
        for name in NAMES {
            let version = if name == "kubeadm" { &machine.kubeadm } else { &machine.kubelet };
            let usual = package_version(version, self.packages.per_minor);
            // A release that is known by its exact packages alone is installed as one of them.
            let exact = self.packages.exact.iter().find(|exact| version_of(exact).as_ref() == Some(version));
            let exact = exact.filter(|_| !self.packages.offered.contains(version));
            installed.insert(name.to_owned(), Installed { version: exact.cloned().unwrap_or(usual), held: true });
        }
        let sources = sources(files).into_iter();
        let lists =
            sources.filter_map(|source| Some((source.url.clone(), self.repositories.at(&source.url)?))).collect();
        Packages { installed, lists, interrupted: false, repositories: Arc::clone(&self.repositories) }
    }
}

/// Puts an entry and the directories that it is in.
fn add(put: &mut dyn FnMut(String, Entry), path: &str, entry: Entry, now: i64) {
    let mut directory = parent(path);
    let mut missing = Vec::new();
    while directory != "/" {
        missing.push(directory);
        directory = parent(directory);
    }
    for directory in missing.into_iter().rev() {
        put(directory.to_owned(), Entry::directory(0o755, now));
    }
    put(path.to_owned(), entry);
}
