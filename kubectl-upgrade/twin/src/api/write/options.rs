//! The options that go with changes.

use serde_json::Value;

use crate::api::call::Call;
use crate::api::refusal::{Cause, Refusal};
use crate::json::{at, items, text};

/// The first minor that lets changes be tried without being made.
const DRY_RUN_SINCE: u16 = 13;

/// Checks what a request says of dry runs; `kind` is the kind of its options. Whether it is one.
pub(crate) fn check_dry_run(call: &Call, minor: u16, kind: &str) -> Result<bool, Refusal> {
    let values: Vec<&str> = call.queries("dryRun").filter(|value| !value.is_empty()).collect();
    dry_run(&values, minor, kind)
}

fn dry_run(values: &[&str], minor: u16, kind: &str) -> Result<bool, Refusal> {
    if values.is_empty() {
        return Ok(false);
    }
    if minor < DRY_RUN_SINCE {
        return Err(Refusal::bad_request("the dryRun alpha feature is disabled"));
    }
    if values.iter().any(|value| *value != "All") {
        let list: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        let message = format!("Unsupported value: []string{{{}}}: supported values: \"All\"", list.join(", "));
        let cause = Cause { reason: "FieldValueNotSupported", message, field: "dryRun".to_owned() };
        return Err(Refusal::invalid(&format!("{kind}.meta.k8s.io"), "", &[cause]));
    }
    Ok(true)
}

/// How something is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeleteOptions {
    /// Whether to do nothing.
    pub(crate) dry_run: bool,
    /// How long it has to end, in seconds, where that is said.
    pub(crate) grace_s: Option<i64>,
    /// The UID it must have.
    pub(crate) uid: Option<String>,
    /// The resource version it must have.
    pub(crate) version: Option<String>,
    /// What happens to what it owns.
    pub(crate) propagation: Propagation,
}

/// What happens to the objects that a deleted one owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They are deleted afterwards.
    #[default]
    Background,
    /// They are deleted first.
    Foreground,
    /// They stay.
    Orphan,
}

impl DeleteOptions {
    /// The options in the body or, where there is none, in the query.
    pub(crate) fn read(call: &Call, minor: u16) -> Result<Self, Refusal> {
        let dry_run = check_dry_run(call, minor, "DeleteOptions")?;
        let body = call.options()?;
        let mut options = Self::of(&body, minor)?;
        options.dry_run |= dry_run;
        if body.is_null() {
            options.grace_s = call.query("gracePeriodSeconds").parse().ok();
            let orphan =
                Some(call.query("orphanDependents")).filter(|text| !text.is_empty()).map(|text| text == "true");
            options.propagation = propagation(call.query("propagationPolicy"), orphan)?;
        }
        Ok(options)
    }

    /// The options in a body.
    pub(crate) fn of(body: &Value, minor: u16) -> Result<Self, Refusal> {
        let dry: Vec<&str> = items(body, "/dryRun").filter_map(Value::as_str).collect();
        Ok(Self {
            dry_run: dry_run(&dry, minor, "DeleteOptions")?,
            grace_s: at(body, "/gracePeriodSeconds").as_i64(),
            uid: at(body, "/preconditions/uid").as_str().map(str::to_owned),
            version: at(body, "/preconditions/resourceVersion").as_str().map(str::to_owned),
            propagation: propagation(text(body, "/propagationPolicy"), at(body, "/orphanDependents").as_bool())?,
        })
    }
}

fn propagation(policy: &str, orphan: Option<bool>) -> Result<Propagation, Refusal> {
    const FIELD: &str = "propagationPolicy";
    let cause = match (policy, orphan) {
        ("", None | Some(false)) | ("Background", None) => return Ok(Propagation::Background),
        ("", Some(true)) | ("Orphan", None) => return Ok(Propagation::Orphan),
        ("Foreground", None) => return Ok(Propagation::Foreground),
        ("Background" | "Foreground" | "Orphan", Some(_)) => {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            Cause::invalid(FIELD, &policy.into(), why)
        }
        (other, _) => Cause::not_supported(FIELD, other, &["Foreground", "Background", "Orphan", "nil"]),
    };
    Err(Refusal::invalid("DeleteOptions.meta.k8s.io", "", &[cause]))
}
