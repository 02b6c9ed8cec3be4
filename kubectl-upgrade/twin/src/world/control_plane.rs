//! The API servers behind the one address that clients use.

use std::collections::{BTreeMap, BTreeSet};

use upgrade_core::version::{Minor, Version};

/// The API servers by the host they run on. Clients reach any that serves, as through a load balancer.
#[derive(Clone, Debug, Default)]
pub struct ControlPlane {
    /// One for each host of the control plane.
    pub servers: BTreeMap<String, ApiServer>,
    /// The hosts with a member of etcd, where these are not those of the control plane.
    pub members: BTreeSet<String>,
    /// The hosts whose etcd member is away.
    members_away: BTreeSet<String>,
    /// The minor that the servers behave as, where it is not their own.
    pub emulates: Option<Minor>,
    answered: u64,
}

/// One API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiServer {
    /// Its version.
    pub version: Version,
    /// Whether it answers.
    pub serving: bool,
}

impl ControlPlane {
    /// The server that answers the next request: those that serve take turns. None while all are away.
    pub fn turn(&mut self) -> Option<ApiServer> {
        self.take_turn().map(|(_, server)| server)
    }

    /// As [`Self::turn`], with the host it runs on.
    pub fn take_turn(&mut self) -> Option<(String, ApiServer)> {
        let serving: Vec<_> = self.servers.iter().filter(|(_, server)| server.serving).collect();
        let count = u64::try_from(serving.len()).unwrap_or_default();
        let turn = self.answered.checked_rem(count)?;
        self.answered += 1;
        serving.get(usize::try_from(turn).ok()?).map(|(host, server)| ((*host).clone(), (*server).clone()))
    }

    /// Whether a request that takes etcd would be answered now.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.has_quorum() && self.servers.values().any(|server| server.serving)
    }

    /// Whether more than half of etcd's members are there.
    #[must_use]
    pub fn has_quorum(&self) -> bool {
        let of_servers = self.servers.keys().filter(|_| self.members.is_empty());
        let members: Vec<&String> = of_servers.chain(&self.members).collect();
        let away = members.iter().filter(|host| self.members_away.contains(**host)).count();
        away == 0 || (members.len() - away) * 2 > members.len()
    }

    /// Lets the etcd member on that host be there, or not.
    pub fn keep(&mut self, host: &str, there: bool) {
        if there {
            self.members_away.remove(host);
        } else {
            self.members_away.insert(host.to_owned());
        }
    }

    /// Lets the server on that host answer, or not.
    pub fn serve(&mut self, host: &str, serving: bool) {
        if let Some(server) = self.servers.get_mut(host) {
            server.serving = serving;
        }
    }
}
