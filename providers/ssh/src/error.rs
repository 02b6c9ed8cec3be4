//! Why a host was not reached or a script not run, told apart by what to do about it.

use crate::target::Target;

/// A failure between here and the script's end.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// No connection: name, route, port or a silent host.
    #[error("failed to reach {node} over SSH at {address}: {found}")]
    Unreachable {
        /// The node.
        node: String,
        /// Where it was looked for.
        address: String,
        /// What ssh said.
        found: String,
    },
    /// The host's key is not known, or not the known one.
    #[error("failed to reach {node} over SSH: host key verification failed")]
    HostKey {
        /// The node.
        node: String,
        /// The command that shows and records the key.
        by_hand: String,
        /// Whether another key is on record: the host was rebuilt, or is not the host.
        changed: bool,
    },
    /// The host refused every key.
    #[error("failed to log in to {node} over SSH as {user}: {found}")]
    Auth {
        /// The node.
        node: String,
        /// The user.
        user: String,
        /// The command to try by hand.
        by_hand: String,
        /// What ssh said.
        found: String,
    },
    /// sudo did not let the user become root without a password.
    #[error("failed to become root on {node}: expected passwordless sudo for user {user}, found \"{found}\"")]
    Sudo {
        /// The node.
        node: String,
        /// The user.
        user: String,
        /// What sudo said.
        found: String,
    },
    /// The script was not started although the connection stood.
    #[error("failed to start a shell on {node}: {found}")]
    Shell {
        /// The node.
        node: String,
        /// What was printed instead.
        found: String,
    },
    /// The script did not end in time.
    #[error("expected an answer from {node} within {after_s} s, found none")]
    Timeout {
        /// The node.
        node: String,
        /// Seconds.
        after_s: u64,
    },
    /// The connection broke while the script ran.
    #[error("lost the SSH connection to {node}")]
    Lost {
        /// The node.
        node: String,
        /// What lies underneath.
        #[source]
        source: Option<openssh::Error>,
    },
    /// The ssh program here did not work.
    #[error("failed to run ssh here")]
    Program {
        /// What lies underneath.
        #[source]
        source: openssh::Error,
    },
}

impl SshError {
    /// What to type next, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } => {
                Some("give its address, port or proxyJump in the --hosts file, or in ~/.ssh/config".to_owned())
            }
            Self::HostKey { by_hand, changed: false, .. } => {
                Some(format!("{by_hand}    once by hand, or set knownHostsFile in the --hosts file"))
            }
            Self::HostKey { changed: true, .. } => Some(
                "its key differs from the one on record: find out why before removing that with ssh-keygen -R"
                    .to_owned(),
            ),
            Self::Auth { by_hand, .. } => {
                Some(format!("{by_hand} true    must work without a prompt; set user and identityFile in --hosts"))
            }
            Self::Sudo { user, .. } => {
                Some(format!("visudo -f /etc/sudoers.d/kubectl-upgrade    with: {user} ALL=(ALL) NOPASSWD: ALL"))
            }
            Self::Program { .. } => Some("install the OpenSSH client; ssh -V must work".to_owned()),
            Self::Shell { .. } | Self::Timeout { .. } | Self::Lost { .. } => None,
        }
    }

    /// Tells apart why no connection came about, by what ssh said.
    pub(crate) fn connecting(target: &Target, said: &str) -> Self {
        let node = target.node.to_string();
        let by_hand = target.by_hand();
        let changed = said.contains("IDENTIFICATION HAS CHANGED")
            || said.contains("host key for") && said.contains("has changed");
        if changed || said.contains("Host key verification failed") || said.contains("No matching host key") {
            return Self::HostKey { node, by_hand, changed };
        }
        let found = last_line(said);
        if said.contains("Permission denied") || said.contains("Too many authentication failures") {
            let user = target.user.clone().unwrap_or_else(|| "(from ssh_config)".to_owned());
            return Self::Auth { node, user, by_hand, found };
        }
        Self::Unreachable { node, address: target.address.clone(), found }
    }
}

/// The last line that says something, without ssh's own name.
pub(crate) fn last_line(text: &str) -> String {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no reason given");
    line.strip_prefix("ssh: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::NodeName;

    use super::*;

    #[test]
    fn what_ssh_says_is_told_apart() {
        let mut target = Target::new(NodeName::new("cp1"), "10.0.0.11");
        target.user = Some("admin".to_owned());
        target.port = Some(2222);
        let error = |said: &str| SshError::connecting(&target, said);

        let unknown = error(
            "No ED25519 host key is known for 10.0.0.11 and you have requested strict checking.\r\nHost key verification failed.\r\n",
        );
        assert!(matches!(unknown, SshError::HostKey { changed: false, .. }));
        assert!(unknown.hint().unwrap().starts_with("ssh -p 2222 -l admin 10.0.0.11 "));
        let changed = error("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.");
        assert!(matches!(changed, SshError::HostKey { changed: true, .. }));
        let auth = error("admin@10.0.0.11: Permission denied (publickey).");
        assert_eq!(
            auth.to_string(),
            "failed to log in to cp1 over SSH as admin: admin@10.0.0.11: Permission denied (publickey)."
        );
        let refused = error("ssh: connect to host 10.0.0.11 port 2222: Connection refused\r\n");
        assert_eq!(
            refused.to_string(),
            "failed to reach cp1 over SSH at 10.0.0.11: connect to host 10.0.0.11 port 2222: Connection refused"
        );
    }
}
