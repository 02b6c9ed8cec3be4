//! One host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use upgrade_core::version::Version;

use super::build::Origin;
use super::files::Files;
use super::kubelet::{Kubelet, StaticPod};
use super::packages::Packages;
use super::services::Service;
use super::units::Unit;
use crate::counter::Counter;

/// A simulated host.
#[derive(Debug)]
pub struct Host {
    /// Its files.
    pub files: Files,
    /// Whether its control groups are of version 1.
    pub cgroup_v1: bool,
    /// Whether etcdctl is installed beside the one in etcd's image.
    pub etcdctl: bool,
    /// Whether no image can be pulled.
    pub registry_away: bool,
    /// Whether new API servers of this host never start, as with an argument that they do not take.
    pub api_server_fails: bool,
    /// KiB that are free where the system is.
    pub free_kib: u64,
    pub(super) origin: Arc<Origin>,
    pub(super) address: String,
    pub(super) packages: Packages,
    pub(super) kubelet: Kubelet,
    pub(super) pods: BTreeMap<String, StaticPod>,
    /// The processes of its static pods, where somebody looks for them.
    pub(super) pod_processes: BTreeMap<String, u32>,
    /// The images that were pulled, beside those of what runs.
    pub(super) images: BTreeSet<String>,
    pub(super) units: BTreeMap<String, Unit>,
    /// Units that start components.
    pub(super) services: BTreeMap<String, Service>,
    pub(super) last_pid: u32,
    pub(super) up: bool,
    /// Counts its starts; scripts end when it changes.
    pub(super) boot: Counter,
    pub(super) full_until: Option<Duration>,
    log: Vec<Logged>,
}

/// A command that changed something on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When, as time since the story began.
    pub at: Duration,
    /// The command.
    pub line: String,
}

/// The size of every disk in KiB.
const DISK_KIB: u64 = 100 * 1024 * 1024;

impl Host {
    pub(super) fn new(
        origin: Arc<Origin>,
        address: &str,
        files: Files,
        packages: Packages,
        running: Option<Version>,
    ) -> Self {
        Self {
            files,
            cgroup_v1: false,
            etcdctl: false,
            registry_away: false,
            api_server_fails: false,
            free_kib: 60 * 1024 * 1024,
            origin,
            address: address.to_owned(),
            packages,
            kubelet: Kubelet::started(running),
            pods: BTreeMap::new(),
            pod_processes: BTreeMap::new(),
            images: BTreeSet::new(),
            units: BTreeMap::new(),
            services: BTreeMap::new(),
            last_pid: 700,
            up: true,
            boot: Counter::new(0),
            full_until: None,
            log: Vec::new(),
        }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it is on.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// The version of the running kubelet; none while none runs.
    #[must_use]
    pub fn kubelet(&self) -> Option<&Version> {
        self.kubelet.running()
    }

    /// A package, where it is installed.
    #[must_use]
    pub fn package(&self, name: &str) -> Option<&super::Installed> {
        self.packages.installed.get(name)
    }

    /// The commands that changed something, in order.
    #[must_use]
    pub fn log(&self) -> &[Logged] {
        &self.log
    }

    pub(super) fn note(&mut self, at: Duration, line: &str) {
        self.log.push(Logged { at, line: line.to_owned() });
    }

    pub(super) fn runs(&self, boot: u64) -> bool {
        self.up && self.boot.get() == boot
    }

    /// Brings what depends on time up to date.
    pub(super) fn tick(&mut self, now: Timestamp, elapsed: Duration) {
        self.files.now = now.as_second();
        if self.full_until.is_some_and(|until| elapsed >= until) {
            self.full_until = None;
        }
        self.files.full = self.full_until.is_some();
    }

    pub(super) fn has_program(&self, name: &str) -> bool {
        match name {
            "kubeadm" | "kubelet" | "kubectl" => self.packages.installed.contains_key(name),
            "etcdctl" => self.etcdctl,
            "crictl" | "ctr" => true,
            _ => false,
        }
    }

    pub(super) fn has_image(&self, image: &str) -> bool {
        self.images.contains(image) || self.pods.values().any(|pod| pod.image == image)
    }

    pub(super) fn file_system(&self, path: &str) -> &'static str {
        match (path.starts_with("/sys/fs/cgroup"), self.cgroup_v1) {
            (true, true) => "tmpfs",
            (true, false) => "cgroup2fs",
            (false, _) => "ext2/ext3",
        }
    }

    /// What kind of machine it is, as release files name it.
    #[expect(clippy::unused_self, reason = "a fact of the host")]
    pub(super) fn arch(&self) -> &'static str {
        super::services::ARCH
    }

    #[expect(clippy::unused_self, reason = "a fact of the host")]
    pub(super) fn disk_kib(&self) -> u64 {
        DISK_KIB
    }

    pub(super) fn free_kib(&self) -> u64 {
        if self.files.full { 0 } else { self.free_kib }
    }

    /// The version of an installed package.
    pub(super) fn version_of(&self, package: &str) -> Option<Version> {
        upgrade_core::commands::package::version_of(&self.packages.installed.get(package)?.version)
    }
}
