//! How long things take in the simulated world.

use serde::{Deserialize, Serialize};
use upgrade_core::version::Minor;

/// A duration that varies, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Never less.
    pub low_ms: u64,
    /// Most often near this.
    pub typical_ms: u64,
    /// Never more.
    pub high_ms: u64,
}

impl Span {
    /// A span in milliseconds.
    #[must_use]
    pub const fn ms(low_ms: u64, typical_ms: u64, high_ms: u64) -> Self {
        Self { low_ms, typical_ms, high_ms }
    }

    /// A span in seconds.
    #[must_use]
    pub const fn s(low: u64, typical: u64, high: u64) -> Self {
        Self::ms(low * 1000, typical * 1000, high * 1000)
    }
}

/// How long each thing takes.
///
/// The defaults are what was measured on hosts of two shared cores with fast disks and package repositories nearby, with
/// room above for slower ones: kubeadm 1.19 to 1.21 on the clusters of the end-to-end tests, kubeadm 1.33 to 1.35 in the
/// recorded upgrades that the simulated hosts are compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tempo {
    /// An answer of the API server.
    pub api_answer: Span,
    /// A controller's reaction to a change.
    pub controller: Span,
    /// The scheduler's decision about one pod.
    pub scheduling: Span,
    /// From a pod bound to its containers running.
    pub pod_start: Span,
    /// From containers running to the pod ready, where it has no readiness probe of its own.
    pub pod_ready: Span,
    /// From a termination signal to a container's end; never longer than the pod's grace period.
    pub pod_stop: Span,
    /// A connection to a host and one command on it.
    pub host_command: Span,
    /// The package lists of a repository: 0.4 s from one nearby.
    pub package_lists: Span,
    /// One package downloaded and installed: 1.2 to 1.6 s from a repository nearby.
    pub package_install: Span,
    /// kubeadm's preflight checks, images present: 4 to 15 s.
    pub kubeadm_preflight: Span,
    /// The static pods of the control plane.
    pub static_pods: StaticPods,
    /// The same under kubelets before [`LINGERING`].
    pub early_static_pods: StaticPods,
    /// What kubeadm does after the static pods: configuration uploaded, add-ons applied: 2 to 5 s.
    pub kubeadm_addons: Span,
    /// `kubeadm upgrade node` on a worker: 0.3 s.
    pub kubeadm_worker: Span,
    /// From a kubelet's restart to its Node ready with the new version: 1 to 3 s.
    pub kubelet_restart: Span,
    /// An etcd snapshot, taken and verified: 0.3 s of a small one.
    pub etcd_snapshot: Span,
    /// An archive of files: 0.2 s.
    pub archive: Span,
    /// What is left to a person, done by one. Not measured.
    pub by_hand: Span,
    /// From a kubelet silent to its Node not ready (node-monitor-grace-period).
    pub node_grace: Span,
    /// A cloud's control plane moved to another version.
    pub managed_control_plane: Span,
    /// How much of that its API is away.
    pub managed_api_away: Span,
    /// From a machine asked for at a cloud to its Node ready.
    pub machine_start: Span,
    /// From the end of a drain to the machine gone.
    pub machine_stop: Span,
    /// From a request about a pool to its first effect.
    pub pool_work: Span,
}

/// From here on kubelets start a static pod only when the one before it is gone for good. Measured on either side: 1.20
/// and 1.33.
pub const LINGERING: Minor = Minor::new(1, 22);

/// How long kubeadm takes to replace static pods, from the manifest moved to the new pod seen, and how much of that each
/// is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticPods {
    /// etcd.
    pub etcd: Span,
    /// How much of that reads and writes hang.
    pub etcd_away: Span,
    /// The API server.
    pub api_server: Span,
    /// How much of that it refuses connections.
    pub api_server_away: Span,
    /// The controller-manager, and the scheduler.
    pub other: Span,
}

impl Tempo {
    /// How long static pods take under that kubelet.
    #[must_use]
    pub fn static_pods_under(&self, kubelet: Minor) -> &StaticPods {
        if kubelet < LINGERING { &self.early_static_pods } else { &self.static_pods }
    }
}

impl Default for Tempo {
    fn default() -> Self {
        Self {
            api_answer: Span::ms(1, 3, 20),
            controller: Span::ms(10, 30, 200),
            scheduling: Span::ms(5, 15, 100),
            pod_start: Span::ms(1_000, 2_500, 8_000),
            pod_ready: Span::ms(500, 1_500, 6_000),
            pod_stop: Span::ms(300, 1_500, 8_000),
            host_command: Span::ms(80, 150, 500),
            package_lists: Span::ms(400, 1_000, 6_000),
            package_install: Span::ms(1_000, 1_500, 8_000),
            kubeadm_preflight: Span::s(4, 6, 15),
            // 67 and 80 s, hanging for up to 74; 48 and 67 s, away for 34 and 41; 12 to 15 s.
            static_pods: StaticPods {
                etcd: Span::s(45, 65, 85),
                etcd_away: Span::s(20, 50, 75),
                api_server: Span::s(42, 55, 75),
                api_server_away: Span::s(30, 36, 42),
                other: Span::s(9, 13, 20),
            },
            // 20 s; 8 to 11 s; 2 to 5 s.
            early_static_pods: StaticPods {
                etcd: Span::s(12, 18, 40),
                etcd_away: Span::s(3, 8, 20),
                api_server: Span::s(6, 9, 20),
                api_server_away: Span::s(2, 5, 15),
                other: Span::s(2, 3, 8),
            },
            kubeadm_addons: Span::s(2, 3, 8),
            kubeadm_worker: Span::ms(250, 400, 3_000),
            kubelet_restart: Span::ms(1_000, 1_500, 10_000),
            etcd_snapshot: Span::ms(300, 500, 5_000),
            archive: Span::ms(200, 300, 3_000),
            by_hand: Span::s(60, 600, 3_600),
            node_grace: Span::s(40, 45, 50),
            // Not measured: what the vendors and their users speak of.
            managed_control_plane: Span::s(360, 540, 900),
            managed_api_away: Span::s(4, 9, 25),
            machine_start: Span::s(40, 70, 150),
            machine_stop: Span::s(10, 25, 60),
            pool_work: Span::s(3, 8, 20),
        }
    }
}
