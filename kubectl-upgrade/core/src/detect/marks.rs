//! The marks each kind leaves: the table behind [`super::detect`].
//!
//! Collected 2026-11-22 from the projects' own code and documents. Provider IDs of infrastructure alone (`aws://`,
//! `azure://`, `openstack://`, `hcloud://`, …) are marks of nothing: every kind runs there.

use super::kind::{ClusterKind, Owner, Vendor};
use super::probe::Probe::{
    self, Annotation, ApiGroup, GitVersion, Kernel, Kubelet, Label, MirrorPods, Object, OsImage, PodAnnotation,
    PodArgument, ProviderId, Server,
};
use crate::inventory::Evidence;

/// When all of these marks are found and none of those, it speaks for the kind.
pub(super) struct Rule {
    pub(super) kind: ClusterKind,
    pub(super) strength: Strength,
    all: &'static [Probe],
    unless: &'static [Probe],
}

/// What a rule is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    /// Its marks are left by this kind alone.
    Decides,
    /// Its marks fit the kind, and others too: shown once something else decided.
    Supports,
}

impl Rule {
    /// What was found, one text for each of its marks; none when the rule does not apply.
    pub(super) fn matched(&self, evidence: &Evidence, server: &str) -> Option<Vec<String>> {
        if self.unless.iter().any(|probe| probe.find(evidence, server).is_some()) {
            return None;
        }
        self.all.iter().map(|probe| probe.find(evidence, server)).collect()
    }

    const fn unless(self, unless: &'static [Probe]) -> Self {
        Self { unless, ..self }
    }
}

const fn decides(kind: ClusterKind, all: &'static [Probe]) -> Rule {
    Rule { kind, strength: Strength::Decides, all, unless: &[] }
}

const fn owner(owner: Owner, all: &'static [Probe]) -> Rule {
    decides(ClusterKind::Foreign(owner), all)
}

const fn vendor(vendor: Vendor, all: &'static [Probe]) -> Rule {
    owner(Owner::ManagedBy(vendor), all)
}

const fn supports(kind: ClusterKind, all: &'static [Probe]) -> Rule {
    Rule { kind, strength: Strength::Supports, all, unless: &[] }
}

const KUBEADM_CONFIG: Probe = Object("ConfigMap/kube-system/kubeadm-config");

/// The table. Rows of one kind stand together, its plainest mark first.
pub(super) const RULES: &[Rule] = &[
    owner(Owner::Vcluster, &[Label("vcluster.loft.sh/fake-node")]),
    owner(Owner::Kind, &[ProviderId("kind://")]),
    supports(ClusterKind::Foreign(Owner::Kind), &[Object("DaemonSet/kube-system/kindnet")]),
    owner(Owner::Minikube, &[Label("minikube.k8s.io/")]),
    // EKS Anywhere: versions as EKS writes them, machines by Cluster API, and no instance of EC2.
    owner(Owner::EksAnywhere, &[ApiGroup("anywhere.eks.amazonaws.com")]),
    owner(Owner::EksAnywhere, &[GitVersion("-eks-"), Annotation("cluster.x-k8s.io/")]).unless(&[
        ProviderId("aws:///"),
        Label("eks.amazonaws.com/"),
        Server(".eks.amazonaws.com"),
    ]),
    vendor(Vendor::Tanzu, &[Label("run.tanzu.vmware.com/")]),
    vendor(Vendor::Tanzu, &[GitVersion("+vmware")]),
    vendor(Vendor::GoogleDistributedCloud, &[ApiGroup("baremetal.cluster.gke.io")]),
    vendor(Vendor::GoogleDistributedCloud, &[ApiGroup("onprem.cluster.gke.io")]),
    owner(Owner::ClusterApi, &[Annotation("cluster.x-k8s.io/")]),
    owner(Owner::OpenShift, &[ApiGroup("config.openshift.io")]),
    owner(Owner::OpenShift, &[Annotation("machineconfiguration.openshift.io/")]),
    supports(ClusterKind::Foreign(Owner::OpenShift), &[Label("node.openshift.io/os_id")]),
    owner(Owner::Rancher, &[Label("plan.upgrade.cattle.io/")]),
    // Rancher upgrades the k3s and RKE2 clusters it imported; of others it only shows the version.
    owner(Owner::Rancher, &[Object("Namespace//cattle-system"), GitVersion("+k3s")]),
    owner(Owner::Rancher, &[Object("Namespace//cattle-system"), GitVersion("+rke2")]),
    vendor(Vendor::DigitalOcean, &[Label("doks.digitalocean.com/")]),
    vendor(Vendor::DigitalOcean, &[Server(".k8s.ondigitalocean.com")]),
    vendor(Vendor::DigitalOcean, &[ProviderId("digitalocean://")]).unless(&[
        KUBEADM_CONFIG,
        MirrorPods,
        GitVersion("+"),
    ]),
    vendor(Vendor::Linode, &[Label("lke.linode.com/")]),
    vendor(Vendor::Linode, &[Server(".linodelke.net")]),
    vendor(Vendor::Linode, &[ProviderId("linode://")]).unless(&[KUBEADM_CONFIG, MirrorPods, GitVersion("+")]),
    vendor(Vendor::Ibm, &[Label("ibm-cloud.kubernetes.io/")]),
    vendor(Vendor::Ibm, &[GitVersion("+IKS")]),
    vendor(Vendor::Ibm, &[ProviderId("ibm://")]).unless(&[KUBEADM_CONFIG, MirrorPods, GitVersion("+")]),
    vendor(Vendor::Oracle, &[Label("oke.oraclecloud.com/")]),
    vendor(Vendor::Oracle, &[ProviderId("ocid1.instance")]).unless(&[KUBEADM_CONFIG, MirrorPods, GitVersion("+")]),
    vendor(Vendor::Gardener, &[Label("worker.gardener.cloud/")]),
    vendor(Vendor::Alibaba, &[GitVersion("-aliyun")]),
    vendor(Vendor::Alibaba, &[Label("alibabacloud.com/nodepool-id")]),
    vendor(Vendor::Tencent, &[GitVersion("-tke.")]),
    vendor(Vendor::Vultr, &[Label("vke.vultr.com/")]),
    vendor(Vendor::Scaleway, &[Label("k8s.scaleway.com/")]),
    vendor(Vendor::Civo, &[Label("kubernetes.civo.com/")]),
    owner(Owner::Rke2, &[GitVersion("+rke2")]),
    owner(Owner::Rke2, &[ProviderId("rke2://")]),
    owner(Owner::Rke2, &[Annotation("rke2.io/")]),
    owner(Owner::Rke2, &[Kubelet("+rke2")]),
    owner(Owner::K3s, &[GitVersion("+k3s")]),
    owner(Owner::K3s, &[ProviderId("k3s://")]),
    owner(Owner::K3s, &[Annotation("k3s.io/")]),
    owner(Owner::K3s, &[Kubelet("+k3s")]),
    // Nodes that Rancher made carry labels of the same prefix whatever runs on them; the annotations are rke's own.
    owner(Owner::Rke1, &[Annotation("rke.cattle.io/")]).unless(&[GitVersion("+rke2"), GitVersion("+k3s")]),
    owner(Owner::Rke1, &[Object("ConfigMap/kube-system/full-cluster-state")]),
    owner(Owner::K0s, &[GitVersion("+k0s")]),
    owner(Owner::K0s, &[Label("node.k0sproject.io/")]),
    owner(Owner::K0s, &[ApiGroup("autopilot.k0sproject.io")]),
    owner(Owner::K0s, &[Kubelet("+k0s")]),
    owner(Owner::MicroK8s, &[Label("microk8s.io/cluster")]),
    owner(Owner::MicroK8s, &[Label("node.kubernetes.io/microk8s-")]),
    owner(Owner::Talos, &[OsImage("Talos (")]),
    owner(Owner::Talos, &[Kernel("-talos")]),
    owner(Owner::Kops, &[Label("kops.k8s.io/")]),
    owner(Owner::Kops, &[Object("DaemonSet/kube-system/kops-controller")]),
    // kubespray keeps its certificates where no one else does; its two add-ons alone could be anyone's.
    owner(Owner::Kubespray, &[PodArgument("/etc/kubernetes/ssl/")]),
    owner(
        Owner::Kubespray,
        &[Object("DaemonSet/kube-system/nodelocaldns"), Object("Deployment/kube-system/dns-autoscaler")],
    ),
    decides(ClusterKind::Eks, &[Label("eks.amazonaws.com/")]),
    decides(ClusterKind::Eks, &[Server(".eks.amazonaws.com")]),
    // kubeadm can run the same builds: EKS Distro.
    decides(ClusterKind::Eks, &[GitVersion("-eks-")]).unless(&[KUBEADM_CONFIG, MirrorPods]),
    supports(ClusterKind::Eks, &[Object("DaemonSet/kube-system/aws-node")]),
    decides(ClusterKind::Gke, &[GitVersion("-gke.")]),
    decides(ClusterKind::Gke, &[Label("cloud.google.com/gke-nodepool")]),
    decides(ClusterKind::Aks, &[Server(".azmk8s.io")]),
    // Clusters of the older aks-engine have the label too, and a control plane of their own.
    decides(ClusterKind::Aks, &[Label("kubernetes.azure.com/cluster"), ProviderId("azure:///")]).unless(&[MirrorPods]),
    supports(ClusterKind::Aks, &[Object("DaemonSet/kube-system/cloud-node-manager")]),
    decides(ClusterKind::Kubeadm, &[KUBEADM_CONFIG]),
    decides(ClusterKind::Kubeadm, &[PodAnnotation("kubeadm.kubernetes.io/")]),
    // Only where kubeadm up to 1.33 touched the node last.
    supports(ClusterKind::Kubeadm, &[Annotation("kubeadm.alpha.kubernetes.io/cri-socket")]),
    supports(ClusterKind::Kubeadm, &[MirrorPods]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_of_the_lists_that_an_observation_reads() {
        let listed = ["ConfigMap/kube-system/", "DaemonSet/kube-system/", "Deployment/kube-system/", "Namespace//"];
        for probe in RULES.iter().flat_map(|rule| rule.all.iter().chain(rule.unless)) {
            if let Object(key) = probe {
                assert!(listed.iter().any(|list| key.starts_with(list)), "{key}");
            }
        }
    }

    #[test]
    fn every_rule_asks_for_something() {
        assert!(RULES.iter().all(|rule| !rule.all.is_empty()));
    }
}
