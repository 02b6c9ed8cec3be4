//! Changes of objects: what is checked, what is filled in, what is kept.

mod apply;
mod create;
mod delete;
mod incoming;
mod options;
mod remove;
mod update;

pub(crate) use apply::Origin;
pub(crate) use create::create;
pub(crate) use delete::{delete, delete_collection};
pub(crate) use incoming::object as incoming;
pub(crate) use options::{DeleteOptions, check_dry_run};
pub(crate) use remove::remove;
pub(crate) use update::{Change, Part, change, patch, patch_part, replace, update};

use http::header::ACCEPT;

use super::form::{Form, Shape};
use super::read::render;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::Asked;
use super::target::Target;
use crate::store::Object;

/// An object as the answer to its change.
pub(crate) fn answered(code: u16, asked: &Asked<'_>, target: &Target, object: &Object) -> Result<Reply, Refusal> {
    let form = Form::accepted(asked.call.header(ACCEPT), asked.minor(), Shape::One)?;
    Ok(render::one(code, form, target.parent, object))
}
