//! Bad input against a real cluster: each has a clear error and its exit code, and nothing changes.

use std::path::PathBuf;
use std::time::{Duration, Instant};

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
    unknown_node(&cluster);
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
    run_to(&plugin, "1.18").expect(2).complains_of(&["1.18", "1.19.16"]);
    // No such package.
    run_to(&plugin, "1.20.1").expect(3).complains_of(&["1.20.1", "1.20.15"]);
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
    let file = hosts(cluster, "10.99.14.21", "10.99.14.99");
    let began = Instant::now();
    assert_blocked(cluster, file, &["w1", "10.99.14.99", "No route to host"]);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

fn wrong_host_key(cluster: &Cluster) {
    let known = std::fs::read_to_string(cluster.file("known_hosts")).expect("the testbed's known hosts");
    let (cp1, w1) = ("10.99.14.11", "10.99.14.21");
    let key_of = |address: &str| known.lines().find_map(|line| line.strip_prefix(address)).expect("a key").to_owned();
    let wrong = known.replace(&key_of(w1), &key_of(cp1));
    std::fs::write(cluster.file("known_hosts.wrong"), wrong).expect("failed to write known hosts");
    let right = cluster.file("known_hosts").display().to_string();
    let file = hosts(cluster, &right, &format!("{right}.wrong"));
    assert_blocked(cluster, file, &["expected the host key on record", "w1", "SHA256:", "ssh-keygen"]);
}

fn no_sudo(cluster: &Cluster) {
    let file = hosts(cluster, "user: admin", "user: nosudo");
    assert_blocked(cluster, file, &["expected passwordless sudo for user nosudo", "cp1", "w1", "w2"]);
}

/// A typo in a node's name would send the run to wherever else that node's host is looked for.
fn unknown_node(cluster: &Cluster) {
    let plugin = Plugin::on(cluster).with_hosts(hosts(cluster, "node: w1", "node: w7"));
    run_to(&plugin, "1.20").expect(2).complains_of(&["expected nodes of this cluster", "w7", "kubectl get nodes"]);
}

/// `plan` shows the blocker, `run` refuses for it; each names what is wrong, what to type next, and no cause twice.
#[track_caller]
fn assert_blocked(cluster: &Cluster, hosts: PathBuf, words: &[&str]) {
    let plugin = Plugin::on(cluster).with_hosts(hosts);
    for arguments in [&["plan", "--to", "1.20"][..], &["run", "--to", "1.20", "--yes"]] {
        let said = plugin.call(arguments).expect(3);
        // Lines are wrapped; words are not.
        let text = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words.iter().chain(&["KU0401", "→"]) {
            assert!(text.contains(word), "{word:?} is not in:\n{}", said.stdout);
        }
        let hosts = text.matches("KU0401 host ").count();
        assert_eq!(text.matches("over SSH").count() + text.matches("failed to become root").count(), hosts, "{text}");
    }
}

/// A user who may not look is told at the first look; one who may look and no more, before the first change.
fn missing_right(cluster: &Cluster) {
    cluster.apply(READER);
    cluster.kubectl(&["create", "clusterrolebinding", "viewer", "--clusterrole=view", "--user=viewer"]);
    let plugin = Plugin::on(cluster);
    let run_as = |user| plugin.call(&["run", "--to", "1.20", "--yes", "--as", user]).expect(8);
    run_as("viewer").complains_of(&["you may not list nodes", "as user viewer", "kubectl auth can-i"]);
    run_as("reader").complains_of(&[
        "you may not patch nodes",
        "create pods/eviction",
        "update leases",
        "kubectl auth can-i",
    ]);
}

/// May look at everything.
const READER: &str = r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch]}
- {nonResourceURLs: ["*"], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: User, name: reader, apiGroup: rbac.authorization.k8s.io}]
"#;

/// Another run holds the lock: the Lease that it would hold is made by hand.
fn second_run(cluster: &Cluster) {
    let now = jiff::Timestamp::now();
    cluster.apply(&format!(
        "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {{name: kubectl-upgrade, namespace: kube-system}}\n\
         spec: {{holderIdentity: somebody else, leaseDurationSeconds: 60, renewTime: \"{now:.6}\", acquireTime: \"{now:.6}\"}}\n"
    ));
    let plugin = Plugin::on(cluster);
    run_to(&plugin, "1.20").expect(7).complains_of(&["somebody else"]);
    cluster.kubectl(&["-n", "kube-system", "delete", "lease", "kubectl-upgrade"]);
}
