//! The kubeconfig, with the flags laid over it the way kubectl does.

use std::path::Path;

use kube::config::{
    AuthInfo, Cluster, Context, Kubeconfig, KubeconfigError, NamedAuthInfo, NamedCluster, NamedContext,
};

use super::error::ConnectError;
use super::{Connection, Extensions};

/// The entries of a kubeconfig that apply.
pub(super) struct Chosen {
    pub(super) context: String,
    pub(super) cluster: String,
    /// Whether the kubeconfig names a proxy for this cluster: then `NO_PROXY` does not count.
    pub(super) own_proxy: bool,
    pub(super) extensions: Extensions,
}

/// Names for entries that flags alone make up.
const FROM_FLAGS: &str = "kubectl-upgrade-flags";

/// Reads and merges the kubeconfig files.
pub(super) fn read(path: Option<&Path>) -> Result<Kubeconfig, ConnectError> {
    match path {
        Some(path) => Kubeconfig::read_from(path).map_err(ConnectError::of_kubeconfig),
        None => match std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
            Some(list) => read_list(&list),
            None => Kubeconfig::read().map_err(ConnectError::of_kubeconfig),
        },
    }
}

/// A list of files; those that do not exist are passed over, as kubectl does, unless none exists.
fn read_list(list: &std::ffi::OsStr) -> Result<Kubeconfig, ConnectError> {
    let mut merged: Option<Kubeconfig> = None;
    let mut missing = None;
    for path in std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()) {
        let file = match Kubeconfig::read_from(&path) {
            Err(KubeconfigError::ReadConfig(source, path)) if source.kind() == std::io::ErrorKind::NotFound => {
                missing = Some(KubeconfigError::ReadConfig(source, path));
                continue;
            }
            other => other.map_err(ConnectError::of_kubeconfig)?,
        };
        let so_far = merged.take().unwrap_or_default();
        merged = Some(so_far.merge(file).map_err(ConnectError::of_kubeconfig)?);
    }
    merged.ok_or_else(|| ConnectError::of_kubeconfig(missing.unwrap_or(KubeconfigError::FindPath)))
}

/// Picks the entries and lays the flags over them.
pub(super) fn apply(mut file: Kubeconfig, flags: &Connection) -> Result<(Kubeconfig, Chosen), ConnectError> {
    let name = flags.context.clone().or_else(|| file.current_context.clone().filter(|name| !name.is_empty()));
    let context = match name {
        Some(name) => context(&file, &name)?,
        None if flags.server.is_some() || flags.cluster.is_some() => Context::default(),
        None => return Err(ConnectError::NoContext { known: contexts(&file) }),
    };
    let cluster_name = flags.cluster.clone().unwrap_or_else(|| context.cluster.clone());
    let user_name = flags.user.clone().or(context.user);
    let mut cluster = cluster(&file, &cluster_name, flags)?;
    overlay_cluster(&mut cluster, flags);
    let mut user = user(&file, user_name.as_deref(), flags)?;
    overlay_user(&mut user, flags);
    let shown = if cluster_name.is_empty() { flags.server.clone().unwrap_or_default() } else { cluster_name };

    let extensions = cluster.extensions.iter().flatten();
    let extensions = extensions.map(|entry| (entry.name.clone(), entry.extension.clone())).collect();
    let own_proxy = cluster.proxy_url.as_ref().is_some_and(|url| !url.is_empty());
    let of = |text: &str| text.to_owned();
    let context = Context { cluster: of(FROM_FLAGS), user: Some(of(FROM_FLAGS)), ..Context::default() };
    file.contexts = vec![NamedContext { name: of(FROM_FLAGS), context: Some(context), ..NamedContext::default() }];
    file.clusters = vec![NamedCluster { name: of(FROM_FLAGS), cluster: Some(cluster), ..NamedCluster::default() }];
    file.auth_infos = vec![NamedAuthInfo { name: of(FROM_FLAGS), auth_info: Some(user), ..NamedAuthInfo::default() }];
    Ok((file, Chosen { context: of(FROM_FLAGS), cluster: shown, own_proxy, extensions }))
}

fn context(file: &Kubeconfig, name: &str) -> Result<Context, ConnectError> {
    let found = file.contexts.iter().find(|entry| entry.name == name).and_then(|entry| entry.context.clone());
    found.ok_or_else(|| ConnectError::Unknown { what: "context", name: name.to_owned(), known: contexts(file) })
}

fn contexts(file: &Kubeconfig) -> Vec<String> {
    file.contexts.iter().map(|entry| entry.name.clone()).collect()
}

fn cluster(file: &Kubeconfig, name: &str, flags: &Connection) -> Result<Cluster, ConnectError> {
    let found = file.clusters.iter().find(|entry| entry.name == name).and_then(|entry| entry.cluster.clone());
    match found {
        Some(cluster) => Ok(cluster),
        None if flags.server.is_some() && flags.cluster.is_none() => Ok(Cluster::default()),
        None => {
            let known = file.clusters.iter().map(|entry| entry.name.clone()).collect();
            Err(ConnectError::Unknown { what: "cluster", name: name.to_owned(), known })
        }
    }
}

/// A user that a context names but that does not exist is nobody in particular, as for kubectl; one asked for by a flag
/// must exist.
fn user(file: &Kubeconfig, name: Option<&str>, flags: &Connection) -> Result<AuthInfo, ConnectError> {
    let Some(name) = name else { return Ok(AuthInfo::default()) };
    let found = file.auth_infos.iter().find(|entry| entry.name == name).and_then(|entry| entry.auth_info.clone());
    match found {
        Some(user) => Ok(user),
        None if flags.user.is_none() => Ok(AuthInfo::default()),
        None => {
            let known = file.auth_infos.iter().map(|entry| entry.name.clone()).collect();
            Err(ConnectError::Unknown { what: "user", name: name.to_owned(), known })
        }
    }
}

fn overlay_cluster(cluster: &mut Cluster, flags: &Connection) {
    if let Some(server) = &flags.server {
        cluster.server = Some(server.clone());
    }
    if let Some(path) = &flags.certificate_authority {
        cluster.certificate_authority = Some(path.to_string_lossy().into_owned());
        cluster.certificate_authority_data = None;
    }
    if flags.insecure_skip_tls_verify {
        cluster.insecure_skip_tls_verify = Some(true);
        cluster.certificate_authority = None;
        cluster.certificate_authority_data = None;
    }
    if let Some(name) = &flags.tls_server_name {
        cluster.tls_server_name = Some(name.clone());
    }
}

fn overlay_user(user: &mut AuthInfo, flags: &Connection) {
    if let Some(token) = &flags.token {
        user.token = Some(token.clone().into());
        user.token_file = None;
        user.exec = None;
        user.auth_provider = None;
        user.username = None;
        user.password = None;
    }
    if let Some(path) = &flags.client_certificate {
        user.client_certificate = Some(path.to_string_lossy().into_owned());
        user.client_certificate_data = None;
    }
    if let Some(path) = &flags.client_key {
        user.client_key = Some(path.to_string_lossy().into_owned());
        user.client_key_data = None;
    }
    if let Some(name) = &flags.impersonate {
        user.impersonate = Some(name.clone());
    }
    if let Some(uid) = &flags.impersonate_uid {
        user.impersonate_uid = Some(uid.clone());
    }
    if !flags.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(flags.impersonate_groups.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
apiVersion: v1
kind: Config
current-context: a
contexts:
- {name: a, context: {cluster: one, user: u}}
- {name: b, context: {cluster: two, user: gone}}
clusters:
- {name: one, cluster: {server: "https://one:6443", certificate-authority-data: AAAA}}
- {name: two, cluster: {server: "https://two:6443"}}
users:
- {name: u, user: {exec: {command: plugin, apiVersion: client.authentication.k8s.io/v1}}}
"#;

    fn applied(flags: &Connection) -> Result<(Cluster, AuthInfo, String), ConnectError> {
        let (mut file, chosen) = apply(Kubeconfig::from_yaml(FILE).unwrap(), flags)?;
        let cluster = file.clusters.remove(0).cluster.unwrap();
        Ok((cluster, file.auth_infos.remove(0).auth_info.unwrap(), chosen.cluster))
    }

    #[test]
    fn the_current_context_applies_unless_another_is_named() {
        let (cluster, user, name) = applied(&Connection::default()).unwrap();
        assert_eq!((cluster.server.as_deref(), name.as_str()), (Some("https://one:6443"), "one"));
        assert!(user.exec.is_some());
        let other = Connection { context: Some("b".to_owned()), ..Connection::default() };
        let (cluster, user, _) = applied(&other).unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://two:6443"));
        assert!(user.exec.is_none() && user.token.is_none());
    }

    #[test]
    fn flags_lie_over_the_file() {
        let flags = Connection {
            server: Some("https://elsewhere".to_owned()),
            token: Some("t".to_owned()),
            insecure_skip_tls_verify: true,
            tls_server_name: Some("one".to_owned()),
            impersonate: Some("jane".to_owned()),
            impersonate_groups: vec!["ops".to_owned()],
            impersonate_uid: Some("7".to_owned()),
            ..Connection::default()
        };
        let (cluster, user, _) = applied(&flags).unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://elsewhere"));
        assert_eq!(cluster.insecure_skip_tls_verify, Some(true));
        assert_eq!(cluster.certificate_authority_data, None);
        assert_eq!(cluster.tls_server_name.as_deref(), Some("one"));
        assert!(user.exec.is_none() && user.token.is_some());
        assert_eq!(user.impersonate.as_deref(), Some("jane"));
        assert_eq!(user.impersonate_groups, Some(vec!["ops".to_owned()]));
        assert_eq!(user.impersonate_uid.as_deref(), Some("7"));
    }

    #[test]
    fn what_is_not_in_the_file_is_named_with_what_is() {
        let unknown = |flags: Connection| applied(&flags).err().unwrap();
        let error = unknown(Connection { context: Some("c".to_owned()), ..Connection::default() });
        assert_eq!(error.to_string(), "expected context \"c\" in the kubeconfig, found a, b");
        let error = unknown(Connection { cluster: Some("x".to_owned()), ..Connection::default() });
        assert_eq!(error.to_string(), "expected cluster \"x\" in the kubeconfig, found one, two");
        let error = unknown(Connection { user: Some("x".to_owned()), ..Connection::default() });
        assert_eq!(error.to_string(), "expected user \"x\" in the kubeconfig, found u");
    }

    #[test]
    fn a_server_alone_is_enough() {
        let flags = Connection { server: Some("https://one".to_owned()), ..Connection::default() };
        let (file, chosen) = apply(Kubeconfig::default(), &flags).unwrap();
        assert_eq!(chosen.cluster, "https://one");
        assert_eq!(file.clusters[0].cluster.as_ref().unwrap().server.as_deref(), Some("https://one"));
    }
}
