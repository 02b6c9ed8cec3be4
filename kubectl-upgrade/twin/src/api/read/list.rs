//! Lists: of one namespace or of all, at one version, in parts.

use std::sync::Arc;

use super::position::Position;
use super::render::{self, Page};
use super::token::Token;
use crate::api::form::Shape;
use crate::api::refusal::Refusal;
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::selector::Filter;
use crate::api::target::Target;
use crate::store::{Object, Store};
use crate::world::World;

/// A list, or a part of one.
pub(crate) fn list(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let form = asked.form(world, Shape::List)?;
    let filter = Filter::read(asked.call, target.entry)?;
    let limit = read_limit(asked.call.query("limit"))?;
    let position = Position::read(asked.call, asked.minor(), limit.is_some())?;
    let wanted = Wanted { target, filter, limit };
    wanted.page(&world.store, &position).map(|page| render::list(form, target.entry, &page))
}

struct Wanted<'a> {
    target: &'a Target,
    filter: Filter,
    limit: Option<usize>,
}

impl Wanted<'_> {
    fn page(&self, store: &Store, position: &Position) -> Result<Page, Refusal> {
        let (entry, namespace) = (self.target.entry, self.target.namespace.as_deref());
        let latest = store.version();
        match position {
            Position::Latest => {
                let now = store.list(entry.resource, namespace, None).map(Arc::clone);
                let all = || store.list(entry.resource, namespace, None).count();
                Ok(self.part(now, Some(all), latest))
            }
            Position::AtLeast(version) if *version > latest => Err(Refusal::too_large_version(*version, latest)),
            Position::AtLeast(_) => self.page(store, &Position::Latest),
            Position::Exactly(version) if *version > latest => Err(Refusal::too_large_version(*version, latest)),
            Position::Exactly(version) => {
                let then = store.list_at(entry.resource, namespace, None, *version);
                let then =
                    then.map_err(|_| Refusal::expired("The resourceVersion for the provided list is too old."))?;
                Ok(self.part(then, None::<fn() -> usize>, *version))
            }
            Position::After(token) => self.after(store, token),
        }
    }

    fn after(&self, store: &Store, token: &Token) -> Result<Page, Refusal> {
        let (entry, namespace) = (self.target.entry, self.target.namespace.as_deref());
        let key = token.key(entry.resource, namespace, entry.namespaced);
        let Some(version) = token.version() else {
            let rest = store.list(entry.resource, namespace, Some(&key)).map(Arc::clone);
            return Ok(self.part(rest, None::<fn() -> usize>, store.version()));
        };
        if version > store.version() {
            return Err(Refusal::too_large_version(version, store.version()));
        }
        match store.list_at(entry.resource, namespace, Some(&key), version) {
            Ok(rest) => Ok(self.part(rest, token.left().map(|left| move || left), version)),
            Err(_) => Err(Refusal { next: Some(Token::after(&key, namespace, None).encode()), ..too_old() }),
        }
    }

    /// As many of these as are wanted. `all` tells how many there are, where that is cheaper than going through them.
    fn part(&self, objects: impl Iterator<Item = Arc<Object>>, all: Option<impl Fn() -> usize>, version: u64) -> Page {
        let mut wanted = objects.filter(|object| self.filter.matches(object));
        let Some(limit) = self.limit else {
            return Page { objects: wanted.collect(), version, ..Page::default() };
        };
        let part: Vec<Arc<Object>> = wanted.by_ref().take(limit).collect();
        let left = match all {
            // Of a selection it is only told that there is more.
            _ if !self.filter.is_empty() => usize::from(wanted.next().is_some()),
            Some(all) => all().saturating_sub(part.len()),
            None => wanted.count(),
        };
        let remaining = (left > 0 && self.filter.is_empty()).then_some(left);
        let token = |last: &Arc<Object>| {
            let namespace = self.target.namespace.as_deref();
            Token::after(&last.key, namespace, Some(version)).with_left(remaining).encode()
        };
        let next = part.last().filter(|_| left > 0).map(token);
        Page { objects: part, version, next, remaining }
    }
}

fn read_limit(text: &str) -> Result<Option<usize>, Refusal> {
    match text {
        "" | "0" => Ok(None),
        number => number
            .parse()
            .map(Some)
            .map_err(|_| Refusal::bad_request(format!("strconv.ParseInt: parsing {number:?}: invalid syntax"))),
    }
}

fn too_old() -> Refusal {
    Refusal::expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list \
         without the continue parameter, or use the continue token in this response to retrieve the remainder of the \
         results. Continuing with the provided token results in an inconsistent list - objects that were created, \
         modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    )
}
