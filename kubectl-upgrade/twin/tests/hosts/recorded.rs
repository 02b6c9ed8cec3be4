//! The same commands on a simulated cluster as on the real one that was recorded: the same status, the same words.

use std::collections::BTreeMap;

use serde_json::json;
use upgrade_twin::Twin;
use upgrade_twin::store::{ObjectKey, Resource};

use crate::support::{blueprint, file, map, run, start, version};

/// One recorded command.
struct Recorded {
    command: String,
    exit: i32,
    stdout: Vec<String>,
    stderr: Vec<String>,
}

fn recorded(name: &str) -> Recorded {
    let path = format!("{}/tests/hosts/recorded/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let (head, rest) = text.split_once("## stdout\n").unwrap();
    let (stdout, stderr) = rest.split_once("## stderr\n").unwrap();
    let mut lines = head.lines().map(|line| line.trim_start_matches("# ").to_owned());
    let command = lines.next().unwrap();
    let about = lines.next().unwrap();
    let exit = about.split("exit ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    Recorded { command, exit, stdout: normal(stdout), stderr: normal(stderr) }
}

/// What real runs print and simulated ones do not: of the machine, and advice.
const LEFT_OUT: [&str; 8] = [
    "detected that the sandbox image",
    "The recommended value for \"bindAddress\"",
    "[WARNING ContainerRuntimeVersion]",
    "KERNEL_VERSION: ",
    "OS: Linux",
    "not upgraded.",
    "Unexpected error when reading response body",
    "[patches] ",
];

/// Lines without what differs from run to run.
fn normal(text: &str) -> Vec<String> {
    let escapes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let stamps = regex::Regex::new(r"\d{4}(-\d\d){5}|\d{6,}").unwrap();
    let klog = regex::Regex::new(r"^[WE]\d{4} \S+ +\S+ [a-z]+\.go:\d+\] ").unwrap();
    let addresses = regex::Regex::new(r"10\.98\.0\.").unwrap();
    let resolver = regex::Regex::new(r" on 10\.96\.0\.10:53").unwrap();
    let lines = text.lines().map(|line| {
        let line = klog.replace(line, "");
        let line = escapes.replace_all(&line, "");
        let line = stamps.replace_all(&line, "N");
        let line = resolver.replace_all(&line, "");
        addresses.replace_all(&line, "10.0.0.").into_owned()
    });
    lines.filter(|line| !line.trim().is_empty() && !LEFT_OUT.iter().any(|left| line.contains(left))).collect()
}

/// A cluster of that version with that kubeadm on every host, on cgroup v1 as the recorded one.
fn cluster(at: &str, kubeadm: &str) -> Twin {
    let mut blueprint = blueprint(at);
    for machine in &mut blueprint.machines {
        machine.kubeadm = version(kubeadm);
    }
    let twin = start(&blueprint);
    twin.with(|world| world.hosts.values_mut().for_each(|host| host.cgroup_v1 = true));
    twin
}

async fn same(twin: &Twin, node: &str, name: &str, command: Option<&str>) {
    let expected = recorded(name);
    let command = command.unwrap_or(&expected.command);
    let found = twin.shell(node, command).await.unwrap();
    let (stdout, stderr) = (normal(&found.stdout), normal(&found.stderr));
    assert_eq!(found.status, expected.exit, "{name}: {}{}", found.stdout, found.stderr);
    // Two were recorded as dry runs, which print every object, and were cut.
    let phases =
        |lines: &[String]| lines.iter().filter(|line| line.starts_with("[upgrade")).cloned().collect::<Vec<_>>();
    match expected.command.contains("--dry-run") {
        true => assert!(phases(&stdout).starts_with(&phases(&expected.stdout)), "{name}"),
        false => assert_eq!(stdout, expected.stdout, "{name}"),
    }
    assert_eq!(stderr, expected.stderr, "{name}");
}

const HOP: &str = "hop-1.33.13-to-1.34.9--";

#[tokio::test(start_paused = true)]
async fn what_apt_refuses() {
    let twin = cluster("1.33.13", "1.33.13");
    run(&twin, "cp1", "apt-mark unhold kubeadm").await;
    same(&twin, "cp1", &format!("{HOP}01-apt-install-not-in-repo"), None).await;
    run(
        &twin,
        "cp1",
        "apt-mark hold kubeadm; sed -i 's#/v1.33/#/v1.34/#' /etc/apt/sources.list.d/kubernetes.list; apt-get update",
    )
    .await;
    same(&twin, "cp1", &format!("{HOP}03-apt-install-held"), None).await;
}

#[tokio::test(start_paused = true)]
async fn what_kubeadm_refuses() {
    for step in [
        "11-apply-newer-than-kubeadm",
        "11-apply-newer-than-kubeadm-force",
        "13-lower-target-apply",
        "13-lower-minor-apply",
        "13-bad-version",
        "13-no-version",
        "13-rc-version",
        "14-apply-no-yes-no-tty",
    ] {
        let twin = cluster("1.33.13", "1.34.9");
        let before = file(&twin, "cp1", "/etc/kubernetes/manifests/kube-apiserver.yaml");
        same(&twin, "cp1", &format!("{HOP}{step}"), None).await;
        assert_eq!(file(&twin, "cp1", "/etc/kubernetes/manifests/kube-apiserver.yaml"), before, "{step}");
    }
    let twin = cluster("1.33.13", "1.34.9");
    same(&twin, "w1", &format!("{HOP}15-apply-on-worker"), None).await;
    let twin = cluster("1.33.13", "1.35.6");
    let apply = "kubeadm upgrade apply v1.35.6 --yes --ignore-preflight-errors=SystemVerification";
    same(&twin, "cp1", &format!("{HOP}12-skip-minor-apply-with-kubeadm-1.35"), Some(apply)).await;
}

#[tokio::test(start_paused = true)]
async fn what_kubeadm_sees_of_nodes_and_images() {
    let node = |name: &str| ObjectKey::new(Resource::NODES, "", name);
    let twin = cluster("1.33.13", "1.34.9");
    twin.with(|world| {
        world.store.modify(&node("w2"), |node| node["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.30.14"));
    });
    let old = format!("{HOP}17-kubelet-too-old-1.30-apply");
    same(&twin, "cp1", &old, Some("kubeadm upgrade apply v1.34.9 --yes")).await;
    let twin = cluster("1.33.13", "1.34.9");
    twin.with(|world| {
        let now = world.now();
        let fake = json!({"metadata": {"name": "fakecp", "labels": {"node-role.kubernetes.io/control-plane": ""}}});
        world.store.create(Resource::NODES, fake, now).unwrap();
    });
    same(&twin, "cp1", &format!("{HOP}21-control-plane-node-not-ready-apply"), None).await;
    let twin = cluster("1.33.13", "1.34.9");
    twin.with(|world| world.hosts.get_mut("cp1").unwrap().registry_away = true);
    same(&twin, "cp1", &format!("{HOP}10-apply-images-missing"), None).await;
}

#[tokio::test(start_paused = true)]
async fn a_hop_goes_as_recorded() {
    let twin = cluster("1.33.13", "1.34.9");
    let before: BTreeMap<String, String> = watched(&twin);
    same(&twin, "cp1", &format!("{HOP}30-apply"), None).await;
    let (found, expected) = (changes(&before, &watched(&twin)), recorded_changes());
    let differs: Vec<_> = found.iter().zip(&expected).filter(|(found, expected)| found != expected).collect();
    assert!(found.len() == expected.len() && differs.is_empty(), "{differs:?}");
    let configured = twin.with(|world| world.store.value(&map("kubeadm-config")).unwrap());
    assert!(configured["data"]["ClusterConfiguration"].as_str().unwrap().contains("kubernetesVersion: v1.34.9\n"));
    assert_eq!(twin.with(|world| world.control_plane.servers["cp1"].version.clone()), version("1.34.9"));
    let proxy = ObjectKey::new(Resource::DAEMON_SETS, "kube-system", "kube-proxy");
    let proxy = twin.with(|world| world.store.value(&proxy).unwrap());
    assert_eq!(proxy["spec"]["template"]["spec"]["containers"][0]["image"], "registry.k8s.io/kube-proxy:v1.34.9");
    assert_eq!(proxy["metadata"]["generation"], 2);
    let left = run(&twin, "cp1", "ls /etc/kubernetes/tmp | sed 's/[0-9][-0-9]*$//' | sort").await;
    assert_eq!(left, "kubeadm-backup-etcd-\nkubeadm-backup-manifests-\nkubeadm-kubelet-config\n");
    same(&twin, "w1", &format!("{HOP}37-w1-upgrade-node"), None).await;
    same(&twin, "w1", &format!("{HOP}38-w1-upgrade-node-again"), None).await;
    same(&twin, "cp1", &format!("{HOP}52-apply-again-same-version"), None).await;
    let lower = format!("{HOP}53-downgrade-apply-1.33");
    same(&twin, "cp1", &lower, Some("kubeadm upgrade apply v1.33.13 --yes")).await;
}

#[tokio::test(start_paused = true)]
async fn cgroup_v1_at_1_35_goes_as_recorded() {
    let twin = cluster("1.34.9", "1.35.6");
    let hop = "hop-1.34.9-to-1.35.6--";
    same(&twin, "cp1", &format!("{hop}04-apply-cgroupv1-refused"), None).await;
    let apply = "kubeadm upgrade apply v1.35.6 --yes --ignore-preflight-errors=SystemVerification";
    same(&twin, "cp1", "after-fix--apply-1.34.9-to-1.35.6", Some(apply)).await;
    assert_eq!(file(&twin, "cp1", "/var/lib/kubelet/kubeadm-flags.env"), "KUBELET_KUBEADM_ARGS=\"\"\n");
    same(&twin, "w1", &format!("{hop}21-w1-upgrade-node-cgroupv1-refused"), None).await;
    same(&twin, "w1", &format!("{hop}22-w1-upgrade-node-ignored"), None).await;
    same(&twin, "cp1", &format!("{hop}30-cp1-upgrade-again-for-kubelet-config"), None).await;
}

#[tokio::test(start_paused = true)]
async fn a_killed_apply_leaves_half_and_goes_on_as_recorded() {
    let twin = cluster("1.34.9", "1.35.6");
    let apply = "kubeadm upgrade apply v1.35.6 --yes --ignore-preflight-errors=SystemVerification";
    let unit = format!("systemd-run --quiet --collect --unit=apply {apply}");
    run(&twin, "cp1", &unit).await;
    // Killed when the API server's manifest was just moved.
    let manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    while !file(&twin, "cp1", manifest).contains("v1.35.6") {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    twin.kill_unit("cp1", "apply");
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(twin.with(|world| world.control_plane.servers["cp1"].version.clone()), version("1.35.6"));
    assert!(file(&twin, "cp1", "/etc/kubernetes/manifests/kube-scheduler.yaml").contains("v1.34.9"));
    let left = run(&twin, "cp1", "ls /etc/kubernetes/tmp/kubeadm-upgraded-manifests*").await;
    assert_eq!(left, "kube-controller-manager.yaml\nkube-scheduler.yaml\n");
    same(&twin, "cp1", "hop-1.34.9-to-1.35.6--14-apply-rerun-to-the-end", Some(apply)).await;
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_never_starts_is_rolled_back() {
    let twin = cluster("1.34.9", "1.35.6");
    let expected = recorded("failed-apply-1.34.9-to-1.35.6--06-apply-apiserver-never-starts");
    let before = file(&twin, "cp1", "/etc/kubernetes/manifests/kube-apiserver.yaml");
    twin.with(|world| world.hosts.get_mut("cp1").unwrap().api_server_fails = true);
    let apply = "kubeadm upgrade apply v1.35.6 --yes --ignore-preflight-errors=SystemVerification --etcd-upgrade=false";
    let found = twin.shell("cp1", apply).await.unwrap();
    assert_eq!(found.status, expected.exit);
    // Recorded with a shorter wait.
    let five = |lines: Vec<String>| lines.into_iter().map(|line| line.replace("1m0s", "5m0s")).collect::<Vec<_>>();
    assert_eq!(normal(&found.stdout), five(expected.stdout));
    assert_eq!(normal(&found.stderr), expected.stderr);
    assert_eq!(file(&twin, "cp1", "/etc/kubernetes/manifests/kube-apiserver.yaml"), before);
    // It ends before the API is back, which then comes.
    assert!(!twin.with(|world| world.control_plane.answers()));
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert!(twin.with(|world| world.control_plane.answers()));
}

fn watched(twin: &Twin) -> BTreeMap<String, String> {
    let names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
    let manifests = names.iter().map(|name| format!("/etc/kubernetes/manifests/{name}.yaml"));
    let kubelet =
        ["config.yaml", "instance-config.yaml", "kubeadm-flags.env"].map(|name| format!("/var/lib/kubelet/{name}"));
    manifests.chain(kubelet).map(|path| (path.clone(), file(twin, "cp1", &path))).collect()
}

/// Lines gone and lines new in each file, sorted.
fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let mut changes = Vec::new();
    for (path, new) in after {
        let minus = |from: &str, what: &str, sign: char| {
            let mut left: Vec<&str> = from.lines().collect();
            for line in what.lines() {
                if let Some(at) = left.iter().position(|found| *found == line) {
                    left.remove(at);
                }
            }
            left.sort_unstable();
            left.into_iter().map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
        };
        changes.push(format!("## {path}"));
        changes.extend(minus(&before[path], new, '-'));
        changes.extend(minus(new, &before[path], '+'));
    }
    changes
}

fn recorded_changes() -> Vec<String> {
    let text = include_str!("recorded/changed-files-1.33.13-to-1.34.9.txt");
    text.lines().skip(1).map(str::to_owned).collect()
}
