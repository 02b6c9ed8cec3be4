//! Quantities of resources, and counts that may be percentages.

use serde_json::Value;

use crate::json::{at, items};
use crate::store::Requests;

/// Thousandths of a CPU in `2`, `250m`, `0.5`; 0 for what is none.
pub(crate) fn cpu_milli(value: &Value) -> u64 {
    thousandths(value)
}

/// Bytes in `16Gi`, `500M`, `1073741824`; 0 for what is none.
pub(crate) fn bytes(value: &Value) -> u64 {
    thousandths(value) / 1000
}

/// The number in `110` or `"110"`; 0 for what is none.
pub(crate) fn count(value: &Value) -> u64 {
    thousandths(value) / 1000
}

fn thousandths(value: &Value) -> u64 {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return 0,
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: String = format!("{fraction}000").chars().take(3).collect();
    let milli =
        whole.parse::<u64>().unwrap_or_default().saturating_mul(1000) + digits.parse::<u64>().unwrap_or_default();
    let scale: u64 = match unit {
        "m" => return milli / 1000,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        _ => 1,
    };
    milli.saturating_mul(scale)
}

/// What a pod asks for: the sum of its containers, or more where one that runs before them alone asks for more.
pub(crate) fn requests(pod: &Value) -> Requests {
    let of = |container: &Value| Requests {
        cpu_milli: cpu_milli(at(container, "/resources/requests/cpu")),
        memory: bytes(at(container, "/resources/requests/memory")),
    };
    let sum = items(pod, "/spec/containers").map(of).fold(Requests::default(), |sum, one| Requests {
        cpu_milli: sum.cpu_milli + one.cpu_milli,
        memory: sum.memory + one.memory,
    });
    items(pod, "/spec/initContainers").map(of).fold(sum, |most, one| Requests {
        cpu_milli: most.cpu_milli.max(one.cpu_milli),
        memory: most.memory.max(one.memory),
    })
}

/// To which side a percentage is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    Up,
    Down,
}

/// A count, or a percentage of the whole; none for what is neither.
pub(crate) fn scaled(value: &Value, whole: u32, rounding: Rounding) -> Option<u32> {
    if let Some(count) = value.as_i64() {
        return u32::try_from(count.max(0)).ok();
    }
    let percent: u64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    let product = u64::from(whole) * percent;
    let count = match rounding {
        Rounding::Up => product.div_ceil(100),
        Rounding::Down => product / 100,
    };
    u32::try_from(count).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_read_in_every_unit() {
        for (text, milli) in [("2", 2000), ("250m", 250), ("0.5", 500), ("1.25", 1250), ("", 0)] {
            assert_eq!(cpu_milli(&json!(text)), milli, "{text}");
        }
        for (text, expected) in [("1Ki", 1024), ("16Gi", 16 << 30), ("500M", 500_000_000), ("1073741824", 1 << 30)] {
            assert_eq!(bytes(&json!(text)), expected, "{text}");
        }
        assert_eq!((count(&json!("110")), count(&json!(7)), count(&Value::Null)), (110, 7, 0));
    }

    #[test]
    fn percentages_round_to_the_side_asked_for() {
        assert_eq!(scaled(&json!("25%"), 3, Rounding::Up), Some(1));
        assert_eq!(scaled(&json!("25%"), 3, Rounding::Down), Some(0));
        assert_eq!(scaled(&json!(2), 3, Rounding::Down), Some(2));
        assert_eq!(scaled(&json!("two"), 3, Rounding::Up), None);
    }
}
