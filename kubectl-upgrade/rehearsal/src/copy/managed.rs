//! The part of a copy that the cloud of the original runs: control plane, pools and their machines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use upgrade_core::ids::PoolName;
use upgrade_core::inventory::{CloudCluster, Inventory, Pool, PoolKind};
use upgrade_core::plan::{Action, CloudAction, Plan, ProviderKind};
use upgrade_core::version::Version;
use upgrade_twin::blueprint::Machine;
use upgrade_twin::clouds::faults::CloudFaults;
use upgrade_twin::clouds::pools::{Amount, PoolSpec, Settings, Size};
use upgrade_twin::clouds::{Cloud, Extra, Managed, Offer, Place};
use upgrade_twin::json::{entries, items, text};

use crate::understudy::{AWAITED, SURGE, blue_green, settings};

/// How long pods may take to leave a node that nobody has set a limit for.
const FOR_EVER: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What a node has for itself: it is not what the pool gives to the next one.
const OWN_LABELS: [&str; 9] = [
    "kubernetes.io/hostname",
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "eks.amazonaws.com/nodegroup",
    "eks.amazonaws.com/nodegroup-image",
    "cloud.google.com/gke-nodepool",
    "agentpool",
    "kubernetes.azure.com/agentpool",
    "kubernetes.azure.com/node-image-version",
];

/// The cloud's part of a copy, with the machines of its pools taken out of all machines.
pub(super) fn of(
    cloud: &CloudCluster,
    inventory: &Inventory,
    objects: &[Value],
    machines: &mut Vec<Machine>,
    plan: &Plan,
) -> Managed {
    let awaited = awaited(plan);
    let managed = |pool: &&Pool| pool.kind == PoolKind::Managed || awaited.contains_key(&pool.name);
    let mut members: BTreeMap<String, Vec<Machine>> = BTreeMap::new();
    for pool in cloud.pools.iter().filter(managed) {
        let names: BTreeSet<&str> = inventory.nodes_of(&pool.name).map(|node| node.name.as_str()).collect();
        let of_pool = machines.extract_if(.., |machine| names.contains(machine.name.as_str())).collect();
        members.insert(pool.name.to_string(), of_pool);
    }
    let nodes: Vec<&Value> = objects.iter().filter(|object| text(object, "/kind") == "Node").collect();
    let pools = cloud.pools.iter().filter(managed).map(|pool| {
        let machines = members.get(pool.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let spec = spec(cloud.provider, pool, machines, &nodes, &cloud.version);
        match awaited.get(&pool.name) {
            Some(versions) => replaced_by_others(spec, pool, versions),
            None => spec,
        }
    });
    let pools = pools.collect();
    let mut extra = Extra::new();
    if asked(plan).any(|action| matches!(action, CloudAction::RenewPool { .. })) {
        // Machines outside of groups are replaced by whoever made them only where there is such a thing.
        extra.insert("fargateProfiles".to_owned(), json!({}));
    }
    Managed {
        place: Place {
            cloud: which(cloud.provider),
            account: cloud.names.account.clone(),
            group: cloud.names.group.clone().unwrap_or_default(),
            region: cloud.names.region.clone(),
            cluster: cloud.names.cluster.clone(),
        },
        offers: offers(cloud, plan),
        api_servers: inventory.api_servers_announced.and_then(|count| u8::try_from(count).ok()).unwrap_or(2),
        pools,
        members,
        faults: CloudFaults::default(),
        extra,
    }
}

/// What the plan does to what a cloud runs.
fn asked(plan: &Plan) -> impl Iterator<Item = &CloudAction> {
    plan.steps().filter_map(|step| if let Action::Cloud(action) = &step.action { Some(action) } else { None })
}

/// The pools that the plan only waits for, with the versions.
fn awaited(plan: &Plan) -> BTreeMap<PoolName, Vec<Version>> {
    let mut awaited: BTreeMap<PoolName, Vec<Version>> = BTreeMap::new();
    for action in asked(plan) {
        if let CloudAction::FollowPool { pool, to, .. } = action {
            awaited.entry(pool.clone()).or_default().push(to.clone());
        }
    }
    awaited
}

/// Karpenter lets a tenth of its nodes be replaced at a time, and waits for their pods for as long as it takes
/// (<https://karpenter.sh/docs/concepts/disruption/>); of others no more is known than of pools that the cloud replaces.
fn replaced_by_others(mut spec: PoolSpec, pool: &Pool, versions: &[Version]) -> PoolSpec {
    spec.extra.insert(AWAITED.to_owned(), json!(versions));
    if pool.kind == PoolKind::Karpenter {
        spec.settings.max_surge = Amount::Percent(10);
        spec.settings.drain_timeout = FOR_EVER;
    }
    spec
}

const fn which(provider: ProviderKind) -> Cloud {
    match provider {
        ProviderKind::Eks => Cloud::Eks,
        ProviderKind::Aks => Cloud::Aks,
        ProviderKind::Gke | ProviderKind::Kubeadm | ProviderKind::Manual => Cloud::Gke,
    }
}

/// What the plan moves something to is on offer, and what runs already.
fn offers(cloud: &CloudCluster, plan: &Plan) -> Vec<Offer> {
    let mut versions: BTreeSet<Version> = asked(plan).filter_map(CloudAction::version).cloned().collect();
    versions.insert(cloud.version.clone());
    let offer = |version: Version| Offer {
        node_version: version.clone(),
        image: format!("of {version}"),
        version,
        released: jiff::civil::Date::default(),
        standard_until: None,
        extended_until: None,
        extra: Extra::new(),
    };
    versions.into_iter().map(offer).collect()
}

fn spec(provider: ProviderKind, pool: &Pool, machines: &[Machine], nodes: &[&Value], control: &Version) -> PoolSpec {
    let version = pool.version.as_ref().or_else(|| machines.iter().map(|machine| &machine.kubelet).min());
    let count = u32::try_from(machines.len()).unwrap_or(u32::MAX);
    let image = pool.image.clone().unwrap_or_default();
    let zones: Vec<&str> = pool.zones.iter().map(String::as_str).collect();
    let mut spec = PoolSpec::new(pool.name.as_str(), version.unwrap_or(control), &image, count, &zones);
    let (min, max) = (pool.size.min.unwrap_or(count), pool.size.max.unwrap_or(count));
    spec.size = Size { desired: count, min: min.min(count), max: max.max(count), autoscaled: pool.size.min.is_some() };
    if let Some(one) = machines.first() {
        (spec.cpu_milli, spec.memory_mib, spec.pods) = (one.cpu_milli, one.memory_mib, one.pods);
    }
    let of_pool = |node: &&&Value| machines.iter().any(|machine| machine.name == text(node, "/metadata/name"));
    let of_pool: Vec<&Value> = nodes.iter().filter(of_pool).copied().collect();
    spec.labels = shared_labels(&of_pool);
    if let Some(first) = of_pool.first() {
        let lasting = |taint: &&Value| !text(taint, "/key").starts_with("node.kubernetes.io/");
        spec.taints = items(first, "/spec/taints").filter(lasting).cloned().collect();
    }
    let own = settings(provider, &pool.surge);
    spec.settings = Settings { blue_green: blue_green(pool.blue_green.as_ref()), ..own };
    spec.extra.insert(SURGE.to_owned(), json!(pool.surge));
    spec
}

/// The labels that all nodes have alike: what the pool gives to a new one.
fn shared_labels(nodes: &[&Value]) -> BTreeMap<String, String> {
    let of = |node: &Value| -> BTreeMap<String, String> {
        let labels = entries(node, "/metadata/labels");
        labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
    };
    let Some((first, others)) = nodes.split_first() else { return BTreeMap::new() };
    let mut shared = of(first);
    for other in others {
        let labels = of(other);
        shared.retain(|key, value| labels.get(key) == Some(value));
    }
    shared.retain(|key, _| !OWN_LABELS.contains(&key.as_str()));
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_gives_its_next_node_what_all_of_its_nodes_have_alike() {
        let node = |host: &str, own: &str| json!({"metadata": {"labels": {"kubernetes.io/hostname": host, "tier": "gold", "rack": own}}});
        let nodes = [node("a", "1"), node("b", "2")];
        let shared = shared_labels(&nodes.iter().collect::<Vec<_>>());
        assert_eq!(shared, BTreeMap::from([("tier".to_owned(), "gold".to_owned())]));
    }
}
