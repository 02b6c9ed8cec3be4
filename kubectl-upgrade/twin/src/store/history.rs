//! What changed, in order, for watches and for lists of the past.

use std::collections::VecDeque;
use std::sync::Arc;

use super::object::Object;

/// How many changes are remembered: enough for any watch that is alive, little enough for a large cluster.
const REMEMBERED: usize = 20_000;

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it was before; none for what was created.
    pub before: Option<Arc<Object>>,
    /// What it is now; for what was deleted, what it last was, at the version of its deletion.
    pub object: Arc<Object>,
    /// Whether it was deleted.
    pub deleted: bool,
}

impl Change {
    /// The resource version it made.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.object.version
    }
}

/// The history does not reach back so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("version {asked} is older than {oldest}, the oldest remembered")]
pub struct Compacted {
    /// The version asked for.
    pub asked: u64,
    /// The oldest version that can be asked for.
    pub oldest: u64,
}

/// The changes remembered.
#[derive(Debug, Default)]
pub(super) struct History {
    changes: VecDeque<Change>,
    /// Changes up to this version are forgotten.
    forgotten: u64,
}

impl History {
    pub(super) fn push(&mut self, change: Change) {
        self.changes.push_back(change);
        while self.changes.len() > REMEMBERED {
            self.forget_first();
        }
    }

    pub(super) fn since(&self, version: u64) -> Result<impl DoubleEndedIterator<Item = &Change>, Compacted> {
        if version < self.forgotten {
            return Err(Compacted { asked: version, oldest: self.forgotten });
        }
        let start = self.changes.partition_point(|change| change.version() <= version);
        Ok(self.changes.range(start..))
    }

    pub(super) fn compact(&mut self, version: u64) {
        while self.changes.front().is_some_and(|change| change.version() <= version) {
            self.forget_first();
        }
        self.forgotten = self.forgotten.max(version);
    }

    fn forget_first(&mut self) {
        if let Some(change) = self.changes.pop_front() {
            self.forgotten = change.version();
        }
    }
}
