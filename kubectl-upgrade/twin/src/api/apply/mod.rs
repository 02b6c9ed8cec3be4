//! Server-side apply: who set which field, what that means for the next one to apply, and conflicts.
//!
//! Fields are tracked as real servers do, with one simplification: maps as such are never owned, only what is in them.

mod fields;
mod managers;
mod merge;
mod schema;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::json::remove;
pub(crate) use fields::NoKey;
use fields::{Fields, Path};
use managers::Managed;
pub(crate) use managers::{Manager, Operation};

/// Why something cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApplyError {
    /// Others manage fields that would change.
    #[error("{}", conflict_text(.0))]
    Conflicts(Vec<Conflict>),
    /// It does not say of which element of a list it speaks.
    #[error("failed to create typed patch object")]
    Untyped(#[source] NoKey),
}

/// A field that would change although another manages it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Who manages it, as messages name it.
    pub(crate) manager: String,
    /// The field, as messages show it.
    pub(crate) field: String,
}

/// The object after this was applied to it; `live` is none where there is no such object yet.
///
/// # Errors
/// When others manage what would change, and `force` is not given.
pub(crate) fn apply(
    live: Option<&Value>,
    applied: &Value,
    manager: &Manager<'_>,
    force: bool,
) -> Result<Value, ApplyError> {
    let mut applied = applied.clone();
    remove(&mut applied, &["metadata", "managedFields"]);
    if manager.subresource.is_empty() {
        remove(&mut applied, &["status"]);
    }
    let wanted = fields::of(&applied).map_err(ApplyError::Untyped)?;
    let new: Fields = wanted.keys().cloned().collect();
    let mut managers = live.map(|live| managers_of(live, manager)).unwrap_or_default();
    let mut merged = live.cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));

    let conflicts = take_over(&mut managers, &wanted, live, manager);
    if !conflicts.is_empty() && !force {
        return Err(ApplyError::Conflicts(conflicts));
    }
    if let (Value::Object(merged), Value::Object(applied)) = (&mut merged, &applied) {
        merge::put(merged, applied, "");
    }
    let mine = managers.iter().position(|managed| managed.is(manager, Operation::Apply));
    match mine.map(|mine| managers.remove(mine)) {
        Some(mut mine) => {
            give_up(&mut merged, &mine.fields, &new, &managers);
            mine.take(new, manager);
            managers.insert(0, mine);
        }
        None => managers.insert(0, Managed::new(manager, Operation::Apply, new)),
    }
    managers::write(&mut merged, &managers);
    Ok(merged)
}

/// Notes who set what after a change by other means than apply. `before` is none for an object just made.
pub(crate) fn note(before: Option<&Value>, after: &mut Value, manager: &Manager<'_>) {
    // An object whose managers nobody ever knew stays without, as on real servers.
    if before.is_some_and(|before| managers::read(before).is_empty()) {
        return;
    }
    let (Ok(old), Ok(new)) = (before.map(fields::of).transpose(), fields::of(after)) else { return };
    let old = old.unwrap_or_default();
    let changed: Fields =
        new.iter().filter(|(path, value)| old.get(*path) != Some(value)).map(|(path, _)| path.clone()).collect();
    let mut managers = before.map(managers::read).unwrap_or_default();
    for managed in &mut managers {
        managed.fields.retain(|path| new.contains_key(path) && !changed.contains(path));
    }
    if !changed.is_empty() {
        match managers.iter_mut().find(|managed| managed.is(manager, Operation::Update)) {
            Some(mine) => mine.take(mine.fields.union(&changed).cloned().collect(), manager),
            None => managers.push(Managed::new(manager, Operation::Update, changed)),
        }
    }
    managers::write(after, &managers);
}

/// The managers of an object; where nobody knows any, everything in it was there before.
fn managers_of(live: &Value, manager: &Manager<'_>) -> Vec<Managed> {
    let known = managers::read(live);
    let all = match fields::of(live) {
        Ok(all) if known.is_empty() => all.into_keys().collect(),
        _ => return known,
    };
    let now = crate::json::text(live, "/metadata/creationTimestamp");
    let before = Manager { name: "before-first-apply", subresource: "", now, ..*manager };
    vec![Managed::new(&before, Operation::Update, all)]
}

/// Takes the fields that change from all others, and tells which those were.
fn take_over(
    managers: &mut [Managed],
    wanted: &BTreeMap<Path, Value>,
    live: Option<&Value>,
    manager: &Manager<'_>,
) -> Vec<Conflict> {
    let there = live.and_then(|live| fields::of(live).ok()).unwrap_or_default();
    let mut conflicts = Vec::new();
    for managed in managers.iter_mut().filter(|managed| !managed.is(manager, Operation::Apply)) {
        let shown = managed.shown();
        managed.fields.retain(|path| {
            let changes = wanted.get(path).is_some_and(|value| there.get(path) != Some(value));
            if changes {
                conflicts.push(Conflict { manager: shown.clone(), field: fields::written(path) });
            }
            !changes
        });
    }
    conflicts
}

/// Takes out what the manager applied before and does not any more, unless others manage it too.
fn give_up(merged: &mut Value, old: &Fields, new: &Fields, others: &[Managed]) {
    let held = |path: &Path| {
        others
            .iter()
            .any(|managed| managed.fields.range(path.clone()..).next().is_some_and(|next| next.starts_with(path)))
    };
    let gone = old.iter().filter(|path| !new.contains(*path) && !held(path));
    let (elements, plain): (Vec<&Path>, Vec<&Path>) = gone.partition(|path| merge::is_element(path));
    // Elements first: what tells them apart is among their fields.
    for path in elements.into_iter().rev().chain(plain) {
        merge::take(merged, path);
    }
}

fn conflict_text(conflicts: &[Conflict]) -> String {
    let count = conflicts.len();
    if let [one] = conflicts {
        return format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.field);
    }
    let mut lines = Vec::new();
    let mut last = "";
    for conflict in conflicts {
        if conflict.manager != last {
            lines.push(format!("conflicts with {}:", conflict.manager));
            last = &conflict.manager;
        }
        lines.push(format!("- {}", conflict.field));
    }
    format!("Apply failed with {count} conflicts: {}", lines.join("\n"))
}

#[cfg(test)]
mod tests;
