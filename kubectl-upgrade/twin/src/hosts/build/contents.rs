//! What is in a host's files.

use upgrade_core::version::{Minor, Version};

use super::Origin;

use crate::blueprint::{self, Machine, OperatingSystem, images};
use crate::hosts::files::Entry;
use crate::hosts::manifests::{COMPONENTS, Owner, manifest, name};

type Put = Vec<(String, Entry)>;

/// The files that hosts of a kind share.
pub(super) fn common(origin: &Origin, machine: &Machine, now: i64) -> Put {
    let mut put = system(machine, now);
    let mut file = |path: &str, text: &str, mode: u32| put.push((path.to_owned(), Entry::file(text, mode, now)));
    file("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=\n", 0o644);
    file("/etc/apt/keyrings/kubernetes-apt-keyring.gpg", "(a key)\n", 0o644);
    file("/etc/kubernetes/pki/ca.crt", CERTIFICATE, 0o644);
    file("/var/lib/kubelet/config.yaml", &kubelet_config(machine.kubelet.minor()), 0o644);
    file("/var/lib/kubelet/kubeadm-flags.env", &flags(&machine.kubelet), 0o644);
    if machine.kubelet.minor() >= Minor::new(1, 34) {
        file("/var/lib/kubelet/instance-config.yaml", INSTANCE, 0o644);
    }
    if machine.sources.is_empty() {
        let (path, text) = kubernetes_source(&machine.kubeadm, origin.packages.per_minor);
        file(path, &text, 0o644);
    }
    for directory in ["/etc/kubernetes/manifests", "/var/lib/kubelet/pki"] {
        put.push((directory.to_owned(), Entry::directory(0o755, now)));
    }
    if machine.control_plane {
        control_plane(&mut put, now);
    }
    put
}

/// What every host has, whoever built its cluster.
pub(super) fn system(machine: &Machine, now: i64) -> Put {
    let mut put = Put::new();
    let mut file = |path: &str, text: &str, mode: u32| put.push((path.to_owned(), Entry::file(text, mode, now)));
    file("/etc/os-release", os_release(machine.os), 0o644);
    file("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", 0o444);
    file("/usr/lib/apt/apt-helper", "", 0o755);
    match machine.os {
        OperatingSystem::Debian12 => {
            file("/etc/apt/sources.list", "deb http://deb.debian.org/debian bookworm main\n", 0o644);
        }
        OperatingSystem::Ubuntu2404 => {
            file("/etc/apt/sources.list", "# See /etc/apt/sources.list.d/ubuntu.sources.\n", 0o644);
            file("/etc/apt/sources.list.d/ubuntu.sources", UBUNTU, 0o644);
        }
    }
    for directory in ["/sys/fs/cgroup", "/var/lib", "/tmp", "/run", "/root"] {
        put.push((directory.to_owned(), Entry::directory(0o755, now)));
    }
    put
}

fn control_plane(put: &mut Put, now: i64) {
    let pki = "/etc/kubernetes/pki";
    for name in [
        "apiserver-etcd-client",
        "apiserver-kubelet-client",
        "apiserver",
        "ca",
        "front-proxy-ca",
        "front-proxy-client",
        "etcd/ca",
        "etcd/healthcheck-client",
        "etcd/peer",
        "etcd/server",
    ] {
        put.push((format!("{pki}/{name}.crt"), Entry::file(CERTIFICATE, 0o644, now)));
        put.push((format!("{pki}/{name}.key"), Entry::file("(a key)\n", 0o600, now)));
    }
    put.push((format!("{pki}/sa.key"), Entry::file("(a key)\n", 0o600, now)));
    put.push((format!("{pki}/sa.pub"), Entry::file("(a key)\n", 0o600, now)));
    for name in ["admin", "controller-manager", "scheduler", "super-admin"] {
        put.push((format!("/etc/kubernetes/{name}.conf"), Entry::file("(a kubeconfig)\n", 0o600, now)));
    }
    let data = "/var/lib/etcd";
    put.push((data.to_owned(), Entry::directory(0o700, now)));
    put.push((format!("{data}/member/snap/db"), Entry::sized(16_801_792, 0o600, now)));
    put.push((format!("{data}/member/wal/0.tmp"), Entry::sized(64_000_000, 0o600, now)));
    let wal = format!("{data}/member/wal/0000000000000000-0000000000000000.wal");
    put.push((wal, Entry::sized(64_000_000, 0o600, now)));
}

/// The files that each host has of its own.
pub(super) fn own(origin: &Origin, machine: &Machine, now: i64) -> Put {
    let mut put = vec![("/etc/hostname".to_owned(), Entry::file(format!("{}\n", machine.name), 0o644, now))];
    put.push(("/etc/kubernetes/kubelet.conf".to_owned(), Entry::file("(a kubeconfig)\n", 0o600, now)));
    for source in &machine.sources {
        let text: String = source.lines.iter().map(|line| format!("{line}\n")).collect();
        put.push((source.path.clone(), Entry::file(text, 0o644, now)));
    }
    if machine.control_plane {
        let version = machine.static_pods.as_ref().unwrap_or(&origin.version);
        let owner = Owner { node: machine.name.clone(), address: machine.address.clone() };
        for component in COMPONENTS {
            let text = manifest(component, &owner, version);
            put.push((format!("/etc/kubernetes/manifests/{}.yaml", name(component)), Entry::file(text, 0o600, now)));
        }
    }
    put
}

pub(super) fn os_release(os: OperatingSystem) -> &'static str {
    match os {
        OperatingSystem::Debian12 => {
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
             VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"
        }
        OperatingSystem::Ubuntu2404 => {
            "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\n\
             VERSION=\"24.04.1 LTS (Noble Numbat)\"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n"
        }
    }
}

fn kubernetes_source(version: &Version, per_minor: bool) -> (&'static str, String) {
    let line = if per_minor {
        let keyring = "/etc/apt/keyrings/kubernetes-apt-keyring.gpg";
        format!("deb [signed-by={keyring}] https://pkgs.k8s.io/core:/stable:/v{}/deb/ /\n", version.minor())
    } else {
        "deb https://apt.kubernetes.io/ kubernetes-xenial main\n".to_owned()
    };
    ("/etc/apt/sources.list.d/kubernetes.list", line)
}

/// The arguments that kubeadm of the version leaves the kubelet with.
fn flags(version: &Version) -> String {
    let minor = version.minor();
    let pause = format!("--pod-infra-container-image={}/pause:3.10", images::registry(minor));
    let endpoint = format!("--container-runtime-endpoint={ENDPOINT}");
    let arguments = match minor {
        minor if minor < Minor::new(1, 19) => format!("--network-plugin=cni {pause}"),
        minor if minor < Minor::new(1, 26) => format!("--container-runtime=remote {endpoint} {pause}"),
        minor if minor < Minor::new(1, 34) => format!("{endpoint} {pause}"),
        minor if minor < Minor::new(1, 35) => pause,
        _ => String::new(),
    };
    format!("KUBELET_KUBEADM_ARGS=\"{arguments}\"\n")
}

/// The kubelet's configuration as kubeadm of the minor writes it.
pub(in crate::hosts) fn kubelet_config(minor: Minor) -> String {
    let text = blueprint::kubelet_config(minor);
    if minor < Minor::new(1, 34) { text } else { with_endpoint(&text) }
}

/// The configuration with the runtime's endpoint in it.
pub(in crate::hosts) fn with_endpoint(text: &str) -> String {
    let line = format!("containerRuntimeEndpoint: {ENDPOINT}\n");
    let named = |text: &str| text.starts_with("containerRuntimeEndpoint:");
    if text.lines().any(named) {
        return text.lines().map(|text| if named(text) { line.clone() } else { format!("{text}\n") }).collect();
    }
    // Fields are in the order of the alphabet.
    let at = text.lines().position(|text| !text.starts_with([' ', '-']) && *text > *line).unwrap_or(usize::MAX);
    let mut lines: Vec<String> = text.lines().map(|text| format!("{text}\n")).collect();
    lines.insert(at.min(lines.len()), line);
    lines.concat()
}

const ENDPOINT: &str = "unix:///var/run/containerd/containerd.sock";

pub(in crate::hosts) const INSTANCE: &str =
    "containerRuntimeEndpoint: \"unix:///var/run/containerd/containerd.sock\"\n";

const CERTIFICATE: &str = "(a certificate)\n";

const UBUNTU: &str = "Types: deb\nURIs: http://archive.ubuntu.com/ubuntu/\nSuites: noble noble-updates\n\
    Components: main universe\nSigned-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg\n";
