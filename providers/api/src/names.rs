//! What a kubeconfig and a person say about which cluster of a cloud is meant.

/// What a kubeconfig says of the cluster in use, as far as it tells which cluster of a cloud that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The address of the API server.
    pub server: String,
    /// The name of the context.
    pub context: String,
    /// The name of the cluster entry.
    pub cluster: String,
    /// The command that makes credentials, where there is one.
    pub login: Option<Login>,
}

/// A command that makes credentials.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// The program, with or without its folder.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// What is added to its environment.
    pub env: Vec<(String, String)>,
}

/// The cloud's names as a person gave them; what is absent is found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenNames {
    /// Account, project or subscription.
    pub account: Option<String>,
    /// Region or zone.
    pub region: Option<String>,
    /// Resource group.
    pub group: Option<String>,
    /// The cluster.
    pub cluster: Option<String>,
}

impl GivenNames {
    /// What is absent here, from there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            account: self.account.or(other.account),
            region: self.region.or(other.region),
            group: self.group.or(other.group),
            cluster: self.cluster.or(other.cluster),
        }
    }
}

/// Where a cloud is asked, when it is not where its SDK would look: a simulated cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `http://127.0.0.1:40123`.
    pub url: String,
    /// The certificate it proves itself by, in PEM, where it speaks TLS.
    pub certificate: Option<String>,
}

// Arguments and environment of a credential command may hold secrets.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("command", &self.command).finish_non_exhaustive()
    }
}
