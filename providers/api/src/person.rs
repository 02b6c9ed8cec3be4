//! The port to the person who carries out what a plan leaves to one.

use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::plan::Step;

use crate::error::PortError;

/// Shows a person what to do, and hears from them that it was done. What they say is believed of nothing but the moment:
/// whether it was done is observed.
#[async_trait]
pub trait Person: Send + Sync {
    /// Shows what the step asks for.
    ///
    /// # Errors
    /// When there is no way to hear that it was done.
    async fn show(&self, step: &Step) -> Result<(), PortError>;

    /// Whether the person has said so; waits for that at most as long as `patience`.
    async fn said_so(&self, step: &Step, patience: Duration) -> bool;
}
