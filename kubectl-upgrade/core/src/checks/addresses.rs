//! KU0710: what the subnets have no addresses for.

use super::CheckContext;
use super::words::finding;
use crate::addresses::{self, Coming, IN_EACH_ZONE};
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{CloudCluster, Inventory, Pool, PoolKind, Subnet};
use crate::plan::{Strategy, Surge};

/// Fewer than are needed stand in the way; a subnet or a share of pods that may not fit is worth a look.
pub(super) fn free(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(cloud) = &inventory.cloud else { return Vec::new() };
    let minors_move = context.hops.iter().any(|(from, to)| from.minor() != to.minor());
    let control_plane = addresses::control_plane(&cloud.network).filter(|_| minors_move);
    let mut findings: Vec<Finding> =
        control_plane.filter(Coming::is_short).map(|coming| short("the control plane", &coming)).into_iter().collect();
    let moved = |pool: &&Pool| {
        let asked = &context.options.cloud;
        let by_cloud = pool.kind == PoolKind::Managed || asked.templates.contains_key(&pool.name);
        by_cloud && (asked.pools.is_empty() || asked.pools.contains(&pool.name))
    };
    findings.extend(cloud.pools.iter().filter(moved).filter_map(|pool| of_pool(inventory, cloud, pool, context)));
    findings
}

fn of_pool(inventory: &Inventory, cloud: &CloudCluster, pool: &Pool, context: &CheckContext<'_>) -> Option<Finding> {
    let beside = matches!(context.options.strategy, Strategy::NewPools { .. });
    let coming = match beside {
        true => addresses::beside(&cloud.network, pool, pool.size.nodes),
        false => addresses::in_place(&cloud.network, pool, &asked(&context.options.cloud.surge, &pool.surge)),
    }?;
    let subject = format!("pool {}", pool.name);
    if coming.is_short() {
        return Some(short(&subject, &coming));
    }
    let code = FindingCode::FreeAddresses;
    let full: Vec<&Subnet> = coming.subnets.iter().filter(|subnet| subnet.free < IN_EACH_ZONE).copied().collect();
    if !full.is_empty() {
        let full = Coming { subnets: full, ..coming };
        let found = format!("{}, some of them where hardly an address is left: {}", full.what, full.left());
        let remedy = "free some there, or see that the other zones of the pool take the machines";
        return Some(finding(code, Severity::Warning, subject, found, remedy));
    }
    let pods = most_pods(inventory, pool);
    let with_pods = coming.takes.saturating_mul(pods.saturating_add(1));
    (coming.free() < with_pods).then(|| {
        let found = format!(
            "{}; with as many pods on each as on its fullest node now ({pods}) that may take {with_pods} addresses, and its \
             subnets have {} free: {}",
            coming.what,
            coming.free(),
            coming.left()
        );
        let remedy = "nothing where pods have addresses of other subnets or of IPv6; else free some before the run";
        finding(code, Severity::Warning, subject, found, remedy)
    })
}

/// How it is replaced in the run: as it is set up, but for what was asked for.
fn asked(asked: &Surge, current: &Surge) -> Surge {
    Surge {
        max_unavailable: asked.max_unavailable.or(current.max_unavailable),
        strategy: asked.strategy.clone().or_else(|| current.strategy.clone()),
        ..Surge::default()
    }
}

fn short(subject: &str, coming: &Coming<'_>) -> Finding {
    let remedy = "free addresses in these subnets, or give it others; run waits for them before the step";
    finding(FindingCode::FreeAddresses, Severity::Blocker, subject, coming.to_string(), remedy)
}

fn most_pods(inventory: &Inventory, pool: &Pool) -> u32 {
    let on = |node: &crate::inventory::Node| {
        inventory.pods.iter().filter(|pod| pod.node.as_ref() == Some(&node.name)).count()
    };
    let most = inventory.nodes_of(&pool.name).map(on).max().unwrap_or_default();
    u32::try_from(most).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::fixtures;
    use crate::plan::{Amount, Options, ProviderKind};
    use crate::version::Version;

    fn found(free: [u32; 2], strategy: Strategy) -> Vec<(String, Severity)> {
        let mut inventory = fixtures::managed(ProviderKind::Eks, &Version::new(1, 33, 0));
        let cloud = inventory.cloud.as_mut().unwrap();
        let ids = ["subnet-1", "subnet-2"].map(str::to_owned).to_vec();
        let subnets = ids.iter().zip(["a", "b"]).zip(free);
        cloud.network.subnets =
            subnets.map(|((id, zone), free)| Subnet { id: id.clone(), zone: zone.to_owned(), free }).collect();
        cloud.network.control_plane.clone_from(&ids);
        cloud.pools[0].subnets = ids;
        let options = Options { strategy, ..Options::default() };
        let context = CheckContext {
            hops: vec![(Version::new(1, 33, 0), Version::new(1, 34, 0))],
            today: jiff::civil::date(2026, 11, 22),
            options: &options,
            kubectl: None,
            facts: Facts::shared(),
        };
        super::free(&inventory, &context).into_iter().map(|found| (found.subject, found.severity)).collect()
    }

    #[test]
    fn what_does_not_fit_is_told_by_how_bad_it_is() {
        let rolling = Strategy::Rolling { max_unavailable: Amount::Count(1) };
        let of = |subject: &str, severity| (subject.to_owned(), severity);
        assert_eq!(found([99, 99], rolling), []);
        assert_eq!(
            found([3, 1], rolling),
            [of("the control plane", Severity::Blocker), of("pool api", Severity::Warning)]
        );
        assert_eq!(
            found([2, 1], rolling),
            [of("the control plane", Severity::Blocker), of("pool api", Severity::Blocker)]
        );
        assert_eq!(found([99, 1], rolling), [of("pool api", Severity::Warning)]);
        assert_eq!(found([3, 3], rolling), [of("pool api", Severity::Warning)], "machines fit, their pods may not");
        let new = Strategy::NewPools { at_once: Amount::Count(1), soak_s: 60 };
        assert_eq!(found([0, 1], new)[1..], [of("pool api", Severity::Warning)], "one machine comes");
        assert_eq!(found([0, 0], new)[1..], [of("pool api", Severity::Blocker)]);
    }
}
