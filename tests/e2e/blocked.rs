//! A budget that can never be met: the run holds, names it and leaves the node schedulable; mended, it is resumed.

use crate::cluster::{Cluster, Shape};
use crate::journal;
use crate::plugin::Plugin;
use crate::two_hops::assert_everything_at;
use crate::workload;

#[test]
fn a_budget_that_is_never_met_holds_the_run_until_it_is_mended() {
    let shape = Shape { name: "blocked", id: 13, version: "1.19.16", control_planes: 1, workers: 2, arguments: &[] };
    let Some(cluster) = Cluster::up(&shape) else { return };
    workload::deploy(&cluster);
    let plugin = Plugin::on(&cluster);
    let file = cluster.file("plan.json");
    let file = file.to_str().expect("a plain path");
    plugin.call(&["plan", "--to", "1.20", "--out", file]).expect(0);

    budget(&cluster, 4);
    let blocked_plan = plugin.call(&["plan", "--to", "1.20"]);
    blocked_plan.complains_of(&["KU0301", "shop/web"]);
    plugin.call(&["run", "--plan", file, "--yes"]).expect(GATE_REFUSED).complains_of(&["shop/web", "resume"]);
    let nodes = cluster.kubectl(&["get", "nodes", "--no-headers"]);
    assert!(!nodes.contains("SchedulingDisabled"), "{nodes}");

    budget(&cluster, 3);
    plugin.call(&["resume", "--yes"]).expect(0);
    assert_everything_at(&cluster, &plugin, "1.20.15", &["cp1", "w1", "w2"]);
    journal::assert_equals_plan(plugin.state());
}

/// docs/exit-codes.md: a gate refused and the run holds.
const GATE_REFUSED: i32 = 5;

/// Sets how many of the four pods must stay, and waits until the budget's status says so.
fn budget(cluster: &Cluster, minimum: u8) {
    let patch = format!("{{\"spec\":{{\"minAvailable\":{minimum}}}}}");
    cluster.kubectl(&["-n", "shop", "patch", "poddisruptionbudget", "web", "--type=merge", "-p", &patch]);
    for _ in 0..100 {
        let path = "jsonpath={.status.desiredHealthy}";
        let desired = cluster.kubectl(&["-n", "shop", "get", "poddisruptionbudget", "web", "-o", path]);
        if desired.trim() == minimum.to_string() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    panic!("the budget's status never followed");
}
