//! Simulated clusters that were built by hand, and what is wrong with their components files.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::sandbox::{Up, person, report};
use crate::session::{Session, Transcript};

/// The components file of the sandbox as its discovery writes it, everything to be replaced by the tool but for what
/// `change` does to it.
fn with_components(change: impl FnOnce(String) -> String) -> Session {
    let session = person();
    let found = session.run("inventory --sandbox=hand-built");
    assert_eq!((found.code, found.stdout.matches("- component: ").count()), (0, 15), "{found}");
    let source = "source: {url: \"https://mirror.example.com/{version}/bin/{os}/{arch}/{component}\"}";
    let text: String = found
        .stdout
        .lines()
        .map(|line| if line.starts_with("# source:") { source } else { line })
        .fold(String::new(), |text, line| text + line + "\n");
    let text = text.replace("execute: manual", "execute: automatic").replace("coredns: manual", "coredns: leave");
    session.write("c.yaml", &change(text));
    session
}

fn plan(change: impl FnOnce(String) -> String) -> Transcript {
    with_components(change).run("plan --sandbox=hand-built --components c.yaml --to 1.35")
}

fn run(change: impl FnOnce(String) -> String) -> Transcript {
    with_components(change).run("run --sandbox=hand-built --components c.yaml --to 1.35 --yes --speed max")
}

#[track_caller]
fn refused(transcript: &Transcript, code: i32, words: &str) {
    assert_eq!(transcript.code, code, "{transcript}");
    assert!(transcript.stderr.contains(words), "{words:?} is not in {transcript}");
}

#[test]
fn a_run_goes_component_by_component_to_its_end() {
    let session = person();
    let transcript = session.run("run --sandbox=hand-built --yes --speed max");
    assert_eq!(transcript.code, 0, "{transcript}");
    assert!(transcript.stderr.contains("etcd 3.6.8: done: "), "{transcript}");
    assert!(transcript.stderr.contains("86 steps in "), "{transcript}");
    insta::assert_snapshot!("hand_built_report", report(&transcript));
    let again = session.run("plan --sandbox=hand-built --no-hosts");
    assert_eq!(again.code, 3, "nobody looked at the hosts: {again}");
    assert!(again.stdout.contains("KU0401") && again.stdout.contains("86 steps"), "{again}");
}

#[test]
fn the_file_that_discovery_writes_is_planned_by_and_can_be_kept() {
    let session = with_components(|text| text);
    let transcript = session.run("plan --sandbox=hand-built --components c.yaml --to 1.35 --details");
    assert_eq!(transcript.code, 0, "{transcript}");
    assert!(
        transcript.stdout.contains("keep /usr/local/bin/kubelet as /usr/local/bin/kubelet-v1.34.5"),
        "{transcript}"
    );
    let kept = session.run("inventory --sandbox=hand-built --out c.yaml");
    refused(&kept, 2, "failed to write c.yaml");
}

#[test]
fn what_is_left_to_a_person_holds_a_run_that_nobody_attends() {
    let manual = |text: String| text.replacen("execute: automatic", "execute: manual", 4);
    let transcript = run(manual);
    refused(&transcript, 6, "is done by hand, and there is nobody to hear from");
    assert!(transcript.stderr.contains("kubectl upgrade resume"), "{transcript}");
}

#[test]
fn a_file_that_cannot_be_is_refused_with_the_place_of_the_mistake() {
    for (words, change) in [
        ("expected each host once, found cp-1 again at hosts[1]", ("- host: cp-2", "- host: cp-1")),
        ("found \"kube-schedular\"", ("component: kube-scheduler", "component: kube-schedular")),
        ("found \"etcd\"", ("unit: etcd.service", "unit: etcd")),
        ("expected one of unit and manifest", ("    unit: kubelet.service\n", "")),
    ] {
        refused(&plan(|text| text.replacen(change.0, change.1, 1)), 2, words);
    }
    let missing = person().run("plan --sandbox=hand-built --components nowhere.yaml");
    refused(&missing, 2, "nowhere.yaml");
}

#[test]
fn a_unit_that_no_host_has_is_found_before_the_run() {
    let transcript = plan(|text| text.replacen("unit: kube-scheduler.service", "unit: scheduler.service", 1));
    refused(&transcript, 3, "expected kube-scheduler on cp-1 as unit scheduler.service");
    let worker = plan(|text| text.replacen("- host: w-3", "- host: w-9", 1));
    assert_ne!(worker.code, 0, "{worker}");
}

#[test]
fn what_is_not_the_binary_that_was_meant_stops_before_anything_is_switched() {
    let sum = format!("- {{component: kubelet, version: 1.35.6, arch: amd64, sha256: \"{}\"}}", "0".repeat(64));
    let pinned =
        |text: String| text.replace("\nhosts:\n", &format!("\nversions: [1.35.6]\nchecksums:\n{sum}\nhosts:\n"));
    let foreign = |text: String| text.replace("/bin/{os}/{arch}/", "/bin/{os}/arm64/");
    let elsewhere = |text: String| text.replace("/{component}\"", "/{component}.tar\"");
    let truncated = |text: String| text.replace("mirror.example.com/", "mirror.example.com/cut-short/");
    for (words, transcript) in [
        ("of https://mirror.example.com/v1.35.6/bin/linux/amd64/kubelet, found", run(pinned)),
        ("expected a program for a machine like this one, a x86_64", run(foreign)),
        ("expected a checksum in the components file or at", run(elsewhere)),
        ("bytes; nothing was installed", run(truncated)),
    ] {
        refused(&transcript, 6, words);
        assert!(!transcript.stderr.contains("switched"), "{transcript}");
    }
}

#[test]
fn a_member_of_etcd_that_is_down_is_found_before_the_run() {
    for line in ["plan --sandbox=etcd-down", "run --sandbox=etcd-down --yes --speed max"] {
        let transcript = person().run(line);
        refused(&transcript, 3, "expected etcd to run on w-1 as unit etcd.service, found it stopped");
        assert!(transcript.stderr.contains("hint: "), "{transcript}");
    }
}

#[test]
fn what_was_said_to_be_done_and_was_not_holds_the_run() {
    let session = with_components(|text| {
        let at = text.find("  - component: kube-apiserver\n").expect("an API server");
        let (before, servers) = text.split_at(at);
        before.to_owned() + &servers.replacen("execute: automatic", "execute: manual", 1)
    });
    let (file, done) = (session.path("sandbox.kubeconfig"), session.path("done"));
    let _up = Up::start(&session, "hand-built", &format!("--speed 60 --kubeconfig {}", file.display()));
    let stop = AtomicBool::new(false);
    let transcript = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                std::fs::write(&done, "").expect("a file");
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let line = "run --kubeconfig sandbox.kubeconfig --components c.yaml --to 1.35 --yes --wait-file done";
        let transcript = session.run(line);
        stop.store(true, Ordering::Relaxed);
        transcript
    });
    refused(&transcript, 6, "kube-apiserver on cp-1 at 1.35");
    assert!(transcript.stderr.contains("it is at 1.34.5"), "{transcript}");
}

#[test]
fn the_way_back_takes_etcd_with_it_only_when_told_to() {
    let session = person();
    let file = session.path("sandbox.kubeconfig");
    let _up = Up::start(&session, "hand-built", &format!("--speed 60 --kubeconfig {}", file.display()));
    let run = session.run("run --kubeconfig sandbox.kubeconfig --to 1.35 --yes");
    assert_eq!(run.code, 0, "{run}");
    let plain = session.run("rollback --kubeconfig sandbox.kubeconfig");
    assert_eq!(plain.code, 0, "{plain}");
    let flat = |transcript: &Transcript| transcript.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = flat(&plain);
    assert!(!said.contains("put etcd back") && said.contains("kubectl upgrade rollback --restore-etcd"), "{plain}");
    let whole = session.run("rollback --kubeconfig sandbox.kubeconfig --restore-etcd --yes --details");
    assert_eq!(whole.code, 0, "{whole}");
    for words in [
        "what was written since is lost",
        "container coredns, from registry.k8s.io/coredns/coredns:v1.13.1 to registry.k8s.io/coredns/coredns:v1.12.1",
        "the binary of etcd 3.5.26 goes back with it",
        "etcdctl snapshot restore /var/backups/kubectl-upgrade/etcd-1.34.5-",
        "rename a link of /usr/local/bin/etcd-v3.5.26 over /usr/local/bin/etcd",
    ] {
        assert!(flat(&whole).contains(words), "{words:?} is not in {whole}");
    }
    let again = session.run("rollback --kubeconfig sandbox.kubeconfig --yes");
    assert!(again.code == 0 && again.stderr.contains("was a way back itself; name the one that is meant"), "{again}");
    let standing = session.run("inventory --kubeconfig sandbox.kubeconfig");
    assert_eq!(standing.stdout.matches("3.5.26").count(), 3, "{standing}");
}

#[test]
fn static_pods_are_replaced_and_taken_back() {
    let session = person();
    let file = session.path("sandbox.kubeconfig");
    let _up = Up::start(&session, "hand-built-pods", &format!("--speed 60 --kubeconfig {}", file.display()));
    let found = session.run("inventory --kubeconfig sandbox.kubeconfig");
    assert!(found.stdout.contains("image: \"registry.k8s.io/kube-apiserver:{version}\""), "{found}");
    assert!(found.stdout.contains("image: \"registry.k8s.io/etcd:{release}-0\""), "{found}");
    session.write("c.yaml", &found.stdout.replace("coredns: manual", "coredns: leave"));
    let plan = session.run("plan --kubeconfig sandbox.kubeconfig --components c.yaml --to 1.35 --details");
    let runbook = "$ sed '/image:/s|registry.k8s.io/kube-apiserver:v1.34.5|registry.k8s.io/kube-apiserver:v1.35.9|'";
    assert!(plan.code == 0 && plan.stdout.contains(runbook), "{plan}");

    let run = session.run("run --kubeconfig sandbox.kubeconfig --to 1.35 --yes --details");
    assert_eq!(run.code, 0, "{run}");
    for words in ["registry.k8s.io/kube-apiserver:v1.35.6", "keep /etc/kubernetes/manifests/etcd.yaml as"] {
        assert!(run.stdout.contains(words), "{words:?} is not in {run}");
    }
    let standing = session.run("inventory --kubeconfig sandbox.kubeconfig");
    assert_eq!(standing.stdout.matches("version: \"1.35.6\"").count(), 3 * 4 + 3 * 2, "{standing}");
    let back = session.run("rollback --kubeconfig sandbox.kubeconfig --yes");
    assert_eq!(back.code, 0, "{back}");
    let standing = session.run("inventory --kubeconfig sandbox.kubeconfig");
    assert_eq!(standing.stdout.matches("version: \"1.34.5\"").count(), 3 * 4 + 3 * 2, "{standing}");
}
