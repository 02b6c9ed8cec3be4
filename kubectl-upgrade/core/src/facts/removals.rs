//! Flags, feature gates and behaviour that end with a minor.

use std::str::FromStr;

use super::table::{FromRow, Row, TableError};
use crate::component::Component;
use crate::version::Minor;

/// Which components a row speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every component that Kubernetes itself releases to run in the cluster.
    Any,
    /// This one.
    Only(Component),
}

impl Scope {
    /// Whether the component is meant.
    #[must_use]
    pub fn covers(self, component: Component) -> bool {
        match self {
            Self::Only(only) => only == component,
            Self::Any => match component {
                Component::ApiServer
                | Component::ControllerManager
                | Component::Scheduler
                | Component::CloudControllerManager
                | Component::Kubelet
                | Component::KubeProxy => true,
                Component::Etcd
                | Component::CoreDns
                | Component::ContainerRuntime
                | Component::Kubeadm
                | Component::Kubectl => false,
            },
        }
    }
}

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "any" {
            return Ok(Self::Any);
        }
        Component::ALL.into_iter().find(|component| component.name() == text).map(Self::Only).ok_or(())
    }
}

/// A flag that a component no longer takes: given it, the component exits at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedFlag {
    /// Whose flag it was.
    pub scope: Scope,
    /// `--flag`, `--flag=value` when only that value is gone, or `--prefix-*`.
    pub flag: &'static str,
    /// The first minor without it.
    pub removed: Minor,
    /// What to do instead.
    pub remedy: &'static str,
    /// The tag of the source.
    pub source: &'static str,
}

impl RemovedFlag {
    /// Whether a command-line argument (`--flag` or `--flag=value`) is this flag. One dash is as good as two, as in the
    /// components themselves; a flag whose value follows as its own argument is matched by name only.
    #[must_use]
    pub fn matches(&self, argument: &str) -> bool {
        let (name, value) = split(argument);
        if name.is_empty() || !argument.starts_with('-') {
            return false;
        }
        let (wanted, only) = split(self.flag);
        let named = match wanted.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == wanted,
        };
        named && only.is_none_or(|only| value.is_some_and(|value| value.split(',').any(|part| part == only)))
    }
}

/// Name without dashes, and what follows `=`.
fn split(flag: &str) -> (&str, Option<&str>) {
    let bare = flag.trim_start_matches('-');
    bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value)))
}

/// A feature gate that a component no longer knows: given it, the component exits at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedGate {
    /// Whose gate it was.
    pub scope: Scope,
    /// The gate.
    pub gate: &'static str,
    /// The first minor without it.
    pub removed: Minor,
    /// The tag of the source.
    pub source: &'static str,
}

/// Behaviour that is different from a minor on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// A stable name.
    pub id: &'static str,
    /// Whose behaviour it is.
    pub scope: Scope,
    /// The first minor with the new behaviour.
    pub since: Minor,
    /// What happens to a cluster that is not ready for it.
    pub consequence: &'static str,
    /// What to do before.
    pub remedy: &'static str,
    /// The tag of the source.
    pub source: &'static str,
}

impl FromRow<'static> for RemovedFlag {
    const TABLE: &'static str = "removed flags";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self {
            scope: row.value("component", "a component or any")?,
            flag: row.text("flag")?,
            removed: row.value("removed", "a minor")?,
            remedy: row.text("remedy")?,
            source: row.text("source")?,
        })
    }
}

impl FromRow<'static> for RemovedGate {
    const TABLE: &'static str = "removed feature gates";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self {
            scope: row.value("component", "a component or any")?,
            gate: row.text("gate")?,
            removed: row.value("removed", "a minor")?,
            source: row.text("source")?,
        })
    }
}

impl FromRow<'static> for Change {
    const TABLE: &'static str = "changes of behaviour";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self {
            id: row.text("id")?,
            scope: row.value("component", "a component or any")?,
            since: row.value("since", "a minor")?,
            consequence: row.text("consequence")?,
            remedy: row.text("remedy")?,
            source: row.text("source")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(flag: &'static str) -> RemovedFlag {
        RemovedFlag { scope: Scope::Any, flag, removed: Minor::new(1, 30), remedy: "", source: "SIGR" }
    }

    #[test]
    fn a_flag_is_found_in_every_way_it_can_be_written() {
        let plain = flag("--port");
        assert!(["--port", "--port=0", "-port=0"].iter().all(|argument| plain.matches(argument)));
        assert!(
            ["--ports", "--secure-port=1", "port", "", "--", "x--port"].iter().all(|argument| !plain.matches(argument))
        );

        let value = flag("--enable-admission-plugins=PodSecurityPolicy");
        assert!(value.matches("--enable-admission-plugins=NodeRestriction,PodSecurityPolicy"));
        assert!(!value.matches("--enable-admission-plugins=NodeRestriction,PodSecurity"));
        assert!(!value.matches("--enable-admission-plugins"));

        let prefix = flag("--storage-driver-*");
        assert!(prefix.matches("--storage-driver-db=cadvisor"));
        assert!(!prefix.matches("--storage-driver=x"));
    }
}
