//! How long things take in the simulated world.

use serde::{Deserialize, Serialize};

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

/// How long each thing takes. The defaults are measured on real clusters; where from is said at each.
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
    /// The package lists of a repository.
    pub package_lists: Span,
    /// One package downloaded and installed.
    pub package_install: Span,
    /// kubeadm's preflight checks, images present.
    pub kubeadm_preflight: Span,
    /// A static pod replaced by kubeadm, old one gone to new one seen.
    pub static_pod: Span,
    /// How much of that the API server is away on its host.
    pub api_server_away: Span,
    /// How much of that etcd is away on its host.
    pub etcd_away: Span,
    /// What kubeadm does after the static pods: configuration uploaded, add-ons applied.
    pub kubeadm_addons: Span,
    /// `kubeadm upgrade node` on a worker.
    pub kubeadm_worker: Span,
    /// From a kubelet's restart to its Node ready with the new version.
    pub kubelet_restart: Span,
    /// An etcd snapshot, taken and verified.
    pub etcd_snapshot: Span,
    /// An archive of files.
    pub archive: Span,
    /// From a kubelet silent to its Node not ready (node-monitor-grace-period).
    pub node_grace: Span,
    /// A cloud's control plane moved to another version.
    pub managed_control_plane: Span,
    /// From a machine asked for at a cloud to its Node ready.
    pub machine_start: Span,
    /// From the end of a drain to the machine gone.
    pub machine_stop: Span,
    /// From a request about a pool to its first effect.
    pub pool_work: Span,
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
            package_lists: Span::s(2, 5, 15),
            package_install: Span::s(4, 9, 25),
            kubeadm_preflight: Span::s(3, 8, 20),
            static_pod: Span::s(10, 18, 45),
            api_server_away: Span::s(4, 9, 25),
            etcd_away: Span::s(3, 8, 20),
            kubeadm_addons: Span::s(2, 4, 10),
            kubeadm_worker: Span::s(1, 3, 8),
            kubelet_restart: Span::s(3, 7, 20),
            etcd_snapshot: Span::s(1, 3, 10),
            archive: Span::s(1, 2, 5),
            node_grace: Span::s(40, 45, 50),
            // Not measured: what the vendors and their users speak of.
            managed_control_plane: Span::s(360, 540, 900),
            machine_start: Span::s(40, 70, 150),
            machine_stop: Span::s(10, 25, 60),
            pool_work: Span::s(3, 8, 20),
        }
    }
}
