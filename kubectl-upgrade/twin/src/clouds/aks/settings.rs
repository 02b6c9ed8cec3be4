//! How a pool's nodes are replaced, in the words of AKS.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::clouds::pools::{Amount, Settings, Strategy, Undrainable};

/// What the settings of a pool are when nothing is set: one in ten more, thirty minutes for each node, and a node whose
/// pods do not leave is made schedulable again and ends the upgrade.
pub(super) fn standard() -> Settings {
    Settings {
        strategy: Strategy::Surge,
        max_surge: Amount::Percent(10),
        max_unavailable: Amount::Count(0),
        drain_timeout: Duration::from_secs(30 * 60),
        undrainable: Undrainable::Fail,
        soak: Duration::ZERO,
        ..Settings::default()
    }
}

/// As the wire has them.
pub(super) fn shown(settings: &Settings) -> Value {
    let undrainable = match settings.undrainable {
        Undrainable::Quarantine => "Cordon",
        Undrainable::Fail | Undrainable::Force => "Schedule",
    };
    json!({
        "maxSurge": amount(settings.max_surge),
        "maxUnavailable": amount(settings.max_unavailable),
        "drainTimeoutInMinutes": settings.drain_timeout.as_secs() / 60,
        "nodeSoakDurationInMinutes": settings.soak.as_secs() / 60,
        "undrainableNodeBehavior": undrainable,
    })
}

/// As the wire sets them. What is absent is as it was.
pub(super) fn read(set: Option<&Value>, before: &Settings) -> Result<Settings, Refusal> {
    let mut settings = before.clone();
    let empty = Map::new();
    let set = set.and_then(Value::as_object).unwrap_or(&empty);
    let given = |key: &str| set.get(key).filter(|value| !value.is_null());
    if let Some(value) = given("maxSurge") {
        settings.max_surge = amount_of("maxSurge", value)?;
    }
    if let Some(value) = given("maxUnavailable") {
        settings.max_unavailable = amount_of("maxUnavailable", value)?;
    }
    if let Some(value) = given("drainTimeoutInMinutes") {
        settings.drain_timeout = minutes("drainTimeoutInMinutes", value, 5..=1440)?;
    }
    if let Some(value) = given("nodeSoakDurationInMinutes") {
        settings.soak = minutes("nodeSoakDurationInMinutes", value, 0..=30)?;
    }
    match given("undrainableNodeBehavior").and_then(Value::as_str) {
        Some("Cordon") => settings.undrainable = Undrainable::Quarantine,
        Some("Schedule") => settings.undrainable = Undrainable::Fail,
        Some(other) => return Err(invalid("undrainableNodeBehavior", other)),
        None => {}
    }
    if settings.max_surge.up(100) == 0 && settings.max_unavailable.up(100) == 0 {
        return Err(invalid("maxSurge and maxUnavailable", "0, which lets no node be replaced"));
    }
    Ok(settings)
}

fn amount(amount: Amount) -> String {
    match amount {
        Amount::Count(count) => count.to_string(),
        Amount::Percent(percent) => format!("{percent}%"),
    }
}

fn amount_of(field: &str, value: &Value) -> Result<Amount, Refusal> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let parsed = match text.strip_suffix('%') {
        Some(percent) => percent.parse().ok().filter(|percent| *percent <= 100).map(Amount::Percent),
        None => text.parse().ok().map(Amount::Count),
    };
    parsed.ok_or_else(|| invalid(field, &text))
}

fn minutes(field: &str, value: &Value, within: std::ops::RangeInclusive<u64>) -> Result<Duration, Refusal> {
    let minutes = value.as_u64().filter(|minutes| within.contains(minutes));
    minutes.map(|minutes| Duration::from_secs(minutes * 60)).ok_or_else(|| invalid(field, &value.to_string()))
}

fn invalid(field: &str, found: &str) -> Refusal {
    Refusal::bad(
        "InvalidParameter",
        format!("The value of parameter agentPoolProfile.upgradeSettings.{field} is invalid: {found}."),
    )
}
