//! Bad input against a real cluster: each has a clear error and its exit code, and nothing changes.

use std::path::PathBuf;

use crate::cluster::{Cluster, Shape};
use crate::plugin::{Plugin, Said};

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let shape = Shape { name: "refused", id: 14, version: "1.19.16", control_planes: 1, workers: 2, arguments: &[] };
    let Some(cluster) = Cluster::up(&shape) else { return };
    let before = state_of(&cluster);

    unknown_versions(&cluster);
    unreachable_host(&cluster);
    wrong_host_key(&cluster);
    no_sudo(&cluster);
    missing_right(&cluster);
    second_run(&cluster);

    assert_eq!(before, state_of(&cluster), "nothing was changed");
}

/// Whatever an upgrade would change: versions, cordons, packages, repositories.
fn state_of(cluster: &Cluster) -> String {
    let path = "jsonpath={range .items[*]}{.metadata.name} {.spec.unschedulable} {.status.nodeInfo.kubeletVersion}{\"\\n\"}{end}";
    let mut state = cluster.kubectl(&["get", "nodes", "-o", path]);
    for host in ["cp1", "w1", "w2"] {
        let look = "dpkg-query -W kubeadm kubelet kubectl; apt-mark showhold; cat /etc/apt/sources.list.d/*; ls /var/lib/kubectl-upgrade 2>&1";
        state += &cluster.exec(host, &["sh", "-c", look]);
    }
    state
}

fn run_to(plugin: &Plugin, to: &str) -> Said {
    plugin.call(&["run", "--to", to, "--yes"])
}

fn unknown_versions(cluster: &Cluster) {
    let plugin = Plugin::on(cluster);
    run_to(&plugin, "one.twenty").expect(2).complains_of(&["one.twenty"]);
    assert_ne!(run_to(&plugin, "1.18").complains_of(&["1.18", "1.19.16"]).code, 0, "a downgrade");
    assert_ne!(run_to(&plugin, "1.20.1").complains_of(&["1.20.1", "1.20.15"]).code, 0, "no such package");
}

/// The cluster's hosts file with one text replaced by another.
fn hosts(cluster: &Cluster, from: &str, to: &str) -> PathBuf {
    let text = std::fs::read_to_string(cluster.file("hosts.yaml")).expect("the testbed's hosts file");
    assert!(text.contains(from), "{from:?} is not in {text}");
    let file = cluster.file(&format!("hosts-without-{}.yaml", from.replace(['/', ' ', ':'], "-")));
    std::fs::write(&file, text.replace(from, to)).expect("failed to write a hosts file");
    file
}

fn unreachable_host(cluster: &Cluster) {
    let plugin = Plugin::on(cluster).with_hosts(hosts(cluster, "10.99.14.12", "10.99.14.99"));
    assert_ne!(run_to(&plugin, "1.20").complains_of(&["KU0401", "w1"]).code, 0);
}

fn wrong_host_key(cluster: &Cluster) {
    let known = std::fs::read_to_string(cluster.file("known_hosts")).expect("the testbed's known hosts");
    let (cp1, w1) = ("10.99.14.11", "10.99.14.12");
    let key_of = |address: &str| known.lines().find_map(|line| line.strip_prefix(address)).expect("a key").to_owned();
    let wrong = known.replace(&key_of(w1), &key_of(cp1));
    std::fs::write(cluster.file("known_hosts.wrong"), wrong).expect("failed to write known hosts");
    let right = cluster.file("known_hosts").display().to_string();
    let plugin = Plugin::on(cluster).with_hosts(hosts(cluster, &right, &format!("{right}.wrong")));
    assert_ne!(run_to(&plugin, "1.20").complains_of(&["host key", "w1"]).code, 0);
}

fn no_sudo(cluster: &Cluster) {
    let plugin = Plugin::on(cluster).with_hosts(hosts(cluster, "user: admin", "user: nosudo"));
    assert_ne!(run_to(&plugin, "1.20").complains_of(&["sudo", "nosudo"]).code, 0);
}

fn missing_right(cluster: &Cluster) {
    let plugin = Plugin::on(cluster);
    cluster.kubectl(&["create", "clusterrolebinding", "looker", "--clusterrole=view", "--user=looker"]);
    let said = plugin.call(&["run", "--to", "1.20", "--yes", "--as", "looker"]);
    assert_ne!(said.complains_of(&["looker may not", "nodes"]).code, 0);
}

/// Another run holds the lock: the Lease that it would hold is made by hand.
fn second_run(cluster: &Cluster) {
    let now = jiff::Timestamp::now();
    cluster.apply(&format!(
        "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {{name: kubectl-upgrade, namespace: kube-system}}\n\
         spec: {{holderIdentity: somebody else, leaseDurationSeconds: 60, renewTime: \"{now:.6}\", acquireTime: \"{now:.6}\"}}\n"
    ));
    let plugin = Plugin::on(cluster);
    assert_ne!(run_to(&plugin, "1.20").complains_of(&["somebody else"]).code, 0);
    cluster.kubectl(&["-n", "kube-system", "delete", "lease", "kubectl-upgrade"]);
}
