//! The `--hosts` file: how each node's host is reached.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use serde::Deserialize;
use upgrade_core::ids::NodeName;

use crate::target::{Target, is_word};

const API_VERSION: &str = "kubectl-upgrade/v1";
const KIND: &str = "Hosts";

/// How hosts are reached. Empty when no file was given: then addresses come from the Nodes, the rest from ssh_config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostsFile {
    defaults: Access,
    hosts: BTreeMap<NodeName, Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    kind: String,
    #[serde(default)]
    defaults: Access,
    #[serde(default)]
    hosts: Vec<Entry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Access {
    user: Option<String>,
    port: Option<NonZeroU16>,
    identity_file: Option<String>,
    known_hosts_file: Option<String>,
    proxy_jump: Option<String>,
}

/// Its fields repeat those of [`Access`]: serde cannot flatten and refuse unknown keys at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    node: String,
    address: Option<String>,
    user: Option<String>,
    port: Option<NonZeroU16>,
    identity_file: Option<String>,
    known_hosts_file: Option<String>,
    proxy_jump: Option<String>,
}

impl HostsFile {
    /// Reads the text of a hosts file; `file` names it in errors.
    ///
    /// # Errors
    /// When it is not YAML of the expected shape, names a node twice or holds a value no host can have.
    pub fn parse(file: &str, text: &str) -> Result<Self, HostsFileError> {
        let file = file.to_owned();
        let document: Document = serde_saphyr::from_str(text)
            .map_err(|source| HostsFileError::Syntax { file: file.clone(), source: Box::new(source) })?;
        if document.api_version != API_VERSION || document.kind != KIND {
            let found = format!("{}, {}", document.api_version, document.kind);
            return Err(HostsFileError::Kind { file, found });
        }
        let mut hosts = BTreeMap::new();
        for (index, entry) in document.hosts.into_iter().enumerate() {
            entry.check(&file, index)?;
            let node = NodeName::new(entry.node.clone());
            if hosts.insert(node.clone(), entry).is_some() {
                return Err(HostsFileError::Twice { file, place: format!("hosts[{index}]"), node });
            }
        }
        let defaults = document.defaults;
        for (name, value) in [("user", &defaults.user), ("proxyJump", &defaults.proxy_jump)] {
            check_word(&file, format!("defaults.{name}"), value.as_deref())?;
        }
        Ok(Self { defaults, hosts })
    }

    /// How the node's host is reached: as the file says, else at the address the caller knows, else by its name. An
    /// address that the caller was told is no address where ssh would not take it for one.
    #[must_use]
    pub fn target(&self, node: &NodeName, known_address: Option<&str>) -> Target {
        let entry = self.hosts.get(node);
        let known_address = known_address.filter(|address| is_word(address));
        let address = entry.and_then(|entry| entry.address.as_deref()).or(known_address).unwrap_or(node.as_str());
        let pick = |own: fn(&Entry) -> Option<&String>, default: &Option<String>| {
            entry.and_then(own).or(default.as_ref()).cloned()
        };
        Target {
            node: node.clone(),
            address: address.to_owned(),
            user: pick(|entry| entry.user.as_ref(), &self.defaults.user),
            port: entry.and_then(|entry| entry.port).or(self.defaults.port).map(NonZeroU16::get),
            identity_file: pick(|entry| entry.identity_file.as_ref(), &self.defaults.identity_file),
            known_hosts_file: pick(|entry| entry.known_hosts_file.as_ref(), &self.defaults.known_hosts_file),
            proxy_jump: pick(|entry| entry.proxy_jump.as_ref(), &self.defaults.proxy_jump),
        }
    }

    /// The nodes the file names, in name order.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeName> {
        self.hosts.keys()
    }
}

impl Entry {
    fn check(&self, file: &str, index: usize) -> Result<(), HostsFileError> {
        for (name, value) in [
            ("node", Some(&self.node)),
            ("address", self.address.as_ref()),
            ("user", self.user.as_ref()),
            ("proxyJump", self.proxy_jump.as_ref()),
        ] {
            check_word(file, format!("hosts[{index}].{name}"), value.map(String::as_str))?;
        }
        Ok(())
    }
}

fn check_word(file: &str, place: String, value: Option<&str>) -> Result<(), HostsFileError> {
    match value {
        Some(value) if !is_word(value) => {
            Err(HostsFileError::Value { file: file.to_owned(), place, found: value.to_owned() })
        }
        Some(_) | None => Ok(()),
    }
}

/// What is wrong with a hosts file.
#[derive(Debug, thiserror::Error)]
pub enum HostsFileError {
    /// Not YAML, an unknown key, a missing one, a value of the wrong type.
    #[error("failed to read the hosts file {file}")]
    Syntax {
        /// The file.
        file: String,
        /// What and where, with line and column.
        #[source]
        source: Box<serde_saphyr::Error>,
    },
    /// Another document.
    #[error("expected apiVersion {API_VERSION}, kind {KIND} in {file}, found {found}")]
    Kind {
        /// The file.
        file: String,
        /// What it says it is.
        found: String,
    },
    /// A node named twice.
    #[error("expected each node once in {file}, found {node} again at {place}")]
    Twice {
        /// The file.
        file: String,
        /// Where.
        place: String,
        /// The node.
        node: NodeName,
    },
    /// A value no host can have.
    #[error("expected one word at {place} in {file}, found {found:?}")]
    Value {
        /// The file.
        file: String,
        /// Where.
        place: String,
        /// The value.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    const HEAD: &str = "apiVersion: kubectl-upgrade/v1\nkind: Hosts\n";

    fn error(body: &str) -> String {
        let error = HostsFile::parse("h.yaml", &format!("{HEAD}{body}")).unwrap_err();
        error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
    }

    #[test]
    fn an_entry_wins_over_the_defaults_and_they_over_nothing() {
        let text = format!(
            "{HEAD}defaults: {{ user: admin, port: 22, identityFile: /p/id, knownHostsFile: /p/kh, proxyJump: bastion }}\n\
             hosts:\n- {{ node: cp1, address: 10.0.0.11, user: x, port: 2222 }}\n- {{ node: w1 }}\n"
        );
        let file = HostsFile::parse("h.yaml", &text).unwrap();
        let cp1 = file.target(&NodeName::new("cp1"), Some("192.0.2.1"));
        assert_eq!((cp1.address.as_str(), cp1.user.as_deref(), cp1.port), ("10.0.0.11", Some("x"), Some(2222)));
        assert_eq!(cp1.by_hand(), "ssh -J bastion -i /p/id -o UserKnownHostsFile=/p/kh -p 2222 -l x 10.0.0.11");
        let w1 = file.target(&NodeName::new("w1"), Some("192.0.2.2"));
        assert_eq!((w1.address.as_str(), w1.user.as_deref(), w1.port), ("192.0.2.2", Some("admin"), Some(22)));
        let other = HostsFile::default().target(&NodeName::new("w9"), None);
        assert_eq!(other, Target::new(NodeName::new("w9"), "w9"));
        for told in ["-oProxyCommand=reboot", "", "10.0.0.1 x"] {
            assert_eq!(HostsFile::default().target(&NodeName::new("w9"), Some(told)), other, "{told}");
        }
        assert_eq!(file.nodes().map(NodeName::as_str).collect::<Vec<_>>(), ["cp1", "w1"]);
    }

    #[test]
    fn mistakes_are_named_with_file_and_place() {
        let twice = error("hosts: [{ node: a }, { node: b }, { node: a }]");
        assert_eq!(twice, "expected each node once in h.yaml, found a again at hosts[2]");
        assert_eq!(
            error("hosts: [{ node: a, address: -oProxyCommand=x }]"),
            "expected one word at hosts[0].address in h.yaml, found \"-oProxyCommand=x\""
        );
        let unknown = error("hosts:\n- node: a\n  prot: 22\n");
        assert!(unknown.contains("h.yaml") && unknown.contains("prot") && unknown.contains('5'), "{unknown}");
        for port in ["0", "65536", "-1", "ssh"] {
            let bad = error(&format!("hosts: [{{ node: a, port: {port} }}]"));
            assert!(bad.starts_with("failed to read the hosts file h.yaml: "), "{bad}");
        }
        let kind = HostsFile::parse("h.yaml", "apiVersion: v1\nkind: Hosts\n").unwrap_err();
        assert!(kind.to_string().contains("found v1, Hosts"), "{kind}");
    }
}
