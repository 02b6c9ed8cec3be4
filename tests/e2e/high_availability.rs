//! Three control-plane hosts with stacked etcd behind a load balancer: one at a time, and the API answers throughout.

use std::time::Duration;

use jiff::Timestamp;
use upgrade_core::journal::Entry;
use upgrade_core::plan::StageKind;

use crate::cluster::{Cluster, Shape};
use crate::journal;
use crate::plugin::Plugin;
use crate::probe::Probe;
use crate::two_hops::assert_everything_at;

/// A failing API server is noticed by the load balancer's checks within a second; requests in flight on it are lost and
/// the next one may meet it once more. Anything near the half minute that an API server takes to restart is an outage.
const LONGEST_GAP: Duration = Duration::from_secs(10);

#[test]
fn a_control_plane_of_three_is_upgraded_one_at_a_time() {
    let arguments = &["--lb", "--repo", "flat"];
    let shape = Shape { name: "three", id: 15, version: "1.19.16", control_planes: 3, workers: 1, arguments };
    let Some(cluster) = Cluster::up(&shape) else { return };
    let plugin = Plugin::on(&cluster);

    let probe = Probe::start(&cluster);
    plugin.call(&["run", "--to", "1.20", "--yes"]).expect(0);
    let answers = probe.end();

    println!("the API: {answers:?}; the longest gap was {:.1} s", answers.longest_gap.as_secs_f64());
    assert!(answers.answered > 100, "{answers:?}");
    assert!(answers.longest_gap < LONGEST_GAP, "{answers:?}");
    assert_everything_at(&cluster, &plugin, "1.20.15", &["cp1", "cp2", "cp3", "w1"]);
    assert_one_at_a_time(&plugin);
    assert_quorum(&cluster);
    journal::assert_equals_plan(plugin.state());
}

/// No two control-plane hosts had a step under way at the same time.
fn assert_one_at_a_time(plugin: &Plugin) {
    let plan = journal::plan(plugin.state());
    let of_control_plane = [StageKind::ControlPlane, StageKind::ControlPlaneKubelets];
    let stages = plan.stages.iter().filter(|stage| of_control_plane.contains(&stage.kind));
    let mut spans: Vec<(Timestamp, Timestamp, String)> = Vec::new();
    let records = journal::records(plugin.state());
    for step in stages.flat_map(|stage| &stage.lanes).flat_map(|lane| &lane.steps) {
        let at = |wanted: &dyn Fn(&Entry) -> bool| {
            records.iter().find(|record| wanted(&record.entry)).map(|record| record.at)
        };
        let began = at(&|entry| matches!(entry, Entry::StepStarted { step: id, .. } if *id == step.id));
        let ended = at(&|entry| matches!(entry, Entry::StepFinished { step: id, .. } if *id == step.id));
        if let (Some(began), Some(ended)) = (began, ended) {
            spans.push((began, ended, step.action.subject().to_string()));
        }
    }
    spans.sort();
    assert!(spans.len() >= 6, "each of three hosts had steps: {spans:?}");
    for pair in spans.windows(2) {
        assert!(pair[0].1 <= pair[1].0 || pair[0].2 == pair[1].2, "two hosts at once: {pair:?}");
    }
}

/// All three members of etcd are there and well; that it kept its quorum is what the probe saw, whose reads need it.
fn assert_quorum(cluster: &Cluster) {
    let health = cluster.exec(
        "cp1",
        &[
            "env",
            "ETCDCTL_API=3",
            "etcdctl",
            "--cacert=/etc/kubernetes/pki/etcd/ca.crt",
            "--cert=/etc/kubernetes/pki/etcd/server.crt",
            "--key=/etc/kubernetes/pki/etcd/server.key",
            "--endpoints=https://127.0.0.1:2379",
            "endpoint",
            "health",
            "--cluster",
        ],
    );
    assert_eq!(health.matches("is healthy").count(), 3, "{health}");
}
