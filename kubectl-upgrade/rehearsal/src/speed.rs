//! How fast a simulated cluster's time runs.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How many seconds of the cluster pass in one of the person's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many.
    Times(Factor),
    /// As many as the computer can work out.
    Max,
}

/// A number above 0 and at most [`Factor::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Factor(f64);

/// Text that should have been a [`Speed`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a speed above 0 and at most {}, such as 1, 30 or max, found {found:?}", Factor::MOST)]
pub struct SpeedError {
    /// What was read.
    pub found: String,
}

impl Factor {
    /// Above this a clock's ticks would be minutes apart: there is [`Speed::Max`] for that.
    pub const MOST: f64 = 10_000.0;

    /// The factor; none when it is no speed.
    #[must_use]
    pub fn new(times: f64) -> Option<Self> {
        (times > 0.0 && times <= Self::MOST).then_some(Self(times))
    }

    /// How much of the cluster's time passes meanwhile.
    #[must_use]
    pub fn of_cluster(self, real: Duration) -> Duration {
        real.mul_f64(self.0)
    }

    /// How long that takes for the person. At speeds near 0 nobody lives to see it end.
    #[must_use]
    pub fn of_person(self, simulated: Duration) -> Duration {
        Duration::try_from_secs_f64(simulated.as_secs_f64() / self.0).unwrap_or(Duration::MAX)
    }

    /// The number.
    #[must_use]
    pub const fn times(self) -> f64 {
        self.0
    }
}

impl FromStr for Speed {
    type Err = SpeedError;

    fn from_str(text: &str) -> Result<Self, SpeedError> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let number = text.strip_suffix('x').unwrap_or(text).parse().ok().and_then(Factor::new);
        number.map(Self::Times).ok_or_else(|| SpeedError { found: text.to_owned() })
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(factor) => write!(f, "{}", factor.0),
            Self::Max => f.write_str("max"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_number_above_nothing_or_the_most_there_is() {
        for (text, shown) in [("1", "1"), ("30x", "30"), ("0.5", "0.5"), ("10000", "10000"), ("max", "max")] {
            assert_eq!(text.parse::<Speed>().map(|speed| speed.to_string()).as_deref(), Ok(shown));
        }
        for text in ["0", "-1", "NaN", "inf", "-0", "1e9", "", "x", "fast", "0x"] {
            let error = text.parse::<Speed>().unwrap_err();
            assert!(error.to_string().ends_with(&format!("found {text:?}")), "{error}");
        }
    }

    #[test]
    fn time_is_scaled_both_ways() {
        let factor = Factor::new(30.0).unwrap();
        assert_eq!(factor.of_cluster(Duration::from_secs(2)), Duration::from_secs(60));
        assert_eq!(factor.of_person(Duration::from_secs(60)), Duration::from_secs(2));
        assert_eq!(Factor::new(1e-300).unwrap().of_person(Duration::MAX), Duration::MAX);
    }
}
