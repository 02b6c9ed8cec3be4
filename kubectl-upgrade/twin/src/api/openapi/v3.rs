//! Version 3: one document for each group version.

use serde_json::{Map, Value, json};
use upgrade_core::version::Version;

use super::{parameters, path_of};
use crate::api::catalogue::{self, Entry};
use crate::api::discovery::group_versions;
use crate::api::refusal::Refusal;
use crate::api::reply::Reply;

/// The documents there are.
pub(super) fn index(minor: u16) -> Reply {
    let mut names = vec!["api/v1".to_owned()];
    for (group, versions) in group_versions(minor, false) {
        names.extend(versions.iter().map(|version| format!("apis/{group}/{version}")));
    }
    let paths: Map<String, Value> = names
        .into_iter()
        .map(|name| {
            let url = format!("/openapi/v3/{name}?hash={minor:032X}");
            (name, json!({"serverRelativeURL": url}))
        })
        .collect();
    Reply::json(200, json!({"paths": paths}).to_string())
}

/// The document of one group version.
///
/// # Errors
/// When servers of that minor do not serve it.
pub(super) fn group_version(server: &Version, group: &str, version: &str) -> Result<Reply, Refusal> {
    let minor = server.minor().minor;
    if !catalogue::serves(minor, group, version) {
        return Err(Refusal::nothing_there());
    }
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    let of_version = |entry: &&Entry| entry.group == group && entry.version == version && entry.subresource.is_none();
    for entry in catalogue::served(minor).filter(of_version) {
        let name = schema_name(entry);
        paths.insert(path_of(entry), operations(entry, &name, minor));
        schemas.insert(name, schema(entry));
    }
    schemas.insert(METADATA.to_owned(), json!({"type": "object", "description": "Standard metadata of an object."}));
    let document = json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": server.to_string()},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    Ok(Reply::json(200, document.to_string()))
}

const METADATA: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

fn kind(entry: &Entry) -> Value {
    json!({"group": entry.group, "kind": entry.kind, "version": entry.version})
}

fn schema_name(entry: &Entry) -> String {
    let group = match entry.group.split('.').next() {
        None | Some("") => "core",
        Some(group) => group,
    };
    format!("io.k8s.api.{group}.{}.{}", entry.version, entry.kind)
}

fn operations(entry: &Entry, schema: &str, minor: u16) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}});
    let responses = json!({"200": {"description": "OK", "content": content}});
    let mut operations = Map::new();
    for (verb, method) in [("get", "get"), ("patch", "patch"), ("create", "post")] {
        if !entry.can(verb) {
            continue;
        }
        let mut operation = json!({
            "responses": responses,
            "x-kubernetes-action": verb,
            "x-kubernetes-group-version-kind": kind(entry),
        });
        if verb == "patch" {
            // The media types of patches are left out: for those named here, merge keys would be looked for in the schema.
            let parameters: Vec<Value> = parameters(minor)
                .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}))
                .collect();
            crate::json::set(&mut operation, &["parameters"], parameters);
        }
        operations.insert(method.to_owned(), operation);
    }
    Value::Object(operations)
}

fn schema(entry: &Entry) -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let part = |description: &str| json!({"type": "object", "description": description, "x-kubernetes-preserve-unknown-fields": true});
    json!({
        "type": "object",
        "description": format!("{} as a simulated cluster keeps it: any field is taken.", entry.kind),
        "properties": {
            "apiVersion": text("The version of the kind."),
            "kind": text("The kind."),
            "metadata": {
                "description": "Standard metadata of an object.",
                "allOf": [{"$ref": format!("#/components/schemas/{METADATA}")}],
            },
            "spec": part("What is wanted."),
            "status": part("What is."),
        },
        "x-kubernetes-preserve-unknown-fields": true,
        "x-kubernetes-group-version-kind": [kind(entry)],
    })
}
