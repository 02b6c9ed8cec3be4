use std::error::Error as _;

use upgrade_core::inventory::ClusterIdentity;
use upgrade_provider::ErrorKind;

use super::*;
use crate::rights::needed_to_run;
use crate::testing::{Reply, Server, healthy};
use serde_json::json;

fn flags(directory: &tempfile::TempDir, kubeconfig: &str) -> Connection {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let path = directory.path().join("config");
    std::fs::write(&path, kubeconfig).unwrap();
    Connection { kubeconfig: Some(path), ..Connection::default() }
}

fn kubeconfig(server: &str, user: &str) -> String {
    format!(
        "current-context: c\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         clusters: [{{name: k, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {user}}}]\n"
    )
}

async fn refused(flags: &Connection) -> ConnectError {
    flags.connect().await.err().unwrap()
}

#[tokio::test]
async fn a_kubeconfig_leads_to_its_cluster() {
    let server = Server::start(healthy).await;
    let directory = tempfile::tempdir().unwrap();
    let cluster = flags(&directory, &kubeconfig(server.url(), "{token: secret}")).connect().await.unwrap();
    let ClusterIdentity { name, server: url, uid } = cluster.identity().await.unwrap();
    assert_eq!((name.as_str(), url.as_str(), uid.as_str()), ("k", server.url(), "u-1"));
}

#[tokio::test]
async fn what_is_wrong_with_a_kubeconfig_is_said_with_a_hint() {
    let directory = tempfile::tempdir().unwrap();
    let gone = Connection { kubeconfig: Some(directory.path().join("gone")), ..Connection::default() };
    let error = refused(&gone).await;
    assert!(matches!(error, ConnectError::NoKubeconfig { path: Some(_) }) && error.hint().is_some(), "{error:?}");

    let error = refused(&flags(&directory, "contexts: 7")).await;
    assert!(matches!(error, ConnectError::Invalid { .. }) && error.hint().is_some(), "{error:?}");

    let error = refused(&flags(&directory, "contexts: [{name: a, context: {cluster: k}}]")).await;
    assert_eq!(error.to_string(), "no context is chosen: the kubeconfig has a");
}

#[tokio::test]
async fn a_mistake_in_a_kubeconfig_is_placed_and_what_stands_around_it_is_not_told() {
    let directory = tempfile::tempdir().unwrap();
    for (file, place) in [
        ("users:\n- name: u\n  user:\n    token: s3cret\n    [\n", "line "),
        ("users:\n- name: u\n  user: s3cret\n", "line 3, column 9"),
    ] {
        let error = refused(&flags(&directory, file)).await;
        let source = error.source().unwrap();
        assert!(source.to_string().contains(place), "{source}");
        assert!(!format!("{error} {error:?} {source}").contains("s3cret"), "{error:?}");
    }
}

#[tokio::test]
async fn credential_plugins_are_run_and_their_output_is_never_told() {
    let directory = tempfile::tempdir().unwrap();
    let user = |command: &str| {
        format!("{{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, {command}}}}}")
    };
    let missing = kubeconfig("https://127.0.0.1:1", &user("command: no-such-plugin-anywhere"));
    let error = refused(&flags(&directory, &missing)).await;
    assert!(matches!(error, ConnectError::PluginMissing { .. }) && error.hint().is_some(), "{error:?}");

    let failing = kubeconfig("https://127.0.0.1:1", &user("command: sh, args: [-c, 'echo s3cret; exit 3']"));
    let error = refused(&flags(&directory, &failing)).await;
    assert!(matches!(error, ConnectError::PluginFailed { .. }) && error.source().is_none(), "{error:?}");
    assert!(error.to_string().contains("exit status: 3") && !format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn the_request_timeout_makes_a_silent_server_away() {
    let server = Server::start(|_| Reply::Hang).await;
    let directory = tempfile::tempdir().unwrap();
    let limit = Some("300ms".parse().unwrap());
    let flags = Connection { request_timeout: limit, ..flags(&directory, &kubeconfig(server.url(), "{}")) };
    let error = flags.connect().await.unwrap().identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Away);
}

#[tokio::test]
async fn missing_rights_are_named() {
    let server = Server::start(|asked| {
        let wanted = &asked.body["spec"]["resourceAttributes"];
        let allowed = !(wanted["subresource"] == "eviction" || wanted["verb"] == "patch" || wanted["verb"] == "delete");
        Reply::Json(201, json!({"status": {"allowed": allowed}}))
    })
    .await;
    let missing = server.cluster().missing_rights(&needed_to_run([])).await.unwrap();
    let words: Vec<String> = missing.iter().map(|right| format!("you may not {right}")).collect();
    let expected = [
        "you may not patch nodes",
        "you may not create pods/eviction in all namespaces",
        "you may not delete leases in namespace kube-system",
    ];
    assert_eq!(words, expected);
}
