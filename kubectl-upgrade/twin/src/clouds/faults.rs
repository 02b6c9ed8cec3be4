//! What goes wrong at a cloud on purpose: at its door, in its answers, and in what it does.
//!
//! What is said here depends on the plan of faults and on how often the same was asked, never on chance, nor on the order
//! in which requests come that were made side by side.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::world::World;

/// The plan of faults; the default is a cloud where nothing goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudFaults {
    /// Every so many requests for the same thing, one is throttled.
    pub throttle_every: Option<u32>,
    /// The credentials have expired at that time; later ones can be set.
    pub credentials_expire: Option<Timestamp>,
    /// Lists are cut into pages of so many, whatever the client asks for.
    pub page_size: Option<usize>,
    /// Readers see what was so that long ago.
    pub reads_lag: Duration,
    /// For that long after an operation has ended, others are refused although nothing is shown to be going on.
    pub busy_after: Duration,
    /// So many machines can still be had; those asked for beyond fail with that code.
    pub machines_left: Option<(u32, Shortage)>,
    /// The machine after so many more starts and never joins.
    pub never_joins: Option<u32>,
    /// The next rollout of a pool fails after so many nodes.
    pub rollout_fails_after: Option<u32>,
    /// The next upgrade of the control plane fails, and it stays at its version.
    pub control_plane_fails: bool,
    /// How often each thing was asked for so far.
    pub asked: BTreeMap<String, u32>,
}

/// Why a machine cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// The account's quota is used up.
    Quota,
    /// The subnet has no free addresses.
    Addresses,
    /// The zone has no such machines left.
    Stock,
}

/// Whether a request gets past the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It does.
    Granted,
    /// Too many requests.
    Throttled,
    /// The credentials have expired.
    Expired,
}

/// Lets a request for that in, or not. To be asked once for each.
pub fn admit(world: &mut World, what: &str) -> Admission {
    let now = world.now();
    let Some(cloud) = &mut world.cloud else { return Admission::Granted };
    let faults = &mut cloud.faults;
    let asked = faults.asked.entry(what.to_owned()).or_default();
    *asked += 1;
    if faults.credentials_expire.is_some_and(|end| now >= end) {
        return Admission::Expired;
    }
    match faults.throttle_every {
        Some(every) if every > 0 && *asked % every == 0 => Admission::Throttled,
        Some(_) | None => Admission::Granted,
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The token of the next; none for the last.
    pub next: Option<String>,
}

/// Cuts a page out of a list, of the size asked for or that of the faults, whichever is less; `token` is empty for the
/// first. None for a token that was never given out.
pub fn page<T>(faults: &CloudFaults, items: Vec<T>, asked: Option<usize>, token: &str) -> Option<Page<T>> {
    let start: usize = match token.strip_prefix("page-") {
        None if token.is_empty() => 0,
        Some(number) => number.parse().ok()?,
        None => return None,
    };
    let size = asked.into_iter().chain(faults.page_size).filter(|size| *size > 0).min().unwrap_or(usize::MAX);
    let end = start.saturating_add(size);
    let next = (end < items.len()).then(|| format!("page-{end}"));
    Some(Page { items: items.into_iter().skip(start).take(size).collect(), next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_whole_and_end() {
        let faults = CloudFaults { page_size: Some(2), ..CloudFaults::default() };
        let (mut token, mut seen, mut pages) = (String::new(), Vec::new(), 0);
        loop {
            let page = page(&faults, vec![1, 2, 3, 4, 5], Some(100), &token).unwrap();
            seen.extend(page.items);
            pages += 1;
            match page.next {
                Some(next) => token = next,
                None => break,
            }
        }
        assert_eq!((seen, pages), (vec![1, 2, 3, 4, 5], 3));
        assert_eq!(page(&faults, vec![1], None, "other"), None);
    }
}
