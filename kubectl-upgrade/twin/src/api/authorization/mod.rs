//! Who may do what: the administrator everything, others what the world says, as tests need them.

mod access;
mod review;

pub(crate) use access::{Caller, Wish};
pub use access::{Rule, User};
pub(crate) use review::{is_review, review};

use super::catalogue::Entry;
use super::record::State;
use super::refusal::Refusal;
use super::route::{Asked, Verb};
use super::target::Target;

/// Lets a request to a resource pass, or not.
pub(crate) fn check(state: &State, asked: &Asked<'_>, target: &Target, verb: Verb) -> Result<(), Refusal> {
    let caller = Caller::of(state, asked.call, asked.minor())?;
    let wish = Wish {
        verb: verb.name(),
        group: target.entry.group,
        resource: target.entry.resource.plural(),
        subresource: target.entry.subresource.unwrap_or_default(),
        namespace: target.namespace.as_deref().unwrap_or_default(),
        name: target.name.as_deref().unwrap_or_default(),
    };
    if caller.may(&wish) { Ok(()) } else { Err(forbidden(target.parent, caller.name, &wish)) }
}

/// Lets a request in, or not: who is known may ask for resources, where [`check`] decides; paths are decided on here.
pub(crate) fn admit(state: &State, asked: &Asked<'_>, is_resource: bool) -> Result<(), Refusal> {
    let caller = Caller::of(state, asked.call, asked.minor())?;
    let path = asked.call.path();
    if is_resource || caller.may_read(path) {
        return Ok(());
    }
    let verb = asked.call.method.as_str().to_lowercase();
    let why = format!("forbidden: User {:?} cannot {verb} path {path:?}", caller.name);
    Err(Refusal { details: Some(serde_json::Map::new()), ..Refusal::new(403, "Forbidden", why) })
}

fn forbidden(entry: &Entry, user: &str, wish: &Wish<'_>) -> Refusal {
    let Wish { verb, group, resource, subresource, namespace, name } = wish;
    let what = if name.is_empty() { entry.qualified() } else { format!("{} {name:?}", entry.qualified()) };
    let slash = if subresource.is_empty() { "" } else { "/" };
    let place = match *namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let why = format!(
        "{what} is forbidden: User {user:?} cannot {verb} resource \"{resource}{slash}{subresource}\" in API group \
         {group:?} {place}"
    );
    Refusal::new(403, "Forbidden", why).about(entry, name)
}

#[cfg(test)]
mod tests;
