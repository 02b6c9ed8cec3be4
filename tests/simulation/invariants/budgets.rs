//! Budgets, counted a second time from what happens to pods.

use std::collections::BTreeMap;

use upgrade_twin::json::{at, entries};
use upgrade_twin::store::{Change, ObjectKey, Resource, Store, Summary};

/// The budgets, by the pods that are healthy under each.
pub(super) struct Budgets {
    covers: BTreeMap<ObjectKey, Cover>,
}

struct Cover {
    labels: Vec<(String, String)>,
    desired: u64,
    healthy: u64,
}

impl Budgets {
    pub(super) fn of(store: &Store) -> Self {
        let covers = store.list(Resource::BUDGETS, None, None).map(|budget| {
            let value = budget.value();
            let labels = entries(&value, "/spec/selector/matchLabels");
            let labels = labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()));
            let desired = at(&value, "/status/desiredHealthy").as_u64().unwrap_or_default();
            (budget.key.clone(), Cover { labels: labels.collect(), desired, healthy: 0 })
        });
        let mut budgets = Self { covers: covers.collect() };
        for pod in store.list(Resource::PODS, None, None).filter(|pod| is_healthy(&pod.summary)) {
            budgets.count(&pod.key, &pod.summary.labels, 1);
        }
        budgets
    }

    /// Counts a change in; returns the budgets that it leaves with too few pods.
    pub(super) fn follow(&mut self, change: &Change) -> Vec<String> {
        if change.object.key.resource != Resource::PODS {
            return Vec::new();
        }
        let before = change.before.as_ref().is_some_and(|pod| is_healthy(&pod.summary));
        let after = !change.deleted && is_healthy(&change.object.summary);
        let by = i64::from(after) - i64::from(before);
        let below = self.count(&change.object.key, &change.object.summary.labels, by);
        if by < 0 { below } else { Vec::new() }
    }

    /// Counts a pod in or out; returns the budgets that it leaves with too few.
    fn count(&mut self, pod: &ObjectKey, labels: &BTreeMap<String, String>, by: i64) -> Vec<String> {
        let mut below = Vec::new();
        for (name, cover) in self.covers.iter_mut().filter(|(name, _)| name.namespace == pod.namespace) {
            if !cover.labels.iter().all(|(key, value)| labels.get(key) == Some(value)) {
                continue;
            }
            cover.healthy = cover.healthy.saturating_add_signed(by);
            if cover.healthy < cover.desired {
                below.push(format!("{name} has {} healthy pods, {} are wanted: {pod}", cover.healthy, cover.desired));
            }
        }
        below
    }
}

fn is_healthy(summary: &Summary) -> bool {
    summary.ready && !summary.deleting
}
