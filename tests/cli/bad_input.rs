//! What a person gets wrong: each has its error, its hint and its exit code (docs/exit-codes.md), and changes nothing.

use upgrade_tests::api::Fixture;

use crate::session::{Session, Transcript};

/// Snapshots a failure and checks its code.
fn refused(name: &str, transcript: &Transcript, code: i32) {
    insta::assert_snapshot!(name, transcript.to_string());
    assert_eq!(transcript.code, code, "{transcript}");
    assert_eq!(transcript.stdout, "", "errors go to stderr");
}

#[test]
fn a_target_that_is_no_version() {
    refused("target_no_version", &Session::of("kubeadm").run("plan --to newest --no-hosts"), 2);
}

#[test]
fn a_target_older_than_the_cluster() {
    refused("target_older", &Session::of("kubeadm").run("plan --to 1.33 --no-hosts"), 2);
}

#[test]
fn a_server_that_is_not_there() {
    // Port 9 is below those handed out for listening, and nothing listens there.
    refused("unreachable", &Session::at("http://127.0.0.1:9").run("plan --request-timeout 2s"), 9);
}

#[test]
fn no_kubeconfig() {
    let session = Session::of("kubeadm");
    refused("no_kubeconfig", &session.run("plan --kubeconfig nowhere"), 2);
}

#[test]
fn a_kubeconfig_that_is_not_one() {
    let session = Session::of("kubeadm");
    session.write("broken", "][");
    refused("broken_kubeconfig", &session.run("plan --kubeconfig broken"), 2);
}

#[test]
fn an_unknown_context() {
    refused("unknown_context", &Session::of("kubeadm").run("plan --context elsewhere"), 2);
}

#[test]
fn credentials_that_are_not_accepted() {
    let fixture = Fixture { unauthorized: true, ..Fixture::read("kubeadm") };
    refused("unauthorized", &Session::with(fixture).run("plan --no-hosts"), 8);
}

#[test]
fn a_cloud_that_nobody_is_signed_in_to() {
    // Nor is there a machine's own identity at an address where nothing listens.
    let nowhere = "http://127.0.0.1:9";
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", nowhere), ("GCE_METADATA_HOST", "127.0.0.1:9")];
    for (cloud, names, says) in [
        ("eks", "--cloud-region eu-west-1", ["no AWS credentials could be had", "aws sts get-caller-identity"]),
        (
            "gke",
            "--cloud-account shop --cloud-region europe-west1",
            ["credentials", "gcloud auth application-default login"],
        ),
        ("aks", "--cloud-account shop --cloud-group shop", ["managed identity", "az login"]),
    ] {
        let told = Session::of(cloud).run_with(&format!("plan --cloud-cluster shop {names}"), &variables);
        assert_eq!(told.code, 1, "{told}");
        let flat = told.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(says.iter().all(|word| flat.contains(word)), "{cloud}: {told}");
    }
}

#[test]
fn budgets_that_may_not_be_seen_are_unknown_and_never_fine() {
    let session = Session::with(Fixture::read("kubeadm").forbidding("list", "poddisruptionbudgets"));
    let transcript = session.run("plan --to 1.35 --no-hosts --release-table calendar.tsv");
    assert!(transcript.to_string().contains("poddisruptionbudgets"), "{transcript}");
    insta::assert_snapshot!("forbidden_budgets", transcript.to_string());
}

#[test]
fn a_target_that_does_not_exist() {
    refused("target_unknown", &Session::of("kubeadm").run("plan --to 1.99 --no-hosts"), 2);
}

#[test]
fn a_right_that_is_missing_is_named() {
    let session = Session::with(Fixture::read("kubeadm").forbidding("list", "nodes"));
    let transcript = session.run("plan --no-hosts");
    assert!(transcript.stderr.contains("nodes"), "{transcript}");
    refused("forbidden_nodes", &transcript, 8);
}

/// The session and the text of a saved plan.
fn saved_plan() -> (Session, String) {
    let session = Session::of("kubeadm");
    let transcript = session.run("plan --to 1.35 --no-hosts --out saved.json");
    assert_eq!(transcript.code, 3, "{transcript}");
    let text = std::fs::read_to_string(session.path("saved.json")).expect("the saved plan");
    (session, text)
}

#[test]
fn a_saved_plan_edited_by_hand() {
    let (session, text) = saved_plan();
    assert!(text.contains("\"w-1\""), "{text}");
    session.write("edited.json", &text.replace("\"w-1\"", "\"w-9\""));
    refused("plan_edited", &session.run("run --plan edited.json --yes"), 4);
}

#[test]
fn a_saved_plan_for_another_cluster() {
    let (_session, text) = saved_plan();
    let other = Session::of("kubeadm-ha");
    other.write("saved.json", &text);
    refused("plan_of_another_cluster", &other.run("run --plan saved.json --yes"), 4);
}

#[test]
fn a_saved_plan_that_is_no_plan() {
    let session = Session::of("kubeadm");
    session.write("broken.json", "{\"steps\": [");
    refused("plan_not_json", &session.run("run --plan broken.json --yes"), 2);
    session.write("other.json", "{\"kind\": \"Pod\"}");
    refused("plan_other_json", &session.run("run --plan other.json --yes"), 2);
    refused("plan_missing", &session.run("run --plan missing.json --yes"), 2);
}

#[test]
fn a_saved_plan_with_flags_that_shape_one() {
    let (session, _) = saved_plan();
    refused("plan_and_target", &session.run("run --plan saved.json --to 1.36"), 2);
}

#[test]
fn a_run_without_a_terminal_asks_for_yes() {
    refused("run_without_yes", &Session::of("kubeadm").run("run --to 1.35 --no-hosts"), 2);
}

#[test]
fn status_and_resume_without_a_run() {
    let session = Session::of("kubeadm");
    refused("status_without_run", &session.run("status"), 2);
    refused("resume_without_run", &session.run("resume --yes"), 2);
}
