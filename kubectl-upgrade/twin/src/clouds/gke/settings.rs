//! How nodes are replaced, as GKE writes it.

use std::time::Duration;

use serde_json::{Value, json};

use super::fault::{Code, Fault};
use crate::clouds::pools::{Amount, BlueGreen, Settings, Strategy};
use crate::json;

/// Settings described by `upgradeSettings`, on top of others. Pods get an hour to leave, then they go by force.
///
/// # Errors
/// When they cannot be.
pub(super) fn merged(current: &Settings, asked: &Value) -> Result<Settings, Fault> {
    let mut settings = current.clone();
    let surge = count(asked, "/maxSurge");
    let unavailable = count(asked, "/maxUnavailable");
    settings.strategy = match json::at(asked, "/strategy") {
        Value::Null if json::at(asked, "/blueGreenSettings").is_object() => Strategy::BlueGreen,
        Value::Null => settings.strategy,
        name if name == "SURGE" || name.as_u64() == Some(3) => Strategy::Surge,
        name if name == "BLUE_GREEN" || name.as_u64() == Some(2) => Strategy::BlueGreen,
        other => {
            return Err(Fault::new(Code::InvalidArgument, format!("Upgrade strategy {other} is not supported.")));
        }
    };
    if settings.strategy == Strategy::Surge && asked.is_object() {
        // Both are in one message: what is left out is zero.
        if surge.is_some() || unavailable.is_some() {
            (settings.max_surge, settings.max_unavailable) =
                (Amount::Count(surge.unwrap_or(0)), Amount::Count(unavailable.unwrap_or(0)));
        }
        if settings.max_surge.up(1) + settings.max_unavailable.up(1) == 0 {
            let message = "At least one of max_surge and max_unavailable must be greater than zero.";
            return Err(Fault::new(Code::InvalidArgument, message));
        }
    }
    if let blue_green @ Value::Object(_) = json::at(asked, "/blueGreenSettings") {
        settings.blue_green = merged_blue_green(settings.blue_green, blue_green);
    }
    Ok(settings)
}

/// Settings described by `upgradeSettings`, for a new pool.
pub(crate) fn settings(asked: &Value) -> Settings {
    merged(&Settings::default(), asked).unwrap_or_default()
}

fn count(value: &Value, pointer: &str) -> Option<u32> {
    json::at(value, pointer).as_u64().and_then(|number| u32::try_from(number).ok())
}

fn merged_blue_green(current: BlueGreen, asked: &Value) -> BlueGreen {
    let policy = json::at(asked, "/standardRolloutPolicy");
    let percent = json::at(policy, "/batchPercentage").as_f64().map(percent);
    let batch = count(policy, "/batchNodeCount").map(Amount::Count).or(percent);
    BlueGreen {
        batch: batch.unwrap_or(current.batch),
        batch_soak: duration(policy, "/batchSoakDuration").unwrap_or(current.batch_soak),
        soak: duration(asked, "/nodePoolSoakDuration").unwrap_or(current.soak),
    }
}

/// In whole parts of a hundred.
fn percent(part: f64) -> Amount {
    Amount::Percent((1..=100).find(|percent| f64::from(*percent) >= part * 100.0 - 0.001).unwrap_or(100))
}

/// `3600s`.
pub(super) fn duration(value: &Value, pointer: &str) -> Option<Duration> {
    let text = json::text(value, pointer).strip_suffix('s')?;
    text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

/// As it is described.
pub(super) fn show(settings: &Settings) -> Value {
    let seconds = |duration: Duration| format!("{}s", duration.as_secs());
    match settings.strategy {
        Strategy::Surge => json!({
            "maxSurge": settings.max_surge.up(100), "maxUnavailable": settings.max_unavailable.up(100),
            "strategy": "SURGE",
        }),
        Strategy::BlueGreen => {
            let BlueGreen { batch, batch_soak, soak } = settings.blue_green;
            let mut policy = json!({ "batchSoakDuration": seconds(batch_soak) });
            match batch {
                Amount::Count(count) => json::set(&mut policy, &["batchNodeCount"], count),
                Amount::Percent(percent) => json::set(&mut policy, &["batchPercentage"], f64::from(percent) / 100.0),
            }
            json!({
                "strategy": "BLUE_GREEN",
                "blueGreenSettings": { "standardRolloutPolicy": policy, "nodePoolSoakDuration": seconds(soak) },
            })
        }
    }
}
