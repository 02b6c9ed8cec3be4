//! Pulling the plug: a run killed in the middle of a control-plane step, again in the middle of a drain, and resumed.

use std::time::Duration;

use upgrade_core::plan::Action;

use crate::cluster::{Cluster, Shape};
use crate::journal;
use crate::plugin::Plugin;
use crate::two_hops::assert_everything_at;
use crate::workload::{self, WEB_MINIMUM, Watch};

#[test]
fn a_killed_run_is_resumed_to_the_same_end() {
    let shape = Shape { name: "killed", id: 12, version: "1.19.16", control_planes: 1, workers: 2, arguments: &[] };
    let Some(cluster) = Cluster::up(&shape) else { return };
    workload::deploy(&cluster);
    let plugin = Plugin::on(&cluster);
    let watch = Watch::start(&cluster);

    let mut run = plugin.start(&["run", "--to", "1.20", "--yes"]);
    let applying = |action: &Action| matches!(action, Action::UpgradeApply { .. });
    let step = journal::wait_until_begun(plugin.state(), Duration::from_secs(180), applying);
    std::thread::sleep(Duration::from_secs(6));
    run.kill().expect("failed to kill");
    run.wait().expect("failed to wait");
    assert!(!journal::finished(plugin.state()).contains(&step), "the run was killed in the middle of step {step}");

    let mut run = plugin.start(&["resume", "--yes", "--takeover"]);
    let draining_worker = |action: &Action| matches!(action, Action::Drain { node, .. } if node.as_str() == "w1");
    let step = journal::wait_until_begun(plugin.state(), Duration::from_secs(600), draining_worker);
    std::thread::sleep(Duration::from_secs(1));
    run.kill().expect("failed to kill");
    run.wait().expect("failed to wait");
    assert!(!journal::finished(plugin.state()).contains(&step), "the run was killed in the middle of step {step}");
    plugin.call(&["status"]);

    plugin.call(&["resume", "--yes", "--takeover"]).expect(0);
    let seen = watch.end();
    println!("workload: {seen:?}");
    assert!(seen.lowest >= WEB_MINIMUM, "{seen:?}");
    assert_everything_at(&cluster, &plugin, "1.20.15", &["cp1", "w1", "w2"]);
    journal::assert_equals_plan(plugin.state());
}
