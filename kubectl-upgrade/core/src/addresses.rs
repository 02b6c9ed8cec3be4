//! Whether the subnets have addresses for what a step brings beside what is there.
//!
//! Only EKS names its subnets; where they, or what they have left, are not known nothing is said here, as the look has left
//! a gap. What is counted is what must be had: an address for each machine, and the control plane's own.

use crate::inventory::{CloudCluster, Network, Pool, Subnet};
use crate::plan::{CloudAction, Surge};

/// So many a control plane takes while new API servers come before the old ones go (facts §3.2).
const CONTROL_PLANE: u32 = 5;

/// So many machines EKS may bring into each zone before it takes old ones away (facts §3.2).
pub const IN_EACH_ZONE: u32 = 2;

/// EKS's word for taking old machines away before new ones come (facts §3.2).
const OLD_FIRST: &str = "MINIMAL";

/// What comes, and what there is for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming<'a> {
    /// What comes, in words: `up to 6 machines come before old ones go`.
    pub what: String,
    /// How many addresses that takes at least.
    pub takes: u32,
    /// Where they come from.
    pub subnets: Vec<&'a Subnet>,
}

impl Coming<'_> {
    /// Free addresses of all its subnets.
    #[must_use]
    pub fn free(&self) -> u32 {
        self.subnets.iter().map(|subnet| subnet.free).fold(0, u32::saturating_add)
    }

    /// Whether there are fewer than it takes.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.free() < self.takes
    }

    /// The subnets with what each has left: `subnet-1 (eu-west-1a) 3, subnet-2 (eu-west-1b) none`.
    #[must_use]
    pub fn left(&self) -> String {
        let words = |subnet: &&Subnet| match subnet.free {
            0 => format!("{} ({}) none", subnet.id, subnet.zone),
            free => format!("{} ({}) {free}", subnet.id, subnet.zone),
        };
        self.subnets.iter().map(words).collect::<Vec<_>>().join(", ")
    }
}

impl std::fmt::Display for Coming<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, takes, .. } = self;
        write!(
            f,
            "{what}, which takes {takes} addresses at least; its subnets have {} free: {}",
            self.free(),
            self.left()
        )
    }
}

/// What comes while the control plane is replaced; none where its subnets are not known.
#[must_use]
pub fn control_plane(network: &Network) -> Option<Coming<'_>> {
    let what = "new interfaces of the control plane come before the old ones go".to_owned();
    Some(Coming { what, takes: CONTROL_PLANE, subnets: network.of(&network.control_plane)? })
}

/// What comes while the cloud replaces the machines of a pool set up like that; none where its subnets are not known, or
/// old machines go first.
#[must_use]
pub fn in_place<'a>(network: &'a Network, pool: &Pool, surge: &Surge) -> Option<Coming<'a>> {
    if surge.strategy.as_deref() == Some(OLD_FIRST) {
        return None;
    }
    let subnets = network.of(&pool.subnets)?;
    let mut zones: Vec<&str> = subnets.iter().map(|subnet| subnet.zone.as_str()).collect();
    zones.sort_unstable();
    zones.dedup();
    let nodes = usize::try_from(pool.size.nodes).unwrap_or(usize::MAX);
    let at_once = surge.max_unavailable.map_or(1, |amount| amount.0.of(nodes));
    let machines = zones.len().saturating_mul(2).max(at_once);
    let takes = u32::try_from(machines).unwrap_or(u32::MAX);
    Some(Coming { what: format!("up to {takes} machines come before old ones go"), takes, subnets })
}

/// What comes when a pool of so many machines is made like another.
#[must_use]
pub fn beside<'a>(network: &'a Network, like: &Pool, nodes: u32) -> Option<Coming<'a>> {
    let what = format!("{nodes} machines come beside the old ones");
    Some(Coming { what, takes: nodes, subnets: network.of(&like.subnets)? })
}

/// What comes with a step of a plan; none where nothing does, or it is not known.
#[must_use]
pub fn of<'a>(cloud: &'a CloudCluster, action: &CloudAction) -> Option<Coming<'a>> {
    match action {
        CloudAction::UpgradeControlPlane { .. } | CloudAction::RollbackControlPlane { .. } => {
            control_plane(&cloud.network)
        }
        CloudAction::UpgradePool { pool, .. } | CloudAction::RollbackPool { pool, .. } => {
            let pool = cloud.pool(pool)?;
            in_place(&cloud.network, pool, &pool.surge)
        }
        CloudAction::CreatePool { like, nodes, .. } => beside(&cloud.network, cloud.pool(like)?, *nodes),
        CloudAction::RefreshInsights
        | CloudAction::StopOperation { .. }
        | CloudAction::CompleteControlPlane { .. }
        | CloudAction::UpgradeAddon { .. }
        | CloudAction::ConfigurePool { .. }
        | CloudAction::SoakPool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::DeletePool { .. }
        | CloudAction::RenewPool { .. }
        | CloudAction::FollowPool { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::plan::ProviderKind;
    use crate::version::Version;

    fn network(free: [u32; 3]) -> Network {
        let subnets = (1..).zip(["a", "b", "b"]).zip(free);
        let subnet =
            |((id, zone), free): ((u32, &str), u32)| Subnet { id: format!("subnet-{id}"), zone: zone.to_owned(), free };
        let subnets: Vec<Subnet> = subnets.map(subnet).collect();
        Network { control_plane: vec!["subnet-1".to_owned(), "subnet-2".to_owned()], subnets }
    }

    fn pool(nodes: u32) -> Pool {
        let cloud = fixtures::managed(ProviderKind::Eks, &Version::new(1, 34, 0)).cloud.unwrap();
        let mut pool = cloud.pools[0].clone();
        pool.subnets = ["subnet-1", "subnet-2", "subnet-3"].map(str::to_owned).to_vec();
        pool.size.nodes = nodes;
        pool
    }

    #[test]
    fn a_control_plane_takes_five_of_its_own_subnets() {
        for (free, short) in [([3, 2, 0], false), ([3, 1, 9], true), ([0, 0, 9], true)] {
            let network = network(free);
            assert_eq!(control_plane(&network).unwrap().is_short(), short, "{free:?}");
        }
        let unseen = Network { subnets: Vec::new(), ..network([0, 0, 0]) };
        assert_eq!((control_plane(&unseen), control_plane(&Network::default())), (None, None));
    }

    #[test]
    fn machines_come_two_to_each_zone_or_as_many_as_are_replaced_at_a_time() {
        let network = network([1, 1, 1]);
        let takes = |nodes: u32, unavailable: &str| {
            let surge = Surge { max_unavailable: Some(unavailable.parse().unwrap()), ..Surge::default() };
            in_place(&network, &pool(nodes), &surge).unwrap().takes
        };
        assert_eq!([takes(3, "1"), takes(30, "10"), takes(30, "50%")], [4, 10, 15]);
        let minimal = Surge { strategy: Some("MINIMAL".to_owned()), ..Surge::default() };
        assert_eq!(in_place(&network, &pool(3), &minimal), None);
        assert_eq!(beside(&network, &pool(3), 3).map(|coming| coming.is_short()), Some(false));
        let coming = beside(&network, &pool(4), 4).unwrap();
        assert_eq!(
            coming.to_string(),
            "4 machines come beside the old ones, which takes 4 addresses at least; its subnets have 3 free: subnet-1 (a) 1, \
             subnet-2 (b) 1, subnet-3 (b) 1"
        );
    }
}
