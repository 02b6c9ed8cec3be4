//! The kubeconfig that leads to a sandbox.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::identity::Identity;
use super::{CloudAt, EXTENSION, Extension};
use crate::cloud::OpenCloud;

/// The text of a kubeconfig, in JSON, which is YAML too. It holds the token: a secret. `components` is the file that the
/// owner of a hand-built cluster keeps.
#[must_use]
pub fn kubeconfig(
    scenario: &str,
    address: SocketAddr,
    identity: &Identity,
    cloud: Option<&OpenCloud>,
    components: Option<String>,
) -> String {
    let name = format!("sandbox-{scenario}");
    let extension = Extension { scenario: scenario.to_owned(), cloud: cloud.map(CloudAt::of), components };
    let extension = serde_json::to_value(extension).unwrap_or(Value::Null);
    let cluster = json!({
        "server": format!("https://{address}"),
        "certificate-authority-data": STANDARD.encode(&identity.certificate),
        "extensions": [{"name": EXTENSION, "extension": extension}],
    });
    let file = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": {"token": identity.token}}],
    });
    format!("{file:#}\n")
}
