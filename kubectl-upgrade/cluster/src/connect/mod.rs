//! From kubectl's flags and kubeconfig to a connection.
//!
//! What kubectl would talk to with the same flags, this talks to; nothing is asked of the cluster yet.

mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod kubeconfig;
mod proxy;
mod timeout;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use kube::Client;
use kube::config::{Config, ExecConfig, KubeConfigOptions, Kubeconfig};
use upgrade_provider::{Entry, Login, TimeOfDay};

use crate::api::{Api, REQUEST_TIMEOUT};
use crate::cluster::Cluster;
pub use error::ConnectError;
pub use timeout::{RequestTimeout, RequestTimeoutError};

/// What a cluster entry says beyond what kubectl knows, by name.
type Extensions = BTreeMap<String, serde_json::Value>;

/// A host that is up answers a TCP handshake in far less; one that is down should not cost more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What the flags say, named as kubectl names them.
#[derive(Clone, Default)]
pub struct Connection {
    /// `--kubeconfig`; otherwise `KUBECONFIG`, otherwise `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--as`.
    pub impersonate: Option<String>,
    /// `--as-group`, each.
    pub impersonate_groups: Vec<String>,
    /// `--as-uid`.
    pub impersonate_uid: Option<String>,
    /// `--server`.
    pub server: Option<String>,
    /// `--token`. A secret: never printed, hence no `Debug` for this type.
    pub token: Option<String>,
    /// `--certificate-authority`.
    pub certificate_authority: Option<PathBuf>,
    /// `--client-certificate`.
    pub client_certificate: Option<PathBuf>,
    /// `--client-key`.
    pub client_key: Option<PathBuf>,
    /// `--insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: bool,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--request-timeout`.
    pub request_timeout: Option<RequestTimeout>,
}

impl Connection {
    /// Prepares a connection. Credential plugins run here for the first time; the cluster itself is not asked yet. A
    /// TLS provider for rustls must be installed by the caller before.
    ///
    /// # Errors
    /// When the kubeconfig is missing or wrong, names what is not in it, or its credentials cannot be had.
    pub async fn connect(&self) -> Result<Cluster, ConnectError> {
        let (mut config, found, extensions) = self.config().await?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        // Requests have a limit of their own each; a watch may be silent for long. A 429 to an eviction is an answer.
        config.read_timeout = None;
        config.default_retry = false;
        let server = display_url(&config.cluster_url);
        let login = config.auth_info.exec.as_ref().map(login);
        let entry = Entry { server: server.clone(), login, ..found };
        let name = entry.cluster.clone();
        let limit = self.request_timeout.map_or(Some(REQUEST_TIMEOUT), RequestTimeout::limit);
        // A credential plugin is run and waited for in here, which would stop every other task of this thread.
        let client = tokio::task::spawn_blocking(move || Client::try_from(config))
            .await
            .map_err(|_| ConnectError::Interrupted)?
            .map_err(ConnectError::of_client)?;
        let cluster = Cluster::new(Api::new(client, limit), name, server, TimeOfDay::system());
        Ok(cluster.known_as(entry).extended(extensions))
    }

    /// kube's settings, the names of context and cluster, and the cluster entry's extensions.
    async fn config(&self) -> Result<(Config, Entry, Extensions), ConnectError> {
        let file = match kubeconfig::read(self.kubeconfig.as_deref()) {
            Ok(file) => file,
            Err(missing @ ConnectError::NoKubeconfig { .. }) => match self.without_kubeconfig()? {
                Some(config) => {
                    let entry = Entry { cluster: "in-cluster".to_owned(), ..Entry::default() };
                    return Ok((config, entry, Extensions::new()));
                }
                None if self.server.is_some() => Kubeconfig::default(),
                None => return Err(missing),
            },
            Err(other) => return Err(other),
        };
        let (file, chosen) = kubeconfig::apply(file, self)?;
        let entry = Entry { context: chosen.context.clone(), cluster: chosen.cluster, ..Entry::default() };
        let options = KubeConfigOptions { context: Some(chosen.context), cluster: None, user: None };
        let mut config = Config::from_custom_kubeconfig(file, &options).await.map_err(ConnectError::of_kubeconfig)?;
        if !chosen.own_proxy && proxy::bypassed(config.cluster_url.host().unwrap_or_default()) {
            config.proxy_url = None;
        }
        Ok((config, entry, chosen.extensions))
    }

    /// In a pod, the service account's credentials; only where no flag says otherwise.
    fn without_kubeconfig(&self) -> Result<Option<Config>, ConnectError> {
        let chosen = [&self.context, &self.cluster, &self.user, &self.server].iter().any(|flag| flag.is_some());
        if chosen || self.kubeconfig.is_some() || std::env::var_os("KUBERNETES_SERVICE_HOST").is_none() {
            return Ok(None);
        }
        let mut config = Config::incluster().map_err(|source| ConnectError::InCluster { source: Box::new(source) })?;
        config.auth_info.impersonate = self.impersonate.clone();
        config.auth_info.impersonate_uid = self.impersonate_uid.clone();
        if !self.impersonate_groups.is_empty() {
            config.auth_info.impersonate_groups = Some(self.impersonate_groups.clone());
        }
        Ok(Some(config))
    }
}

/// The command that makes credentials, as the kubeconfig has it.
fn login(exec: &ExecConfig) -> Login {
    let pair = |entry: &HashMap<String, String>| Some((entry.get("name")?.clone(), entry.get("value")?.clone()));
    Login {
        command: exec.command.clone().unwrap_or_default(),
        args: exec.args.clone().unwrap_or_default(),
        env: exec.env.iter().flatten().filter_map(pair).collect(),
    }
}

/// The server's URL as it may be shown: without a user or password in it.
fn display_url(url: &http::Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("https");
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{}", url.path().trim_end_matches('/'))
}

#[cfg(test)]
mod tests;
