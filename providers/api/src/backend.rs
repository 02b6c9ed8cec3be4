//! The port through which a step's action takes effect.

use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::event::BlockedPod;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::Step;
use upgrade_core::scope::OperationKey;

use crate::error::PortError;

/// Carries out the actions of one kind of world: the Kubernetes API, or a provider's hosts.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Begins the step's action, or finds it begun: calling it twice with one key begins it once. Returns a name under
    /// which [`Backend::poll`] finds it, even from another process; a cloud may know it by more than one.
    ///
    /// # Errors
    /// When it was not begun. An error of kind `Away` leaves open whether it was: the key settles it on the next call.
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError>;

    /// Says how a begun action stands. Returns as soon as that changes, or after `patience`.
    ///
    /// # Errors
    /// When it could not be asked. The action itself may be going on.
    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError>;
}

/// How a begun action stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationStatus {
    /// Going on.
    Running {
        /// The last thing it said, or what it waits for beside the blocked pods. It changes only when the operation gets
        /// on: no counter of seconds.
        text: String,
        /// So many of `total` done, where there is something to count.
        done: Option<u32>,
        /// Of so many.
        total: Option<u32>,
        /// Pods whose eviction is refused; shown beside the text, with their budgets.
        blocked: Vec<BlockedPod>,
    },
    /// Ended well.
    Succeeded {
        /// Bounded output for the journal.
        output: String,
        /// What is worth keeping, in words: where a backup is, its hash and revision.
        observed: Vec<String>,
    },
    /// Ended badly.
    Failed {
        /// Bounded output for the journal.
        output: String,
        /// What was expected and what was found.
        error: String,
        /// What to do; a command where there is one.
        hint: Option<String>,
    },
    /// Nothing is known of it under this name: it never began, or its traces are gone.
    Unknown,
}
