//! What to tell someone whose cluster another tool owns.

use super::kind::{Owner, Vendor};

/// Who an owner is and how its upgrade is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The name shown.
    pub name: &'static str,
    /// Why such a cluster must not be upgraded past its owner.
    pub why: &'static str,
    /// How the upgrade is done there; a command where there is one.
    pub how: &'static str,
}

impl Ownership {
    const fn new(name: &'static str, why: &'static str, how: &'static str) -> Self {
        Self { name, why, how }
    }

    /// What there is to say about an owner.
    #[must_use]
    pub const fn of(owner: Owner) -> Self {
        match owner {
            Owner::K3s => Self::new(
                "k3s",
                "control plane and kubelet are one binary",
                "run the k3s install script with INSTALL_K3S_VERSION on each server, then on each agent",
            ),
            Owner::Rke2 => Self::new(
                "RKE2",
                "RKE2 writes the static pods and runs the kubelet itself",
                "run the RKE2 install script with INSTALL_RKE2_VERSION on each server, then each agent, restarting the \
                 service after each",
            ),
            Owner::Rke1 => Self::new(
                "RKE",
                "the control plane runs in Docker containers that rke creates from cluster.yml",
                "set kubernetes_version in cluster.yml, then: rke up",
            ),
            Owner::K0s => Self::new(
                "k0s",
                "control plane and kubelet come from one binary",
                "set spec.k0s.version in k0sctl.yaml, then: k0sctl apply",
            ),
            Owner::MicroK8s => Self::new(
                "MicroK8s",
                "the whole node is one snap",
                "on one node after another: snap refresh microk8s --channel=1.NN/stable",
            ),
            Owner::Talos => Self::new(
                "Talos",
                "hosts have no shell and no packages; Talos writes the static pods",
                "talosctl upgrade-k8s --to VERSION",
            ),
            Owner::Kops => Self::new(
                "kOps",
                "kOps holds the versions in its state store and replaces instances",
                "kops upgrade cluster --yes, kops update cluster --yes, kops rolling-update cluster --yes",
            ),
            Owner::ClusterApi => Self::new(
                "Cluster API",
                "the management cluster holds the versions and replaces machines",
                "in the management cluster set spec.version of the KubeadmControlPlane, then spec.template.spec.version \
                 of each MachineDeployment; with a ClusterClass set spec.topology.version of the Cluster",
            ),
            Owner::OpenShift => Self::new(
                "OpenShift",
                "the cluster version operator holds every component at its release",
                "oc adm upgrade --to VERSION",
            ),
            Owner::Kubespray => Self::new(
                "kubespray",
                "the inventory holds the versions and the playbooks would put them back",
                "ansible-playbook -b -i INVENTORY upgrade-cluster.yml -e kube_version=VERSION",
            ),
            Owner::EksAnywhere => Self::new(
                "EKS Anywhere",
                "its controllers hold the versions and replace machines",
                "set kubernetesVersion in the cluster's file, then: eksctl anywhere upgrade cluster -f FILE",
            ),
            Owner::Vcluster => Self::new(
                "vcluster",
                "the control plane is a workload of the host cluster and the nodes are not real",
                "change the control plane's version in vcluster.yaml, then: vcluster create NAME --upgrade -f vcluster.yaml",
            ),
            Owner::Kind => Self::new(
                "kind",
                "the version is baked into the node image",
                "kind delete cluster, then kind create cluster --image kindest/node:vVERSION",
            ),
            Owner::Minikube => Self::new(
                "minikube",
                "minikube writes the kubeadm configuration anew at each start",
                "minikube start --kubernetes-version VERSION",
            ),
            Owner::Rancher => Self::new(
                "Rancher",
                "plans of its system-upgrade-controller hold the versions",
                "in Rancher change the cluster's Kubernetes version; without Rancher set spec.version of the \
                 plans.upgrade.cattle.io",
            ),
            Owner::ManagedBy(vendor) => managed(vendor),
        }
    }
}

const fn managed(vendor: Vendor) -> Ownership {
    let how = match vendor {
        Vendor::DigitalOcean => "doctl kubernetes cluster upgrade CLUSTER --version VERSION",
        Vendor::Linode => "linode-cli lke cluster-update CLUSTER --k8s_version 1.NN, then recycle the pools",
        Vendor::Ibm => "ibmcloud ks cluster master update --cluster CLUSTER --version VERSION, then the workers",
        Vendor::Oracle => "oci ce cluster update --cluster-id ID --kubernetes-version VERSION, then the node pools",
        Vendor::Gardener => "set spec.kubernetes.version of the Shoot in the garden cluster",
        Vendor::GoogleDistributedCloud => "bmctl upgrade cluster, or gkectl upgrade cluster on VMware",
        Vendor::Alibaba => "upgrade the cluster, then its node pools, in the service's console",
        Vendor::Tencent => "upgrade the cluster, then its nodes, in the service's console",
        Vendor::Vultr => "vultr-cli kubernetes upgrades start CLUSTER --version VERSION",
        Vendor::Scaleway => "scw k8s cluster upgrade CLUSTER version=VERSION upgrade-pools=true",
        Vendor::Civo => "civo kubernetes upgrade CLUSTER --version VERSION",
        Vendor::Tanzu => "set the version of the cluster in the supervisor or management cluster",
    };
    Ownership::new(vendor.name(), "the vendor runs the control plane and holds its version", how)
}
