//! What is chosen about an upgrade: shared by `plan` and `run`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use upgrade_core::finding::FindingCode;
use upgrade_core::ids::NodeName;
use upgrade_core::plan::{Amount, DrainPolicy, Options, ProviderKind, Strategy};

use super::cloud::{CloudArgs, CloudNameArgs};
use super::values;

/// The choices.
#[derive(Clone, Debug, Args)]
pub(crate) struct ChoiceArgs {
    /// Where to: 1.36, v1.36.2, latest, latest-patch [default: the newest supported minor within reach]
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<String>,
    /// The kind of cluster, when what was found is not it
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) provider: Option<Provider>,
    /// How hosts are reached.
    #[command(flatten)]
    pub(crate) hosts: HostArgs,
    /// Workers.
    #[command(flatten)]
    workers: WorkerArgs,
    /// Drains.
    #[command(flatten)]
    drain: DrainArgs,
    /// Clouds.
    #[command(flatten)]
    cloud: CloudArgs,
    /// Everything else.
    #[command(flatten)]
    more: MoreArgs,
}

/// How hosts are reached.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Hosts")]
pub(crate) struct HostArgs {
    /// A file that maps nodes to addresses, users, ports and keys
    #[arg(long, value_name = "FILE")]
    pub(crate) hosts: Option<PathBuf>,
    /// The components of a hand-built cluster, as `inventory --out` writes them and a person corrects them
    #[arg(long, value_name = "FILE")]
    pub(crate) components: Option<PathBuf>,
    /// Ask no host: look through the API alone. Such a plan cannot be run
    #[arg(long, conflicts_with = "hosts")]
    pub(crate) no_hosts: bool,
    /// A release calendar to use instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) release_table: Option<PathBuf>,
    /// The cloud's names.
    #[command(flatten)]
    pub(crate) cloud: CloudNameArgs,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Workers")]
struct WorkerArgs {
    /// So many workers may be unavailable at once, as a count or a percentage [default: 1; on clouds as the pool is set]
    #[arg(long, value_name = "N|%")]
    max_unavailable: Option<Amount>,
    /// Move all workers at once
    #[arg(long, conflicts_with = "max_unavailable")]
    all_at_once: bool,
    /// Leave a node alone; repeat for more
    #[arg(long, value_name = "NODE", value_parser = values::node)]
    exclude: Vec<NodeName>,
    /// Move these workers first, in this order
    #[arg(long, value_name = "NODES", value_delimiter = ',', value_parser = values::node)]
    order: Vec<NodeName>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Drains")]
struct DrainArgs {
    /// Evict pods that keep data in emptyDir volumes; the data is lost
    #[arg(long)]
    delete_emptydir_data: bool,
    /// Evict pods without a controller; they do not come back
    #[arg(long)]
    force_unmanaged: bool,
    /// How long one drain may take before the run holds
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = values::seconds)]
    drain_timeout: u32,
    /// How long pods get to end, instead of their own grace period
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    grace_period: Option<u32>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Checks and backups")]
struct MoreArgs {
    /// Accept a blocker by its code; repeat for more
    #[arg(long, value_name = "KUxxxx", value_parser = values::code)]
    accept: Vec<FindingCode>,
    /// Where backups go on the control-plane hosts
    #[arg(long, value_name = "DIR", default_value_t = Options::default().backup_directory)]
    backup_dir: String,
    /// Names for kubeadm's own flag of this name
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    ignore_preflight_errors: Vec<String>,
    /// Switch new binaries in without asking them first whether they take their unit's arguments
    #[arg(long)]
    unasked: bool,
    /// The directory on the hosts with kubeadm's patches, which kubeadm does not remember
    #[arg(long, value_name = "DIR")]
    patches: Option<String>,
}

impl ChoiceArgs {
    /// Flags that shape a plan, and so cannot go with one that is made already.
    pub(crate) const SHAPING: [&'static str; 32] = [
        "to",
        "provider",
        "no_hosts",
        "max_unavailable",
        "all_at_once",
        "exclude",
        "order",
        "delete_emptydir_data",
        "force_unmanaged",
        "drain_timeout",
        "grace_period",
        "accept",
        "backup_dir",
        "ignore_preflight_errors",
        "patches",
        "unasked",
        "release_table",
        "pool",
        "canary",
        "node_hops",
        "skip_minors",
        "node_images",
        "max_surge",
        "node_drain",
        "node_soak",
        "undrainable",
        "new_pools",
        "soak",
        "launch_template",
        "addon_conflicts",
        "force",
        "control_plane_soak",
    ];

    /// The choices as a plan keeps them.
    pub(crate) fn options(&self) -> Options {
        let Self { workers, drain, cloud, more, .. } = self;
        let at_once = workers.max_unavailable.unwrap_or(Amount::Count(1));
        Options {
            strategy: match cloud.strategy(at_once) {
                Some(strategy) => strategy,
                None if workers.all_at_once => Strategy::AllAtOnce,
                None => Strategy::Rolling { max_unavailable: at_once },
            },
            drain: DrainPolicy {
                delete_empty_dir_data: drain.delete_emptydir_data,
                force: drain.force_unmanaged,
                timeout_s: drain.drain_timeout,
                grace_period_s: drain.grace_period,
            },
            excluded: workers.exclude.clone(),
            order: workers.order.clone(),
            accepted: more.accept.clone(),
            backup_directory: more.backup_dir.clone(),
            ignore_preflight: more.ignore_preflight_errors.clone(),
            patches: more.patches.clone(),
            unasked: more.unasked,
            cloud: cloud.options(workers.max_unavailable),
        }
    }
}

/// The kinds of cluster that can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// Amazon EKS.
    Eks,
    /// Google Kubernetes Engine.
    Gke,
    /// Azure Kubernetes Service.
    Aks,
    /// kubeadm over SSH.
    Kubeadm,
    /// Component by component.
    Manual,
}

impl From<Provider> for ProviderKind {
    fn from(provider: Provider) -> Self {
        match provider {
            Provider::Eks => Self::Eks,
            Provider::Gke => Self::Gke,
            Provider::Aks => Self::Aks,
            Provider::Kubeadm => Self::Kubeadm,
            Provider::Manual => Self::Manual,
        }
    }
}
