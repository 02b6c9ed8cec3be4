//! Changes of objects that are there: replacements and patches, of the whole or of a part.

use serde_json::Value;

use super::apply::{self, MANAGERS, Origin};
use super::{answered, check_dry_run, create, incoming};
use crate::api::catalogue::Entry;
use crate::api::defaults;
use crate::api::patch;
use crate::api::refusal::{Cause, Refusal};
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::api::validate;
use crate::json::{self, at, text};
use crate::store::{Object, ObjectKey, Resource};
use crate::world::World;

/// The part of an object that a request may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything but what has its own subresource.
    Main,
    /// Its status.
    Status,
    /// What its finalizers are.
    Finalizers,
}

/// A change to be made.
pub(crate) struct Change<'a> {
    /// What it is made to.
    pub(crate) target: &'a Target,
    /// The part that it may change.
    pub(crate) part: Part,
    /// Whether it is only tried.
    pub(crate) dry_run: bool,
    /// How the new object came to be.
    pub(crate) origin: Origin,
}

/// Resources of which no one is replaced without saying which version is.
const CONDITIONAL: &[&str] = &[
    "leases",
    "poddisruptionbudgets",
    "customresourcedefinitions",
    "apiservices",
    "csinodes",
    "csidrivers",
    "endpointslices",
    "runtimeclasses",
    "volumeattachments",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "flowschemas",
    "prioritylevelconfigurations",
];

/// Replaces an object by that in the body.
pub(crate) fn update(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    replace(world, asked, target, Part::Main)
}

/// As [`update`], of a part of the object.
pub(crate) fn replace(world: &mut World, asked: &Asked<'_>, target: &Target, part: Part) -> Result<Reply, Refusal> {
    let dry_run = check_dry_run(asked.call, asked.minor(), "UpdateOptions")?;
    let new = incoming(asked.call, asked.minor(), target)?;
    let key = target.key();
    check_name(&key, text(&new, "/metadata/name"))?;
    let Some(old) = world.store.value(&key) else {
        // Leases alone are made by a replacement of what is not there.
        if key.resource == Resource::LEASES && part == Part::Main {
            return answered(201, asked, target, &create::make(world, asked, target, new, Origin::Sent, dry_run)?);
        }
        return Err(Refusal::not_found(target.parent, &key.name));
    };
    if CONDITIONAL.contains(&key.resource.plural()) && text(&new, "/metadata/resourceVersion").is_empty() {
        let message = "Invalid value: 0x0: must be specified for an update".to_owned();
        let cause = Cause { reason: "FieldValueInvalid", message, field: "metadata.resourceVersion".to_owned() };
        return Err(Refusal::invalid(&target.parent.qualified(), &key.name, &[cause]));
    }
    check_identity(target.parent, &key, &old, &new)?;
    let object = change(world, asked, &Change { target, part, dry_run, origin: Origin::Sent }, &old, new)?;
    answered(200, asked, target, &object)
}

/// Changes an object by the patch in the body.
pub(crate) fn patch(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    patch_part(world, asked, target, Part::Main)
}

/// As [`patch`], of a part of the object.
pub(crate) fn patch_part(world: &mut World, asked: &Asked<'_>, target: &Target, part: Part) -> Result<Reply, Refusal> {
    let dry_run = check_dry_run(asked.call, asked.minor(), "PatchOptions")?;
    let kind = patch::Kind::of(asked.call.content_type())?;
    if kind == patch::Kind::Apply && apply::can_apply(asked.minor()) {
        return apply::apply(world, asked, target, part);
    }
    let key = target.key();
    let old = world.store.value(&key).ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    let mut new = patch::apply(kind, target.parent, &old, &asked.call.body)?;
    // Only a patch that says so insists on a version.
    if text(&new, "/metadata/resourceVersion") == text(&old, "/metadata/resourceVersion") {
        json::remove(&mut new, &["metadata", "resourceVersion"]);
    }
    check_name(&key, text(&new, "/metadata/name"))?;
    let object = change(world, asked, &Change { target, part, dry_run, origin: Origin::Sent }, &old, new)?;
    answered(200, asked, target, &object)
}

/// Makes the change, if it may be made, and returns the object as it then is.
pub(crate) fn change(
    world: &mut World,
    asked: &Asked<'_>,
    change: &Change<'_>,
    old: &Value,
    mut new: Value,
) -> Result<Object, Refusal> {
    let (entry, key) = (change.target.parent, change.target.key());
    let version = text(&new, "/metadata/resourceVersion").to_owned();
    if !version.is_empty() && version != text(old, "/metadata/resourceVersion") {
        return Err(Refusal::modified(entry, &key.name));
    }
    let managers = json::remove(&mut new, &MANAGERS);
    carry_over(change.part, entry, old, &mut new);
    defaults::tidy(&mut new);
    let mut before = old.clone();
    // What a pod lacks it may not get any more.
    if change.part == Part::Main && entry.resource != Resource::PODS {
        defaults::fill(world, asked.minor(), entry, &mut new);
        // Objects that were there from the beginning may lack what others were given.
        defaults::fill(world, asked.minor(), entry, &mut before);
    }
    defaults::count_generation(entry.resource, asked.minor(), &before, &mut new);
    validate::changed(entry, asked.minor(), change.part, &before, &new)?;
    json::set(&mut new, &["metadata", "resourceVersion"], text(old, "/metadata/resourceVersion"));
    match (change.origin, managers) {
        (Origin::Applied, Some(managers)) => json::set(&mut new, &MANAGERS, managers),
        (Origin::Applied, None) => {}
        (Origin::Sent, _) => apply::note(world, asked, change.target, Some(old), &mut new),
    }
    let done = is_done(&new);
    let now = world.now();
    let draft = |world: &mut World, value: Value| world.store.draft(key.resource, value, now);
    if change.dry_run {
        return Ok(draft(world, new));
    }
    if done {
        let last = draft(world, new);
        world.store.remove(&key);
        return Ok(last);
    }
    match world.store.replace(&key, new, None) {
        Ok(object) => Ok(Object::clone(&object)),
        Err(_) => Err(Refusal::not_found(entry, &key.name)),
    }
}

/// Whether nothing keeps an object any more that is being deleted.
fn is_done(value: &Value) -> bool {
    let none = |pointer: &str| at(value, pointer).as_array().is_none_or(Vec::is_empty);
    !at(value, "/metadata/deletionTimestamp").is_null()
        && none("/metadata/finalizers")
        && none("/spec/finalizers")
        && at(value, "/metadata/deletionGracePeriodSeconds").as_i64().unwrap_or_default() == 0
}

/// Puts back what this request may not change.
fn carry_over(part: Part, entry: &Entry, old: &Value, new: &mut Value) {
    if text(new, "/metadata/uid").is_empty() {
        copy(old, new, &["metadata", "uid"]);
    }
    let mut server_sets = vec!["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"];
    server_sets.extend(["selfLink", "managedFields"]);
    for field in server_sets {
        copy(old, new, &["metadata", field]);
    }
    let keep_status = defaults::has_status(entry.resource);
    match part {
        Part::Main if keep_status => copy(old, new, &["status"]),
        Part::Main => {}
        Part::Status => {
            let (status, metadata) = (at(new, "/status").clone(), at(new, "/metadata").clone());
            *new = old.clone();
            json::set(new, &["status"], status);
            // Kubelets set annotations and labels along with the status.
            if [Resource::NODES, Resource::PODS].contains(&entry.resource) {
                json::set(new, &["metadata"], metadata);
            }
            defaults::fill_status(entry.resource, new);
        }
        Part::Finalizers => {
            let finalizers = at(new, "/spec/finalizers").clone();
            *new = old.clone();
            json::set(new, &["spec", "finalizers"], finalizers);
        }
    }
}

fn copy(from: &Value, to: &mut Value, path: &[&str]) {
    match at(from, &format!("/{}", path.join("/"))) {
        Value::Null => {
            json::remove(to, path);
        }
        value => json::set(to, path, value.clone()),
    }
}

fn check_name(key: &ObjectKey, found: &str) -> Result<(), Refusal> {
    let name = &key.name;
    match found {
        "" => Err(Refusal::bad_request(format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        ))),
        found if found != name => Err(Refusal::bad_request(format!(
            "the name of the object ({found}) does not match the name on the URL ({name})"
        ))),
        _ => Ok(()),
    }
}

fn check_identity(entry: &Entry, key: &ObjectKey, old: &Value, new: &Value) -> Result<(), Refusal> {
    let (was, asked) = (text(old, "/metadata/uid"), text(new, "/metadata/uid"));
    if asked.is_empty() || asked == was {
        return Ok(());
    }
    let slash = if key.namespace.is_empty() { "" } else { "/" };
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/{}/{}{slash}{}, ResourceVersion: 0, AdditionalErrorMsg: \
         Precondition failed: UID in precondition: {asked}, UID in object meta: {was}",
        key.resource, key.namespace, key.name
    );
    Err(Refusal::conflict(entry, &key.name, &why))
}
