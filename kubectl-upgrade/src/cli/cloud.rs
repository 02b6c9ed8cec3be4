//! What is said and chosen about a cluster that a cloud runs.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use upgrade_core::ids::PoolName;
use upgrade_core::plan::{Amount, CloudOptions, Conflicts, Force, NodeHops, Strategy, Surge, SurgeAmount};

use upgrade_provider::GivenNames;

use super::values;

/// The names the cloud knows the cluster by, where the kubeconfig does not say them or says the wrong ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Clouds")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CloudNameArgs {
    /// The account (EKS), project (GKE) or subscription (AKS)
    #[arg(long, value_name = "NAME")]
    pub(crate) cloud_account: Option<String>,
    /// The region, or zone, of the cluster
    #[arg(long, value_name = "NAME")]
    pub(crate) cloud_region: Option<String>,
    /// The resource group (AKS)
    #[arg(long, value_name = "NAME")]
    pub(crate) cloud_group: Option<String>,
    /// The cluster's name in its cloud
    #[arg(long, value_name = "NAME")]
    pub(crate) cloud_cluster: Option<String>,
}

impl CloudNameArgs {
    /// The names as providers take them.
    pub(crate) fn given(&self) -> GivenNames {
        GivenNames {
            account: self.cloud_account.clone(),
            region: self.cloud_region.clone(),
            group: self.cloud_group.clone(),
            cluster: self.cloud_cluster.clone(),
        }
    }
}

/// How pools, add-ons and the control plane of a cloud move.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Clouds")]
pub(crate) struct CloudArgs {
    /// Move only this pool; repeat for more, in the order in which they move
    #[arg(long, value_name = "POOL", value_parser = values::pool)]
    pool: Vec<PoolName>,
    /// Move this pool first, and alone
    #[arg(long, value_name = "POOL", value_parser = values::pool)]
    canary: Option<PoolName>,
    /// Whether pools follow the control plane at every minor or as seldom as the skew policy allows
    #[arg(long, value_enum, default_value_t = Hops::Each)]
    node_hops: Hops,
    /// Take the control plane over several minors in one hop where AKS itself offers that: under long-term support, or out of a
    /// minor that is not supported any more, then with all pools
    #[arg(long)]
    skip_minors: bool,
    /// Take pools whose version stays to the newest node image of it (AKS)
    #[arg(long, conflicts_with = "new_pools")]
    node_images: bool,
    /// So many nodes more while a pool moves, as a count or a percentage; put back afterwards
    #[arg(long, value_name = "N|%")]
    max_surge: Option<SurgeAmount>,
    /// How long pods get to leave a node while a pool moves (AKS); put back afterwards, as the two below
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    node_drain: Option<u32>,
    /// How long a new node is waited for before the next is turned to (AKS)
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    node_soak: Option<u32>,
    /// What becomes of a node that cannot be drained (AKS)
    #[arg(long, value_enum, value_name = "WHAT")]
    undrainable: Option<Undrainable>,
    /// Move each pool by making a new one beside it
    #[arg(long, conflicts_with_all = ["max_surge", "node_drain", "node_soak", "undrainable", "all_at_once"])]
    new_pools: bool,
    /// How long a new pool must have been ready before the old one is drained
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = values::seconds, requires = "new_pools")]
    soak: u32,
    /// Take a pool to this version of its launch template with its last move, as one with an image of its owner's needs
    /// (EKS); repeat for more
    #[arg(long, value_name = "POOL=VERSION", value_parser = values::template, conflicts_with = "new_pools")]
    launch_template: Vec<(PoolName, String)>,
    /// What happens to fields of add-ons that someone else has changed
    #[arg(long, value_enum, default_value_t = AddonConflicts::None)]
    addon_conflicts: AddonConflicts,
    /// Override by name: the cloud's own checks, budgets when a pod's time to leave is up, or what goes on; repeat for more
    #[arg(long, value_enum, value_name = "WHAT")]
    force: Vec<Forced>,
    /// Upgrade the control plane in two steps, with a way back for so long between them (GKE)
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    control_plane_soak: Option<u32>,
}

impl CloudArgs {
    /// The strategy, where it is one of clouds only.
    pub(super) fn strategy(&self, at_once: Amount) -> Option<Strategy> {
        self.new_pools.then_some(Strategy::NewPools { at_once, soak_s: self.soak })
    }

    /// The choices as a plan keeps them. `max_unavailable` counts only where it was given.
    pub(super) fn options(&self, max_unavailable: Option<Amount>) -> CloudOptions {
        let max_unavailable = max_unavailable.filter(|_| !self.new_pools).map(SurgeAmount);
        CloudOptions {
            pools: self.pool.clone(),
            canary: self.canary.clone(),
            node_hops: match self.node_hops {
                Hops::Each => NodeHops::Each,
                Hops::Fewest => NodeHops::Fewest,
            },
            skip_minors: self.skip_minors,
            node_images: self.node_images,
            templates: self.launch_template.iter().cloned().collect(),
            surge: Surge {
                max_surge: self.max_surge,
                max_unavailable,
                strategy: None,
                drain_timeout_s: self.node_drain,
                soak_s: self.node_soak,
                undrainable: self.undrainable.map(|what| what.word().to_owned()),
            },
            conflicts: match self.addon_conflicts {
                AddonConflicts::None => Conflicts::None,
                AddonConflicts::Overwrite => Conflicts::Overwrite,
                AddonConflicts::Preserve => Conflicts::Preserve,
            },
            force: self.force.iter().map(|forced| forced.named()).collect(),
            control_plane_soak_s: self.control_plane_soak,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Hops {
    /// At every minor.
    Each,
    /// Only when they must, and at the end.
    Fewest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Undrainable {
    /// It is used again, and the pool's upgrade ends.
    Schedule,
    /// It is left aside, cordoned, and the others go on.
    Cordon,
}

impl Undrainable {
    /// As AKS writes it.
    const fn word(self) -> &'static str {
        match self {
            Self::Schedule => "Schedule",
            Self::Cordon => "Cordon",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AddonConflicts {
    /// The update fails.
    None,
    /// They are set to the add-on's defaults.
    Overwrite,
    /// They are kept.
    Preserve,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Forced {
    /// The cloud's own checks before its control plane moves.
    Checks,
    /// Budgets, when a pod's time to leave a node is up.
    Evictions,
    /// Operations that go on and are not of the run: they are stopped first (GKE, AKS).
    Operations,
}

impl Forced {
    const fn named(self) -> Force {
        match self {
            Self::Checks => Force::Checks,
            Self::Evictions => Force::Evictions,
            Self::Operations => Force::Operations,
        }
    }
}
