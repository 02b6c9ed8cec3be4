//! What a rehearsal forecast, held against what then happened; and that it only read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use upgrade_core::journal::Record;
use upgrade_core::plan::Plan;
use upgrade_rehearsal::Rehearsal;

use crate::cluster::Cluster;
use crate::journal;
use crate::plugin::Plugin;
use crate::recorder::Recorder;

/// The hosts of the testbed share two cores with everything else on the machine, which the forecast cannot know: so many
/// times the longest forecast, or less than the shortest divided by it, is wrong all the same.
const TOLERANCE: f64 = 1.75;

/// The same for a part of the run, a hop or a node: chance that evens out over the whole does not within a part. Measured
/// were 0.48 to 1.41 times the forecast of a part where the whole took 0.88 to 1.03 times its own.
const TOLERANCE_OF_PARTS: f64 = 2.5;

/// A forecast as `rehearse -o json` tells it.
pub(crate) struct Forecast(Value);

impl Forecast {
    /// Rehearses a saved plan, and sees that the cluster and its hosts are only read.
    pub(crate) fn of(cluster: &Cluster, plugin: &Plugin, plan: &str) -> Self {
        let recorder = Recorder::before(cluster);
        let before = hosts(cluster);
        let reading = Plugin::on(cluster).with_kubeconfig(recorder.kubeconfig(plugin.state()));
        reading.call(&["rehearse", "--plan", plan, "--times", "2"]).expect(0);
        let said = reading.call(&["rehearse", "--plan", plan, "--times", "5", "-o", "json"]).expect(0);
        let asked = recorder.asked();
        let other: Vec<_> = asked.iter().filter(|(method, _)| method != "GET").collect();
        println!("rehearsing asked {} times, {other:?} for something else than to read", asked.len());
        assert!(asked.len() > 20 && other.is_empty(), "{other:?}");
        assert!(asked.iter().all(|(_, path)| !path.contains("secrets")), "no secret is read");
        assert_eq!(hosts(cluster), before, "the hosts' files");
        assert_no_trace(cluster);
        Self(serde_json::from_str(&said.stdout).expect("a forecast as JSON"))
    }

    fn number(&self, pointer: &str) -> f64 {
        self.0.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer} in {:#}", self.0))
    }

    /// Holds the run of the plan against it.
    #[track_caller]
    pub(crate) fn assert_came_true(&self, plan: &Plan, plugin: &Plugin, web_lowest: usize) {
        assert_eq!(self.0.pointer("/forecast/finished"), self.0.pointer("/forecast/rehearsals"), "{:#}", self.0);
        let records = journal::records(plugin.state());
        let truth = Rehearsal { took: length(&records), ..Rehearsal::default() }.timed(plan, &records);
        let hops = truth.hops.iter().map(|(hop, took)| (format!("hop {}", hop + 1), format!("hops/{hop}"), *took));
        let nodes = truth.nodes.iter().map(|(node, took)| (format!("node {node}"), format!("nodes/{node}"), *took));
        let whole = [("whole".to_owned(), "took".to_owned(), truth.took)];
        let rows: Vec<_> = whole.into_iter().chain(hops).chain(nodes).collect();
        println!("{:<10} {:>14} {:>8} {:>8} {:>14}", "", "forecast", "", "took", "took/forecast");
        for (name, pointer, took) in &rows {
            let of = |end: &str| self.number(&format!("/forecast/{pointer}/{end}_s"));
            let (low, middle, high, took) = (of("low"), of("middle"), of("high"), took.as_secs_f64());
            println!("{name:<10} {low:>5} – {high:>4} s {middle:>6} s {took:>6.0} s {:>14.2}", took / middle);
        }
        for (name, pointer, took) in &rows {
            let of = |end: &str| self.number(&format!("/forecast/{pointer}/{end}_s"));
            let took = took.as_secs_f64();
            let tolerance = if name == "whole" { TOLERANCE } else { TOLERANCE_OF_PARTS };
            let right = took <= of("high") * tolerance && took >= of("low") / tolerance;
            assert!(right, "{name}: forecast {}–{} s, took {took:.0} s", of("low"), of("high"));
        }
        let forecast = self.number("/forecast/availability/shop~1web/lowest");
        println!("lowest availability of web: forecast {forecast}, seen {web_lowest}");
        assert_eq!(forecast, web_lowest as f64, "the lowest availability of web");
    }
}

/// From the first record to the last.
fn length(records: &[Record]) -> Duration {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Duration::ZERO };
    last.at.duration_since(first.at).unsigned_abs()
}

/// A digest over names, sizes and times of the files that an upgrade could change, by host.
fn hosts(cluster: &Cluster) -> BTreeMap<&'static str, String> {
    let script = "find /etc /usr/bin /usr/lib/systemd /root /home /var/backups /var/lib/dpkg /var/lib/apt \
                  /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env -type f -printf '%p %s %T@\\n' \
                  2>/dev/null | sort | sha256sum; ls -d /var/lib/kubectl-upgrade 2>&1";
    ["cp1", "w1", "w2"].into_iter().map(|host| (host, cluster.exec(host, &["sh", "-c", script]))).collect()
}

/// No lock and no cordon in the cluster.
#[track_caller]
fn assert_no_trace(cluster: &Cluster) {
    let lease = cluster.kubectl(&["-n", "kube-system", "get", "lease", "kubectl-upgrade"]);
    assert!(lease.contains("NotFound") || lease.contains("not found"), "{lease}");
    let nodes = cluster.kubectl(&["get", "nodes", "--no-headers"]);
    assert!(nodes.contains("w2") && !nodes.contains("SchedulingDisabled"), "{nodes}");
}
