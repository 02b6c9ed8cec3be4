//! Nobody at the keyboard.

use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::plan::Step;
use upgrade_provider::{ErrorKind, Person, PortError};

/// There is nobody to hear from.
pub(crate) struct Nobody;

#[async_trait]
impl Person for Nobody {
    async fn show(&self, step: &Step) -> Result<(), PortError> {
        let message = format!("step {} is done by hand, and there is nobody to hear from that it was done", step.id);
        let hint = "do what kubectl upgrade plan --details shows for it, then kubectl upgrade resume";
        Err(PortError::new(ErrorKind::Refused, message).hint(hint))
    }

    async fn said_so(&self, _step: &Step, _patience: Duration) -> bool {
        false
    }
}
