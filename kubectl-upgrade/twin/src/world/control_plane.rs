//! The API servers behind the one address that clients use.

use std::collections::BTreeMap;

use upgrade_core::version::Version;

/// The API servers by the host they run on. Clients reach any that serves, as through a load balancer.
#[derive(Clone, Debug, Default)]
pub struct ControlPlane {
    /// One for each host of the control plane.
    pub servers: BTreeMap<String, ApiServer>,
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

    /// Lets the server on that host answer, or not.
    pub fn serve(&mut self, host: &str, serving: bool) {
        if let Some(server) = self.servers.get_mut(host) {
            server.serving = serving;
        }
    }
}
