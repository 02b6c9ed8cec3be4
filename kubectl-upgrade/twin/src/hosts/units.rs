//! Units that systemd runs for a while: operations of the production code.

use tokio::task::AbortHandle;

/// A transient unit.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) state: State,
    pub(super) task: Option<AbortHandle>,
}

/// How a unit stands, in systemd's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Active,
    Activating,
    Inactive,
    Failed,
}

impl State {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Activating => "activating",
            Self::Inactive => "inactive",
            Self::Failed => "failed",
        }
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
