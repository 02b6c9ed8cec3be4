//! New objects.

use serde_json::Value;

use super::apply::{MANAGERS, Origin, note};
use super::{answered, check_dry_run, incoming};
use crate::api::catalogue::Entry;
use crate::api::defaults;
use crate::api::refusal::{Cause, Refusal};
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::api::validate;
use crate::json::{self, at, text};
use crate::store::{Object, ObjectKey, Resource, StoreError};
use crate::world::World;

/// How often a generated name is tried before giving up.
const TRIES: usize = 8;

/// How much of a generated name is the client's.
const GENERATED: usize = 58;

/// Makes the object in the body.
pub(crate) fn create(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let dry_run = check_dry_run(asked.call, asked.minor(), "CreateOptions")?;
    let value = incoming(asked.call, asked.minor(), target)?;
    let object = make(world, asked, target, value, Origin::Sent, dry_run)?;
    answered(201, asked, target, &object)
}

/// Makes an object of what was sent; only says what it would be where `dry_run` is set.
pub(crate) fn make(
    world: &mut World,
    asked: &Asked<'_>,
    target: &Target,
    mut value: Value,
    origin: Origin,
    dry_run: bool,
) -> Result<Object, Refusal> {
    let entry = target.entry;
    check_namespace(world, target, text(&value, "/metadata/name"))?;
    if !text(&value, "/metadata/resourceVersion").is_empty() {
        return Err(Refusal::new(500, "", "resourceVersion should not be set on objects to be created"));
    }
    let managers = json::remove(&mut value, &MANAGERS);
    clear(entry, &mut value);
    defaults::tidy(&mut value);
    defaults::begin_generation(entry.resource, asked.minor(), &mut value);
    defaults::fill(world, asked.minor(), entry, &mut value);
    if entry.resource == Resource::NODES {
        defaults::taint_new_node(&mut value);
    }
    let prefix = text(&value, "/metadata/generateName").to_owned();
    let generated = text(&value, "/metadata/name").is_empty() && !prefix.is_empty();
    for _ in 0..TRIES {
        if generated {
            let name: String = prefix.chars().take(GENERATED).chain(world.random.suffix().chars()).collect();
            json::set(&mut value, &["metadata", "name"], name);
        }
        validate::new(entry, asked.minor(), &value)?;
        match (origin, &managers) {
            (Origin::Applied, Some(managers)) => json::set(&mut value, &MANAGERS, managers.clone()),
            (Origin::Applied, None) => {}
            (Origin::Sent, _) => note(world, asked, target, None, &mut value),
        }
        match keep(world, entry, value.clone(), dry_run) {
            Err(StoreError::Exists(_)) if generated => {}
            other => return other.map_err(|_| Refusal::exists(entry, text(&value, "/metadata/name"))),
        }
    }
    Err(Refusal::exists(entry, text(&value, "/metadata/name")))
}

fn keep(world: &mut World, entry: &Entry, value: Value, dry_run: bool) -> Result<Object, StoreError> {
    let now = world.now();
    if dry_run {
        let key = ObjectKey::of(entry.resource, &value);
        return match world.store.get(&key) {
            Some(_) => Err(StoreError::Exists(key)),
            None => Ok(world.store.draft(entry.resource, value, now)),
        };
    }
    let object = world.store.create(entry.resource, value, now)?;
    Ok(Object::clone(&object))
}

/// Takes away what only the server sets.
fn clear(entry: &Entry, value: &mut Value) {
    for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
        json::remove(value, &["metadata", field]);
    }
    // A Node is made by its kubelet with the status it has.
    if defaults::has_status(entry.resource) && entry.resource != Resource::NODES {
        json::remove(value, &["status"]);
    }
}

fn check_namespace(world: &World, target: &Target, name: &str) -> Result<(), Refusal> {
    let Some(namespace) = &target.namespace else { return Ok(()) };
    let key = ObjectKey::new(Resource::NAMESPACES, "", namespace);
    let Some(found) = world.store.get(&key) else {
        let built_in = ["default", "kube-system", "kube-public", "kube-node-lease"].contains(&namespace.as_str());
        return if built_in { Ok(()) } else { Err(no_namespace(namespace)) };
    };
    if !found.summary.deleting || at(&found.value(), "/metadata/deletionTimestamp").is_null() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let cause = Cause {
        reason: "NamespaceTerminating",
        message: format!("namespace {namespace} is being terminated"),
        field: "metadata.namespace".to_owned(),
    };
    Err(Refusal::forbidden(target.entry, name, &why).because(&[cause]))
}

fn no_namespace(name: &str) -> Refusal {
    let details = [("name", name), ("kind", "namespaces")].map(|(key, value)| (key.to_owned(), Value::from(value)));
    let refusal = Refusal::new(404, "NotFound", format!("namespaces {name:?} not found"));
    Refusal { details: Some(details.into_iter().collect()), ..refusal }
}
