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
        /// The command to try by hand.
        by_hand: String,
        /// What ssh said.
        found: String,
    },
    /// The host's key is not known, or not the known one.
    #[error("failed to trust {node} over SSH at {address}: expected a host key on record, found {found}")]
    HostKeyUnknown {
        /// The node.
        node: String,
        /// Where it was looked for.
        address: String,
        /// The command that shows and records the key.
        by_hand: String,
        /// What ssh said.
        found: String,
    },
    /// Another key is on record: the host was rebuilt, or is not the host.
    #[error("failed to trust {node} over SSH at {address}: expected the host key on record, found {found}")]
    HostKeyChanged {
        /// The node.
        node: String,
        /// Where it was looked for.
        address: String,
        /// The command that forgets the key on record.
        forget: String,
        /// The key it showed, and where the other one is on record.
        found: String,
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
        /// The command to try by hand.
        by_hand: String,
        /// What sudo said.
        found: String,
    },
    /// The script was not started although the connection stood.
    #[error("failed to start a shell on {node}: {found}")]
    Shell {
        /// The node.
        node: String,
        /// The command to try by hand.
        by_hand: String,
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
            Self::Unreachable { by_hand, .. } => Some(format!(
                "set address, port or proxyJump in the --hosts file or ~/.ssh/config until this works: {by_hand} true"
            )),
            Self::HostKeyUnknown { by_hand, .. } => Some(format!(
                "compare the key with the host's and record it: {by_hand} true; or set knownHostsFile in the --hosts file"
            )),
            Self::HostKeyChanged { forget, .. } => {
                Some(format!("find out why it changed; only if the host was rebuilt: {forget}"))
            }
            Self::Auth { by_hand, .. } => Some(format!(
                "set user and identityFile in the --hosts file until this works without a prompt: {by_hand} true"
            )),
            Self::Sudo { user, by_hand, .. } => Some(format!(
                "give {user} the sudoers line \"{user} ALL=(ALL) NOPASSWD: ALL\" until this works: {by_hand} sudo -n true"
            )),
            Self::Shell { by_hand, .. } => Some(format!("see what a login prints: {by_hand} sh -c date")),
            Self::Program { .. } => Some("install the OpenSSH client until this works: ssh -V".to_owned()),
            Self::Timeout { .. } | Self::Lost { .. } => None,
        }
    }

    /// What lies underneath, for whoever has said the rest.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::Lost { source, .. } => source.map(Into::into),
            Self::Program { source } => Some(source.into()),
            Self::Unreachable { .. }
            | Self::HostKeyUnknown { .. }
            | Self::HostKeyChanged { .. }
            | Self::Auth { .. }
            | Self::Sudo { .. }
            | Self::Shell { .. }
            | Self::Timeout { .. } => None,
        }
    }

    /// Tells apart why no connection came about, by what ssh said.
    pub(crate) fn connecting(target: &Target, said: &str) -> Self {
        let (node, address, by_hand) = (target.node.to_string(), target.address.clone(), target.by_hand());
        if said.contains("IDENTIFICATION HAS CHANGED") || said.contains("Host key for") && said.contains("has changed")
        {
            return Self::HostKeyChanged { node, address, forget: target.forget(), found: other_key(said) };
        }
        if said.contains("Host key verification failed") || said.contains("No matching host key") {
            let line = said.lines().find(|line| line.contains("host key is known"));
            let found = line.and_then(|line| line.split(" is known").next()).map(str::trim);
            let found = found.filter(|found| !found.is_empty()).unwrap_or("none that ssh accepts");
            return Self::HostKeyUnknown { node, address, by_hand, found: found.replacen("No ", "no ", 1) };
        }
        let found = last_line(said);
        if said.contains("Permission denied") || said.contains("Too many authentication failures") {
            let user = target.user.clone().unwrap_or_else(|| "(from ssh_config)".to_owned());
            let found = found.rsplit_once(&format!("@{address}: ")).map_or(found.as_str(), |(_, what)| what).to_owned();
            return Self::Auth { node, user, by_hand, found };
        }
        // `connect to host 10.0.0.11 port 22: No route to host`; behind a jump host the address is that one's.
        match found.strip_prefix("connect to host ").and_then(|rest| rest.split_once(": ")) {
            Some((place, found)) => {
                Self::Unreachable { node, address: place.to_owned(), by_hand, found: found.to_owned() }
            }
            None => Self::Unreachable { node, address, by_hand, found },
        }
    }
}

/// The key that a host showed in place of the one on record, and where that is.
fn other_key(said: &str) -> String {
    let word = |start: &str| said.split_whitespace().find(|word| word.starts_with(start));
    let shown = word("SHA256:").map_or("another one", |word| word.trim_end_matches('.'));
    let record = said.lines().find_map(|line| line.trim().strip_prefix("Offending ")?.split_once(" key in "));
    record.map_or_else(|| shown.to_owned(), |(kind, place)| format!("{kind} {shown}; the other key is in {place}"))
}

/// The line that says most: ssh's own last word, else the last that says something.
pub(crate) fn last_line(text: &str) -> String {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let own = lines().filter_map(|line| line.strip_prefix("ssh: ")).next_back();
    own.or_else(|| lines().next_back()).unwrap_or("no reason given").to_owned()
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
        assert_eq!(
            unknown.to_string(),
            "failed to trust cp1 over SSH at 10.0.0.11: expected a host key on record, found no ED25519 host key"
        );
        assert!(unknown.hint().unwrap().contains("ssh -p 2222 -l admin 10.0.0.11 true"));
        let unnamed = error(" is known: host key is known\nHost key verification failed.").to_string();
        assert!(unnamed.ends_with("found none that ssh accepts"), "{unnamed}");
        let changed = error(
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nThe fingerprint for the ED25519 key sent by the remote \
             host is\nSHA256:abc.\nOffending ECDSA key in /k:2\nHost key verification failed.",
        );
        assert_eq!(
            changed.to_string(),
            "failed to trust cp1 over SSH at 10.0.0.11: expected the host key on record, found ECDSA SHA256:abc; the other \
             key is in /k:2"
        );
        assert!(changed.hint().unwrap().ends_with("ssh-keygen -R '[10.0.0.11]:2222'"), "{:?}", changed.hint());
        let auth = error("admin@10.0.0.11: Permission denied (publickey).");
        assert_eq!(auth.to_string(), "failed to log in to cp1 over SSH as admin: Permission denied (publickey).");
        let refused = error("ssh: connect to host 10.0.0.11 port 2222: Connection refused\r\n");
        assert_eq!(refused.to_string(), "failed to reach cp1 over SSH at 10.0.0.11 port 2222: Connection refused");
        let jump = error(
            "ssh: connect to host bastion port 22: Connection refused\nConnection closed by UNKNOWN port 65535\n",
        );
        assert_eq!(jump.to_string(), "failed to reach cp1 over SSH at bastion port 22: Connection refused");
    }
}
