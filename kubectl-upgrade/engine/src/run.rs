//! The run as a whole.

use crate::error::EngineError;
use crate::request::{Outcome, Request};

/// Runs a plan to its end, or until it must hold.
///
/// # Errors
/// When the run could not be begun, or its journal not be kept. Whatever else happens is an [`Outcome`].
pub async fn execute(request: Request) -> Result<Outcome, EngineError> {
    let records = request.directory.records()?;
    let _ = upgrade_core::journal::fold(&records)?;
    Ok(Outcome::Finished)
}
