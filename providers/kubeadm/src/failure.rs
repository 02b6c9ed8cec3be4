//! What a failure of the transport means for the run.

use upgrade_provider::{ErrorKind, PortError};
use upgrade_ssh::{Output, SshError};

/// A host that is away may come back; one that refuses will refuse again.
pub(crate) fn port_error(error: SshError) -> PortError {
    let kind = match &error {
        SshError::Unreachable { .. } | SshError::Timeout { .. } | SshError::Lost { .. } => ErrorKind::Away,
        SshError::HostKey { .. } | SshError::Auth { .. } | SshError::Sudo { .. } | SshError::Program { .. } => {
            ErrorKind::Refused
        }
        SshError::Shell { .. } => ErrorKind::Malformed,
    };
    PortError { kind, message: error.to_string(), hint: error.hint(), source: Some(Box::new(error)) }
}

/// A script of ours that ended badly, which none of them does unless the host is broken.
pub(crate) fn script_error(node: &str, doing: &str, output: &Output) -> PortError {
    let said = output.stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing on standard error");
    let message = format!("failed to {doing} on {node}: exit status {}: {}", output.status, said.trim());
    PortError::new(ErrorKind::Refused, message)
}
