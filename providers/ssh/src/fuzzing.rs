//! What ssh and hosts print, taken apart, for fuzz targets alone.

use crate::error::SshError;
use crate::target::Target;
use crate::transport::Output;

/// What a script printed, without what was printed before it began.
///
/// # Errors
/// When it never began.
pub fn unpack(target: &Target, raw: Output, keep: usize) -> Result<Output, SshError> {
    crate::wire::unpack(target, raw, keep)
}

/// Why no connection came about, by what ssh said.
#[must_use]
pub fn connecting(target: &Target, said: &str) -> SshError {
    SshError::connecting(target, said)
}
