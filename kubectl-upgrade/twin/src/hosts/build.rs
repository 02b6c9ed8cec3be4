//! From a blueprint to a host.

mod contents;

pub(super) use contents::{INSTANCE, kubelet_config};

use std::collections::BTreeMap;
use std::sync::Arc;

use upgrade_core::version::{Minor, Version};

use super::files::{Entry, Files, Tree, parent};
use super::host::Host;
use super::kubelet::StaticPod;
use super::packages::{Installed, NAMES, Packages, Repositories, package_version, sources};
use crate::blueprint::{Blueprint, Machine};

/// Parts that hosts share.
#[derive(Default)]
struct Shared {
    trees: BTreeMap<Kind, Arc<Tree>>,
    repositories: Option<Arc<Repositories>>,
}

/// Hosts of one kind have the same files but for what is said of each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    os: &'static str,
    control_plane: bool,
    kubeadm: Version,
    configured: Minor,
}

impl Host {
    /// The host of a machine.
    #[must_use]
    pub fn of(blueprint: &Blueprint, machine: &Machine) -> Self {
        Shared::default().host(blueprint, machine)
    }

    /// The hosts of all machines, by the names of their nodes. They share what is the same.
    #[must_use]
    pub fn of_all(blueprint: &Blueprint) -> BTreeMap<String, Self> {
        let mut shared = Shared::default();
        let hosts = blueprint.machines.iter().map(|machine| (machine.name.clone(), shared.host(blueprint, machine)));
        hosts.collect()
    }
}

impl Shared {
    fn host(&mut self, blueprint: &Blueprint, machine: &Machine) -> Host {
        let now = blueprint.epoch.as_second();
        let tree = self.tree(blueprint, machine, now);
        let mut files = Files::of(tree, now);
        for (path, entry) in contents::own(blueprint, machine, now) {
            add(&mut |path, entry| files.put(path, entry), &path, entry, now);
        }
        files.manifests_touched = false;
        let repositories = self.repositories.get_or_insert_with(|| Arc::new(Repositories::of(&blueprint.packages)));
        let packages = packages(blueprint, machine, &files, Arc::clone(repositories));
        let running = machine.ready.then(|| machine.kubelet.clone());
        let manifests = super::kubelet::manifests(&files);
        let mut host = Host::new(&machine.address, machine.control_plane, files, packages, running);
        for (at, (component, manifest)) in manifests.into_iter().enumerate() {
            let container = format!("{:013x}", 0x1de_fe8a_6514_u64.wrapping_mul(at as u64 + 7) & 0xf_ffff_ffff_ffff);
            host.pods.insert(component, StaticPod::running(manifest, container));
        }
        host
    }

    fn tree(&mut self, blueprint: &Blueprint, machine: &Machine, now: i64) -> Arc<Tree> {
        let kind = Kind {
            os: contents::os_release(machine.os),
            control_plane: machine.control_plane,
            kubeadm: machine.kubeadm.clone(),
            configured: machine.kubelet.minor(),
        };
        let build = || {
            let mut tree = Tree::new();
            for (path, entry) in contents::common(blueprint, machine, now) {
                add(
                    &mut |path, entry| {
                        tree.entry(path).or_insert(entry);
                    },
                    &path,
                    entry,
                    now,
                );
            }
            Arc::new(tree)
        };
        Arc::clone(self.trees.entry(kind).or_insert_with(build))
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

fn packages(blueprint: &Blueprint, machine: &Machine, files: &Files, repositories: Arc<Repositories>) -> Packages {
    let mut installed = BTreeMap::new();
    for name in NAMES {
        let version = if name == "kubeadm" { &machine.kubeadm } else { &machine.kubelet };
        let version = package_version(version, blueprint.packages.per_minor);
        let exact = blueprint.packages.exact.iter().find(|exact| {
            let same = |text: &str| text.split('-').next().map(str::to_owned);
            same(exact) == same(&version)
                && !blueprint.packages.offered.iter().any(|offered| Some(offered.to_string()) == same(exact))
        });
        let version = exact.cloned().unwrap_or(version);
        installed.insert(name.to_owned(), Installed { version, held: true });
    }
    let lists =
        sources(files).into_iter().filter_map(|source| Some((source.url.clone(), repositories.at(&source.url)?)));
    Packages { installed, lists: lists.collect(), interrupted: false, repositories }
}
