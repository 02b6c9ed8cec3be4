//! How each component is known to be healthy on its own host, by the flags it was given.

use crate::component::Component;
use crate::components::Part;
use crate::plan::{EtcdClient, Health};

/// Its own health endpoint; its unit where it has none that can be known.
pub(super) fn of(part: &Part) -> Health {
    match part.component {
        Component::ApiServer => secure(part, "6443", "readyz"),
        Component::ControllerManager => secure(part, "10257", "healthz"),
        Component::Scheduler => secure(part, "10259", "healthz"),
        Component::Etcd => Health::Etcd(member(part)),
        // Their ports may be turned off in configuration files; the kubelet's Node says more.
        Component::CloudControllerManager
        | Component::Kubelet
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => Health::Unit,
    }
}

fn secure(part: &Part, port: &str, path: &str) -> Health {
    let port = part.flag("secure-port").unwrap_or(port);
    let address = match part.flag("bind-address") {
        None | Some("0.0.0.0" | "::" | "") => "127.0.0.1".to_owned(),
        Some(address) if address.contains(':') => format!("[{address}]"),
        Some(address) => address.to_owned(),
    };
    Health::Url(format!("https://{address}:{port}/{path}"))
}

/// The member on its own host, with the certificate it serves with: members know each other by it, too.
pub(super) fn member(part: &Part) -> EtcdClient {
    let file = |names: [&str; 2]| names.iter().find_map(|name| part.flag(name)).map(str::to_owned);
    let urls = part.flag("advertise-client-urls").or_else(|| part.flag("listen-client-urls"));
    let endpoint = urls.and_then(|urls| urls.split(',').next()).unwrap_or("http://127.0.0.1:2379");
    EtcdClient {
        endpoint: endpoint.to_owned(),
        cacert: file(["trusted-ca-file", "peer-trusted-ca-file"]),
        cert: file(["cert-file", "peer-cert-file"]),
        key: file(["key-file", "peer-key-file"]),
    }
}
