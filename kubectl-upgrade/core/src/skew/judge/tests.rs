use proptest::prelude::*;

use super::*;
use crate::ids::NodeName;
use crate::inventory::{Instance, Place, VersionSource};
use crate::skew::worsens;

fn minor(minor: u16) -> Minor {
    Minor::new(1, minor)
}

fn picture(instances: &[(Component, &str, u16)]) -> Picture {
    let mut picture = Picture::new();
    for (component, at, number) in instances {
        picture.set(*component, at, minor(*number));
    }
    picture
}

fn texts(issues: &[SkewIssue]) -> Vec<String> {
    issues.iter().map(ToString::to_string).collect()
}

use Component::{
    ApiServer, CloudControllerManager, ControllerManager, CoreDns, Etcd, KubeProxy, Kubeadm, Kubectl, Kubelet,
    Scheduler,
};

#[test]
fn a_healthy_cluster_has_no_issue() {
    let healthy = picture(&[
        (ApiServer, "cp-1", 34),
        (ControllerManager, "cp-1", 34),
        (Scheduler, "cp-1", 33),
        (CloudControllerManager, "cp-1", 34),
        (Kubelet, "cp-1", 34),
        (Kubelet, "web-1", 31),
        (KubeProxy, "web-1", 34),
        (Kubectl, "here", 35),
        (Kubeadm, "web-1", 29),
        (Etcd, "cp-1", 3),
        (CoreDns, "Deployment", 12),
    ]);
    assert_eq!(judge(&healthy), []);
}

#[test]
fn every_rule_has_its_plain_words() {
    for (component, number, says) in [
        (Kubelet, 28, "kubelet 1.28 on x is 4 minors older than kube-apiserver 1.32; at most 3 are allowed"),
        (Kubelet, 33, "kubelet 1.33 on x is 1 minor newer than kube-apiserver 1.32; it must not be newer"),
        (KubeProxy, 33, "kube-proxy 1.33 on x is 1 minor newer than kube-apiserver 1.32; it must not be newer"),
        (Scheduler, 30, "kube-scheduler 1.30 on x is 2 minors older than kube-apiserver 1.32; at most 1 is allowed"),
        (Kubectl, 34, "kubectl 1.34 on x is 2 minors newer than kube-apiserver 1.32; at most 1 is allowed"),
    ] {
        let issues = judge(&picture(&[(ApiServer, "cp-1", 32), (component, "x", number)]));
        assert_eq!(texts(&issues), [says]);
        assert!(!issues[0].allowed.contains(minor(number)));
    }
}

#[test]
fn the_edge_of_the_old_era_for_kubelets() {
    for (server, kubelet, fine) in [
        (26, 24, true),
        (27, 24, false),
        (27, 25, true),
        (28, 25, true),
        (28, 24, false),
        (29, 25, false),
        (10, 8, true),
        (10, 7, false),
    ] {
        let issues = judge(&picture(&[(ApiServer, "cp-1", server), (Kubelet, "x", kubelet)]));
        assert_eq!(issues.is_empty(), fine, "kubelet 1.{kubelet} under 1.{server}: {issues:?}");
    }
}

#[test]
fn kube_proxy_is_compared_with_the_kubelet_beside_it() {
    let issues = |place, proxy, kubelet| {
        let instances =
            [(ApiServer, "cp-1", proxy), (Kubelet, "old", kubelet), (Kubelet, "new", proxy), (KubeProxy, place, proxy)];
        let issues = judge(&picture(&instances));
        issues.into_iter().filter(|issue| issue.component == KubeProxy).collect::<Vec<_>>()
    };
    assert_eq!(issues("old", 28, 25), []);
    assert_eq!(issues("new", 29, 25), []);
    // A DaemonSet runs beside every kubelet.
    for place in ["old", "DaemonSet kube-proxy"] {
        let says = format!("kube-proxy 1.29 on {place} is 4 minors newer than kubelet 1.25; at most 3 are allowed");
        assert_eq!(texts(&issues(place, 29, 25)), [says]);
    }
    // kube-proxy of the old era reaches two minors only.
    let old = judge(&picture(&[(ApiServer, "cp-1", 26), (Kubelet, "x", 26), (KubeProxy, "x", 23)]));
    assert!(old.iter().any(|issue| issue.rule == SkewRule::KubeProxyApartFromKubelet && issue.limit == 2));
}

#[test]
fn api_servers_too_far_apart_are_all_named() {
    let issues = judge(&picture(&[(ApiServer, "cp-1", 33), (ApiServer, "cp-2", 35)]));
    assert_eq!(
        texts(&issues),
        [
            "kube-apiserver 1.33 on cp-1 is 2 minors older than kube-apiserver 1.35; at most 1 is allowed",
            "kube-apiserver 1.35 on cp-2 is 2 minors newer than kube-apiserver 1.33; at most 1 is allowed",
        ]
    );
    assert!(issues.iter().all(|issue| issue.rule == SkewRule::ApiServersApart));
}

#[test]
fn a_controller_that_reaches_only_its_own_api_server_may_lead_the_others() {
    let mixed = picture(&[(ApiServer, "cp-1", 34), (ApiServer, "cp-2", 33), (ControllerManager, "cp-1", 34)]);
    let issues = judge(&mixed);
    assert_eq!((issues.len(), issues[0].rule), (1, SkewRule::TooNewForApiServer));
    let mixed = mixed.reaching(ControllerManager, Reach::Local);
    assert_eq!(judge(&mixed), []);
    // A later change keeps what is known about its reach.
    assert_eq!(judge(&mixed.with(ControllerManager, "cp-1", minor(33))), []);
    // Without an API server at its own place, all count.
    let elsewhere = mixed.with(ControllerManager, "cp-9", minor(34)).reaching(ControllerManager, Reach::Local);
    assert_eq!(judge(&elsewhere).len(), 1);
}

#[test]
fn an_inventory_is_drawn_by_its_places() {
    let instance = |component, place, version: &str| Instance {
        component,
        place,
        version: version.parse().unwrap(),
        source: VersionSource::VersionEndpoint,
        detail: None,
    };
    let node = |name: &str| Place::Node(NodeName::new(name));
    let managed = [instance(ApiServer, Place::Endpoint, "v1.31.2-eks-7f9249a"), instance(Kubelet, node("a"), "1.28.5")];
    assert_eq!(Picture::of(&managed), picture(&[(ApiServer, "endpoint", 31), (Kubelet, "a", 28)]));
    let hosts = [
        instance(ApiServer, Place::Endpoint, "1.33.1"),
        instance(ApiServer, node("cp-1"), "1.34.0"),
        instance(Kubectl, Place::Here, "1.36.0"),
        instance(KubeProxy, Place::DaemonSet("kube-proxy".to_owned()), "1.34.0"),
    ];
    let expected = picture(&[(ApiServer, "cp-1", 34), (KubeProxy, "DaemonSet kube-proxy", 34)]);
    assert_eq!(Picture::of(&hosts).without(Kubectl), expected);
}

#[test]
fn without_api_servers_only_pairs_are_judged() {
    let issues = judge(&picture(&[(Kubelet, "x", 20), (KubeProxy, "x", 30), (Scheduler, "cp-1", 9)]));
    assert_eq!(issues.iter().map(|issue| issue.rule).collect::<Vec<_>>(), [SkewRule::KubeProxyApartFromKubelet]);
}

#[test]
fn a_roll_of_three_api_servers_passes_through_mixed_pictures() {
    let start =
        picture(&[(ApiServer, "cp-1", 33), (ApiServer, "cp-2", 33), (ApiServer, "cp-3", 33), (Kubelet, "web-1", 30)]);
    let roll = |mut picture: Picture| {
        ["cp-1", "cp-2", "cp-3"].map(|at| {
            picture.set(ApiServer, at, minor(34));
            judge(&picture).len()
        })
    };
    // The lagging kubelet falls out with the very first API server.
    assert_eq!(roll(start.clone()), [1, 1, 1]);
    assert_eq!(roll(start.with(Kubelet, "web-1", minor(31))), [0, 0, 0]);
}

#[test]
fn a_step_may_repair_but_not_worsen() {
    let broken = picture(&[(ApiServer, "cp-1", 33), (Kubelet, "web-1", 28), (Kubelet, "web-2", 33)]);
    let before = judge(&broken);
    let judged = |component, at: &str, number| worsens(&before, &judge(&broken.with(component, at, minor(number))));
    assert_eq!(judged(Kubelet, "web-1", 29), []);
    assert_eq!(judged(Kubelet, "web-1", 33), []);
    assert_eq!(judged(Kubelet, "web-2", 32), []);
    assert_eq!(judged(ApiServer, "cp-1", 32).iter().map(|issue| issue.at.as_str()).collect::<Vec<_>>(), ["web-2"]);
    let worse = judged(ApiServer, "cp-1", 34);
    assert_eq!(worse.iter().map(|issue| (issue.at.as_str(), issue.excess())).collect::<Vec<_>>(), [("web-1", 3)]);
    // From too old to too new is another violation, not the same one made smaller.
    assert_eq!(judged(Kubelet, "web-1", 34).len(), 1);
}

fn any_component() -> impl Strategy<Value = Component> {
    prop::sample::select(vec![ApiServer, ControllerManager, Kubelet, Kubelet, KubeProxy, KubeProxy, Etcd])
}

proptest! {
    #[test]
    fn a_component_is_an_issue_exactly_when_out_of_its_range(
        servers in prop::collection::vec(20u16..40, 1..4),
        component in prop::sample::select(vec![Kubelet, KubeProxy, Scheduler, ControllerManager, Kubectl]),
        own in 15u16..45,
    ) {
        let mut picture = picture(&[(component, "x", own)]);
        for (index, server) in servers.iter().enumerate() {
            picture.set(ApiServer, &format!("cp-{index}"), minor(*server));
        }
        let allowed = crate::skew::allowed(component, picture.api_servers().unwrap()).unwrap();
        let issues: Vec<_> = judge(&picture).into_iter().filter(|issue| issue.component == component).collect();
        prop_assert_eq!(issues.is_empty(), allowed.contains(minor(own)));
        prop_assert!(issues.iter().all(|issue| issue.excess() >= 1));
    }

    #[test]
    fn what_changes_make_worse_is_found_around_them(
        instances in prop::collection::vec((any_component(), 0usize..4, 28u16..36), 1..16),
        changes in prop::collection::vec((any_component(), 0usize..4, 28u16..36), 1..4),
    ) {
        let at = |place: usize| ["a", "b", "c", "DaemonSet"][place];
        let before = picture(&instances.iter().map(|(c, place, m)| (*c, at(*place), *m)).collect::<Vec<_>>());
        let changes: Vec<_> = changes
            .iter()
            .map(|(component, place, m)| Change { component: *component, at: at(*place).to_owned(), to: minor(*m) })
            .collect();
        let mut after = before.clone();
        for change in &changes {
            after.set(change.component, &change.at, change.to);
        }
        let around = worsens(&judge_around(&before, &changes), &judge_around(&after, &changes));
        prop_assert_eq!(around, worsens(&judge(&before), &judge(&after)));
        // What is counted along is what is there.
        let anew: Vec<_> = after.instances().map(|(component, at, of)| (component, at, of.minor.minor)).collect();
        prop_assert_eq!(picture(&anew), after.clone());
    }

    #[test]
    fn nothing_worsens_itself(servers in prop::collection::vec(20u16..40, 1..4), kubelet in 15u16..45) {
        let mut picture = picture(&[(Kubelet, "x", kubelet)]);
        for (index, server) in servers.iter().enumerate() {
            picture.set(ApiServer, &format!("cp-{index}"), minor(*server));
        }
        let issues = judge(&picture);
        prop_assert_eq!(worsens(&issues, &issues), vec![]);
        prop_assert_eq!(worsens(&[], &issues), issues);
    }
}
