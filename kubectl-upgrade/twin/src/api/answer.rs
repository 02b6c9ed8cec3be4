//! One request from its arrival to its answer: which server takes it, how long it takes, and what goes wrong on the way.

use std::io;
use std::time::Duration;

use http::Response;

use super::body::ApiBody;
use super::call::Call;
use super::refusal::Refusal;
use super::reply::{self, Reply};
use super::route::{self, Answer, Asked};
use super::storage;
use super::watch::Cut;
use crate::faults::ApiFault;
use crate::store::Resource;
use crate::twin::Twin;
use crate::world::{ApiServer, World};

/// What happens to a request on its way.
struct Turn {
    host: String,
    server: ApiServer,
    fault: Option<ApiFault>,
    delay: Duration,
}

/// Answers a request.
///
/// # Errors
/// When no server takes it, or the connection breaks before the answer is through.
pub(crate) async fn answer(twin: &Twin, call: Call) -> io::Result<Response<ApiBody>> {
    let turn = twin.with(Turn::take).ok_or_else(refused)?;
    if turn.fault == Some(ApiFault::Refused) {
        return Err(refused());
    }
    if let Some(ApiFault::Slow(extra)) = turn.fault {
        tokio::time::sleep(extra).await;
    }
    if !turn.delay.is_zero() {
        tokio::time::sleep(turn.delay).await;
    }
    if let Some(given_up) = storage::wait(twin, &call).await {
        return Ok(given_up.response());
    }
    let outcome = match turn.fault {
        Some(ApiFault::Internal) => Err(Refusal::new(500, "InternalError", "Internal error occurred: injected fault")),
        Some(ApiFault::TooMany) => {
            let message = "Too many requests, please try again later.";
            Err(Refusal::new(429, "TooManyRequests", message).retry_after(1))
        }
        Some(ApiFault::LostAnswer | ApiFault::WatchCut | ApiFault::Refused | ApiFault::Slow(_)) | None => {
            twin.with(|world| turn.act(world, &call)).ok_or_else(broken)?
        }
    };
    if turn.fault == Some(ApiFault::LostAnswer) {
        return Err(broken());
    }
    match outcome {
        Ok(Answer::Whole(reply)) => Ok(reply.response()),
        Ok(Answer::Bytes { media_type, bytes }) => Ok(reply::bytes(media_type, bytes)),
        Ok(Answer::Watch(watch)) => {
            let cut = if turn.fault == Some(ApiFault::WatchCut) { Cut::drawn(twin) } else { Cut::Never };
            Ok(watch.response(twin, cut))
        }
        Err(refusal) => {
            if !refusal.after.is_zero() {
                tokio::time::sleep(refusal.after).await;
            }
            Ok(refusal.reply().response())
        }
    }
}

impl Turn {
    fn take(world: &mut World) -> Option<Self> {
        let (host, server) = world.control_plane.take_turn()?;
        let fault = world.faults.at_api(&mut world.random);
        let delay = world.random.within(world.tempo.api_answer);
        Some(Self { host, server, fault, delay })
    }

    /// Answers, unless the server went away in between.
    fn act(&self, world: &mut World, call: &Call) -> Option<Result<Answer, Refusal>> {
        if !world.control_plane.servers.get(&self.host).is_some_and(|server| *server == self.server) {
            return None;
        }
        let custom = world.store.list(Resource::NODE_POOLS, None, None).next().is_some();
        let asked = Asked { call, version: &self.server.version, host: &self.host, custom };
        let outcome = route::answer(world, &asked);
        let status = match &outcome {
            Ok(Answer::Whole(Reply { code, .. })) | Err(Refusal { code, .. }) => *code,
            Ok(Answer::Bytes { .. } | Answer::Watch(_)) => 200,
        };
        let now = world.now();
        world.api.record(now, call, status);
        Some(outcome)
    }
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused")
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by peer")
}
