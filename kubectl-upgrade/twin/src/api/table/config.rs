//! What is only kept: configuration, accounts, budgets, leases, events; and everything without columns of its own.

use serde_json::Value;

use super::print::{AGE, Column, Context, NAME, count, number, or, since};
use crate::json::{at, text};

/// Any other resource.
pub(super) const ANY: &[Column] = &[NAME, AGE];

/// `kubectl get configmaps`
pub(super) const CONFIG_MAPS: &[Column] =
    &[NAME, Column::text("Data", |object, _| (count(object, "/data") + count(object, "/binaryData")).into()), AGE];

/// `kubectl get secrets`
pub(super) const SECRETS: &[Column] = &[
    NAME,
    Column::text("Type", |secret, _| or(secret, "/type", "Opaque").into()),
    Column::text("Data", |secret, _| count(secret, "/data").into()),
    AGE,
];

/// `kubectl get serviceaccounts`
pub(super) const SERVICE_ACCOUNTS: &[Column] =
    &[NAME, Column::text("Secrets", |account, _| count(account, "/secrets").into()), AGE];

/// `kubectl get namespaces`
pub(super) const NAMESPACES: &[Column] =
    &[NAME, Column::text("Status", |namespace, _| text(namespace, "/status/phase").into()), AGE];

/// `kubectl get poddisruptionbudgets`
pub(super) const BUDGETS: &[Column] = &[
    NAME,
    Column::text("Min Available", |budget, _| threshold(budget, "/spec/minAvailable").into()),
    Column::text("Max Unavailable", |budget, _| threshold(budget, "/spec/maxUnavailable").into()),
    Column::number("Allowed Disruptions", |budget, _| number(budget, "/status/disruptionsAllowed").into()),
    AGE,
];

/// `kubectl get leases`
pub(super) const LEASES: &[Column] =
    &[NAME, Column::text("Holder", |lease, _| text(lease, "/spec/holderIdentity").into()), AGE];

/// `kubectl get priorityclasses`
pub(super) const PRIORITY_CLASSES: &[Column] = &[
    NAME,
    Column::number("Value", |class, _| number(class, "/value").into()),
    Column::text("Global-Default", |class, _| Value::Bool(at(class, "/globalDefault") == &Value::Bool(true))),
    AGE,
];

/// `kubectl get events`
pub(super) const EVENTS: &[Column] = &[
    Column::text("Last Seen", |event, context| last_seen(event, context).into()),
    Column::text("Type", |event, _| text(event, "/type").into()),
    Column::text("Reason", |event, _| text(event, "/reason").into()),
    Column::text("Object", |event, _| involved(event).into()),
    Column::text("Subobject", |event, _| text(event, "/involvedObject/fieldPath").into()).wide(),
    Column::text("Source", |event, _| source(event).into()).wide(),
    Column::text("Message", |event, _| text(event, "/message").trim().into()),
    Column::text("First Seen", |event, context| first_seen(event, context).into()).wide(),
    Column::number("Count", |event, _| number(event, "/count").max(1).into()).wide(),
    Column::text("Name", |event, _| text(event, "/metadata/name").into()).wide(),
];

fn threshold(budget: &Value, pointer: &str) -> String {
    match at(budget, pointer) {
        Value::String(share) => share.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => "N/A".to_owned(),
    }
}

fn involved(event: &Value) -> String {
    format!("{}/{}", text(event, "/involvedObject/kind").to_lowercase(), text(event, "/involvedObject/name"))
}

fn source(event: &Value) -> String {
    let component = or(event, "/source/component", text(event, "/reportingComponent"));
    match text(event, "/source/host") {
        "" => component.to_owned(),
        host => format!("{component}, {host}"),
    }
}

fn last_seen(event: &Value, context: Context) -> String {
    match (at(event, "/lastTimestamp"), at(event, "/series/lastObservedTime")) {
        (_, last) if last.is_string() => since(last, context),
        (last, _) if last.is_string() => since(last, context),
        _ => since(at(event, "/eventTime"), context),
    }
}

fn first_seen(event: &Value, context: Context) -> String {
    match at(event, "/firstTimestamp") {
        Value::Null => since(at(event, "/eventTime"), context),
        first => since(first, context),
    }
}
