//! How values are read, each with words for what was expected.

use upgrade_core::finding::FindingCode;
use upgrade_core::ids::{NodeName, PoolName, RunId, StepId};

/// A finding's code, such as `KU0301`.
pub(super) fn code(text: &str) -> Result<FindingCode, String> {
    let wanted = text.to_uppercase();
    FindingCode::ALL
        .iter()
        .copied()
        .find(|code| code.code() == wanted)
        .ok_or_else(|| "expected a finding's code, such as KU0301, as the plan prints it".to_owned())
}

/// Seconds, from `15m`, `90s`, `1h30m`; a bare number counts seconds.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    let error = || "expected a time such as 90s, 15m or 1h30m".to_owned();
    let mut total: u32 = 0;
    let mut number = String::new();
    for letter in text.chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return Err(error()),
        };
        let part: u32 = number.parse().map_err(|_| error())?;
        total = part.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or_else(error)?;
        number.clear();
    }
    match (text.is_empty(), number.parse::<u32>()) {
        (true, _) => Err(error()),
        (false, Ok(bare)) if number.len() == text.len() => Ok(bare),
        (false, Ok(_)) => Err(error()),
        (false, Err(_)) if number.is_empty() => Ok(total),
        (false, Err(_)) => Err(error()),
    }
}

/// A pool's name.
pub(super) fn pool(text: &str) -> Result<PoolName, String> {
    if text.is_empty() { Err("expected the name of a pool".to_owned()) } else { Ok(PoolName::new(text)) }
}

/// A pool and a version of its launch template: `main=7`.
pub(super) fn template(text: &str) -> Result<(PoolName, String), String> {
    match text.split_once('=') {
        Some((pool, version)) if !pool.is_empty() && !version.is_empty() && !version.contains(char::is_whitespace) => {
            Ok((PoolName::new(pool), version.to_owned()))
        }
        Some(_) | None => Err("expected a pool and a version of its launch template, such as main=7".to_owned()),
    }
}

/// A node's name.
pub(super) fn node(text: &str) -> Result<NodeName, String> {
    if text.is_empty() { Err("expected the name of a node".to_owned()) } else { Ok(NodeName::new(text)) }
}

/// A run's name.
pub(super) fn run(text: &str) -> Result<RunId, String> {
    if text.is_empty() {
        Err("expected the name of a run, as status prints it".to_owned())
    } else {
        Ok(RunId::new(text))
    }
}

/// A step's number.
pub(super) fn step(text: &str) -> Result<StepId, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.map(StepId).ok_or_else(|| "expected the number of a step, as the plan prints it".to_owned())
}
