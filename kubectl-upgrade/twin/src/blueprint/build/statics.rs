//! The command lines of the control plane's static pods, as kubeadm writes them.

use upgrade_core::component::Component;
use upgrade_core::version::{Minor, Version};

use crate::blueprint::Machine;

/// The components that run as static pods on every host of the control plane.
pub(super) const COMPONENTS: [Component; 4] =
    [Component::Etcd, Component::ApiServer, Component::ControllerManager, Component::Scheduler];

/// The command line of a component on a host.
pub(super) fn command(component: Component, machine: &Machine, version: &Version) -> Vec<String> {
    let address = &machine.address;
    match component {
        Component::Etcd => vec![
            "etcd".to_owned(),
            format!("--advertise-client-urls=https://{address}:2379"),
            "--cert-file=/etc/kubernetes/pki/etcd/server.crt".to_owned(),
            "--client-cert-auth=true".to_owned(),
            "--data-dir=/var/lib/etcd".to_owned(),
            "--key-file=/etc/kubernetes/pki/etcd/server.key".to_owned(),
            format!("--listen-client-urls=https://127.0.0.1:2379,https://{address}:2379"),
            format!("--name={}", machine.name),
            "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt".to_owned(),
            "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt".to_owned(),
        ],
        Component::ApiServer => vec![
            "kube-apiserver".to_owned(),
            format!("--advertise-address={address}"),
            "--allow-privileged=true".to_owned(),
            "--authorization-mode=Node,RBAC".to_owned(),
            "--client-ca-file=/etc/kubernetes/pki/ca.crt".to_owned(),
            "--enable-admission-plugins=NodeRestriction".to_owned(),
            "--enable-bootstrap-token-auth=true".to_owned(),
            "--etcd-servers=https://127.0.0.1:2379".to_owned(),
            "--secure-port=6443".to_owned(),
            "--service-cluster-ip-range=10.96.0.0/12".to_owned(),
            "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt".to_owned(),
            "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key".to_owned(),
        ],
        Component::ControllerManager => component_line("kube-controller-manager", version),
        Component::Scheduler => component_line("kube-scheduler", version),
        Component::CloudControllerManager
        | Component::Kubelet
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => Vec::new(),
    }
}

fn component_line(name: &str, version: &Version) -> Vec<String> {
    let file = name.trim_start_matches("kube-");
    // Before, these listened on `--address`.
    let bind = if version.minor() < Minor::new(1, 13) { "--address" } else { "--bind-address" };
    vec![
        name.to_owned(),
        format!("{bind}=127.0.0.1"),
        format!("--kubeconfig=/etc/kubernetes/{file}.conf"),
        "--leader-elect=true".to_owned(),
    ]
}
