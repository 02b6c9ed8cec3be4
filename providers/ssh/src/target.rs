//! How one host is reached.

use upgrade_core::ids::NodeName;

/// One host. What is not said here is left to the user's ssh_config.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The node that runs on it; errors name it.
    pub node: NodeName,
    /// A host name, an address or an alias of ssh_config.
    pub address: String,
    /// The user.
    pub user: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The private key's file; no other key is then offered.
    pub identity_file: Option<String>,
    /// The file of known host keys.
    pub known_hosts_file: Option<String>,
    /// Jump hosts, as ssh's `-J` takes them.
    pub proxy_jump: Option<String>,
}

impl Target {
    /// A host about which nothing but its address is known.
    #[must_use]
    pub fn new(node: NodeName, address: impl Into<String>) -> Self {
        Self {
            node,
            address: address.into(),
            user: None,
            port: None,
            identity_file: None,
            known_hosts_file: None,
            proxy_jump: None,
        }
    }

    /// What to type to reach it by hand.
    #[must_use]
    pub fn by_hand(&self) -> String {
        let mut words = vec!["ssh".to_owned()];
        let mut option = |flag: &str, value: Option<String>| {
            if let Some(value) = value {
                words.extend([flag.to_owned(), upgrade_core::commands::quote(&value)]);
            }
        };
        option("-J", self.proxy_jump.clone());
        option("-i", self.identity_file.clone());
        option("-o", self.known_hosts_file.as_ref().map(|file| format!("UserKnownHostsFile={file}")));
        option("-p", self.port.map(|port| port.to_string()));
        option("-l", self.user.clone());
        words.push(upgrade_core::commands::quote(&self.address));
        words.join(" ")
    }

    /// What to type to forget the host's key on record.
    #[must_use]
    pub fn forget(&self) -> String {
        let name = match self.port {
            None | Some(22) => self.address.clone(),
            Some(port) => format!("[{}]:{port}", self.address),
        };
        let file = self.known_hosts_file.as_ref();
        let file = file.map_or_else(String::new, |file| format!("-f {} ", upgrade_core::commands::quote(file)));
        format!("ssh-keygen {file}-R {}", upgrade_core::commands::quote(&name))
    }
}

/// Whether ssh takes the text as one word of its command line: a leading `-` would make an option of it.
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.contains(char::is_whitespace)
}
