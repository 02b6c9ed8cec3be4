//! Why a run could not be run, as opposed to a run that held.

use upgrade_core::ids::{PlanDigest, RunId};
use upgrade_core::journal::FoldError;
use upgrade_provider::LockError;

use crate::journal::JournalError;
use crate::store::StoreError;

/// Why a run ended without an outcome. Nothing new is begun once one of these is met.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The run's files could not be read.
    #[error("failed to open the run")]
    Store(#[from] StoreError),
    /// The journal could not be read or written.
    #[error("failed to keep the journal")]
    Journal(#[from] JournalError),
    /// The journal holds a sequence that no run could have written.
    #[error("failed to make sense of the journal")]
    Fold(#[from] FoldError),
    /// The lock was not had.
    #[error("failed to take the cluster's lock")]
    Lock(#[source] LockError),
    /// The journal is about another plan or run.
    #[error("expected the journal of run {run} of plan {plan}, found run {found_run} of plan {found_plan}")]
    OtherRun {
        /// The run asked for.
        run: RunId,
        /// The plan asked for.
        plan: PlanDigest,
        /// The run in the journal.
        found_run: RunId,
        /// The plan in the journal.
        found_plan: PlanDigest,
    },
    /// A run was to be started that was started before.
    #[error("expected a new run, found {run} already started")]
    AlreadyStarted {
        /// The run.
        run: RunId,
    },
}

impl EngineError {
    /// What to type next, where there is one thing to try.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::AlreadyStarted { .. } => Some("kubectl upgrade resume".to_owned()),
            Self::Lock(LockError::Taken { stale: true, .. }) => Some("take it over with --takeover".to_owned()),
            Self::Lock(LockError::Taken { stale: false, .. }) => Some("kubectl upgrade status".to_owned()),
            Self::Lock(LockError::Port(error)) => error.hint.clone(),
            Self::Store(_) | Self::Journal(_) | Self::Fold(_) | Self::OtherRun { .. } => None,
        }
    }
}
