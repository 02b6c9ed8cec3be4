//! What is going to happen, in order.

use std::collections::BTreeMap;
use std::time::Duration;

use super::World;

/// Something that happens to the world.
pub(super) type Happening = Box<dyn FnOnce(&mut World) + Send>;

/// Events by time and, at one moment, by the order of their making.
#[derive(Default)]
pub(super) struct Queue {
    made: u64,
    events: BTreeMap<(Duration, u64), Happening>,
}

impl Queue {
    pub(super) fn push(&mut self, at: Duration, happening: Happening) {
        self.made += 1;
        self.events.insert((at, self.made), happening);
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.events.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn pop_due(&mut self, now: Duration) -> Option<Happening> {
        let (at, _) = self.events.first_key_value()?.0;
        if *at > now {
            return None;
        }
        self.events.pop_first().map(|(_, happening)| happening)
    }
}
