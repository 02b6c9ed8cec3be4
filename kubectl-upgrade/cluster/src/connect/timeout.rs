//! `--request-timeout` as kubectl writes it.

use std::str::FromStr;
use std::time::Duration;

/// How long one request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestTimeout(Duration);

/// Text that should have been a [`RequestTimeout`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time such as 30s, 1m or 0 for no limit, found {found:?}")]
pub struct RequestTimeoutError {
    /// What was read.
    pub found: String,
}

impl RequestTimeout {
    /// The limit; none when there shall be none.
    #[must_use]
    pub fn limit(self) -> Option<Duration> {
        (!self.0.is_zero()).then_some(self.0)
    }
}

impl FromStr for RequestTimeout {
    type Err = RequestTimeoutError;

    /// Go's durations without signs, such as `1m30s` or `1.5s`; a bare number counts seconds.
    fn from_str(text: &str) -> Result<Self, RequestTimeoutError> {
        let error = || RequestTimeoutError { found: text.to_owned() };
        if let Ok(seconds) = text.parse::<u32>() {
            return if text.starts_with('+') { Err(error()) } else { Ok(Self(Duration::from_secs(seconds.into()))) };
        }
        let mut total = 0.0;
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(error)?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            total += number.parse::<f64>().map_err(|_| error())? * seconds_of(unit).ok_or_else(error)?;
            rest = tail;
        }
        let duration = Duration::try_from_secs_f64(total).map_err(|_| error())?;
        if text.is_empty() { Err(error()) } else { Ok(Self(duration)) }
    }
}

fn seconds_of(unit: &str) -> Option<f64> {
    match unit {
        "h" => Some(3600.0),
        "m" => Some(60.0),
        "s" => Some(1.0),
        "ms" => Some(0.001),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_kubectl_reads() {
        for (text, limit) in [
            ("0", None),
            ("0s", None),
            ("30", Some(30_000)),
            ("30s", Some(30_000)),
            ("1m30s", Some(90_000)),
            ("1.5s", Some(1500)),
            ("250ms", Some(250)),
        ] {
            let read: RequestTimeout = text.parse().unwrap();
            assert_eq!(read.limit(), limit.map(Duration::from_millis), "{text}");
        }
        for text in ["", "-1s", "+3", "s", "1x", "1m30", "..s", "soon"] {
            assert!(text.parse::<RequestTimeout>().is_err(), "{text}");
        }
    }
}
