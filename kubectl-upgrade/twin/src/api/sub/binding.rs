//! Binding a pod to a node.

use serde_json::{Value, json};

use super::done;
use crate::api::refusal::Refusal;
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::api::write::{check_dry_run, incoming};
use crate::json::{self, items, text};
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// Binds a pod to the node in the body.
pub(super) fn bind(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let dry_run = check_dry_run(asked.call, asked.minor(), "CreateOptions")?;
    let binding = incoming(asked.call, asked.minor(), target)?;
    let key = ObjectKey { resource: Resource::PODS, ..target.key() };
    let pod = world.store.get(&key).ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    if let Some(node) = &pod.summary.node {
        let why = format!("pod {} is already assigned to node {node:?}", key.name);
        let message = format!("Operation cannot be fulfilled on pods/binding {:?}: {why}", key.name);
        let details = [("name", key.name.as_str()), ("kind", "pods/binding")];
        let details = details.map(|(field, value)| (field.to_owned(), Value::from(value)));
        return Err(Refusal { details: Some(details.into_iter().collect()), ..Refusal::new(409, "Conflict", message) });
    }
    let node = text(&binding, "/target/name").to_owned();
    let now = world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    if !dry_run {
        world.store.modify(&key, |pod| {
            json::set(pod, &["spec", "nodeName"], node);
            let others = items(pod, "/status/conditions").filter(|one| text(one, "/type") != "PodScheduled");
            let mut conditions: Vec<Value> = others.cloned().collect();
            conditions.push(
                json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now}),
            );
            json::set(pod, &["status", "conditions"], conditions);
        });
    }
    Ok(done(201))
}
