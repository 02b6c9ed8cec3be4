//! The plan in the making: where the steps drafted so far leave the pools and add-ons.

use std::collections::BTreeMap;

use super::limits::limits;
use crate::ids::{AddonName, PoolName, StepId};
use crate::inventory::{CloudCluster, Inventory, Node, Pool};
use crate::path;
use crate::plan::{
    Action, CloudAction, CloudCondition, Condition, DrainForecast, Hop, Options, PoolForecast, ProviderKind, Reversal,
    Step,
};
use crate::planner::drains;
use crate::version::{Minor, Version};

/// GKE bears pools two minors older than the control plane, one fewer than upstream (facts §3.4).
const GKE_WINDOW: i32 = 2;

pub(super) struct Draft<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) cloud: &'a CloudCluster,
    pub(super) options: &'a Options,
    /// Where the plan ends.
    target: Option<Version>,
    last: u32,
    /// Where each pool stands; pools that the plan makes stand in for those they replace.
    pools: BTreeMap<PoolName, Standing>,
    addons: BTreeMap<AddonName, String>,
}

/// A pool as the steps drafted so far leave it.
#[derive(Clone)]
struct Standing {
    at: Version,
    /// The pool that was there when the plan was made.
    origin: PoolName,
}

impl<'a> Draft<'a> {
    pub(super) fn new(inventory: &'a Inventory, cloud: &'a CloudCluster, options: &'a Options) -> Self {
        let standing = |pool: &Pool| {
            let at = oldest(inventory, pool)?;
            Some((pool.name.clone(), Standing { at, origin: pool.name.clone() }))
        };
        Self {
            inventory,
            cloud,
            options,
            target: None,
            last: 0,
            pools: cloud.pools.iter().filter_map(standing).collect(),
            addons: cloud.addons.iter().map(|addon| (addon.name.clone(), addon.version.clone())).collect(),
        }
    }

    /// It, of a plan that ends there.
    pub(super) fn towards(self, target: &Version) -> Self {
        Self { target: Some(target.clone()), ..self }
    }

    /// Whether a move to that version is a pool's last.
    pub(super) fn ends_at(&self, version: &Version) -> bool {
        self.target.as_ref().is_some_and(|target| self.cloud.precision.same(target, version))
    }

    pub(super) const fn provider(&self) -> ProviderKind {
        self.cloud.provider
    }

    /// The pools the plan may touch, in the order chosen, under the names they have by now.
    pub(super) fn pools(&self) -> Vec<PoolName> {
        let chosen = &self.options.cloud.pools;
        let place = |standing: &Standing| chosen.iter().position(|name| *name == standing.origin);
        let mut pools: Vec<(Option<usize>, &PoolName)> = self
            .pools
            .iter()
            .map(|(name, standing)| (place(standing), name))
            .filter(|(place, _)| chosen.is_empty() || place.is_some())
            .collect();
        pools.sort();
        pools.into_iter().map(|(_, name)| name.clone()).collect()
    }

    /// The pool as it was when the plan was made.
    pub(super) fn pool(&self, name: &PoolName) -> Option<&'a Pool> {
        self.cloud.pool(&self.origin(name))
    }

    /// The pool that stood in this one's place when the plan was made.
    pub(super) fn origin(&self, name: &PoolName) -> PoolName {
        self.pools.get(name).map_or_else(|| name.clone(), |standing| standing.origin.clone())
    }

    /// Where the steps drafted so far leave the pool.
    pub(super) fn at(&self, name: &PoolName) -> Option<&Version> {
        self.pools.get(name).map(|standing| &standing.at)
    }

    pub(super) fn set(&mut self, name: &PoolName, at: &Version) {
        if let Some(standing) = self.pools.get_mut(name) {
            standing.at = at.clone();
        }
    }

    /// A new pool takes an old one's place.
    pub(super) fn replace(&mut self, old: &PoolName, new: &PoolName, at: &Version) {
        let origin = self.origin(old);
        self.pools.remove(old);
        self.pools.insert(new.clone(), Standing { at: at.clone(), origin });
    }

    pub(super) fn addon(&self, name: &AddonName) -> Option<&str> {
        self.addons.get(name).map(String::as_str)
    }

    pub(super) fn set_addon(&mut self, name: &AddonName, version: &str) {
        self.addons.insert(name.clone(), version.to_owned());
    }

    /// Whether a pool at that version must move before the control plane may go to a minor.
    pub(super) fn is_due(&self, at: &Version, minor: Minor) -> bool {
        let window = |window: i32| minor.ahead_of(at.minor()) > window;
        path::nodes_due_before(minor, at.minor()) || (self.provider() == ProviderKind::Gke && window(GKE_WINDOW))
    }

    /// Whether the hop is a leap out of a minor that the cloud has left behind.
    pub(super) fn is_recovery(&self, hop: &Hop) -> bool {
        self.cloud.is_left_behind() && self.cloud.is_at(&hop.from) && hop.to.minor().ahead_of(hop.from.minor()) > 1
    }

    /// What a drain of all of a pool's nodes would have to move.
    pub(super) fn forecast(&self, name: &PoolName) -> PoolForecast {
        let forecasts = drains::forecasts(self.inventory, &self.options.drain);
        let mut sum = PoolForecast::default();
        for node in self.inventory.nodes_of(&self.origin(name)) {
            sum.nodes += 1;
            if let Some(DrainForecast { evicted, left, budgets }) = forecasts.get(&node.name) {
                sum.drain.evicted += evicted;
                sum.drain.left += left;
                sum.drain.budgets.extend(budgets.iter().cloned());
            }
        }
        sum.drain.budgets.sort();
        sum.drain.budgets.dedup();
        sum
    }

    /// The next step.
    pub(super) fn step(
        &mut self,
        action: CloudAction,
        expects: Vec<CloudCondition>,
        goal: Vec<CloudCondition>,
    ) -> Step {
        self.last += 1;
        Step {
            id: StepId(self.last),
            limits: limits(&action),
            action: Action::Cloud(action),
            expects: expects.into_iter().map(Condition::Cloud).collect(),
            goal: goal.into_iter().map(Condition::Cloud).collect(),
            reversal: Reversal::Nothing,
            interrupts: None,
        }
    }
}

/// The oldest of what the cloud says of a pool and what its nodes report; none when neither says anything.
fn oldest(inventory: &Inventory, pool: &Pool) -> Option<Version> {
    let kubelets = inventory.nodes_of(&pool.name).map(|node: &Node| &node.kubelet);
    let newest_offered = pool.version.as_ref();
    kubelets.chain(newest_offered).min().cloned()
}
