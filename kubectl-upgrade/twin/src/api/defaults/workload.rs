//! What makes pods.

use serde_json::{Value, json};

use super::{each, or, or_text, pod};
use crate::json::{self, at};

/// The first minor that writes how many pods of a DaemonSet may be there twice during an update.
const DAEMON_SURGE_SINCE: u16 = 22;

/// The first minor that writes what becomes of the claims of a StatefulSet.
const CLAIM_RETENTION_SINCE: u16 = 27;

pub(super) fn deployment(minor: u16, value: &mut Value) {
    pod::template(minor, value);
    or(value, &["spec", "replicas"], 1);
    or(value, &["spec", "revisionHistoryLimit"], 10);
    or(value, &["spec", "progressDeadlineSeconds"], 600);
    or_text(value, &["spec", "strategy", "type"], "RollingUpdate");
    if json::text(value, "/spec/strategy/type") == "RollingUpdate" {
        or(value, &["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%");
        or(value, &["spec", "strategy", "rollingUpdate", "maxSurge"], "25%");
    }
    or(value, &["status"], json!({}));
}

pub(super) fn daemon_set(minor: u16, value: &mut Value) {
    pod::template(minor, value);
    or(value, &["metadata", "annotations", "deprecated.daemonset.template.generation"], "1");
    or(value, &["spec", "revisionHistoryLimit"], 10);
    or_text(value, &["spec", "updateStrategy", "type"], "RollingUpdate");
    if json::text(value, "/spec/updateStrategy/type") == "RollingUpdate" {
        or(value, &["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"], 1);
        if minor >= DAEMON_SURGE_SINCE {
            or(value, &["spec", "updateStrategy", "rollingUpdate", "maxSurge"], 0);
        }
    }
    for count in ["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"] {
        or(value, &["status", count], 0);
    }
}

pub(super) fn stateful_set(minor: u16, value: &mut Value) {
    pod::template(minor, value);
    or(value, &["spec", "replicas"], 1);
    or(value, &["spec", "revisionHistoryLimit"], 10);
    or_text(value, &["spec", "podManagementPolicy"], "OrderedReady");
    or_text(value, &["spec", "updateStrategy", "type"], "RollingUpdate");
    if json::text(value, "/spec/updateStrategy/type") == "RollingUpdate" {
        or(value, &["spec", "updateStrategy", "rollingUpdate", "partition"], 0);
    }
    if minor >= CLAIM_RETENTION_SINCE {
        let policy = json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
        or(value, &["spec", "persistentVolumeClaimRetentionPolicy"], policy);
    }
    for claim in each(value, "/spec/volumeClaimTemplates") {
        or_text(claim, &["apiVersion"], "v1");
        or_text(claim, &["kind"], "PersistentVolumeClaim");
        or_text(claim, &["spec", "volumeMode"], "Filesystem");
        or(claim, &["status", "phase"], "Pending");
    }
    or(value, &["status", "replicas"], 0);
    if minor >= CLAIM_RETENTION_SINCE {
        or(value, &["status", "availableReplicas"], 0);
    }
}

pub(super) fn replica_set(minor: u16, value: &mut Value) {
    pod::template(minor, value);
    or(value, &["spec", "replicas"], 1);
    or(value, &["status", "replicas"], 0);
}

pub(super) fn replication_controller(minor: u16, value: &mut Value) {
    replica_set(minor, value);
    let labels = at(value, "/spec/template/metadata/labels").clone();
    or(value, &["spec", "selector"], labels);
}

pub(super) fn job(minor: u16, value: &mut Value) {
    pod::template(minor, value);
    or(value, &["spec", "parallelism"], 1);
    or(value, &["spec", "completions"], 1);
    or(value, &["spec", "backoffLimit"], 6);
    or(value, &["status"], json!({}));
}

pub(super) fn cron_job(_minor: u16, value: &mut Value) {
    or_text(value, &["spec", "concurrencyPolicy"], "Allow");
    or(value, &["spec", "suspend"], false);
    or(value, &["spec", "successfulJobsHistoryLimit"], 3);
    or(value, &["spec", "failedJobsHistoryLimit"], 1);
    or(value, &["status"], json!({}));
}
