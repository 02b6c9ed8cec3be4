//! What an inventory is without, or has beside it, because a cloud runs the cluster.

use std::collections::BTreeSet;

use super::{CloudState, GapSubject, Inventory, Pool, PoolKind, PoolSize};
use crate::component::Component;
use crate::ids::PoolName;
use crate::plan::{ProviderKind, Surge};

/// The pool of nodes on EKS that are nobody's but the operator's: no label of theirs names one.
pub const SELF_MANAGED: &str = "self-managed";

impl Inventory {
    /// The parts of a control plane that only its cloud sees are no gaps once the cloud has answered.
    pub fn leave_control_plane_to_cloud(&mut self) {
        if self.cloud.is_some() {
            self.gaps.retain(|gap| match &gap.subject {
                GapSubject::Component(component, _) => !of_control_plane(*component),
                GapSubject::Host(_)
                | GapSubject::Pods
                | GapSubject::Budgets
                | GapSubject::KubeadmRecord
                | GapSubject::Evidence
                | GapSubject::ApiUse
                | GapSubject::Cloud
                | GapSubject::NodePools => true,
            });
        }
    }

    /// Gives every node a pool. Only on EKS nodes can be without one of the cloud's: those that Karpenter makes carry its
    /// label, the others joined from the operator's own machines or groups.
    pub fn adopt_nodes(&mut self) {
        let Some(cloud) = self.cloud.as_mut().filter(|cloud| cloud.provider == ProviderKind::Eks) else { return };
        for node in self.nodes.iter_mut().filter(|node| node.pool.is_none()) {
            node.pool = Some(PoolName::new(SELF_MANAGED));
        }
        let named: BTreeSet<&PoolName> = self.nodes.iter().filter_map(|node| node.pool.as_ref()).collect();
        for name in named.into_iter().filter(|name| cloud.pool(name).is_none()).cloned().collect::<Vec<_>>() {
            let nodes = self.nodes.iter().filter(|node| node.pool.as_ref() == Some(&name)).count();
            let of_karpenter = self.node_pools.iter().find(|pool| pool.name == name);
            let mut pool = pool(name, u32::try_from(nodes).unwrap_or(u32::MAX));
            if let Some(known) = of_karpenter {
                pool.template = Some(known.class.clone());
                pool.notes = known.notes();
            }
            cloud.pools.push(pool);
        }
    }
}

const fn of_control_plane(component: Component) -> bool {
    match component {
        Component::ApiServer
        | Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager
        | Component::Etcd => true,
        Component::Kubelet
        | Component::KubeProxy
        | Component::ContainerRuntime
        | Component::CoreDns
        | Component::Kubeadm
        | Component::Kubectl => false,
    }
}

fn pool(name: PoolName, nodes: u32) -> Pool {
    Pool {
        kind: if name.as_str() == SELF_MANAGED { PoolKind::SelfManaged } else { PoolKind::Karpenter },
        name,
        version: None,
        image: None,
        newest_image: None,
        image_type: None,
        offers: Vec::new(),
        size: PoolSize { nodes, min: None, max: None },
        surge: Surge::default(),
        state: CloudState::Ready,
        zones: Vec::new(),
        template: None,
        rollback: None,
        notes: Vec::new(),
        subnets: Vec::new(),
        blue_green: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::inventory::Gap;
    use crate::version::Version;

    #[test]
    fn nodes_without_a_pool_of_the_cloud_get_one() {
        let mut inventory = fixtures::managed(ProviderKind::Eks, &Version::new(1, 34, 0));
        let known = inventory.cloud.clone().unwrap().pools;
        inventory.adopt_nodes();
        assert_eq!(inventory.cloud.as_ref().unwrap().pools, known, "each is in a pool of the cloud");
        inventory.nodes[0].pool = None;
        inventory.nodes[1].pool = Some(PoolName::new("spot"));
        inventory.adopt_nodes();
        let added: Vec<_> = inventory.cloud.as_ref().unwrap().pools[known.len()..].iter().collect();
        let kinds: Vec<_> = added.iter().map(|pool| (pool.name.as_str(), pool.kind, pool.size.nodes)).collect();
        assert_eq!(kinds, [("self-managed", PoolKind::SelfManaged, 1), ("spot", PoolKind::Karpenter, 1)]);
        assert_eq!(inventory.nodes_of(&PoolName::new(SELF_MANAGED)).count(), 1);
    }

    #[test]
    fn what_only_the_cloud_sees_is_no_gap_once_it_has_answered() {
        let gap =
            |component| Gap { subject: GapSubject::Component(component, None), why: "away".to_owned(), hint: None };
        let mut inventory = fixtures::managed(ProviderKind::Gke, &Version::new(1, 34, 0));
        inventory.gaps = vec![gap(Component::Scheduler), gap(Component::Kubelet)];
        let unanswered = Inventory { cloud: None, ..inventory.clone() };
        for (mut inventory, left) in [(inventory, 1), (unanswered, 2)] {
            inventory.leave_control_plane_to_cloud();
            assert_eq!(inventory.gaps.len(), left);
        }
    }
}
