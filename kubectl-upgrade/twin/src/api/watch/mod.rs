//! Watches: what is there, and then every change, for as long as client, server and time allow.

mod event;
mod stream;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};

use super::body::ApiBody;
use super::form::Shape;
use super::read::read_version;
use super::refusal::{Cause, Refusal};
use super::route::{Answer, Asked};
use super::selector::Filter;
use super::target::Target;
use crate::twin::Twin;
use crate::world::{ApiServer, World};
use event::Scope;

/// The first minor that sends what is there as events before a bookmark, where it is asked to.
const INITIAL_EVENTS_SINCE: u16 = 32;

/// How long a watch lives where the client does not say: servers draw a time between this and twice this, in seconds.
const LIFE_S: u64 = 1800;

/// A watch about to begin.
pub(crate) struct Watch {
    scope: Scope,
    host: String,
    server: ApiServer,
    /// Changes after this version are told.
    since: u64,
    life: Duration,
    bookmarks: bool,
    /// What is told first.
    first: String,
    /// Whether nothing follows that.
    over: bool,
}

/// When a watch is cut by a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// Not at all.
    Never,
    /// After that time.
    After(Duration),
}

impl Cut {
    /// At once, or some time later.
    pub(crate) fn drawn(twin: &Twin) -> Self {
        twin.with(|world| {
            let later = world.random.happens(0.5);
            Self::After(Duration::from_millis(if later { world.random.below(30_000) } else { 0 }))
        })
    }
}

/// Begins a watch.
pub(crate) fn start(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Answer, Refusal> {
    let call = asked.call;
    let form = asked.form(world, Shape::One)?;
    let mut filter = Filter::read(call, target.entry)?;
    if let Some(name) = &target.name {
        filter = filter.named(name);
    }
    let scope = Scope::new(target.entry, target.namespace.clone(), filter, form, asked.minor());
    let initial = initial_events(asked)?;
    let asked_version = read_version(call.query("resourceVersion"))?.unwrap_or_default();
    let server = world.control_plane.servers.get(asked.host).cloned().ok_or_else(Refusal::nothing_there)?;
    let mut watch = Watch {
        scope,
        host: asked.host.to_owned(),
        server,
        since: asked_version,
        life: life(world, call.query("timeoutSeconds")),
        bookmarks: call.flag("allowWatchBookmarks"),
        first: String::new(),
        over: false,
    };
    if initial || asked_version == 0 {
        watch.tell_what_is_there(world);
        if initial && watch.bookmarks {
            watch.first.push_str(&watch.scope.bookmark(watch.since, true));
        }
    }
    Ok(Answer::Watch(Box::new(watch)))
}

impl Watch {
    fn tell_what_is_there(&mut self, world: &World) {
        let scope = &self.scope;
        for object in world.store.list(scope.entry.resource, scope.namespace.as_deref(), None) {
            if scope.filter.matches(object) {
                self.first.push_str(&scope.event("ADDED", object));
            }
        }
        self.since = world.store.version();
    }

    /// It as HTTP.
    pub(crate) fn response(self, twin: &Twin, cut: Cut) -> Response<ApiBody> {
        let mut response = Response::new(ApiBody::lines(stream::lines(self, twin, cut)));
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// What has happened since this was last asked.
    fn news(&mut self, world: &World) -> Bytes {
        self.scope.at(world.now());
        let mut text = std::mem::take(&mut self.first);
        if world.control_plane.servers.get(&self.host) != Some(&self.server) {
            self.over = true;
        } else {
            match world.store.since(self.since) {
                Ok(changes) => changes.for_each(|change| self.scope.tell(&mut text, change)),
                Err(compacted) => {
                    text.push_str(&event::too_old(self.scope.entry.resource, compacted));
                    self.over = true;
                }
            }
            self.since = self.since.max(world.store.version());
        }
        text.into()
    }
}

fn initial_events(asked: &Asked<'_>) -> Result<bool, Refusal> {
    let call = asked.call;
    if call.query("sendInitialEvents").is_empty() || asked.minor() < INITIAL_EVENTS_SINCE {
        return Ok(false);
    }
    if call.query("resourceVersionMatch") != "NotOlderThan" {
        let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        let cause = Cause::forbidden("resourceVersionMatch", why);
        return Err(Refusal::invalid("ListOptions.meta.k8s.io", "", &[cause]));
    }
    Ok(call.flag("sendInitialEvents"))
}

fn life(world: &mut World, asked: &str) -> Duration {
    let seconds = match asked.parse() {
        Ok(seconds) if seconds > 0 => seconds,
        _ => LIFE_S + world.random.below(LIFE_S),
    };
    Duration::from_secs(seconds)
}
