//! Simulated clusters: nothing of a person's own is needed, and the same story is told each time.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use regex::Regex;
use serde_json::Value;
use upgrade_tests::plugin;

use crate::session::{Session, Transcript};

/// A person without any cluster: whatever is asked of the kubeconfig's would fail.
pub(crate) fn person() -> Session {
    Session::at("http://127.0.0.1:9")
}

/// A snapshot of the plan of a scenario, and its exit code (docs/exit-codes.md).
macro_rules! plans {
    ($($test:ident: $scenario:literal => $code:literal;)+) => {$(
        #[test]
        fn $test() {
            let transcript = person().run(concat!("plan --sandbox=", $scenario));
            insta::assert_snapshot!(stringify!($test), transcript.to_string());
            assert_eq!(transcript.code, $code);
        }
    )+};
}

plans! {
    kubeadm: "kubeadm" => 0;
    classic: "classic" => 0;
    ha_blocked: "ha-blocked" => 3;
    eks: "eks" => 0;
    hand_built: "hand-built" => 0;
    hand_built_pods: "hand-built-pods" => 0;
    eks_mixed: "eks-mixed" => 0;
    eks_karpenter: "eks-karpenter" => 0;
    eks_full: "eks-full" => 3;
    gke_window: "gke-window" => 0;
    aks_lts: "aks-lts --skip-minors" => 0;
    aks_unsupported: "aks-unsupported --skip-minors" => 0;
}

/// Its numbers are the simulation's matter; that they are there is a snapshot's. Those of the first command are shown by the
/// README, and held to it.
fn without_numbers(text: &str) -> String {
    let number = Regex::new(r"\b[0-9]+( (s|min|h)\b( [0-9]+ (s|min)\b)?)?").expect("a pattern");
    number.replace_all(text, "#").into_owned()
}

pub(crate) fn report(transcript: &Transcript) -> String {
    let start = transcript.stdout.find("\nReport").unwrap_or_else(|| panic!("no report: {transcript}"));
    without_numbers(&transcript.stdout[start..])
}

#[test]
fn a_run_goes_to_its_end_and_is_told_the_same_way_each_time() {
    let tell = || {
        let session = person();
        let transcript = session.run("run --sandbox --yes --speed max");
        assert_eq!(transcript.code, 0, "{transcript}");
        (transcript, session)
    };
    let ((first, session), (second, _)) = (tell(), tell());
    assert_eq!(first.to_string(), second.to_string());
    assert!(first.stdout.contains("Hop 2 of 2"), "the plan is shown: {first}");
    assert!(first.stderr.contains("every goal observed"), "{first}");
    let start = first.stdout.find("Report").unwrap_or_else(|| panic!("no report: {first}"));
    let report = first.stdout[start..].trim_end();
    let shown = std::fs::read_to_string(plugin::root().join("README.md")).expect("the README reads");
    assert!(shown.contains(report), "the README shows another report than this:\n{report}");

    // The journal is kept, beside those of real clusters and not among them.
    let status = session.run("status");
    assert!(status.stdout.contains("finished; every goal was observed"), "{status}");
    let again = session.run("run --sandbox --yes --speed max");
    assert_eq!(again.code, 0, "a story can be told twice: {again}");
    assert!(again.stderr.contains("-2; its journal is in [home]"), "{again}");
}

#[test]
fn the_pace_changes_nothing_but_the_wait() {
    let told = |speed: &str| {
        let transcript = person().run(&format!("run --sandbox --to 1.35 --yes --speed {speed}"));
        assert_eq!(transcript.code, 0, "{transcript}");
        transcript.to_string()
    };
    assert_eq!(told("max"), told("600"));
}

#[test]
fn another_seed_tells_another_story_with_the_same_end() {
    let told = |seed: u64| {
        let transcript = person().run(&format!("run --sandbox --seed {seed} --to 1.35 --yes --speed max -o json"));
        assert_eq!(transcript.code, 0, "{transcript}");
        let last: Value = serde_json::from_str(transcript.stdout.lines().last().unwrap()).unwrap();
        last["report"].clone()
    };
    let (one, two) = (told(1), told(2));
    assert_ne!(one["drains"], two["drains"]);
    for report in [one, two] {
        assert_eq!(report["finished"], true);
        assert_eq!(report["planned"]["steps"], report["happened"]["steps"]);
        assert!(report["workloads"].as_array().is_some_and(|workloads| workloads.len() > 3), "{report}");
    }
}

#[test]
fn the_classic_path_is_taken_hop_by_hop() {
    let transcript = person().run("run --sandbox=classic --yes --speed max -o json");
    assert_eq!(transcript.code, 0, "{transcript}");
    let lines: Vec<Value> = transcript.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let report = &lines.last().unwrap()["report"];
    assert_eq!((report["from"].as_str(), report["target"].as_str()), (Some("1.11.3"), Some("1.13.1")));
    assert!(lines.iter().any(|line| line["event"]["recorded"]["entry"] == "run-finished"));
}

#[test]
fn a_budget_that_never_allows_stops_the_run_before_it_begins() {
    let transcript = person().run("run --sandbox=ha-blocked --yes --speed max");
    assert_eq!(transcript.code, 3, "{transcript}");
    assert!(transcript.stderr.contains("may not start while blockers stand"), "{transcript}");
}

#[test]
fn an_accepted_one_holds_the_run_and_says_that_the_sandbox_has_ended() {
    let session = person();
    let transcript = session.run("run --sandbox=ha-blocked --accept KU0301 --yes --speed max");
    assert_eq!(transcript.code, 5, "{transcript}");
    assert!(transcript.stderr.contains("shop/cart-sync"), "{transcript}");
    insta::assert_snapshot!("held_report", report(&transcript));

    let resumed = session.run("resume --yes");
    assert_eq!(resumed.code, 9, "{resumed}");
    insta::assert_snapshot!("resume_of_an_ended_sandbox", resumed.to_string());
    let status = session.run("status");
    assert!(status.stdout.contains("kubectl upgrade run --sandbox=ha-blocked"), "{status}");
}

#[test]
fn a_saved_plan_of_a_sandbox_is_for_that_sandbox() {
    let session = person();
    assert_eq!(session.run("plan --sandbox --to 1.35 --out p.json").code, 0);
    let other = session.run("run --sandbox=classic --plan p.json --yes --speed max");
    assert_eq!(other.code, 4, "{other}");
    let same = session.run("run --sandbox --plan p.json --yes --speed max");
    assert_eq!(same.code, 0, "{same}");
}

#[test]
fn what_makes_no_sense_is_refused_with_what_was_expected() {
    let session = person();
    let mut all = String::new();
    for line in [
        "plan --sandbox=kubdm",
        "plan --sandbox=rancher",
        "plan --sandbox --context prod --token secret-token",
        "plan --sandbox --hosts hosts.yaml",
        "run --sandbox --yes --speed 0",
        "run --sandbox --yes --speed NaN",
        "run --speed 2",
        "sandbox up --speed=-1",
        "sandbox up --speed max",
        "sandbox up --speed 61",
        "sandbox up --port 0",
        "sandbox up ha",
    ] {
        let transcript = session.run(line);
        assert_eq!(transcript.code, 2, "{line}: {transcript}");
        assert!(!transcript.to_string().contains("secret-token"), "{transcript}");
        all.push_str(&format!("$ kubectl upgrade {line}\n{}\n", transcript.stderr));
    }
    insta::assert_snapshot!("refusals", all);
    insta::assert_snapshot!("list", session.run("sandbox list").to_string());
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let transcript = person().run(&format!("sandbox up --port {port}"));
    assert_eq!(transcript.code, 2, "{transcript}");
    assert!(transcript.stderr.contains(&format!("failed to listen on 127.0.0.1:{port}")), "{transcript}");
    assert!(transcript.stderr.contains("hint: take another port"), "{transcript}");
}

/// A sandbox that is up, until it is dropped.
pub(crate) struct Up(Child);

impl Up {
    /// Starts it and waits for its greeting.
    pub(crate) fn start(session: &Session, scenario: &str, arguments: &str) -> Self {
        let mut child = Command::new(plugin::binary())
            .args(["sandbox", "up", scenario])
            .args(arguments.split_whitespace())
            .env_clear()
            .env("HOME", session.path(""))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut greeting).unwrap();
        assert!(greeting.starts_with(&format!("sandbox {scenario} is up")), "{greeting}");
        Self(child)
    }

    /// Ends it as Ctrl-C does, and returns its last words.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let kill = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let mut rest = String::new();
        self.0.stderr.as_mut().unwrap().read_to_string(&mut rest).unwrap();
        (self.0.wait().unwrap().code(), rest)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn one_that_stays_is_planned_and_run_like_any_cluster() {
    use std::os::unix::fs::PermissionsExt as _;
    let session = person();
    let file = session.path("sandbox.kubeconfig");
    let up = Up::start(&session, "kubeadm", &format!("--speed 10 --kubeconfig {}", file.display()));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds a token");

    let plan = session.run("plan --kubeconfig sandbox.kubeconfig --to 1.35");
    assert_eq!(plan.code, 0, "{plan}");
    assert!(plan.stdout.contains("path     1.34.5"), "{plan}");
    let token = session.run("plan --kubeconfig sandbox.kubeconfig --token another");
    assert_eq!(token.code, 8, "{token}");
    let run = session.run("run --kubeconfig sandbox.kubeconfig --to 1.35 --yes");
    assert_eq!(run.code, 0, "{run}");
    let text = std::fs::read_to_string(&file).unwrap();
    let token = Regex::new(r"[0-9a-f]{64}").unwrap().find(&text).unwrap().as_str().to_owned();
    for path in files_below(&session.path(".local")) {
        assert!(!std::fs::read_to_string(&path).unwrap().contains(&token), "{} holds the token", path.display());
    }

    let (code, last) = up.interrupt();
    assert_eq!(code, Some(0));
    assert!(last.contains("the sandbox has ended"), "{last}");
    assert!(!file.exists(), "the kubeconfig goes with it");
    let gone = session.run("plan --kubeconfig sandbox.kubeconfig");
    assert_eq!(gone.code, 2, "{gone}");
}

#[test]
fn one_that_was_killed_leaves_a_kubeconfig_that_says_so() {
    let session = person();
    let file = session.path("sandbox.kubeconfig");
    drop(Up::start(&session, "kubeadm", &format!("--kubeconfig {}", file.display())));
    let gone = session.run("plan --kubeconfig sandbox.kubeconfig");
    assert_eq!(gone.code, 9, "{gone}");
    assert!(gone.stderr.contains("the sandbox of this kubeconfig is not running any more"), "{gone}");
    assert!(gone.stderr.contains("hint: start one: kubectl upgrade sandbox up kubeadm"), "{gone}");
    let again = session.run(&format!("sandbox up --kubeconfig {}", file.display()));
    assert_eq!(again.code, 2, "a file that is there is not replaced: {again}");
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> = entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect();
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found
}
