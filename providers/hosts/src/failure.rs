//! What a failure of the transport means for the run. Whatever a host said goes through [`text::clean`] on its way into an
//! error, as it does on its way into the journal.

use upgrade_provider::{ErrorKind, PortError};
use upgrade_ssh::{Output, SshError};

use crate::text;

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
    PortError { kind, message: text::clean(&error.to_string()), hint: error.hint(), source: error.into_source() }
}

/// A script of ours that ended badly, which none of them does unless the host is broken.
pub(crate) fn script_error(node: &str, doing: &str, output: &Output) -> PortError {
    let said = text::clean(&output.stderr);
    let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing on standard error");
    let message = format!("failed to {doing} on {node}: exit status {}: {}", output.status, said.trim());
    PortError::new(ErrorKind::Refused, message)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn no_secret_of_a_host_gets_into_an_error() {
        let token = "abcdef.0123456789abcdef";
        let stderr = format!("\u{1b}[31mkubeadm join --token {token} failed\u{1b}[0m\n\n");
        let output = Output { status: 1, stdout: String::new(), stderr };
        let message = script_error("cp1", "begin the step", &output).message;
        let said = "kubeadm join --token [redacted] failed";
        assert_eq!(message, format!("failed to begin the step on cp1: exit status 1: {said}"));
        let lines = "-----BEGIN RSA PRIVATE KEY-----\nMII\n";
        let output = Output { stderr: lines.to_owned(), ..output };
        assert!(script_error("cp1", "look", &output).message.ends_with(": [redacted]"));

        let shell =
            SshError::Shell { node: "cp1".to_owned(), by_hand: String::new(), found: format!("token: {token}") };
        assert!(!port_error(shell).message.contains(token));
    }

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
