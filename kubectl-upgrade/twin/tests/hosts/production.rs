//! Every script that production code sends.

use upgrade_core::inventory::PackageManager;

use crate::support::{blueprint, start};

const LOOK: &str = include_str!("../../../../providers/kubeadm/src/probe/look.sh");
const INDEX: &str = include_str!("../../../../providers/kubeadm/src/probe/index.sh");

#[tokio::test(start_paused = true)]
async fn the_probe_is_answered() {
    let twin = start(&blueprint("1.33.13"));
    let script = format!("{LOOK}section time\ndate +%s%N\n\nreturn 0");
    let seen = twin.shell("10.0.0.11", &script).await.unwrap();
    assert_eq!((seen.status, seen.stderr.as_str()), (0, ""), "{}", seen.stdout);
    for line in [
        "| ID=debian",
        "apt",
        "# source /etc/apt/sources.list.d/kubernetes.list",
        "| deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /",
        "| kubeadm 1.33.13-1.1 hi ",
        "|    kubeadm | 1.33.13-1.1 | https://pkgs.k8s.io/core:/stable:/v1.33/deb  Packages",
        "| v1.33.13",
        "| cgroup2fs",
        "# arguments /etc/default/kubelet",
        "| registry.k8s.io/etcd:3.5.24-0",
        "no",
    ] {
        assert!(seen.stdout.lines().any(|found| found == line), "{line:?} is not in\n{}", seen.stdout);
    }
    let on_worker = twin.shell("w1", &script).await.unwrap();
    assert!(!on_worker.stdout.contains("# etcd"), "{}", on_worker.stdout);
}

#[tokio::test(start_paused = true)]
async fn other_minors_are_asked() {
    let twin = start(&blueprint("1.33.13"));
    let url = |minor: &str| format!("https://pkgs.k8s.io/core:/stable:/v{minor}/deb");
    let script = format!("{INDEX}index 1.34 {}\nindex 1.99 {}\n\nreturn 0", url("1.34"), url("1.99"));
    let seen = twin.shell("cp1", &script).await.unwrap();
    assert_eq!((seen.status, seen.stdout.as_str()), (0, "# index 1.34\n| 1.34.9-1.1\n"), "{}", seen.stderr);
    let _ = PackageManager::Apt;
}
