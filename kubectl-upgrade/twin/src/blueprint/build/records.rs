//! What kubeadm writes down in a cluster: its own configuration, and that of kubelets, kube-proxy and CoreDNS.

use serde_json::{Value, json};
use upgrade_core::version::Minor;

use crate::blueprint::{Blueprint, images};

/// The ConfigMaps of a cluster built by kubeadm.
pub(super) fn config_maps(blueprint: &Blueprint) -> Vec<Value> {
    let minor = blueprint.version.minor();
    let system = |name: &str, data: Value| config_map("kube-system", name, data);
    vec![
        system("kubeadm-config", kubeadm(blueprint)),
        system(&kubelet_name(minor), json!({ "kubelet": kubelet_config(minor) })),
        system("kube-proxy", json!({ "config.conf": KUBE_PROXY, "kubeconfig.conf": kubeconfig(blueprint) })),
        coredns(minor),
        config_map("kube-public", "cluster-info", json!({ "kubeconfig": cluster_info(blueprint) })),
    ]
}

/// The ConfigMap with the Corefile.
pub(super) fn coredns(minor: Minor) -> Value {
    config_map("kube-system", "coredns", json!({ "Corefile": corefile(minor) }))
}

/// The name of the ConfigMap with the kubelets' configuration.
pub(super) fn kubelet_name(minor: Minor) -> String {
    if minor < Minor::new(1, 24) { format!("kubelet-config-{minor}") } else { "kubelet-config".to_owned() }
}

/// The version of kubeadm's configuration that kubeadm of that minor writes.
pub(super) fn kubeadm_api(minor: Minor) -> &'static str {
    match minor.minor {
        ..=11 => "kubeadm.k8s.io/v1alpha2",
        12 => "kubeadm.k8s.io/v1alpha3",
        13..=14 => "kubeadm.k8s.io/v1beta1",
        15..=21 => "kubeadm.k8s.io/v1beta2",
        22..=30 => "kubeadm.k8s.io/v1beta3",
        31.. => "kubeadm.k8s.io/v1beta4",
    }
}

fn config_map(namespace: &str, name: &str, data: Value) -> Value {
    json!({ "metadata": { "name": name, "namespace": namespace }, "data": data })
}

fn kubeadm(blueprint: &Blueprint) -> Value {
    let minor = blueprint.version.minor();
    let kind = if minor < Minor::new(1, 12) { "MasterConfiguration" } else { "ClusterConfiguration" };
    let endpoint = match endpoint(blueprint) {
        // The old form knows no shared address but for those who ask for one.
        _ if minor < Minor::new(1, 12) => String::new(),
        endpoint => format!("controlPlaneEndpoint: {endpoint}\n"),
    };
    let text = format!(
        "apiServer: {{}}\napiVersion: {api}\ncertificatesDir: /etc/kubernetes/pki\nclusterName: kubernetes\n{endpoint}\
         controllerManager: {{}}\ndns: {{}}\netcd:\n  local:\n    dataDir: /var/lib/etcd\n\
         imageRepository: {registry}\nkind: {kind}\nkubernetesVersion: {version}\nnetworking:\n  \
         dnsDomain: cluster.local\n  podSubnet: 10.244.0.0/16\n  serviceSubnet: 10.96.0.0/12\nscheduler: {{}}\n",
        api = kubeadm_api(minor),
        registry = images::registry(minor),
        version = blueprint.version.tag(),
    );
    let mut data = json!({ kind: text });
    // kubeadm's constants: from 1.12 until 1.21 the ConfigMap also lists the endpoints.
    if (Minor::new(1, 12)..Minor::new(1, 22)).contains(&minor) {
        let hosts = blueprint.machines.iter().filter(|machine| machine.control_plane);
        let each =
            hosts.map(|host| format!("  {}:\n    advertiseAddress: {}\n    bindPort: 6443\n", host.name, host.address));
        let status = format!(
            "apiEndpoints:\n{}apiVersion: {}\nkind: ClusterStatus\n",
            each.collect::<String>(),
            kubeadm_api(minor)
        );
        crate::json::set(&mut data, &["ClusterStatus"], status);
    }
    data
}

/// The address that clients use: of the one host, or of the balancer before several.
fn endpoint(blueprint: &Blueprint) -> String {
    let mut hosts = blueprint.machines.iter().filter(|machine| machine.control_plane);
    match (hosts.next(), hosts.next()) {
        (Some(only), None) => format!("{}:6443", only.address),
        (Some(_), Some(_)) | (None, _) => "k8s-api:6443".to_owned(),
    }
}

fn cluster_info(blueprint: &Blueprint) -> String {
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    server: https://{}\n  name: \"\"\ncontexts: null\n\
         current-context: \"\"\nkind: Config\npreferences: {{}}\nusers: null\n",
        endpoint(blueprint)
    )
}

fn kubeconfig(blueprint: &Blueprint) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    \
         certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt\n    server: https://{}\n  \
         name: default\ncontexts:\n- context:\n    cluster: default\n    namespace: default\n    user: default\n  \
         name: default\ncurrent-context: default\nusers:\n- name: default\n  user:\n    \
         tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token\n",
        endpoint(blueprint)
    )
}

/// The kubelets' configuration as the cluster keeps it. From 1.27 on it has a field for the runtime's endpoint.
pub(crate) fn kubelet_config(minor: Minor) -> String {
    let endpoint = if minor < Minor::new(1, 27) { "" } else { "containerRuntimeEndpoint: \"\"\n" };
    KUBELET.replace("healthzBindAddress", &format!("{endpoint}healthzBindAddress"))
}

const KUBELET: &str = "\
apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
healthzBindAddress: 127.0.0.1
healthzPort: 10248
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
";

const KUBE_PROXY: &str = "\
apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clientConnection:
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: 10.244.0.0/16
kind: KubeProxyConfiguration
mode: \"\"
";

fn corefile(minor: Minor) -> String {
    // CoreDNS 1.5 took the plugin `proxy` away.
    let upstream = if minor < Minor::new(1, 16) { "proxy" } else { "forward" };
    format!(
        ".:53 {{\n    errors\n    health\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa {{\n       \
         pods insecure\n       fallthrough in-addr.arpa ip6.arpa\n       ttl 30\n    }}\n    prometheus :9153\n    \
         {upstream} . /etc/resolv.conf\n    cache 30\n    loop\n    reload\n    loadbalance\n}}\n"
    )
}
