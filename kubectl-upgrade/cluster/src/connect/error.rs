//! Why no connection could be prepared.

use std::error::Error;
use std::path::PathBuf;

use kube::client::AuthError;
use kube::config::KubeconfigError;

type Source = Box<dyn Error + Send + Sync>;

/// Why no connection could be prepared.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no kubeconfig.
    #[error("failed to find a kubeconfig{}", .path.as_ref().map(|path| format!(" at {}", path.display())).unwrap_or_default())]
    NoKubeconfig {
        /// Where it was looked for.
        path: Option<PathBuf>,
    },
    /// It cannot be read.
    #[error("failed to read the kubeconfig {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not a kubeconfig, or something it needs is wrong.
    #[error("the kubeconfig is not usable")]
    Invalid {
        /// Why.
        #[source]
        source: Source,
    },
    /// No context is chosen.
    #[error("no context is chosen: the kubeconfig has {}", list(.known))]
    NoContext {
        /// The contexts there are.
        known: Vec<String>,
    },
    /// Something named is not in the kubeconfig.
    #[error("expected {what} {name:?} in the kubeconfig, found {}", list(.known))]
    Unknown {
        /// `context`, `cluster` or `user`.
        what: &'static str,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The credential plugin cannot be started.
    #[error("failed to start the credential plugin that the kubeconfig's user names")]
    PluginMissing {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The credential plugin gave no credentials. What it printed may hold a secret and is not kept.
    #[error("the credential plugin that the kubeconfig's user names gave no credentials: {found}")]
    PluginFailed {
        /// How it ended.
        found: String,
    },
    /// The credentials, certificates or proxy do not work.
    #[error("failed to set up the connection")]
    Client {
        /// Why.
        #[source]
        source: Source,
    },
    /// The service account of the pod cannot be used.
    #[error("failed to use this pod's service account")]
    InCluster {
        /// Why.
        #[source]
        source: Source,
    },
    /// The program is ending.
    #[error("connecting was interrupted")]
    Interrupted,
}

impl ConnectError {
    /// What to type next, where something helps.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoKubeconfig { .. } => Some("name one: --kubeconfig FILE, or export KUBECONFIG=FILE".to_owned()),
            Self::Unreadable { path, .. } => Some(format!("see who may read it: ls -l {}", path.display())),
            Self::Invalid { .. } => Some("see what kubectl makes of it: kubectl config view".to_owned()),
            Self::NoContext { .. } => Some("choose one: kubectl config use-context NAME, or --context NAME".to_owned()),
            Self::Unknown { what: "context", .. } => Some("list them: kubectl config get-contexts".to_owned()),
            Self::Unknown { .. } => Some("list them: kubectl config view".to_owned()),
            Self::PluginMissing { .. } => {
                Some("install it, or see which it is: kubectl config view --minify".to_owned())
            }
            Self::PluginFailed { .. } => Some("log in anew, then see whether it works: kubectl auth whoami".to_owned()),
            Self::Client { .. } => Some("see whether kubectl can: kubectl version".to_owned()),
            Self::InCluster { .. } => Some("outside a pod, name a kubeconfig: --kubeconfig FILE".to_owned()),
            Self::Interrupted => None,
        }
    }

    pub(super) fn of_kubeconfig(error: KubeconfigError) -> Self {
        match error {
            KubeconfigError::ReadConfig(source, path) if source.kind() == std::io::ErrorKind::NotFound => {
                Self::NoKubeconfig { path: Some(path) }
            }
            KubeconfigError::ReadConfig(source, path) => Self::Unreadable { path, source },
            KubeconfigError::FindPath => Self::NoKubeconfig { path: None },
            // The reader's own words quote the lines around the mistake, which may hold a token or a key.
            KubeconfigError::Parse(error) => Self::Invalid { source: place(&error).into() },
            other => Self::Invalid { source: Box::new(other) },
        }
    }

    pub(super) fn of_client(error: kube::Error) -> Self {
        match error {
            kube::Error::Auth(AuthError::AuthExecStart(source)) => Self::PluginMissing { source },
            kube::Error::Auth(AuthError::AuthExecRun { out, .. }) => {
                Self::PluginFailed { found: out.status.to_string() }
            }
            kube::Error::Auth(AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed) => {
                Self::PluginFailed { found: "its answer is not understood".to_owned() }
            }
            other => Self::Client { source: Box::new(other) },
        }
    }
}

fn place(error: &serde_saphyr::Error) -> String {
    let expected = "expected the YAML of a kubeconfig";
    error.location().map_or_else(
        || expected.to_owned(),
        |place| format!("{expected} at line {}, column {}", place.line(), place.column()),
    )
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
