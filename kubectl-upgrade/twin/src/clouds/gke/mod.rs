//! The front of GKE: its wire, translated from and to the model of managed clusters.
//!
//! The wire is that of the service's published discovery document, `container` v1 (REST with JSON). Enumerations of
//! requests may be names or numbers, as clients of both kinds send them; answers have names. It holds no state of its own;
//! what only GKE knows is in the model's `extra`:
//!
//! | of | key | what |
//! |---|---|---|
//! | the cluster | `cluster` | members of its description that differ from the usual ones |
//! | | `channel` | the release channel it is enrolled in; none when empty |
//! | | `denied` | permissions that the caller lacks |
//! | a pool | `config` | members of its nodes' configuration |
//! | | `pool` | members of its description that differ from the usual ones |
//! | an offer | `channels` | the channels that have it |
//! | an operation | `operationType`, `detail` | where they differ from what its kind says |

mod change;
mod cluster;
mod create;
mod fault;
mod info;
mod operation;
mod pool;
mod route;
mod settings;
#[cfg(test)]
mod tests;
mod versions;

use http::Method;
use serde_json::Value;

use super::wire::Answer;
use super::{CloudWorld, Seen, faults, of};
use crate::api::Call;
use crate::world::World;
use fault::{Code, Fault};
use faults::Admission;
use route::{Address, On};

pub(crate) use settings::settings;

/// Answers a request to that path.
pub(super) fn answer(world: &mut World, call: &Call, path: &[&str]) -> Answer {
    match admitted(world, call, path) {
        Ok(body) => Answer::json(200, &body),
        Err(fault) => fault.answer(),
    }
}

fn admitted(world: &mut World, call: &Call, path: &[&str]) -> Result<Value, Fault> {
    match faults::admit(world, &call.what()) {
        Admission::Granted => {}
        Admission::Throttled => {
            let message = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service \
                           'container.googleapis.com'.";
            return Err(Fault::new(Code::ResourceExhausted, message).reason("RATE_LIMIT_EXCEEDED"));
        }
        Admission::Expired => {
            let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or \
                           other valid authentication credential.";
            return Err(Fault::new(Code::Unauthenticated, message).reason("ACCESS_TOKEN_EXPIRED"));
        }
    }
    let address = Address::of(path).ok_or_else(|| Fault::no_method(call))?;
    let permission = address.permission(&call.method).ok_or_else(|| Fault::no_method(call))?;
    let cloud = of(world)?;
    let denied = cloud.now().extra.get("denied").and_then(Value::as_array);
    let denied = denied.is_some_and(|all| all.iter().any(|one| one == permission));
    if denied || address.project != cloud.place.account {
        return Err(Fault::denied(permission, address.project));
    }
    let body = match call.body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&call.body)
            .map_err(|error| Fault::new(Code::InvalidArgument, format!("Invalid JSON payload received. {error}")))?,
    };
    route(world, &address, &call.method, &body)
}

fn route(world: &mut World, address: &Address<'_>, method: &Method, body: &Value) -> Result<Value, Fault> {
    let everywhere = address.location == "-";
    if let On::Cluster { cluster, .. } = &address.on {
        let place = &of(world)?.place;
        if address.location != place.region || *cluster != place.cluster {
            return Err(Fault::not_found(&address.cluster_name()));
        }
    }
    let here = everywhere || address.location == of(world)?.place.region;
    match (&address.on, address.verb, method) {
        (On::ServerConfig, None, _) => Ok(versions::server_config(of(world)?)),
        (On::Clusters, None, _) => Ok(cluster::list(of(world)?, seen(world)?, here)),
        (On::Operations, None, _) => Ok(operation::list(of(world)?, seen(world)?, here)),
        (On::Operation(id), None, _) => operation::get(of(world)?, id),
        (On::Operation(id), Some(_), _) => operation::cancel(world, id),
        (On::Cluster { pool: None, .. }, None, &Method::PUT) => change::update(world, body),
        (On::Cluster { pool: None, .. }, None, _) => Ok(cluster::show(of(world)?, seen(world)?)),
        (On::Cluster { pool: None, .. }, Some("completeControlPlaneUpgrade"), _) => change::complete(world),
        (On::Cluster { pool: None, .. }, Some(_), _) => Ok(info::cluster(of(world)?, seen(world)?)),
        (On::Cluster { pool: Some(None), .. }, _, &Method::POST) => create::create(world, body),
        (On::Cluster { pool: Some(None), .. }, _, _) => Ok(pool::list(of(world)?, seen(world)?)),
        (On::Cluster { pool: Some(Some(name)), .. }, verb, method) => of_pool(world, name, verb, method, body),
        (On::ServerConfig | On::Clusters | On::Operations, Some(_), _) => {
            Err(Fault::new(Code::Unimplemented, "Operation is not implemented, or supported, or enabled."))
        }
    }
}

fn of_pool(world: &mut World, name: &str, verb: Option<&str>, method: &Method, body: &Value) -> Result<Value, Fault> {
    match (verb, method) {
        (None, &Method::PUT) => change::update_pool(world, name, body),
        (None, &Method::DELETE) => change::delete_pool(world, name),
        (None, _) => pool::get(of(world)?, seen(world)?, name),
        (Some("rollback"), _) => change::roll_back_pool(world, name, body),
        (Some("completeUpgrade"), _) => change::complete_pool(world, name),
        (Some("setSize"), _) => change::resize_pool(world, name, body),
        (Some(_), _) => info::pool(of(world)?, seen(world)?, name),
    }
}

/// What a reader sees by now.
fn seen(world: &World) -> Result<&Seen, Fault> {
    let cloud: &CloudWorld = of(world)?;
    Ok(cloud.seen(world.clock().elapsed()))
}
