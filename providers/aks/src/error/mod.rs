//! What an error of Azure means for the run, and what to do about it.

mod advice;
mod fault;

use azure_core::error::{Error, ErrorKind as AzureKind};
use upgrade_provider::{ErrorKind, PortError};

pub(crate) use fault::Fault;

/// An error below HTTP: no connection, no token.
pub(crate) fn transport(doing: &str, error: Error) -> PortError {
    let kind = match error.kind() {
        AzureKind::Connection | AzureKind::Io => ErrorKind::Away,
        AzureKind::Credential => ErrorKind::Unauthorized,
        AzureKind::HttpResponse { .. } | AzureKind::DataConversion | AzureKind::Other => ErrorKind::Malformed,
    };
    let failed = PortError::new(kind, format!("failed to {doing}"));
    match kind {
        ErrorKind::Unauthorized => failed.hint("log in: az login").because(error),
        ErrorKind::Away
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Refused
        | ErrorKind::Malformed => failed.because(error),
    }
}
