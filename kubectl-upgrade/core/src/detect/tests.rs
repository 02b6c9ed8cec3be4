use super::kind::{ClusterKind, Owner, Vendor};
use super::*;
use crate::finding::{FindingCode, Severity};
use crate::fixtures::evidence::{self, SERVER};
use crate::version::Version;

fn foreign(owner: Owner) -> ClusterKind {
    ClusterKind::Foreign(owner)
}

fn kubeadm() -> Evidence {
    evidence::of(ClusterKind::Kubeadm)
}

#[test]
fn every_kind_is_recognised_by_its_marks_and_nothing_disagrees() {
    for kind in rank::kinds() {
        let detection = detect(&evidence::of(kind), SERVER);
        assert_eq!(detection.kind, kind, "{:?}", detection.marks);
        assert!(!detection.marks.is_empty(), "{kind}");
        assert_eq!(detection.disagreeing, [], "{kind}");
    }
}

#[test]
fn every_kind_has_a_rank_and_a_deciding_rule() {
    for rule in RULES {
        assert!(rank::kinds().any(|kind| kind == rule.kind), "{} has no rank", rule.kind);
    }
    for kind in rank::kinds().filter(|kind| *kind != ClusterKind::HandBuilt) {
        assert!(RULES.iter().any(|rule| rule.kind == kind && rule.strength == Strength::Decides), "{kind}");
    }
}

#[test]
fn marks_name_the_object_and_the_value() {
    let kind = detect(&evidence::of(foreign(Owner::Kind)), SERVER);
    let texts: Vec<_> = kind.marks.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["node cp-1: providerID kind://docker/kind/kind-control-plane (and 2 more)", "DaemonSet kube-system/kindnet",]
    );
    let kubeadm = detect(&kubeadm(), SERVER);
    assert_eq!(kubeadm.marks.first().map(ToString::to_string).unwrap(), "ConfigMap kube-system/kubeadm-config");
}

#[test]
fn a_managed_control_plane_is_recognised_by_its_address_before_it_has_nodes() {
    let mut empty = evidence::bare(&Version::new(1, 34, 2));
    empty.nodes.clear();
    for (server, kind) in [
        ("https://ABC.gr7.eu-west-1.eks.amazonaws.com", ClusterKind::Eks),
        ("https://shop-dns-1.hcp.westeurope.azmk8s.io:443", ClusterKind::Aks),
        ("https://4711.k8s.ondigitalocean.com/", foreign(Owner::ManagedBy(Vendor::DigitalOcean))),
    ] {
        assert_eq!(detect(&empty, server).kind, kind, "{server}");
    }
    assert_eq!(detect(&empty, "https://eks.amazonaws.com.example.org").kind, ClusterKind::HandBuilt);
}

#[test]
fn infrastructure_alone_is_no_mark() {
    for provider_id in [
        "aws:///eu-west-1a/i-0abc",
        "azure:///subscriptions/0",
        "gce://p/z/n",
        "digitalocean://4711",
        "hcloud://1",
        "vsphere://2",
    ] {
        let mut cluster = kubeadm();
        cluster.nodes.iter_mut().for_each(|node| node.provider_id = provider_id.to_owned());
        let detection = detect(&cluster, SERVER);
        assert_eq!((detection.kind, detection.disagreeing.len()), (ClusterKind::Kubeadm, 0), "{provider_id}");
    }
    let mut hidden = evidence::bare(&Version::new(1, 34, 2));
    hidden.nodes.iter_mut().for_each(|node| node.provider_id = "linode://4711".to_owned());
    assert_eq!(detect(&hidden, SERVER).kind, foreign(Owner::ManagedBy(Vendor::Linode)));
}

#[test]
fn eks_distro_under_kubeadm_is_kubeadm_and_with_cluster_api_eks_anywhere() {
    let mut distro = kubeadm();
    distro.git_version = "v1.34.2-eks-7f9249a".to_owned();
    assert_eq!(detect(&distro, SERVER).kind, ClusterKind::Kubeadm);
    distro.nodes[0].annotations.insert("cluster.x-k8s.io/machine".to_owned(), "m".to_owned());
    assert_eq!(detect(&distro, SERVER).kind, foreign(Owner::EksAnywhere));
    // On EC2 Cluster API can drive EKS itself: its owner is the management cluster.
    let mut eks = evidence::of(ClusterKind::Eks);
    eks.nodes[0].annotations.insert("cluster.x-k8s.io/machine".to_owned(), "m".to_owned());
    assert_eq!(detect(&eks, SERVER).kind, foreign(Owner::ClusterApi));
}

#[test]
fn an_aks_engine_cluster_has_its_own_control_plane_and_is_not_aks() {
    let mut engine = evidence::of(ClusterKind::Aks);
    engine.control_plane_pods = kubeadm().control_plane_pods;
    engine.control_plane_pods.iter_mut().for_each(|pod| pod.annotations.clear());
    assert_eq!(detect(&engine, SERVER).kind, ClusterKind::HandBuilt);
}

#[test]
fn one_foreign_node_makes_the_cluster_foreign_and_says_what_disagrees() {
    let mut mixed = kubeadm();
    mixed.nodes[2].kubelet = "v1.34.2+k3s1".to_owned();
    let detection = detect(&mixed, SERVER);
    assert_eq!(detection.kind, foreign(Owner::K3s));
    assert!(detection.disagreeing.iter().any(|mark| mark.found == "ConfigMap kube-system/kubeadm-config"));
    let findings = owned(&detection);
    assert_eq!((findings[0].code, findings[0].severity), (FindingCode::ForeignOwner, Severity::Blocker));
    assert!(findings[0].found.contains("node w-2: kubelet v1.34.2+k3s1"), "{}", findings[0].found);
    assert_eq!(findings[1].severity, Severity::Warning);
}

#[test]
fn a_rancher_agent_owns_k3s_but_only_watches_kubeadm() {
    let agent = || "Namespace//cattle-system".to_owned();
    let mut imported = kubeadm();
    imported.objects.insert(agent());
    assert_eq!(detect(&imported, SERVER).kind, ClusterKind::Kubeadm);
    let mut k3s = evidence::of(foreign(Owner::K3s));
    k3s.objects.insert(agent());
    assert_eq!(detect(&k3s, SERVER).kind, foreign(Owner::Rancher));
}

#[test]
fn kubeadm_is_recognised_even_without_its_config_map() {
    let mut cluster = kubeadm();
    cluster.objects.clear();
    assert_eq!(detect(&cluster, SERVER).kind, ClusterKind::Kubeadm);
}

#[test]
fn providers_follow_kinds_and_overriding_one_is_a_finding() {
    let talos = detect(&evidence::of(foreign(Owner::Talos)), SERVER);
    assert_eq!(talos.provider(), None);
    let finding = overridden(&talos, ProviderKind::Kubeadm).unwrap();
    assert_eq!((finding.code, finding.severity), (FindingCode::ProviderOverridden, Severity::Blocker));
    assert!(finding.remedy.unwrap().contains("talosctl upgrade-k8s"));
    let kubeadm = detect(&kubeadm(), SERVER);
    assert_eq!(overridden(&kubeadm, ProviderKind::Kubeadm), None);
    assert_eq!(overridden(&kubeadm, ProviderKind::Manual).unwrap().severity, Severity::Warning);
    assert_eq!(overridden(&kubeadm, ProviderKind::Eks).unwrap().severity, Severity::Blocker);
}

#[test]
fn declaring_tools_are_named_once() {
    let mut cluster = kubeadm();
    assert_eq!(declared(&cluster), []);
    cluster.managers.extend(["argocd-controller", "argocd-application-controller", "Terraform"].map(str::to_owned));
    let subjects: Vec<_> = declared(&cluster).into_iter().map(|finding| finding.subject).collect();
    assert_eq!(subjects, ["objects of kube-system, by Argo CD", "objects of kube-system, by Terraform"]);
}
