//! When a read is tried again at once, and after how long.

use std::time::Duration;

use azure_core::http::StatusCode;

/// Longer than this, the caller decides whether to wait.
const LONGEST: Duration = Duration::from_secs(20);

/// How often one read is tried again.
const TIMES: u32 = 4;

const FIRST: Duration = Duration::from_millis(200);

/// How long to wait at a simulated cloud: it is not overwhelmed, and its time does not pass meanwhile.
const SIMULATED: Duration = Duration::from_millis(1);

/// How the waits of reads are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As Azure asks for.
    AsAsked,
    /// As a simulated cloud bears it.
    Simulated,
}

/// Whether an answer may be another one soon.
pub(super) fn may_pass(status: StatusCode) -> bool {
    matches!(u16::from(status), 408 | 429 | 500 | 502 | 503 | 504)
}

/// The waits between the attempts of one read.
pub(super) struct Waits {
    taken: u32,
    pace: Pace,
}

impl Waits {
    pub(super) const fn at(pace: Pace) -> Self {
        Self { taken: 0, pace }
    }

    /// The next wait, as long as the other side asks for where it does; none when it is enough.
    pub(super) fn next(&mut self, asked_s: Option<u64>) -> Option<Duration> {
        let own = FIRST * 2_u32.pow(self.taken);
        let wait = asked_s.map_or(own, Duration::from_secs).max(own);
        if self.taken == TIMES || wait > LONGEST {
            return None;
        }
        self.taken += 1;
        Some(match self.pace {
            Pace::AsAsked => wait,
            Pace::Simulated => SIMULATED,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let mut waits = Waits::at(Pace::AsAsked);
        let taken: Vec<u128> = std::iter::from_fn(|| waits.next(None)).map(|wait| wait.as_millis()).collect();
        assert_eq!(taken, [200, 400, 800, 1600]);
    }

    #[test]
    fn a_long_wait_is_left_to_the_caller() {
        let next = |pace, asked| Waits::at(pace).next(Some(asked));
        assert_eq!(next(Pace::AsAsked, 2), Some(Duration::from_secs(2)));
        assert_eq!(next(Pace::AsAsked, 60), None);
        assert_eq!(next(Pace::Simulated, 2), Some(SIMULATED));
    }

    #[test]
    fn a_refusal_is_final() {
        assert!(may_pass(StatusCode::TooManyRequests));
        assert!(!may_pass(StatusCode::Forbidden));
        assert!(!may_pass(StatusCode::Conflict));
    }
}
