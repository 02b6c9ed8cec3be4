//! The images that kubeadm of a version deploys.

use std::sync::OnceLock;

use upgrade_core::component::Component;
use upgrade_core::facts::Facts;
use upgrade_core::version::{Minor, Version};

/// What kubeadm deployed before the first minor that core's table of images knows: minor, etcd, CoreDNS. From the
/// constants of kubeadm's releases.
const OLDER: [(u16, &str, &str); 5] = [
    (11, "3.2.18", "1.1.3"),
    (12, "3.2.24", "1.2.2"),
    (13, "3.2.24", "1.2.6"),
    (14, "3.3.10", "1.3.1"),
    (15, "3.3.10", "1.3.1"),
];

/// What kubeadm pulls before it upgrades.
pub(crate) const PULLED: [Component; 6] = [
    Component::ApiServer,
    Component::ControllerManager,
    Component::Scheduler,
    Component::KubeProxy,
    Component::CoreDns,
    Component::Etcd,
];

/// The last release that core's table of images speaks of.
const NEWEST_KNOWN: Version = Version::new(1, 37, 0);

/// The registry that kubeadm of that minor takes images from.
pub(crate) fn registry(minor: Minor) -> &'static str {
    if minor < Minor::new(1, 25) { "k8s.gcr.io" } else { "registry.k8s.io" }
}

/// The image of a component, as kubeadm of that version deploys it.
pub(crate) fn image(component: Component, version: &Version) -> String {
    let minor = version.minor();
    let registry = registry(minor);
    match component {
        Component::Etcd => format!("{registry}/etcd:{}", etcd(version)),
        Component::CoreDns => {
            let tag = tags(version).1;
            match minor < Minor::new(1, 21) {
                true => format!("{registry}/coredns:{tag}"),
                false => format!("{registry}/coredns/coredns:v{tag}"),
            }
        }
        Component::ApiServer
        | Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager
        | Component::Kubelet
        | Component::KubeProxy
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => format!("{registry}/{}:{}", component.name(), version.tag()),
    }
}

/// The tag of the etcd image. Images of what came with 1.16 and later count their revisions.
fn etcd(version: &Version) -> String {
    let tag = tags(version).0;
    if version.minor() < Minor::new(1, 16) { tag } else { format!("{tag}-0") }
}

/// The versions of etcd and CoreDNS.
fn tags(version: &Version) -> (String, String) {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    let facts = FACTS.get_or_init(Facts::embedded);
    // A minor later than the table deploys at least what the table's last did.
    let known = facts.images_of(version).or_else(|| facts.images_of(&NEWEST_KNOWN));
    let older = OLDER.iter().find(|row| row.0 == version.minor().minor);
    match (older, known) {
        (Some((_, etcd, coredns)), _) => ((*etcd).to_owned(), (*coredns).to_owned()),
        (None, Some(images)) => (images.etcd.to_string(), images.coredns.to_string()),
        (None, None) => (String::new(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_named_as_their_time_named_them() {
        let named = |component, minor, patch| image(component, &Version::new(1, minor, patch));
        assert_eq!(named(Component::Etcd, 11, 10), "k8s.gcr.io/etcd:3.2.18");
        assert_eq!(named(Component::Etcd, 34, 9), "registry.k8s.io/etcd:3.6.5-0");
        assert_eq!(named(Component::CoreDns, 20, 1), "k8s.gcr.io/coredns:1.7.0");
        assert_eq!(named(Component::CoreDns, 35, 6), "registry.k8s.io/coredns/coredns:v1.13.1");
        assert_eq!(named(Component::KubeProxy, 35, 6), "registry.k8s.io/kube-proxy:v1.35.6");
        for minor in 11..=40 {
            assert!(!named(Component::Etcd, minor, 0).ends_with(':'), "1.{minor}");
        }
    }
}
