//! What makes pods.

use jiff::Timestamp;
use serde_json::Value;

use super::age;
use super::print::{AGE, CONTAINERS, Column, Context, IMAGES, NAME, SELECTOR, count, labels, number, or, since};
use crate::json::{at, items, text};

/// `kubectl get deployments`
pub(super) const DEPLOYMENTS: &[Column] = &[
    NAME,
    Column::text("Ready", |object, _| ready_of_wanted(object).into()),
    Column::number("Up-to-date", |object, _| number(object, "/status/updatedReplicas").into()),
    Column::number("Available", |object, _| number(object, "/status/availableReplicas").into()),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// `kubectl get replicasets`
pub(super) const REPLICA_SETS: &[Column] = &[
    NAME,
    Column::number("Desired", |object, _| number(object, "/spec/replicas").into()),
    Column::number("Current", |object, _| number(object, "/status/replicas").into()),
    Column::number("Ready", |object, _| number(object, "/status/readyReplicas").into()),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// `kubectl get statefulsets`
pub(super) const STATEFUL_SETS: &[Column] =
    &[NAME, Column::text("Ready", |object, _| ready_of_wanted(object).into()), AGE, CONTAINERS, IMAGES];

/// `kubectl get daemonsets`
pub(super) const DAEMON_SETS: &[Column] = &[
    NAME,
    Column::number("Desired", |object, _| number(object, "/status/desiredNumberScheduled").into()),
    Column::number("Current", |object, _| number(object, "/status/currentNumberScheduled").into()),
    Column::number("Ready", |object, _| number(object, "/status/numberReady").into()),
    Column::number("Up-to-date", |object, _| number(object, "/status/updatedNumberScheduled").into()),
    Column::number("Available", |object, _| number(object, "/status/numberAvailable").into()),
    Column::text("Node Selector", |object, _| labels(object, "/spec/template/spec/nodeSelector").into()),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// `kubectl get jobs`
pub(super) const JOBS: &[Column] = &[
    NAME,
    Column::text("Status", |job, _| job_status(job).into()).since(31),
    Column::text("Completions", |job, _| completions(job).into()),
    Column::text("Duration", |job, context| duration(job, context).into()),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// `kubectl get cronjobs`
pub(super) const CRON_JOBS: &[Column] = &[
    NAME,
    Column::text("Schedule", |job, _| text(job, "/spec/schedule").into()),
    Column::text("Timezone", |job, _| or(job, "/spec/timeZone", "<none>").into()).since(30),
    Column::text("Suspend", |job, _| suspended(job).into()),
    Column::number("Active", |job, _| count(job, "/status/active").into()),
    Column::text("Last Schedule", |job, context| last_schedule(job, context).into()),
    AGE,
];

fn ready_of_wanted(object: &Value) -> String {
    format!("{}/{}", number(object, "/status/readyReplicas"), number(object, "/spec/replicas"))
}

fn job_status(job: &Value) -> &'static str {
    let holds = |kind: &str| {
        items(job, "/status/conditions").any(|one| text(one, "/type") == kind && text(one, "/status") == "True")
    };
    match () {
        () if holds("Complete") => "Complete",
        () if holds("Failed") => "Failed",
        () if !at(job, "/metadata/deletionTimestamp").is_null() => "Terminating",
        () if holds("Suspended") => "Suspended",
        () if holds("FailureTarget") => "FailureTarget",
        () if holds("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

fn completions(job: &Value) -> String {
    let succeeded = number(job, "/status/succeeded");
    match (at(job, "/spec/completions").as_i64(), number(job, "/spec/parallelism")) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
        (None, _) => format!("{succeeded}/1"),
    }
}

fn duration(job: &Value, context: Context) -> String {
    let time = |pointer: &str| text(job, pointer).parse::<Timestamp>().ok();
    match (time("/status/startTime"), time("/status/completionTime")) {
        (None, _) => String::new(),
        (Some(start), None) => age::human(context.now.duration_since(start)),
        (Some(start), Some(end)) => age::human(end.duration_since(start)),
    }
}

fn suspended(job: &Value) -> &'static str {
    if at(job, "/spec/suspend") == &Value::Bool(true) { "True" } else { "False" }
}

fn last_schedule(job: &Value, context: Context) -> String {
    let last = at(job, "/status/lastScheduleTime");
    if last.is_null() { "<none>".to_owned() } else { since(last, context) }
}
