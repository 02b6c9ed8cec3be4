//! What a failure of the transport means for the run.

use upgrade_provider::{ErrorKind, PortError};
use upgrade_ssh::{Output, SshError};

/// A host that is away may come back; one that refuses will refuse again.
pub(crate) fn port_error(error: SshError) -> PortError {
    let kind = match &error {
        SshError::Unreachable { .. } | SshError::Timeout { .. } | SshError::Lost { .. } => ErrorKind::Away,
        SshError::HostKeyUnknown { .. }
        | SshError::HostKeyChanged { .. }
        | SshError::Auth { .. }
        | SshError::Sudo { .. }
        | SshError::Program { .. } => ErrorKind::Refused,
        SshError::Shell { .. } => ErrorKind::Malformed,
    };
    PortError { kind, message: error.to_string(), hint: error.hint(), source: error.into_source() }
}

/// A script of ours that ended badly, which none of them does unless the host is broken.
pub(crate) fn script_error(node: &str, doing: &str, output: &Output) -> PortError {
    let said = output.stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing on standard error");
    let message = format!("failed to {doing} on {node}: exit status {}: {}", output.status, said.trim());
    PortError::new(ErrorKind::Refused, message)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn what_the_message_says_does_not_lie_underneath_too() {
        let sudo = SshError::Sudo {
            node: "cp1".to_owned(),
            user: "admin".to_owned(),
            by_hand: "ssh cp1".to_owned(),
            found: "sudo: a password is required".to_owned(),
        };
        let error = port_error(sudo);
        assert_eq!(error.kind, ErrorKind::Refused);
        assert!(error.message.contains("for user admin, found \"sudo: a password"), "{}", error.message);
        assert!(error.source().is_none());
        assert!(error.hint.is_some_and(|hint| hint.ends_with("ssh cp1 sudo -n true")));
    }
}
