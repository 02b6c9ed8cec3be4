//! Deletions of one object and of many.

use std::sync::Arc;

use serde_json::json;

use super::answered;
use super::options::DeleteOptions;
use super::remove::{Removed, remove};
use crate::api::catalogue::Entry;
use crate::api::form::Form;
use crate::api::read::render::{self, Page};
use crate::api::refusal::Refusal;
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::selector::Filter;
use crate::api::target::Target;
use crate::store::Object;
use crate::world::World;

/// Resources whose last state is the answer to their deletion.
const SHOWN: &[&str] = &[
    "limitranges",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "podsecuritypolicies",
    "podtemplates",
    "resourcequotas",
    "serviceaccounts",
];

/// The first minor whose servers show a deleted Service.
const SERVICE_SHOWN_SINCE: u16 = 23;

/// Deletes one object.
pub(crate) fn delete(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let options = DeleteOptions::read(asked.call, asked.minor())?;
    let key = target.key();
    let object = world.store.get(&key).cloned().ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    let Removed { object, gone } = remove(world, asked.minor(), target.parent, &object, &options)?;
    if gone && !shown(target.parent, asked.minor()) {
        return Ok(success(target.parent, &object));
    }
    answered(200, asked, target, &object)
}

/// Deletes all objects that are selected.
pub(crate) fn delete_collection(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let options = DeleteOptions::read(asked.call, asked.minor())?;
    let filter = Filter::read(asked.call, target.entry)?;
    let (resource, namespace) = (target.entry.resource, target.namespace.as_deref());
    let chosen = world.store.list(resource, namespace, None).filter(|object| filter.matches(object));
    let objects: Vec<Arc<Object>> = chosen.map(Arc::clone).collect();
    let version = world.store.version();
    for object in &objects {
        remove(world, asked.minor(), target.entry, object, &options)?;
    }
    Ok(render::list(Form::Whole, target.entry, &Page { objects, version, ..Page::default() }))
}

fn shown(entry: &Entry, minor: u16) -> bool {
    let plural = entry.resource.plural();
    SHOWN.contains(&plural) || plural == "services" && minor >= SERVICE_SHOWN_SINCE
}

fn success(entry: &Entry, object: &Object) -> Reply {
    let mut details = json!({"name": object.key.name, "kind": entry.resource.plural(), "uid": object.summary.uid});
    if let (Some(details), false) = (details.as_object_mut(), entry.group.is_empty()) {
        details.insert("group".to_owned(), entry.group.into());
    }
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Reply::json(200, format!("{status}\n"))
}
