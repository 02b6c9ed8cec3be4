//! Every script that production code sends.

use upgrade_core::commands::{self, quote};
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::PackageManager;
use upgrade_core::plan::{Action, NodeForm, PackagePin, RepositoryEdit};
use upgrade_core::version::Minor;
use upgrade_twin::hosts::HostUnreachable;
use upgrade_twin::store::{ObjectKey, Resource};
use upgrade_twin::{Faults, HostFault, Twin};

use crate::support::{blueprint, map, run, start, version};

const LOOK: &str = include_str!("../../../../providers/hosts/src/probe/look.sh");
const INDEX: &str = include_str!("../../../../providers/hosts/src/probe/index.sh");

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
}

const BEGIN: &str = include_str!("../../../../providers/hosts/src/operation/begin.sh");
const STATE: &str = include_str!("../../../../providers/hosts/src/operation/state.sh");
const OPERATIONS: &str = "/var/lib/kubectl-upgrade";

/// The variables of an operation, as the provider sends them.
fn place(key: &str) -> String {
    format!("dir={OPERATIONS}/{key}\nunit=kubectl-upgrade-{key}\n")
}

/// The script of an action, as the provider writes it.
fn script(action: &Action) -> String {
    let lines = commands::of(action);
    assert!(!lines.is_empty(), "{action:?}");
    let mut text = "#!/bin/sh\nset -eu\n".to_owned();
    let (always, plain): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.always);
    if !always.is_empty() {
        text.push_str("finish() {\nended=$?\ntrap - EXIT\n");
        for line in always {
            text.push_str(&format!("printf '%s\\n' {}\n{} || ended=$?\n", quote(&line.as_root()), line.as_root()));
        }
        text.push_str("exit \"$ended\"\n}\ntrap finish EXIT\n");
    }
    for line in plain {
        text.push_str(&format!("printf '%s\\n' {}\n{}\n", quote(&line.as_root()), line.as_root()));
    }
    text
}

fn begin_script(key: &str, script: &str) -> String {
    let about = quote("kubectl upgrade: run r, step 1, attempt 1");
    format!("{}operations={OPERATIONS}\nscript={}\nabout={about}\n{BEGIN}", place(key), quote(script))
}

fn poll_script(key: &str) -> String {
    format!(
        "{}{STATE}left=20\nwhile [ \"$left\" -gt 0 ] && [ \"$(state)\" = running ]; do\nleft=$((left - 1)); sleep 0.5\ndone\n\
         state\ntail -c 16384 -- \"$dir/output\" 2>/dev/null || :\n",
        place(key)
    )
}

async fn state(twin: &Twin, node: &str, key: &str) -> String {
    run(twin, node, &format!("{}{STATE}state\n", place(key))).await.trim().to_owned()
}

/// Carries out an action as the provider does, and returns how it ended and what it printed.
pub(crate) async fn carry_out(twin: &Twin, node: &str, key: &str, action: &Action) -> (String, String) {
    run(twin, node, &begin_script(key, &script(action))).await;
    for _ in 0..1000 {
        let seen = run(twin, node, &poll_script(key)).await;
        let (state, output) = seen.split_once('\n').unwrap();
        if state != "running" {
            return (state.to_owned(), output.to_owned());
        }
    }
    panic!("{key} never ended");
}

async fn well(twin: &Twin, node: &str, key: &str, action: &Action) -> String {
    let (state, output) = carry_out(twin, node, key, action).await;
    assert_eq!(state, "ended 0", "{key}: {output}");
    output
}

fn edit(from: &str, to: &str) -> RepositoryEdit {
    let line = |minor: &str| {
        format!(
            "deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] https://pkgs.k8s.io/core:/stable:/v{minor}/deb/ /"
        )
    };
    RepositoryEdit { path: "/etc/apt/sources.list.d/kubernetes.list".to_owned(), before: line(from), after: line(to) }
}

fn install(node: &NodeName, names: &[&str], version: &str) -> Action {
    let pin = |name: &&str| PackagePin { name: (*name).to_owned(), version: version.to_owned() };
    Action::InstallPackages {
        node: node.clone(),
        manager: Some(PackageManager::Apt),
        packages: names.iter().map(pin).collect(),
        hold: true,
    }
}

fn switch(node: &NodeName, from: (u16, u16), to: (u16, u16)) -> Action {
    let (from, to) = (Minor::new(from.0, from.1), Minor::new(to.0, to.1));
    Action::SwitchRepository {
        node: node.clone(),
        manager: Some(PackageManager::Apt),
        from,
        to,
        edits: vec![edit(&from.to_string(), &to.to_string())],
    }
}

#[tokio::test(start_paused = true)]
async fn packages_are_installed_after_the_power_failed_in_the_midst_of_dpkg() {
    let twin = start(&blueprint("1.33.13"));
    let node = NodeName::new("w1");
    well(&twin, "w1", "switch", &switch(&node, (1, 33), (1, 34))).await;
    let action = install(&node, &["kubelet", "kubectl"], "1.34.9-1.1");
    run(&twin, "w1", &begin_script("first", &script(&action))).await;
    let mut seen = String::new();
    while !seen.contains("Unpacking kube") {
        assert!(!seen.starts_with("ended"), "{seen}");
        seen = run(&twin, "w1", "cat /var/lib/kubectl-upgrade/first/output").await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    twin.power_off("w1");
    twin.power_on("w1");
    let refused = run(&twin, "w1", "apt-get install -y kubeadm=1.34.9-1.1 2>&1 || :").await;
    assert!(refused.contains("dpkg was interrupted"), "{refused}");
    well(&twin, "w1", "second", &action).await;
    let installed = run(&twin, "w1", "dpkg-query -W kubelet; apt-mark showhold").await;
    assert!(installed.starts_with("kubelet\t1.34.9-1.1\n") && installed.contains("\nkubelet\n"), "{installed}");
}

#[tokio::test(start_paused = true)]
async fn a_hop_is_carried_out() {
    let twin = start(&blueprint("1.33.13"));
    let (cp1, w1) = (NodeName::new("cp1"), NodeName::new("w1"));
    let file = "/var/backups/kubectl-upgrade/r/etcd-cp1.db".to_owned();
    let snapshot = Action::SnapshotEtcd { node: cp1.clone(), file: file.clone(), etcdctl_on_host: false };
    let printed = well(&twin, "cp1", "snapshot", &snapshot).await;
    assert!(printed.contains(&format!("observed: snapshot {file} size=5939232 hash=")), "{printed}");
    let archive = Action::ArchiveFiles {
        node: cp1.clone(),
        file: "/var/backups/kubectl-upgrade/r/files.tar.gz".to_owned(),
        paths: ["/etc/kubernetes", "/var/lib/kubelet/config.yaml", "/nothing"].map(str::to_owned).into(),
    };
    let printed = well(&twin, "cp1", "archive", &archive).await;
    assert!(printed.contains("observed: archive /var/backups") && printed.contains(" sha256="), "{printed}");
    let to = version("1.34.9");
    for (node, name) in [(&cp1, "cp1"), (&w1, "w1")] {
        well(&twin, name, "switch", &switch(node, (1, 33), (1, 34))).await;
        well(&twin, name, "kubeadm", &install(node, &["kubeadm"], "1.34.9-1.1")).await;
        if name == "cp1" {
            let apply = Action::UpgradeApply { node: node.clone(), version: to.clone(), arguments: Vec::new() };
            let printed = well(&twin, name, "apply", &apply).await;
            assert!(
                printed.contains("[upgrade] SUCCESS! A control plane node of your cluster was upgraded to \"v1.34.9\"")
            );
        } else {
            let form = NodeForm::Node;
            let action = Action::UpgradeNode { node: node.clone(), version: to.clone(), form, arguments: Vec::new() };
            well(&twin, name, "node", &action).await;
        }
        well(&twin, name, "kubelet", &install(node, &["kubelet", "kubectl"], "1.34.9-1.1")).await;
        assert_eq!(twin.with(|world| world.hosts[name].kubelet().cloned()), Some(version("1.33.13")), "not restarted");
        let restart = Action::RestartKubelet { node: node.clone(), version: to.clone() };
        well(&twin, name, "restart", &restart).await;
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        assert_eq!(twin.with(|world| world.hosts[name].kubelet().cloned()), Some(to.clone()));
        let node = twin.with(|world| world.store.value(&ObjectKey::new(Resource::NODES, "", name)).unwrap());
        assert_eq!(node["status"]["nodeInfo"]["kubeletVersion"], "v1.34.9");
        assert!(twin.with(|world| world.hosts[name].package("kubelet").unwrap().held));
    }
    assert_eq!(state(&twin, "cp1", "apply").await, "ended 0");
    assert_eq!(state(&twin, "cp1", "never").await, "absent");
    let log = twin.with(|world| world.hosts["cp1"].log().to_vec());
    assert!(log.iter().any(|logged| logged.line == "kubeadm upgrade apply v1.34.9 --yes"), "{log:?}");
    assert!(log.iter().all(|logged| !logged.line.starts_with("not simulated")), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn an_operation_runs_once_and_outlives_its_connection() {
    let twin = start(&blueprint("1.33.13"));
    let begin = begin_script("once", "echo begun >> /root/count\nsleep 30\n");
    run(&twin, "w1", &begin).await;
    run(&twin, "w1", &begin).await;
    assert_eq!(state(&twin, "w1", "once").await, "running");
    tokio::time::sleep(std::time::Duration::from_secs(40)).await;
    assert_eq!(state(&twin, "w1", "once").await, "ended 0");
    run(&twin, "w1", &begin).await;
    assert_eq!(run(&twin, "w1", "cat /root/count").await, "begun\n");
}

#[tokio::test(start_paused = true)]
async fn what_is_killed_is_lost_and_files_stay() {
    let twin = start(&blueprint("1.33.13"));
    run(&twin, "w1", &begin_script("killed", "echo begun\nsleep 300\n")).await;
    assert_eq!(state(&twin, "w1", "killed").await, "running");
    twin.kill_unit("w1", "kubectl-upgrade-killed");
    assert_eq!(state(&twin, "w1", "killed").await, "lost");
    run(&twin, "w1", &begin_script("off", "echo begun\nsleep 300\n")).await;
    let (twin2, poll) = (twin.clone(), poll_script("off"));
    let waiting = tokio::spawn(async move { twin2.shell("w1", &poll).await });
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    twin.power_off("w1");
    assert_eq!(waiting.await.unwrap(), Err(HostUnreachable::Lost("w1".to_owned())));
    assert_eq!(twin.shell("w1", "true").await, Err(HostUnreachable::Silent("w1".to_owned())));
    twin.power_on("w1");
    assert_eq!(state(&twin, "w1", "off").await, "lost");
    assert_eq!(run(&twin, "w1", &format!("cat {OPERATIONS}/off/output")).await, "begun\n");
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    assert_eq!(run(&twin, "w1", "systemctl is-active kubelet").await, "active\n");
}

#[tokio::test(start_paused = true)]
async fn a_kubelet_that_refuses_its_configuration_is_tried_again_for_ever() {
    let mut blueprint = blueprint("1.34.9");
    blueprint.machines[1].kubelet = version("1.35.6");
    let twin = start(&blueprint);
    twin.with(|world| world.hosts.get_mut("w1").unwrap().cgroup_v1 = true);
    let restart = "systemctl daemon-reload && systemctl restart kubelet; systemctl is-active kubelet; sleep 3; systemctl is-active kubelet";
    let seen = twin.shell("w1", restart).await.unwrap();
    assert_eq!((seen.status, seen.stdout.as_str()), (3, "active\nactivating\n"));
    run(&twin, "w1", "echo 'failCgroupV1: false' >> /var/lib/kubelet/config.yaml").await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    assert_eq!(run(&twin, "w1", "systemctl is-active kubelet").await, "active\n");
    run(&twin, "w1", "echo 'KUBELET_EXTRA_ARGS=--pod-infra-container-image=x' > /etc/default/kubelet; systemctl restart kubelet; sleep 1")
        .await;
    assert_eq!(twin.shell("w1", "systemctl is-active kubelet").await.unwrap().stdout, "activating\n");
}

#[tokio::test(start_paused = true)]
async fn faults_are_what_they_say() {
    let faulty = |fault: HostFault| {
        let mut blueprint = blueprint("1.33.13");
        blueprint.faults = Faults { host: vec![(fault, 1.0)], at_most: Some(1), ..Faults::default() };
        start(&blueprint)
    };
    let mark = "touch /root/mark";
    let twin = faulty(HostFault::Unreachable);
    assert_eq!(twin.shell("w1", mark).await, Err(HostUnreachable::Silent("w1".to_owned())));
    assert_eq!(twin.shell("w1", "[ -e /root/mark ]").await.unwrap().status, 1);
    let twin = faulty(HostFault::LostAnswer);
    assert_eq!(twin.shell("w1", mark).await, Err(HostUnreachable::Lost("w1".to_owned())));
    assert_eq!(twin.shell("w1", "[ -e /root/mark ]").await.unwrap().status, 0);
    let twin = faulty(HostFault::DiskFull);
    assert_eq!(twin.shell("w1", "echo x > /root/mark").await.unwrap().status, 1);
    let twin = faulty(HostFault::Dropped);
    let count = "i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo $i >> /root/count; done";
    assert_eq!(twin.shell("w1", count).await, Err(HostUnreachable::Lost("w1".to_owned())));
    let lines: u32 = run(&twin, "w1", "cat /root/count 2>/dev/null | wc -l").await.trim().parse().unwrap();
    assert!(lines < 200, "{lines}");
    assert_eq!(twin.shell("nobody", "true").await, Err(HostUnreachable::Unknown("nobody".to_owned())));
    let unknown = twin.shell("w1", "sed 's/a/b/w file' </dev/null 2>/dev/null || :").await;
    assert!(matches!(unknown, Err(HostUnreachable::NotSimulated { .. })), "{unknown:?}");
}

fn image_of(twin: &Twin, resource: Resource, name: &str) -> String {
    let value = twin.with(|world| world.store.value(&ObjectKey::new(resource, "kube-system", name)).unwrap());
    value["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn several_control_planes_follow_one_another_and_the_last_brings_the_addons() {
    let mut blueprint = blueprint("1.33.13");
    for machine in &mut blueprint.machines {
        machine.control_plane = true;
        machine.kubeadm = version("1.34.9");
    }
    let twin = start(&blueprint);
    run(&twin, "cp1", "kubeadm upgrade apply v1.34.9 --yes").await;
    assert_eq!(image_of(&twin, Resource::DAEMON_SETS, "kube-proxy"), "registry.k8s.io/kube-proxy:v1.33.13");
    run(&twin, "w1", "kubeadm upgrade node").await;
    assert!(twin.with(|world| world.control_plane.answers()));
    assert_eq!(image_of(&twin, Resource::DAEMON_SETS, "kube-proxy"), "registry.k8s.io/kube-proxy:v1.33.13");
    let last = run(&twin, "w2", "kubeadm upgrade node").await;
    assert!(last.contains("[addons] Applied essential addon: kube-proxy"), "{last}");
    assert_eq!(image_of(&twin, Resource::DAEMON_SETS, "kube-proxy"), "registry.k8s.io/kube-proxy:v1.34.9");
    assert_eq!(image_of(&twin, Resource::DEPLOYMENTS, "coredns"), "registry.k8s.io/coredns/coredns:v1.12.1");
    let versions: Vec<_> =
        twin.with(|world| world.control_plane.servers.values().map(|server| server.version.to_string()).collect());
    assert_eq!(versions, ["1.34.9", "1.34.9", "1.34.9"]);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_way_goes_too() {
    let mut blueprint = blueprint("1.11.10");
    blueprint.packages.offered = ["1.11.10", "1.12.10", "1.13.12"].map(version).into();
    blueprint.packages.per_minor = false;
    let twin = start(&blueprint);
    let madison = run(&twin, "cp1", "apt-cache madison kubeadm").await;
    assert!(madison.starts_with(
        "   kubeadm | 1.13.12-00 | https://apt.kubernetes.io kubernetes-xenial/main amd64 Packages\n   kubeadm | 1.12.10-00 |"
    ));
    let (cp1, w1) = (NodeName::new("cp1"), NodeName::new("w1"));
    well(&twin, "cp1", "kubeadm", &install(&cp1, &["kubeadm"], "1.12.10-00")).await;
    let apply = Action::UpgradeApply { node: cp1, version: version("1.12.10"), arguments: Vec::new() };
    let printed = well(&twin, "cp1", "apply", &apply).await;
    assert!(printed.contains("SUCCESS! Your cluster was upgraded to \"v1.12.10\""), "{printed}");
    let names = twin.with(|world| world.store.value(&map("kubelet-config-1.12")).is_some());
    assert!(names, "the kubelets' configuration of the new minor is missing");
    well(&twin, "w1", "kubeadm", &install(&w1, &["kubeadm"], "1.12.10-00")).await;
    let (form, arguments) = (NodeForm::Config, Vec::new());
    let action = Action::UpgradeNode { node: w1.clone(), version: version("1.12.10"), form, arguments };
    well(&twin, "w1", "node", &action).await;
    // The packages of the flat repository restart the kubelet.
    well(&twin, "w1", "kubelet", &install(&w1, &["kubelet"], "1.12.10-00")).await;
    assert_eq!(twin.with(|world| world.hosts["w1"].kubelet().cloned()), Some(version("1.12.10")));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_tells_the_same_story() {
    let story = || async {
        let mut blueprint = blueprint("1.33.13");
        blueprint.faults.command = 0.2;
        blueprint.machines[0].kubeadm = version("1.34.9");
        let twin = start(&blueprint);
        let mut told = Vec::new();
        for _ in 0..4 {
            told.push(twin.shell("cp1", "kubeadm upgrade apply v1.34.9 --yes; apt-get update; date").await.unwrap());
        }
        (told, twin.with(|world| (world.clock().elapsed(), world.hosts["cp1"].log().to_vec())))
    };
    assert_eq!(story().await, story().await);
}

#[tokio::test(start_paused = true)]
async fn an_exit_status_that_found_no_room_is_lost() {
    let twin = start(&blueprint("1.33.13"));
    run(&twin, "w1", &format!("{}mkdir -p -- \"$dir/started\"; : > \"$dir/status\"\n", place("full"))).await;
    assert_eq!(state(&twin, "w1", "full").await, "lost");
}

#[tokio::test(start_paused = true)]
async fn a_control_plane_goes_with_its_host_and_comes_back() {
    let twin = start(&blueprint("1.33.13"));
    twin.power_off("cp1");
    assert!(!twin.with(|world| world.control_plane.answers()));
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    twin.power_on("cp1");
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    assert!(twin.with(|world| world.control_plane.answers()));
    let running = run(&twin, "cp1", "crictl ps --state Running | awk 'NR > 1 { print $7 }' | sort").await;
    assert_eq!(running.lines().count(), 4, "{running}");
}
