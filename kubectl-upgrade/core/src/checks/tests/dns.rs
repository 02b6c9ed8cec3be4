//! Cluster DNS on one node.

use super::*;
use crate::inventory::Budget;

/// The healthy cluster's DNS, both pods on w-1.
fn on_one_node() -> Case {
    case(35, 36).with(|case| {
        for pod in case.inventory.pods.iter_mut().filter(|pod| pod.name.name.starts_with("coredns-")) {
            pod.node = Some(NodeName::new("w-1"));
        }
    })
}

fn budget(desired_healthy: i32) -> Budget {
    let name = |name: &str| ObjectName::new("kube-system", name);
    Budget {
        name: name("dns"),
        min_available: None,
        max_unavailable: Some("1".to_owned()),
        disruptions_allowed: 1,
        current_healthy: 2,
        desired_healthy,
        expected_pods: 2,
        pods: vec![name("coredns-66bc-a"), name("coredns-66bc-b")],
    }
}

#[test]
fn dns_that_leaves_at_once_is_a_note_unless_a_budget_keeps_a_pod() {
    let finding = on_one_node().only(Code::DnsTogether, Severity::Note);
    assert_eq!(finding.subject, "Deployment kube-system/coredns");
    assert!(finding.found.starts_with("all 2 pods are on w-1"), "{}", finding.found);
    on_one_node().with(|case| case.inventory.budgets.push(budget(1))).none();
    on_one_node().with(|case| case.inventory.budgets.push(budget(0))).only(Code::DnsTogether, Severity::Note);
    on_one_node().with(|case| case.options.excluded = vec![NodeName::new("w-1")]).none();
}

#[test]
fn a_single_dns_pod_is_named_beside_the_single_replica() {
    let single = case(35, 36).with(|case| case.inventory.pods.retain(|pod| pod.name.name != "coredns-66bc-b"));
    let codes: Vec<Code> = single.findings().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::SingleReplica, Code::DnsTogether]);
    assert!(single.findings()[1].found.starts_with("its only pod is on w-1"));
}
