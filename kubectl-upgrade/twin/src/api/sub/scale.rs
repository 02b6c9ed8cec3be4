//! How many replicas a workload has, as an object of its own.

use http::Method;
use serde_json::{Value, json};

use crate::api::patch;
use crate::api::refusal::{Cause, Refusal};
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::api::write::{self, Change, Origin, Part, check_dry_run, incoming};
use crate::json::{self, at, entries, items, text};
use crate::world::World;

/// The scale of a workload.
pub(super) fn get(world: &mut World, _asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let key = target.key();
    let value = world.store.value(&key).ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    Ok(reply(&scale(target, &value)))
}

/// The workload with as many replicas wanted.
fn scaled(target: &Target, old: &Value, replicas: i64) -> Result<Value, Refusal> {
    if replicas < 0 {
        let cause = Cause::invalid("spec.replicas", &replicas.into(), "must be greater than or equal to 0");
        return Err(Refusal::invalid(&target.entry.qualified_kind(), text(old, "/metadata/name"), &[cause]));
    }
    let mut new = old.clone();
    json::set(&mut new, &["spec", "replicas"], replicas);
    Ok(new)
}

/// Changes the scale of a workload.
pub(super) fn change(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let dry_run = check_dry_run(asked.call, asked.minor(), "UpdateOptions")?;
    let key = target.key();
    let old = world.store.value(&key).ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    let wanted = if asked.call.method == Method::PUT {
        incoming(asked.call, asked.minor(), target)?
    } else {
        let kind = patch::Kind::of(asked.call.content_type())?;
        patch::apply(kind, target.entry, &scale(target, &old), &asked.call.body)?
    };
    let mut new = scaled(target, &old, at(&wanted, "/spec/replicas").as_i64().unwrap_or_default())?;
    let version = at(&wanted, "/metadata/resourceVersion");
    json::set(&mut new, &["metadata", "resourceVersion"], version.clone());
    let object =
        write::change(world, asked, &Change { target, part: Part::Main, dry_run, origin: Origin::Sent }, &old, new)?;
    Ok(reply(&scale(target, &object.value())))
}

fn reply(scale: &Value) -> Reply {
    Reply::json(200, format!("{scale}\n"))
}

fn scale(target: &Target, of: &Value) -> Value {
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        json::set(&mut metadata, &[field], at(of, &format!("/metadata/{field}")).clone());
    }
    let mut spec = json!({});
    match at(of, "/spec/replicas").as_i64() {
        None | Some(0) => {}
        Some(replicas) => json::set(&mut spec, &["replicas"], replicas),
    }
    let replicas = at(of, "/status/replicas").as_i64().unwrap_or_default();
    json!({
        "kind": "Scale",
        "apiVersion": target.entry.kind_api_version(),
        "metadata": metadata,
        "spec": spec,
        "status": {"replicas": replicas, "selector": selector(at(of, "/spec/selector"))},
    })
}

/// A selector as the text of a query.
fn selector(selector: &Value) -> String {
    let equal =
        entries(selector, "/matchLabels").map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    let terms = items(selector, "/matchExpressions").map(|term| {
        let values: Vec<&str> = items(term, "/values").filter_map(Value::as_str).collect();
        let key = text(term, "/key");
        match text(term, "/operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        }
    });
    equal.chain(terms).collect::<Vec<_>>().join(",")
}
