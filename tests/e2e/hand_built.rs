//! Clusters set up by hand: units and binaries, two control-plane hosts behind a load balancer, no kubeadm.
//!
//! Upgraded component by component over two minors, 1.19.16 to 1.20.2 to 1.21.14; once with a component left to a person, whom the test plays by
//! typing what the plan shows; once with a new binary that no longer knows a flag of its unit.

use std::path::PathBuf;
use std::time::Duration;

use upgrade_core::plan::{Action, PlanFile};

use crate::cluster::{Cluster, DEBIAN_ETCD, NEXT_ETCD};
use crate::journal;
use crate::plugin::Plugin;
use crate::probe::Probe;

/// One API server is always there; requests in flight to the one that restarts are lost, and the balancer notices within
/// a second. An API server takes longer than this to come back.
const LONGEST_GAP: Duration = Duration::from_secs(8);

/// CoreDNS as this testbed deploys it, and as it goes with 1.21.
const DNS: (&str, &str) = ("k8s.gcr.io/coredns:1.7.0", "k8s.gcr.io/coredns/coredns:v1.8.0");

/// Every component of the testbed's hand-built clusters, by host.
const COMPONENTS: [(&str, &[&str]); 4] = [
    ("cp1", &["kube-apiserver", "kube-controller-manager", "kube-scheduler"]),
    ("cp2", &["kube-apiserver", "kube-controller-manager", "kube-scheduler"]),
    ("w1", &["kubelet", "kube-proxy"]),
    ("w2", &["kubelet", "kube-proxy"]),
];

/// Discovers the cluster's components and has every one of them replaced automatically from its mirror, but for what
/// `change` does to the file.
fn components(cluster: &Cluster, plugin: &Plugin, name: &str, change: impl FnOnce(String) -> String) -> PathBuf {
    found(13, cluster, plugin, name, change)
}

/// The same of a cluster with so many components.
pub(crate) fn found(
    count: usize,
    cluster: &Cluster,
    plugin: &Plugin,
    name: &str,
    change: impl FnOnce(String) -> String,
) -> PathBuf {
    let found = plugin.call(&["inventory"]).expect(0).stdout;
    assert_eq!(found.matches("- component: ").count(), count, "{found}");
    // Of 1.20 this mirror has another patch than the newest there is.
    let source = format!(
        "source: {{url: \"{}/{{version}}/bin/{{os}}/{{arch}}/{{component}}\"}}\nversions: [1.20.2, 1.21.14]",
        cluster.mirror()
    );
    let text: Vec<&str> =
        found.lines().map(|line| if line.starts_with("# source:") { source.as_str() } else { line }).collect();
    let text =
        text.join("\n").replace("execute: manual", "execute: automatic").replace("coredns: manual", "coredns: leave");
    let path = cluster.file(name);
    std::fs::write(&path, change(text + "\n")).expect("a components file");
    path
}

/// What a component's own process says that it is.
fn running(cluster: &Cluster, host: &str, component: &str) -> String {
    let script = format!("\"/proc/$(systemctl show -p MainPID --value {component})/exe\" --version 2>&1 | head -n 1");
    cluster.exec(host, &["sh", "-c", &script]).trim().to_owned()
}

/// The image of CoreDNS, and how many of its pods have it and answer.
fn dns(cluster: &Cluster) -> String {
    let fields =
        "jsonpath={.spec.template.spec.containers[0].image} {.status.updatedReplicas} {.status.availableReplicas}";
    cluster.kubectl_here(&["-n", "kube-system", "get", "deployment", "coredns", "-o", fields]).trim().to_owned()
}

#[track_caller]
pub(crate) fn assert_everything_at(cluster: &Cluster, version: &str) {
    for (host, components) in COMPONENTS {
        for component in components {
            assert_eq!(running(cluster, host, component), format!("Kubernetes v{version}"), "{component} on {host}");
        }
    }
    let nodes = cluster.kubectl_here(&["get", "nodes", "--no-headers"]);
    for node in ["w1", "w2"] {
        let line = nodes.lines().find(|line| line.starts_with(node)).unwrap_or_default();
        assert!(line.contains(" Ready ") && line.ends_with(&format!("v{version}")), "{nodes}");
    }
}

#[test]
fn a_hand_built_cluster_is_upgraded_over_two_minors_with_its_etcd() {
    let Some(cluster) = Cluster::hand_built("by-hand", 61) else { return };
    let plugin = Plugin::on(&cluster);
    let file = components(&cluster, &plugin, "components.yaml", |text| {
        text.replace(&format!("version: \"{DEBIAN_ETCD}\""), &format!("version: {DEBIAN_ETCD}\n    to: {NEXT_ETCD}"))
            .replace("coredns: leave", "coredns: automatic")
    });
    // The one CoreDNS of this testbed, under the name of the next as well.
    for node in ["w1", "w2"] {
        cluster.exec(node, &["ctr", "-n", "k8s.io", "images", "tag", DNS.0, DNS.1]);
    }
    let file = file.to_str().expect("a plain path");

    write(&cluster, "at-1-19");
    let probe = Probe::start(&cluster);
    plugin.call(&["run", "--components", file, "--to", "1.21", "--yes"]).expect(0);
    let answers = probe.end();

    println!("the API: {answers:?}; the longest gap was {:.1} s", answers.longest_gap.as_secs_f64());
    assert!(answers.answered > 100 && answers.longest_gap < LONGEST_GAP, "{answers:?}");
    assert_everything_at(&cluster, "1.21.14");
    assert_eq!(dns(&cluster), format!("{} 2 2", DNS.1));
    for host in ["cp1", "cp2", "w1"] {
        assert_eq!(running(&cluster, host, "etcd"), format!("etcd Version: {NEXT_ETCD}"), "{host}");
    }
    journal::assert_equals_plan(plugin.state());
    // The old binaries are kept beside the new ones.
    cluster
        .exec("cp1", &["/usr/local/bin/kube-apiserver-v1.20.2", "--version"])
        .contains("v1.20.2")
        .then_some(())
        .expect("kept");
    plugin.call(&["run", "--components", file, "--to", "1.21", "--yes"]).expect(0).complains_of(&["nothing to do"]);
    the_way_back(&cluster, &plugin);
}

fn has(cluster: &Cluster, name: &str) -> bool {
    cluster.kubectl_here(&["get", "configmap", name, "-o", "name"]).trim() == format!("configmap/{name}")
}

#[track_caller]
fn write(cluster: &Cluster, name: &str) {
    cluster.kubectl_here(&["create", "configmap", name]);
    assert!(has(cluster, name));
}

/// Both hops are taken back one after the other, and each time etcd to its snapshot; the first time the plug is pulled while
/// no API server runs.
fn the_way_back(cluster: &Cluster, plugin: &Plugin) {
    let runs = std::fs::read_dir(plugin.state()).expect("a cluster").flatten().find(|entry| entry.path().is_dir());
    let mut runs = std::fs::read_dir(runs.expect("its folder").path()).expect("its runs").flatten();
    let first = runs.next().expect("a run").file_name().into_string().expect("a plain name");
    write(cluster, "at-1-21");

    let mut back = plugin.start(&["rollback", "--restore-etcd", "--yes"]);
    let deadline = std::time::Instant::now() + Duration::from_secs(900);
    let stopped = |host| cluster.exec(host, &["systemctl", "is-active", "etcd"]).trim() == "inactive";
    while !stopped("w1") {
        assert!(std::time::Instant::now() < deadline && back.try_wait().expect("its state").is_none());
        std::thread::sleep(Duration::from_millis(200));
    }
    back.kill().expect("failed to kill");
    back.wait().expect("failed to wait");
    plugin.call(&["resume", "--yes"]).expect(0).complains_of(&["the API is away, as it is while etcd is put back"]);
    assert_everything_at(cluster, "1.20.2");
    assert!(dns(cluster).starts_with(DNS.0));
    assert!(!has(cluster, "at-1-21") && has(cluster, "at-1-19"));
    assert_whole(cluster, NEXT_ETCD);

    write(cluster, "at-1-20");
    plugin.call(&["rollback", "--run", &first, "--restore-etcd", "--yes"]).expect(0);
    assert_everything_at(cluster, "1.19.16");
    assert!(!has(cluster, "at-1-20") && has(cluster, "at-1-19"));
    assert_whole(cluster, DEBIAN_ETCD);
}

/// Three members that all have the same, and what they had before is kept beside.
fn assert_whole(cluster: &Cluster, version: &str) {
    let ctl = "ETCDCTL_API=3 etcdctl --cacert=/etc/etcd/ca.crt --cert=/etc/etcd/server.crt --key=/etc/etcd/server.key";
    let asked = cluster.exec("cp1", &["sh", "-c", &format!("{ctl} endpoint hashkv --cluster; {ctl} member list")]);
    let hashes: std::collections::BTreeSet<&str> =
        asked.lines().filter(|line| line.starts_with("http")).filter_map(|line| line.split(", ").nth(1)).collect();
    assert_eq!((hashes.len(), asked.matches(", started, ").count()), (1, 3), "{asked}");
    for host in ["cp1", "cp2", "w1"] {
        assert_eq!(running(cluster, host, "etcd"), format!("etcd Version: {version}"), "{host}");
        let data = cluster.exec(host, &["sh", "-c", "ls /var/lib/etcd; ls /run/systemd/system/etcd.service.d"]);
        assert!(data.contains("member.before-") && !data.contains("join"), "{host}: {data}");
    }
}

#[test]
fn one_component_is_left_to_a_person() {
    let Some(cluster) = Cluster::hand_built("half-by-hand", 62) else { return };
    let plugin = Plugin::on(&cluster);
    let file = components(&cluster, &plugin, "components.yaml", |text| {
        let (before, cp2) = text.split_once("- host: cp2").expect("cp2");
        let at = cp2.find("component: kube-scheduler").expect("its scheduler");
        let (above, scheduler) = cp2.split_at(at);
        format!("{before}- host: cp2{above}{}", scheduler.replacen("execute: automatic", "execute: manual", 1))
    });
    let saved = cluster.file("plan.json");
    let (file, saved) = (file.to_str().expect("a plain path"), saved.to_str().expect("a plain path"));
    let shown =
        plugin.call(&["plan", "--components", file, "--to", "1.20", "--details", "--out", saved]).expect(0).stdout;
    let plan = PlanFile::read(&std::fs::read_to_string(saved).expect("the plan")).expect("a plan").plan;
    let how: Vec<String> = plan
        .steps()
        .find_map(|step| match &step.action {
            Action::Component(action) => action.by_hand().cloned(),
            _ => None,
        })
        .expect("a step by hand");
    assert!(how.iter().filter_map(|line| line.strip_prefix("$ ")).all(|typed| shown.contains(typed)), "{how:#?}");

    // Nobody is there: the run holds at the step and says so.
    plugin
        .call(&["run", "--plan", saved, "--components", file, "--yes"])
        .expect(6)
        .complains_of(&["by hand", "--wait-file"]);
    assert_eq!(running(&cluster, "cp2", "kube-scheduler"), "Kubernetes v1.19.16");

    // Somebody says that it was done, and it was not.
    let done = cluster.file("done");
    let wait = done.to_str().expect("a plain path");
    let liar = say_so_again_and_again(&done);
    plugin
        .call(&["resume", "--yes", "--wait-file", wait])
        .expect(6)
        .complains_of(&["kube-scheduler on cp2 at 1.20.2", "it is at 1.19.16"]);
    drop(liar);

    // What the plan shows is typed, up to what it says to do only if it does not come up.
    for typed in how
        .iter()
        .filter_map(|line| line.strip_prefix("$ "))
        .take_while(|typed| !typed.starts_with("ln /usr/local/bin/kube-scheduler-v1.19.16"))
    {
        println!("cp2# {typed}\n{}", cluster.exec("cp2", &["sh", "-c", typed]));
    }
    assert_eq!(running(&cluster, "cp2", "kube-scheduler"), "Kubernetes v1.20.2");
    plugin.call(&["resume", "--yes"]).expect(0);
    assert_everything_at(&cluster, "1.20.2");
    journal::assert_equals_plan(plugin.state());
}

/// Creates the file again whenever it is taken away, until dropped.
struct Again(std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Drop for Again {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

fn say_so_again_and_again(file: &std::path::Path) -> Again {
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (until, file) = (std::sync::Arc::clone(&stop), file.to_owned());
    std::thread::spawn(move || {
        while !until.load(std::sync::atomic::Ordering::Relaxed) {
            let _ = std::fs::write(&file, "");
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    Again(stop)
}

#[test]
fn a_binary_that_does_not_start_is_found_before_the_switch_or_put_back_at_once() {
    let Some(cluster) = Cluster::hand_built("flag-gone", 63) else { return };
    let plugin = Plugin::on(&cluster);
    let gone = format!("{}/flag-gone/{{version}}/bin/{{os}}/{{arch}}/{{component}}", cluster.mirror());
    let file = components(&cluster, &plugin, "components.yaml", |text| {
        // Hosts are upgraded in the file's order: the first API server is the one whose binary lacks the flag.
        text.replacen(
            "  - component: kube-apiserver\n",
            &format!("  - component: kube-apiserver\n    source: {{url: \"{gone}\"}}\n"),
            1,
        )
    });
    let file = file.to_str().expect("a plain path");
    let at_first = |host| assert_eq!(running(&cluster, host, "kube-apiserver"), "Kubernetes v1.19.16", "{host}");

    plugin
        .call(&["run", "--components", file, "--to", "1.20", "--yes"])
        .expect(6)
        .complains_of(&["refuses the arguments of kube-apiserver.service", "unknown flag: --apiserver-count"]);
    ["cp1", "cp2"].into_iter().for_each(at_first);

    let forced = Plugin::on(&cluster);
    let probe = Probe::start(&cluster);
    forced.call(&["run", "--components", file, "--to", "1.20", "--yes", "--unasked"]).expect(6).complains_of(&[
        "did not come up",
        "unknown flag: --apiserver-count",
        "1.19.16 was switched back in and is healthy",
    ]);
    let answers = probe.end();
    println!("the API: {answers:?}; the longest gap was {:.1} s", answers.longest_gap.as_secs_f64());
    assert!(answers.longest_gap < LONGEST_GAP, "{answers:?}");
    ["cp1", "cp2"].into_iter().for_each(at_first);

    bad_input(&cluster, &forced);
}

/// What is wrong with the file or the hosts is said, and nothing is touched.
fn bad_input(cluster: &Cluster, plugin: &Plugin) {
    let refused = |name: &str, code: i32, words: &[&str], change: &dyn Fn(String) -> String| {
        let file = components(cluster, plugin, name, change);
        plugin
            .call(&["plan", "--components", file.to_str().expect("a plain path"), "--to", "1.20"])
            .expect(code)
            .complains_of(words);
    };
    refused("unit.yaml", 3, &["expected kube-scheduler on cp1 as unit scheduler.service"], &|text| {
        text.replacen("unit: kube-scheduler.service", "unit: scheduler.service", 1)
    });
    refused("twice.yaml", 2, &["expected each host once, found cp1 again"], &|text| {
        text.replace("- host: cp2", "- host: cp1")
    });
    cluster.exec("w1", &["systemctl", "stop", "etcd"]);
    refused("etcd.yaml", 3, &["expected etcd to run on w1 as unit etcd.service, found it stopped"], &|text| text);
    cluster.exec("w1", &["systemctl", "start", "etcd"]);

    // A wrong checksum, a truncated download and a program for another machine: each stops before the switch.
    let sum = "0".repeat(64);
    let pinned = |text: String| {
        text.replace(
            "\nhosts:\n",
            &format!(
                "\nchecksums:\n- {{component: kubelet, version: 1.20.2, arch: amd64, sha256: \"{sum}\"}}\nhosts:\n"
            ),
        )
    };
    let held = |name: &str, words: &[&str], change: &dyn Fn(String) -> String| {
        let file = components(cluster, plugin, name, change);
        let plugin = Plugin::on(cluster);
        plugin
            .call(&["run", "--components", file.to_str().expect("a plain path"), "--to", "1.20", "--yes"])
            .expect(6)
            .complains_of(words);
        assert!(running(cluster, "w1", "kubelet").contains("v1.19.16"));
    };
    held("sum.yaml", &["expected SHA-256 0000", "nothing was installed"], &pinned);
    let script = "mkdir -p /srv/k && head -c 1000 /usr/local/bin/kube-proxy > /srv/k/kube-proxy-1.20.2 && cd /srv/k && \
                  sha256sum kube-proxy-1.20.2 | cut -d' ' -f1 > kube-proxy-1.20.2.sha256";
    for host in ["w1", "w2"] {
        cluster.exec(host, &["sh", "-c", script]);
    }
    held("program.yaml", &["to say that it is kube-proxy v1.20.2 on a x86_64"], &|text| {
        text.replace(
            "  - component: kube-proxy\n",
            "  - component: kube-proxy\n    source: {path: \"/srv/k/{component}-{release}\"}\n",
        )
    });
}
