//! What a kubelet exits over when it starts.

use upgrade_core::component::Component;
use upgrade_core::facts::Facts;
use upgrade_core::version::{Minor, Version};

use crate::hosts::Host;

/// The files whose arguments the unit gives the kubelet.
const ARGUMENTS: [&str; 2] = ["/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet"];

/// Why a kubelet of that version does not run with the host's configuration; none when it does.
pub(in crate::hosts) fn refused(host: &Host, version: &Version) -> Option<String> {
    let minor = version.minor();
    let texts = ARGUMENTS.iter().filter_map(|path| host.files.text(path));
    let arguments: Vec<String> = texts.flat_map(|text| arguments(&text)).collect();
    if let Some(flag) = removed(Component::Kubelet, minor, &arguments) {
        return Some(format!("failed to parse kubelet flag: unknown flag: {flag}"));
    }
    let Some(config) = host.files.text("/var/lib/kubelet/config.yaml") else {
        return Some("failed to load kubelet config file, path: /var/lib/kubelet/config.yaml".to_owned());
    };
    let allowed = config.lines().any(|line| line.trim() == "failCgroupV1: false");
    if host.cgroup_v1 && minor >= Minor::new(1, 35) && !allowed {
        let why = "kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will \
                   be removed in a future release";
        return Some(format!("failed to validate kubelet configuration, error: {why}"));
    }
    None
}

/// The first flag that a component of that minor no longer takes.
pub(in crate::hosts) fn removed(component: Component, minor: Minor, arguments: &[String]) -> Option<String> {
    thread_local! {
        static FACTS: Facts = Facts::embedded();
    }
    FACTS.with(|facts| {
        let gone: Vec<_> = facts.flags_removed(component, Minor::new(1, 0), minor).collect();
        let found = arguments.iter().find(|argument| gone.iter().any(|flag| flag.matches(argument)))?;
        Some(found.split('=').next().unwrap_or(found).to_owned())
    })
}

/// The arguments in `KUBELET_…ARGS="…"` lines.
fn arguments(text: &str) -> Vec<String> {
    let values = text.lines().filter_map(|line| line.trim().split_once('='));
    let values = values.filter(|(name, _)| name.starts_with("KUBELET_"));
    values
        .flat_map(|(_, value)| {
            value.trim_matches(['"', '\'']).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}
