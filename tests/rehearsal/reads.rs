//! A rehearsal changes nothing: every request it makes is recorded and looked at.

use http::Method;
use upgrade_rehearsal::Stage;
use upgrade_twin::api::Recording;
use upgrade_twin::hosts::Host;

use crate::original::{blueprint, look, scenario};

/// Everything that could be told of each host's files, packages and kubelet.
fn hosts(stage: &Stage) -> Vec<String> {
    let told = |host: &Host| {
        let packages = ["kubeadm", "kubectl", "kubelet"].map(|name| host.package(name).cloned());
        // A file system's clock is no change of it.
        let files = format!("{:?}", host.files).split("now: ").next().unwrap_or_default().to_owned();
        format!("{files} {packages:?} {:?}", host.kubelet())
    };
    stage.twin.with(|world| world.hosts.values().map(told).collect())
}

/// Where two texts part, as the whole of either is too long to be read.
fn difference(before: &[String], after: &[String]) -> Option<String> {
    let (before, after) = before.iter().zip(after).find(|(before, after)| before != after)?;
    let same = before.bytes().zip(after.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(60)).take(200).collect::<String>();
    Some(format!("before: …{}…\nafter: …{}…", around(before), around(after)))
}

#[test]
fn a_rehearsal_asks_for_no_change_of_the_cluster_and_leaves_its_hosts_as_they_are() {
    for blueprint in [blueprint(2, &[]), scenario("ha-blocked"), scenario("classic"), scenario("hand-built")] {
        upgrade_rehearsal::runtime().unwrap().block_on(async {
            let stage = Stage::open(&blueprint, 1).unwrap();
            stage.twin.with(|world| world.api.recording = Recording::Everything);
            let (before, objects) = (hosts(&stage), stage.twin.with(|world| world.store.version()));
            let (snapshot, inventory) = look(&stage, blueprint.components().as_ref()).await;

            let requests = stage.twin.requests();
            let changes: Vec<_> = requests.iter().filter(|request| request.method != Method::GET).collect();
            assert!(changes.is_empty(), "{changes:?}");
            let of_snapshot = |plural: &str| requests.iter().any(|request| request.path.contains(plural));
            assert!(["/nodes", "/pods", "/replicasets", "/poddisruptionbudgets"].into_iter().all(of_snapshot));
            assert!(requests.iter().all(|request| !request.path.contains("secrets")), "no secret is read");
            assert!(!snapshot.objects.is_empty() && !inventory.hosts.is_empty());

            assert_eq!(difference(&before, &hosts(&stage)), None);
            let own = stage.twin.with(|world| world.store.version()) - objects;
            assert!(own <= 3 * blueprint.machines.len() as u64, "no more than heartbeats: {own}");
        });
    }
}
