//! Lists as they were: what is there now, with what has changed since put back.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::sync::Arc;

use super::object::{Object, ObjectKey};

/// The objects in order of their keys; where `then` knows a key, what it says: the object then, or none.
pub(super) fn overlay<'a>(
    now: impl Iterator<Item = &'a Arc<Object>>,
    then: BTreeMap<ObjectKey, Option<Arc<Object>>>,
) -> impl Iterator<Item = Arc<Object>> {
    let mut now = now.peekable();
    let mut then = then.into_iter().peekable();
    std::iter::from_fn(move || next(&mut now, &mut then))
}

fn next<'a>(
    now: &mut Peekable<impl Iterator<Item = &'a Arc<Object>>>,
    then: &mut Peekable<impl Iterator<Item = (ObjectKey, Option<Arc<Object>>)>>,
) -> Option<Arc<Object>> {
    loop {
        let from_now = match (now.peek(), then.peek()) {
            (None, None) => return None,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(object), Some((key, _))) => object.key < *key,
        };
        if from_now {
            return now.next().map(Arc::clone);
        }
        let (key, was) = then.next()?;
        now.next_if(|object| object.key == key);
        if was.is_some() {
            return was;
        }
    }
}
