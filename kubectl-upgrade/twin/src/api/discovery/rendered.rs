//! Discovery as it was rendered before. It depends on nothing but the minor, on whether custom resources are served, and on
//! what is asked for; and everybody asks for it before everything else.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::api::reply::Reply;
use crate::api::route::Asked;

/// By the minor, whether custom resources are served, and the path of something that is served.
static RENDERED: Mutex<BTreeMap<(u16, bool, String), String>> = Mutex::new(BTreeMap::new());

/// The answer to what is asked, made the first time.
pub(super) fn once(asked: &Asked<'_>, make: impl FnOnce() -> Value) -> Reply {
    let mut rendered = RENDERED.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (asked.minor(), asked.custom, asked.call.path().to_owned());
    Reply::json(200, rendered.entry(key).or_insert_with(|| format!("{}\n", make())).clone())
}
