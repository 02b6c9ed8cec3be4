//! The main job: one control plane and two workers over two minors, the workload available throughout.

use upgrade_core::plan::PlanFile;

use crate::cluster::{Cluster, Shape};
use crate::forecast::Forecast;
use crate::journal;
use crate::plugin::Plugin;
use crate::workload::{self, WEB_MINIMUM, Watch};

#[test]
fn a_cluster_is_upgraded_over_two_minors() {
    let shape = Shape { name: "two-hops", id: 11, version: "1.19.16", control_planes: 1, workers: 2, arguments: &[] };
    let Some(cluster) = Cluster::up(&shape) else { return };
    workload::deploy(&cluster);
    let plugin = Plugin::on(&cluster);

    let file = cluster.file("plan.json");
    let file = file.to_str().expect("a plain path");
    let shown = plugin.call(&["plan", "--to", "1.21", "--out", file]).expect(0);
    assert!(shown.stdout.contains("1.20.15") && shown.stdout.contains("1.21.14"));
    let planned = PlanFile::read(&std::fs::read_to_string(file).expect("the saved plan")).expect("a plan");
    assert_eq!(planned.plan.hops.iter().map(|hop| hop.to.to_string()).collect::<Vec<_>>(), ["1.20.15", "1.21.14"]);

    let forecast = Forecast::of(&cluster, &plugin, file);
    let watch = Watch::start(&cluster);
    plugin.call(&["run", "--plan", file, "--yes"]).expect(0);
    let seen = watch.end();

    println!("workload: {seen:?}");
    assert!(seen.lowest >= WEB_MINIMUM, "{seen:?}");
    assert!(seen.events > 20, "the watch saw the drains: {seen:?}");
    assert_everything_at(&cluster, &plugin, "1.21.14", &["cp1", "w1", "w2"]);
    journal::assert_equals_plan(plugin.state());
    assert_eq!(journal::plan(plugin.state()), planned.plan, "what was shown is what was run");
    forecast.assert_came_true(&planned.plan, &plugin, seen.lowest);
    plugin.call(&["status"]).expect(0);
    plugin.call(&["run", "--to", "1.21", "--yes"]).expect(0).complains_of(&["nothing to do"]);
}

/// Every component reports the version, every node is Ready and schedulable.
#[track_caller]
pub(crate) fn assert_everything_at(cluster: &Cluster, plugin: &Plugin, version: &str, nodes: &[&str]) {
    let versions = plugin.call(&["versions", "-o", "json"]).expect(0);
    let versions: serde_json::Value = serde_json::from_str(&versions.stdout).expect("versions as JSON");
    println!("{versions:#}");
    let listed = cluster.kubectl(&["get", "nodes", "--no-headers"]);
    for node in nodes {
        let line = listed.lines().find(|line| line.starts_with(&format!("{node} "))).unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((words.get(1), words.last()), (Some(&"Ready"), Some(&format!("v{version}").as_str())), "{listed}");
    }
    let images = cluster.kubectl(&[
        "-n",
        "kube-system",
        "get",
        "pods",
        "-o",
        "jsonpath={range .items[*]}{.metadata.name}={.spec.containers[0].image}{\"\\n\"}{end}",
    ]);
    for component in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"] {
        let of_component: Vec<&str> = images.lines().filter(|line| line.starts_with(component)).collect();
        assert!(!of_component.is_empty(), "{component} is missing in {images}");
        assert!(of_component.iter().all(|line| line.ends_with(&format!(":v{version}"))), "{of_component:?}");
    }
}
