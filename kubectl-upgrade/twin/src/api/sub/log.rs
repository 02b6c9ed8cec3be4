//! What a pod has written: nothing is run here, so it is little.

use crate::api::refusal::Refusal;
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::json::{items, text};
use crate::world::World;

/// The log of a container.
pub(super) fn log(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let key = target.key();
    let pod = world.store.get(&key).ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    let value = pod.value();
    let wanted = asked.call.query("container");
    let names: Vec<&str> = items(&value, "/spec/containers").map(|container| text(container, "/name")).collect();
    if !wanted.is_empty() && !names.contains(&wanted) {
        return Err(Refusal::bad_request(format!("container {wanted} is not valid for pod {}", key.name)));
    }
    if wanted.is_empty() && names.len() > 1 {
        let list = names.join(" ");
        let message = format!("a container name must be specified for pod {}, choose one of: [{list}]", key.name);
        return Err(Refusal::bad_request(message));
    }
    let container = names.iter().find(|name| wanted.is_empty() || **name == wanted).copied().unwrap_or_default();
    if pod.summary.phase == "Pending" {
        let message = format!("container {container:?} in pod {:?} is waiting to start: ContainerCreating", key.name);
        return Err(Refusal::bad_request(message));
    }
    let started = text(&value, "/status/startTime");
    Ok(Reply { media_type: "text/plain", ..Reply::text(200, format!("{started} {container} started\n")) })
}
