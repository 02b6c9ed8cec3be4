//! Who answers what: from paths and methods to the part of the server that knows the answer.

use bytes::Bytes;
use http::Method;
use http::header::ACCEPT;
use upgrade_core::version::Version;

use super::call::Call;
use super::form::{Form, Shape};
use super::refusal::Refusal;
use super::reply::Reply;
use super::target::{Path, Target};
use super::watch::Watch;
use super::{authorization, discovery, flagz, health, lifecycle, metrics, openapi, read, statusz, sub, watch, write};
use crate::world::World;

/// A request and the server that answers it.
pub(crate) struct Asked<'a> {
    /// The request.
    pub(crate) call: &'a Call,
    /// The version of the server.
    pub(crate) version: &'a Version,
    /// The host of the server.
    pub(crate) host: &'a str,
    /// Whether it serves custom resources.
    pub(crate) custom: bool,
}

impl Asked<'_> {
    /// The minor of the server.
    pub(crate) fn minor(&self) -> u16 {
        self.version.minor().minor
    }

    /// The form in which the answer is asked for.
    pub(crate) fn form(&self, world: &World, shape: Shape) -> Result<Form, Refusal> {
        let form = Form::accepted(self.call.header(ACCEPT), self.minor(), shape)?;
        Ok(form.including(self.call.query("includeObject")).at(world.now()))
    }
}

/// The first minor that says nothing of what there is where nothing is.
const PLAIN_SINCE: u16 = 22;

/// What comes of a request.
pub(crate) enum Answer {
    /// A whole answer.
    Whole(Reply),
    /// A whole answer that is no text.
    Bytes {
        /// Its media type.
        media_type: &'static str,
        /// Its body.
        bytes: Bytes,
    },
    /// Changes as they come.
    Watch(Box<Watch>),
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self::Whole(reply)
    }
}

/// What is to be done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    /// Read one.
    Get,
    /// Read many.
    List,
    /// Read many, and go on with their changes.
    Watch,
    /// Make one.
    Create,
    /// Replace one.
    Update,
    /// Change one.
    Patch,
    /// Delete one.
    Delete,
    /// Delete many.
    DeleteCollection,
}

impl Verb {
    fn of(call: &Call, target: &Target) -> Option<Self> {
        let one = target.name.is_some();
        match call.method {
            Method::GET | Method::HEAD if target.watch || call.flag("watch") => Some(Self::Watch),
            Method::GET | Method::HEAD => Some(if one { Self::Get } else { Self::List }),
            Method::POST if !one || target.entry.subresource.is_some() => Some(Self::Create),
            Method::PUT if one => Some(Self::Update),
            Method::PATCH if one => Some(Self::Patch),
            Method::DELETE => Some(if one { Self::Delete } else { Self::DeleteCollection }),
            _ => None,
        }
    }

    /// Its name in discovery and in rights.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }
}

/// Answers a request.
pub(crate) fn answer(world: &mut World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let call = asked.call;
    let segments: Vec<&str> = call.path().split('/').filter(|segment| !segment.is_empty()).collect();
    let is_resource = matches!(segments.as_slice(), ["api", _, _, ..] | ["apis", _, _, _, ..]);
    authorization::admit(&world.api, asked, is_resource)?;
    match segments.as_slice() {
        ["openapi", rest @ ..] => openapi::answer(asked, rest),
        ["api", version, rest @ ..] if !rest.is_empty() => resource(world, asked, Path::read("", version, rest)),
        ["apis", group, version, rest @ ..] if !rest.is_empty() => {
            resource(world, asked, Path::read(group, version, rest))
        }
        other => about_itself(world, asked, other).map(Answer::from),
    }
}

/// What is no resource.
fn about_itself(world: &mut World, asked: &Asked<'_>, segments: &[&str]) -> Result<Reply, Refusal> {
    let known = matches!(segments, [] | ["api" | "apis" | "version" | "livez" | "readyz" | "healthz", ..]);
    if known && asked.call.is_change() {
        return Err(Refusal::method_not_allowed());
    }
    let page = match segments {
        ["statusz"] => statusz::answer(world, asked)?,
        ["flagz"] => flagz::answer(world, asked)?,
        _ => None,
    };
    if let Some(page) = page {
        return Ok(page);
    }
    match segments {
        [] => Ok(discovery::root(200, asked)),
        ["api"] => discovery::core_versions(asked),
        ["apis"] => discovery::groups(asked),
        ["apis", group] => Ok(discovery::group(asked, group)),
        ["api", version] => discovery::resources(asked, "", version),
        ["apis", group, version] => discovery::resources(asked, group, version),
        ["metrics"] => Ok(metrics::answer(world, asked)),
        ["version"] => Ok(health::version(asked.version, world.control_plane.emulates)),
        ["livez" | "readyz" | "healthz", ..] => {
            Ok(health::health(segments, asked.call.queries("verbose").next().is_some()))
        }
        _ if asked.minor() < PLAIN_SINCE => Ok(discovery::root(404, asked)),
        _ => Ok(page_not_found()),
    }
}

/// The answer where nothing is served at all.
pub(crate) fn page_not_found() -> Reply {
    Reply::text(404, "404 page not found\n")
}

fn resource(world: &mut World, asked: &Asked<'_>, path: Path) -> Result<Answer, Refusal> {
    let target = Target::find(asked.minor(), path).filter(|target| asked.custom || !target.parent.is_custom());
    let target = target.ok_or_else(Refusal::nothing_there)?;
    let verb = Verb::of(asked.call, &target).ok_or_else(Refusal::method_not_allowed)?;
    let mut outcome = act(world, asked, &target, verb);
    if let Ok(Answer::Whole(reply)) = &mut outcome {
        reply.warnings.extend(lifecycle::warning(target.parent, asked.version.minor()));
    }
    let code = match &outcome {
        Ok(Answer::Whole(reply)) => reply.code,
        Ok(Answer::Bytes { .. } | Answer::Watch(_)) => 200,
        Err(refusal) => refusal.code,
    };
    world.api.counts.add(asked, &target, verb, code);
    outcome
}

fn act(world: &mut World, asked: &Asked<'_>, target: &Target, verb: Verb) -> Result<Answer, Refusal> {
    authorization::check(&world.api, asked, target, verb)?;
    if !target.entry.can(verb.name()) {
        return Err(Refusal::method_not_allowed());
    }
    match (target.entry.subresource, verb) {
        (None, Verb::Create) if authorization::is_review(target.entry) => {
            authorization::review(&world.api, asked, target).map(Answer::from)
        }
        (Some(_), _) => sub::answer(world, asked, target, verb),
        (None, Verb::Get) => read::get(world, asked, target).map(Answer::from),
        (None, Verb::List) => read::list(world, asked, target).map(Answer::from),
        (None, Verb::Watch) => watch::start(world, asked, target),
        (None, Verb::Create) => write::create(world, asked, target).map(Answer::from),
        (None, Verb::Update) => write::update(world, asked, target).map(Answer::from),
        (None, Verb::Patch) => write::patch(world, asked, target).map(Answer::from),
        (None, Verb::Delete) => write::delete(world, asked, target).map(Answer::from),
        (None, Verb::DeleteCollection) => write::delete_collection(world, asked, target).map(Answer::from),
    }
}
