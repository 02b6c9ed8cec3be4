//! Tokens of service accounts: shaped like real ones, good for nothing.

use serde_json::json;

use crate::api::refusal::Refusal;
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::api::write::incoming;
use crate::json::{self, at};
use crate::world::World;

/// How long a token is good for where the client does not say, in seconds.
const LIFE_S: i64 = 3600;

/// A token for a service account.
pub(super) fn token(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let mut request = incoming(asked.call, asked.minor(), target)?;
    let key = target.key();
    if world.store.get(&key).is_none() {
        return Err(Refusal::not_found(target.parent, &key.name));
    }
    let life = at(&request, "/spec/expirationSeconds").as_i64().unwrap_or(LIFE_S);
    let end = world.now().checked_add(jiff::SignedDuration::from_secs(life)).unwrap_or(jiff::Timestamp::MAX);
    let end = end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let token = format!("simulated.{}.{:016x}", key.name, world.random.number());
    json::set(&mut request, &["kind"], "TokenRequest");
    json::set(&mut request, &["apiVersion"], target.entry.kind_api_version());
    json::set(&mut request, &["metadata", "name"], key.name);
    json::set(&mut request, &["spec", "expirationSeconds"], life);
    json::set(&mut request, &["status"], json!({"token": token, "expirationTimestamp": end}));
    Ok(Reply::json(201, format!("{request}\n")))
}
