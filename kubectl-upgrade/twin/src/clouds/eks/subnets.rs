//! The subnets of the cluster: one in each zone, and what each has left.

use crate::clouds::faults::Shortage;
use crate::clouds::pools::Member;
use crate::clouds::{CloudWorld, Seen};

use super::clusters;

/// Addresses of a subnet of 18 bits, without those that AWS keeps for itself.
const WHOLE: usize = (1 << 14) - 5;

/// What a machine and its pods hold, as its network plugin keeps some ready.
const FOR_A_MACHINE: usize = 30;

/// One subnet.
pub(super) struct Subnet {
    pub(super) id: String,
    pub(super) zone: String,
    pub(super) free: usize,
    /// Its place among the others.
    pub(super) nth: usize,
}

/// All of them. Where addresses run out on purpose, so many machines are left as there are addresses, in turns.
pub(super) fn all(cloud: &CloudWorld, seen: &Seen) -> Vec<Subnet> {
    let zones = clusters::zones(cloud);
    let count = zones.len().max(1);
    let members: Vec<&Member> = seen.pools.values().flat_map(|pool| pool.members.values()).collect();
    let free = |nth: usize, zone: &str| match cloud.faults.machines_left {
        Some((left, Shortage::Addresses)) => {
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            left / count + usize::from(nth < left % count)
        }
        Some((_, Shortage::Quota | Shortage::Stock)) | None => {
            let here = members.iter().filter(|member| member.zone == zone).count();
            WHOLE.saturating_sub(here * FOR_A_MACHINE)
        }
    };
    let subnet = |(nth, zone): (usize, &String)| Subnet {
        id: clusters::subnet(cloud, zone),
        zone: zone.clone(),
        free: free(nth, zone),
        nth,
    };
    zones.into_iter().enumerate().map(subnet).collect()
}

/// Whether there are as many addresses as a new control plane takes beside the old one.
pub(super) fn have_room_for_control_plane(cloud: &CloudWorld) -> bool {
    all(cloud, cloud.now()).iter().map(|subnet| subnet.free).sum::<usize>() >= 5
}
