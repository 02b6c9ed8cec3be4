//! The conversations with a real kube-apiserver: it answers as recorded, so that the recordings are current.
//!
//! Where the machine cannot run the testbed, that is said by name; with `CI` set it is a failure.
//! `CONFORMANCE_RECORD=1` writes the recordings anew.

mod control_plane;

use futures::StreamExt;
use upgrade_tests::conformance::{Group, Recording, Server, compare, run};
use upgrade_tests::plugin::root;

use control_plane::ControlPlane;

/// At a time: more only queue up on a small machine.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn the_real_api_server_answers_as_recorded() {
    let Some(real) = ControlPlane::up("conformance", "1.20.15") else { return };
    real.compact().await;
    let server = Server::of_kubeconfig(&real.kubeconfig()).await;
    let folder = root().join("tests/conformance/recorded/1.20");
    let groups = Group::read_all(&root().join("tests/conformance/cases"));
    let cases = groups.iter().flat_map(|group| &group.cases);
    let run_name = format!("{:x}", std::process::id());
    let found: Vec<Recording> = futures::stream::iter(cases)
        .map(|case| run(case, &server, &run_name))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    if std::env::var_os("CONFORMANCE_RECORD").is_some() {
        let failed = |recording: &&Recording| recording.exchanges.iter().any(|one| one.request.starts_with("failed"));
        assert_eq!(found.iter().find(failed), None, "nothing is recorded of cases that could not be prepared");
        found.iter().for_each(|recording| recording.write(&folder));
    }
    let changed: Vec<_> =
        found.iter().flat_map(|found| compare(&Recording::read(&folder, &found.case), found)).collect();
    let told: Vec<_> = changed.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} differences from what was recorded:\n{}", told.len(), told.join("\n"));
    println!("{} conversations answered as recorded", found.len());
}
