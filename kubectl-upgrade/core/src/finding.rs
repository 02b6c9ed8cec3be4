//! What checks report.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One result of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The stable code, such as `KU0301`: documented, greppable, accepted by name.
    pub code: FindingCode,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: `PodDisruptionBudget shop/cart`, `node web-11`.
    pub subject: String,
    /// What was found.
    pub found: String,
    /// What to do; a command where there is one.
    pub remedy: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The run may not start while it stands.
    Blocker,
    /// Look at it before the run.
    Warning,
    /// Good to know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocker => "blocker",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $title:literal;)*) => {
        /// The stable codes of findings. The hundreds group them: 01 cluster and owner, 02 versions and skew, 03 budgets and
        /// workloads, 04 hosts and packages, 05 things the target version breaks, 06 support windows, 07 clouds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FindingCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl FindingCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as printed.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// One line that says what the code stands for.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

codes! {
    /// Another tool owns the upgrade.
    ForeignOwner = "KU0101", "another tool owns this cluster's upgrades";
    /// `--provider` against the evidence.
    ProviderOverridden = "KU0102", "the provider given disagrees with the evidence";
    /// Signs of GitOps or Terraform ownership.
    DeclaredElsewhere = "KU0103", "versions may be declared in GitOps or Terraform";
    /// A skew violation the cluster starts with.
    SkewViolated = "KU0201", "a component is outside the version-skew policy";
    /// A version that could not be seen.
    VersionUnknown = "KU0202", "a component's version could not be seen";
    /// kubectl itself falls out of its window on the way.
    KubectlSkew = "KU0203", "this kubectl is outside its window for part of the path";
    /// Components of one control plane at different versions: an upgrade stopped half-way.
    HalfDone = "KU0204", "an earlier upgrade stopped half-way";
    /// etcd is too old for the etcd the target brings.
    EtcdTooOld = "KU0205", "etcd must be newer before the next minor's etcd";
    /// A budget that allows no eviction, ever.
    BudgetNever = "KU0301", "a PodDisruptionBudget allows no eviction, ever";
    /// A budget that allows no eviction right now.
    BudgetNow = "KU0302", "a PodDisruptionBudget allows no eviction right now";
    /// Two budgets over one pod: eviction answers 500.
    BudgetsOverlap = "KU0303", "two PodDisruptionBudgets cover one pod";
    /// A pod without a controller would be lost.
    UnmanagedPod = "KU0304", "a pod without a controller would not come back";
    /// emptyDir data would be lost.
    LocalData = "KU0305", "a pod's emptyDir data would be lost";
    /// Only one replica.
    SingleReplica = "KU0306", "a workload with one replica is away while it moves";
    /// Pods or budgets could not be listed.
    WorkloadsUnknown = "KU0307", "pods or budgets could not be seen";
    /// All of cluster DNS leaves with one node.
    DnsTogether = "KU0308", "cluster DNS is away while one node is drained";
    /// No host was asked or it did not answer.
    HostUnknown = "KU0401", "a host was not looked at";
    /// The package is not on offer.
    PackageMissing = "KU0402", "the package repository does not offer the version";
    /// Too little room for kubeadm's copy of etcd.
    DiskRoom = "KU0403", "too little disk room";
    /// Clocks differ.
    ClockSkew = "KU0404", "host clocks differ";
    /// Swap is on.
    SwapOn = "KU0405", "swap is on";
    /// The node is not Ready.
    NodeNotReady = "KU0406", "a node is not ready";
    /// The node was cordoned by someone else.
    ForeignCordon = "KU0407", "a node was cordoned by someone else";
    /// A removed flag is set.
    RemovedFlag = "KU0501", "a flag that the target version removed is set";
    /// cgroup v1 at 1.35 and later.
    CgroupV1 = "KU0502", "kubelet refuses cgroup v1 from 1.35 on";
    /// Static pods with API references at 1.34 and later.
    StaticPodReferences = "KU0503", "static pods that reference API objects are dropped from 1.34 on";
    /// dockershim at 1.24 and later.
    Dockershim = "KU0504", "dockershim is gone from 1.24 on";
    /// A container runtime too old for the target.
    RuntimeTooOld = "KU0505", "the container runtime is too old for the target";
    /// An API that the target does not serve was requested.
    RemovedApi = "KU0506", "an API that the target version removed is in use";
    /// kubeadm configuration API too old to be read.
    KubeadmConfigApi = "KU0507", "kubeadm's configuration is too old for the target's kubeadm";
    /// The current minor is out of support or soon will be.
    CurrentSupport = "KU0601", "support of the running minor ends or has ended";
    /// The target minor is out of support.
    TargetSupport = "KU0602", "the target minor is out of support";
    /// The path passes through a minor out of support.
    PathSupport = "KU0603", "the path passes through a minor out of support";
    /// The release table is old.
    CalendarStale = "KU0604", "the release calendar is older than its newest release should be";
    /// A part of the cloud's view is missing.
    CloudUnknown = "KU0701", "a part of what the cloud knows could not be asked for";
    /// Something is going on or has failed in the cloud.
    CloudBusy = "KU0702", "the cloud is busy with the cluster, or calls a part of it failed";
    /// The cloud's own checks.
    CloudInsight = "KU0703", "the cloud itself found something in the way";
    /// The kind of node image ends.
    PoolImage = "KU0704", "there are no node images of this kind for the target";
    /// The cloud does not replace these nodes when told to.
    PoolOfOthers = "KU0705", "a pool's nodes are not the cloud's to replace when told to";
    /// What cannot be taken back, and what still can.
    WayBack = "KU0706", "how far the cloud lets the cluster go back";
    /// Channels, tiers and the like.
    CloudSettings = "KU0707", "settings of the cloud that bear on an upgrade";
    /// A maintenance exclusion is active.
    MaintenanceExclusion = "KU0708", "a maintenance exclusion is active";
    /// No version of an add-on goes with a hop.
    AddonUnfit = "KU0709", "an add-on has no version for a minor on the way";
    /// Subnets without room for what comes before the old goes.
    FreeAddresses = "KU0710", "subnets have too few free addresses for what comes";
    /// Nodes that never drift, or are never replaced when they have.
    NoDrift = "KU0711", "Karpenter would not replace a NodePool's nodes";
    /// A maintenance window is closed.
    MaintenanceClosed = "KU0712", "a maintenance window decides when the run goes on";
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
