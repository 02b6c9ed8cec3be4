//! The one source of chance.

use std::time::Duration;

use rand::{Rng as _, RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::tempo::Span;

/// Seeded chance: the same seed gives the same numbers on every machine.
#[derive(Clone, Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// Chance from a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `limit`; 0 when that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.0.random_range(0..limit) }
    }

    /// Whether something of that probability (0 to 1) happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }

    /// One of them; none of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.below(of.len() as u64)).unwrap_or_default();
        of.get(index)
    }

    /// A duration out of the span: triangular around what is typical.
    pub fn within(&mut self, span: Span) -> Duration {
        let (low, typical, high) = (span.low_ms, span.typical_ms, span.high_ms);
        if high <= low {
            return Duration::from_millis(low);
        }
        // The middle of two draws on either side of the typical value keeps most near it.
        let early = low + self.below(typical.saturating_sub(low) + 1);
        let late = typical + self.below(high.saturating_sub(typical) + 1);
        Duration::from_millis(u64::midpoint(early, late))
    }

    /// Five characters as generated names end in.
    pub fn suffix(&mut self) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..5).filter_map(|_| self.pick(LETTERS).map(|byte| char::from(*byte))).collect()
    }
}
