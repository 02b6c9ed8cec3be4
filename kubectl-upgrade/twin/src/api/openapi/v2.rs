//! Version 2 as JSON.

use serde_json::{Map, Value, json};
use upgrade_core::version::Version;

use super::{parameters, patched, path_of};
use crate::api::reply::Reply;

/// The whole document.
pub(super) fn document(version: &Version) -> Reply {
    let minor = version.minor().minor;
    let mut paths = Map::new();
    for entry in patched(minor) {
        let parameters: Vec<Value> =
            parameters(minor).map(|name| json!({"name": name, "in": "query", "type": "string"})).collect();
        let patch = json!({
            "parameters": parameters,
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": {"group": entry.group, "kind": entry.kind, "version": entry.version},
        });
        paths.insert(path_of(entry), json!({"patch": patch}));
    }
    let document = json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": version.to_string()},
        "paths": paths,
        "definitions": {},
    });
    Reply::json(200, document.to_string())
}
