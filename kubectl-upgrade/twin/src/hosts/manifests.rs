//! The manifests of static pods, as kubeadm of a version writes them.

use upgrade_core::component::Component;
use upgrade_core::version::{Minor, Version};

use crate::blueprint::images;

/// The components that kubeadm runs as static pods, in the order in which it upgrades them.
pub(super) const COMPONENTS: [Component; 4] =
    [Component::Etcd, Component::ApiServer, Component::ControllerManager, Component::Scheduler];

/// Whose manifest it is to be.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) node: String,
    pub(super) address: String,
}

/// A component's name as its manifest and pod carry it.
pub(super) const fn name(component: Component) -> &'static str {
    match component {
        Component::Etcd => "etcd",
        Component::ApiServer => "kube-apiserver",
        Component::ControllerManager => "kube-controller-manager",
        _ => "kube-scheduler",
    }
}

/// The manifest of a component.
pub(super) fn manifest(component: Component, owner: &Owner, version: &Version) -> String {
    let minor = version.minor();
    let name = name(component);
    let mut text = "apiVersion: v1\nkind: Pod\nmetadata:\n".to_owned();
    if let Some(annotation) = annotation(component, owner, minor) {
        text.push_str(&format!("  annotations:\n    {annotation}\n"));
    }
    if minor < Minor::new(1, 34) {
        text.push_str("  creationTimestamp: null\n");
    }
    text.push_str(&format!("  labels:\n    component: {name}\n    tier: control-plane\n  name: {name}\n"));
    text.push_str("  namespace: kube-system\nspec:\n  containers:\n  - command:\n");
    for word in command(component, owner, version) {
        text.push_str(&format!("    - {word}\n"));
    }
    text.push_str(&format!("    image: {}\n    imagePullPolicy: IfNotPresent\n", images::image(component, version)));
    text.push_str(&probes(component, owner, minor));
    text.push_str(&mounts(component));
    text.push_str("  hostNetwork: true\n");
    if minor >= Minor::new(1, 24) {
        text.push_str("  priority: 2000001000\n");
    }
    let priority = if minor >= Minor::new(1, 20) { "node" } else { "cluster" };
    text.push_str(&format!("  priorityClassName: system-{priority}-critical\n"));
    if minor >= Minor::new(1, 22) {
        text.push_str("  securityContext:\n    seccompProfile:\n      type: RuntimeDefault\n");
    }
    text.push_str(&volumes(component));
    text.push_str("status: {}\n");
    text
}

fn annotation(component: Component, owner: &Owner, minor: Minor) -> Option<String> {
    if minor < Minor::new(1, 18) {
        return None;
    }
    let (key, port) = match component {
        Component::Etcd => ("etcd.advertise-client-urls: https://", 2379),
        Component::ApiServer => ("kube-apiserver.advertise-address.endpoint: ", 6443),
        _ => return None,
    };
    Some(format!("kubeadm.kubernetes.io/{key}{}:{port}", owner.address))
}

fn command(component: Component, owner: &Owner, version: &Version) -> Vec<String> {
    let address = &owner.address;
    let words = match component {
        Component::Etcd => etcd(owner, version),
        Component::ApiServer => api_server(address, version.minor()),
        Component::ControllerManager => lines(CONTROLLER_MANAGER, version.minor()),
        _ => lines(SCHEDULER, version.minor()),
    };
    std::iter::once(name(component).to_owned()).chain(words).collect()
}

fn lines(text: &str, minor: Minor) -> Vec<String> {
    // Before, these listened on `--address`.
    let bind = if minor < Minor::new(1, 13) { "--address" } else { "--bind-address" };
    text.lines().map(|line| line.replace("--bind-address", bind)).collect()
}

fn etcd(owner: &Owner, version: &Version) -> Vec<String> {
    let Owner { node, address } = owner;
    let modern = version.minor() >= Minor::new(1, 34);
    let mut words = vec![
        format!("--advertise-client-urls=https://{address}:2379"),
        "--cert-file=/etc/kubernetes/pki/etcd/server.crt".to_owned(),
        "--client-cert-auth=true".to_owned(),
        "--data-dir=/var/lib/etcd".to_owned(),
    ];
    if modern {
        words.push("--feature-gates=InitialCorruptCheck=true".to_owned());
    } else if version.minor() >= Minor::new(1, 23) {
        words.push("--experimental-initial-corrupt-check=true".to_owned());
        words.push("--experimental-watch-progress-notify-interval=5s".to_owned());
    }
    words.extend([
        format!("--initial-advertise-peer-urls=https://{address}:2380"),
        format!("--initial-cluster={node}=https://{address}:2380"),
        "--key-file=/etc/kubernetes/pki/etcd/server.key".to_owned(),
        format!("--listen-client-urls=https://127.0.0.1:2379,https://{address}:2379"),
        "--listen-metrics-urls=http://127.0.0.1:2381".to_owned(),
        format!("--listen-peer-urls=https://{address}:2380"),
        format!("--name={node}"),
        "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt".to_owned(),
        "--peer-client-cert-auth=true".to_owned(),
        "--peer-key-file=/etc/kubernetes/pki/etcd/peer.key".to_owned(),
        "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt".to_owned(),
        "--snapshot-count=10000".to_owned(),
        "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt".to_owned(),
    ]);
    if modern {
        words.push("--watch-progress-notify-interval=5s".to_owned());
    }
    words
}

fn api_server(address: &str, minor: Minor) -> Vec<String> {
    let mut words = vec![format!("--advertise-address={address}")];
    words.extend(API_SERVER.lines().map(str::to_owned));
    // The port without TLS was closed by hand until it went.
    if minor < Minor::new(1, 20) {
        words.push("--insecure-port=0".to_owned());
    }
    if minor >= Minor::new(1, 20) {
        words.push("--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned());
        words.push("--service-account-signing-key-file=/etc/kubernetes/pki/sa.key".to_owned());
    }
    words.sort();
    words
}

const API_SERVER: &str = "\
--allow-privileged=true
--authorization-mode=Node,RBAC
--client-ca-file=/etc/kubernetes/pki/ca.crt
--enable-admission-plugins=NodeRestriction
--enable-bootstrap-token-auth=true
--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt
--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt
--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key
--etcd-servers=https://127.0.0.1:2379
--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt
--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key
--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt
--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key
--requestheader-allowed-names=front-proxy-client
--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt
--requestheader-extra-headers-prefix=X-Remote-Extra-
--requestheader-group-headers=X-Remote-Group
--requestheader-username-headers=X-Remote-User
--secure-port=6443
--service-account-key-file=/etc/kubernetes/pki/sa.pub
--service-cluster-ip-range=10.96.0.0/12
--tls-cert-file=/etc/kubernetes/pki/apiserver.crt
--tls-private-key-file=/etc/kubernetes/pki/apiserver.key";

const CONTROLLER_MANAGER: &str = "\
--allocate-node-cidrs=true
--authentication-kubeconfig=/etc/kubernetes/controller-manager.conf
--authorization-kubeconfig=/etc/kubernetes/controller-manager.conf
--bind-address=127.0.0.1
--client-ca-file=/etc/kubernetes/pki/ca.crt
--cluster-cidr=10.244.0.0/16
--cluster-name=kubernetes
--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt
--cluster-signing-key-file=/etc/kubernetes/pki/ca.key
--controllers=*,bootstrapsigner,tokencleaner
--kubeconfig=/etc/kubernetes/controller-manager.conf
--leader-elect=true
--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt
--root-ca-file=/etc/kubernetes/pki/ca.crt
--service-account-private-key-file=/etc/kubernetes/pki/sa.key
--service-cluster-ip-range=10.96.0.0/12
--use-service-account-credentials=true";

const SCHEDULER: &str = "\
--authentication-kubeconfig=/etc/kubernetes/scheduler.conf
--authorization-kubeconfig=/etc/kubernetes/scheduler.conf
--bind-address=127.0.0.1
--kubeconfig=/etc/kubernetes/scheduler.conf
--leader-elect=true";

/// Probes and resources, with the container's name between them.
fn probes(component: Component, owner: &Owner, minor: Minor) -> String {
    let (host, scheme, number, cpu) = match component {
        Component::Etcd => ("127.0.0.1", "HTTP", 2381, "100m"),
        Component::ApiServer => (owner.address.as_str(), "HTTPS", 6443, "250m"),
        Component::ControllerManager => ("127.0.0.1", "HTTPS", 10257, "200m"),
        _ => ("127.0.0.1", "HTTPS", 10259, "100m"),
    };
    let named = minor >= Minor::new(1, 34);
    let port = if named { "probe-port".to_owned() } else { number.to_string() };
    let probe = |kind: &str, path: &str, threshold: u8, delay: bool| {
        let delays = if delay { "      initialDelaySeconds: 10\n" } else { "" };
        let period = if delay { 10 } else { 1 };
        format!(
            "    {kind}:\n      failureThreshold: {threshold}\n      httpGet:\n        host: {host}\n        path: {path}\n        \
             port: {port}\n        scheme: {scheme}\n{delays}      periodSeconds: {period}\n      timeoutSeconds: 15\n"
        )
    };
    let (live, startup) = match component {
        Component::Etcd => ("/livez", "/readyz"),
        Component::ControllerManager => ("/healthz", "/healthz"),
        _ => ("/livez", "/livez"),
    };
    let mut text = probe("livenessProbe", live, 8, true);
    text.push_str(&format!("    name: {}\n", name(component)));
    if named {
        text.push_str(&format!(
            "    ports:\n    - containerPort: {number}\n      name: probe-port\n      protocol: TCP\n"
        ));
    }
    if component != Component::ControllerManager {
        text.push_str(&probe("readinessProbe", "/readyz", 3, false));
    }
    text.push_str(&format!("    resources:\n      requests:\n        cpu: {cpu}\n"));
    if component == Component::Etcd {
        text.push_str("        memory: 100Mi\n");
    }
    text.push_str(&probe("startupProbe", startup, 24, true));
    text
}

/// What a component mounts from its host: path, name, kind, and whether it only reads.
fn hosted(component: Component) -> &'static [(&'static str, &'static str, &'static str, bool)] {
    const DIRECTORY: &str = "DirectoryOrCreate";
    const FILE: &str = "FileOrCreate";
    const PKI: (&str, &str, &str, bool) = ("/etc/kubernetes/pki", "k8s-certs", DIRECTORY, true);
    const CA: (&str, &str, &str, bool) = ("/etc/ssl/certs", "ca-certs", DIRECTORY, true);
    match component {
        Component::Etcd => &[
            ("/var/lib/etcd", "etcd-data", DIRECTORY, false),
            ("/etc/kubernetes/pki/etcd", "etcd-certs", DIRECTORY, false),
        ],
        Component::ApiServer => &[CA, PKI],
        Component::ControllerManager => &[
            CA,
            ("/usr/libexec/kubernetes/kubelet-plugins/volume/exec", "flexvolume-dir", DIRECTORY, false),
            PKI,
            ("/etc/kubernetes/controller-manager.conf", "kubeconfig", FILE, true),
        ],
        _ => &[("/etc/kubernetes/scheduler.conf", "kubeconfig", FILE, true)],
    }
}

fn mounts(component: Component) -> String {
    let mut text = "    volumeMounts:\n".to_owned();
    for (path, name, _, read_only) in hosted(component) {
        let read_only = if *read_only { "      readOnly: true\n" } else { "" };
        text.push_str(&format!("    - mountPath: {path}\n      name: {name}\n{read_only}"));
    }
    text
}

fn volumes(component: Component) -> String {
    let mut text = "  volumes:\n".to_owned();
    for (path, name, kind, _) in hosted(component) {
        text.push_str(&format!("  - hostPath:\n      path: {path}\n      type: {kind}\n    name: {name}\n"));
    }
    text
}
