//! Rehearsals as a person meets them, and what is typed wrong about them.

use regex::Regex;
use serde_json::Value;

use crate::session::{Session, Transcript};

fn person() -> Session {
    Session::at("http://127.0.0.1:9")
}

/// Durations are the simulation's matter; that they are there is this test's.
fn without_durations(transcript: &Transcript) -> String {
    let duration = Regex::new(r"[0-9]+ (s|min|h)\b( [0-9]+ (s|min)\b)?( \(# – #\))?").expect("a pattern");
    let once = duration.replace_all(&transcript.stdout, "#").into_owned();
    let spread = Regex::new(r"# \([0-9a-z ]*# – #\)|# \(# – #\)").expect("a pattern");
    let text = spread.replace_all(&once, "#").into_owned();
    Regex::new(" {2,}").expect("a pattern").replace_all(&text, "  ").into_owned()
}

#[test]
fn a_plan_is_saved_rehearsed_and_told_the_same_way_each_time() {
    let session = person();
    let planned = session.run("plan --sandbox --out p.json");
    assert!(planned.stdout.contains("kubectl upgrade rehearse"), "the plan tells of it: {planned}");
    let first = session.run("rehearse --sandbox --plan p.json --times 2");
    assert_eq!(first.code, 0, "{first}");
    insta::assert_snapshot!("rehearsed", without_durations(&first));
    assert_eq!(first.stderr, "rehearsing 2 times on a copy of the cluster\n");
    let again = session.run("rehearse --sandbox --times 2 -o json");
    let told: Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert!(planned.stdout.contains(told["digest"].as_str().expect("a digest")), "the same plan: {planned}");
    let forecast = &told["forecast"];
    assert_eq!((&forecast["finished"], &forecast["rehearsals"]), (&2.into(), &2.into()));
    assert_eq!(forecast["hops"].as_array().map(Vec::len), Some(2));
    assert!(forecast["nodes"]["w-2"]["middle_s"].as_u64().is_some_and(|seconds| seconds > 10), "{forecast:#}");
    assert_eq!(told["unlike"], Value::Array(Vec::new()), "a sandbox is copied whole");
}

#[test]
fn a_budget_that_never_allows_is_forecast_to_hold_the_run() {
    let transcript = person().run("rehearse --sandbox=ha-blocked --times 1");
    assert_eq!(transcript.code, 3, "{transcript}");
    insta::assert_snapshot!("rehearsed_ha_blocked", without_durations(&transcript));
}

#[test]
fn a_hand_built_cluster_is_rehearsed_unit_by_unit() {
    let transcript = person().run("rehearse --sandbox=hand-built --times 1");
    assert_eq!(transcript.code, 0, "{transcript}");
    insta::assert_snapshot!("rehearsed_hand_built", without_durations(&transcript));
}

/// Mistakes, each with its exit code (docs/exit-codes.md).
macro_rules! refuses {
    ($($test:ident: $typed:literal => $code:literal, $says:literal;)+) => {$(
        #[test]
        fn $test() {
            let transcript = person().run($typed);
            assert_eq!((transcript.code, transcript.stdout.as_str()), ($code, ""), "{transcript}");
            assert!(transcript.stderr.contains($says), "{transcript}");
        }
    )+};
}

refuses! {
    no_times_at_all: "rehearse --sandbox --times 0" => 2, "0 is not in 1..=1000";
    a_scenario_that_is_not_there: "rehearse --sandbox=kubeadmin" => 2, "perhaps --sandbox=kubeadm";
    a_plan_and_choices: "rehearse --sandbox --plan p.json --to 1.36" => 2, "cannot be used with";
    a_plan_that_is_not_there: "rehearse --sandbox --plan p.json" => 2, "failed to read the plan p.json";
    hosts_that_are_not_asked: "rehearse --sandbox --no-hosts" => 2, "leave --no-hosts away";
    a_server_that_is_not_there: "rehearse --request-timeout 2s" => 9, "hint";
}

#[test]
fn hosts_that_do_not_answer_are_named() {
    let transcript = Session::of("kubeadm").run("rehearse --to 1.35 --release-table calendar.tsv");
    assert_eq!((transcript.code, transcript.stdout.as_str()), (1, ""), "{transcript}");
    insta::assert_snapshot!("rehearse_without_hosts", transcript.stderr);
}

#[test]
fn workloads_that_may_not_be_seen_are_named() {
    let session = Session::with(upgrade_tests::api::Fixture::read("kubeadm").forbidding("list", "replicasets"));
    let transcript = session.run("rehearse --to 1.35 --release-table calendar.tsv");
    assert_eq!((transcript.code, transcript.stdout.as_str()), (8, ""), "{transcript}");
    assert!(transcript.stderr.contains("replicasets"), "{transcript}");
}
