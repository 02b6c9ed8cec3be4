//! Which resource a request is for.

use http::{Method, StatusCode};

use super::call::{Call, Reply};
use super::refusal::Refusal;
use super::{cluster, identity, offers, operation, pool, put_cluster, put_pool, rights};
use crate::clouds::faults::{Admission, admit};
use crate::clouds::{self, Place};
use crate::world::World;

/// The oldest version of Microsoft.ContainerService whose form is near enough to be answered.
const OLDEST_API: &str = "2025-01-01";

pub(super) fn route(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let lower: Vec<String> = call.words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["metadata", "endpoints"] => return Ok(identity::endpoints(call)),
        ["msi", "token"] => return identity::token(world, call),
        _ => {}
    }
    enter(world, call)?;
    let place = clouds::of(world)?.place.clone();
    match words.as_slice() {
        ["subscriptions"] => Ok(identity::subscriptions(&place)),
        ["tenants"] => Ok(identity::tenants(&place)),
        ["subscriptions", subscription, rest @ ..] => {
            if !subscription.eq_ignore_ascii_case(&place.account) {
                let message = format!("The subscription '{subscription}' could not be found.");
                return Err(Refusal::of_azure(StatusCode::NOT_FOUND, "SubscriptionNotFound", message));
            }
            in_subscription(world, call, &place, rest)
        }
        _ => Err(nothing_there()),
    }
}

/// The door: who calls, and whether they may now.
fn enter(world: &mut World, call: &Call<'_>) -> Result<(), Refusal> {
    let unauthorized = |code, message| Err(Refusal::of_azure(StatusCode::UNAUTHORIZED, code, message));
    if call.token().is_none() {
        return unauthorized("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
    }
    match admit(world, &call.what()) {
        Admission::Granted => {}
        Admission::Expired => {
            let message = "The access token expiry UTC time is earlier than current UTC time.";
            return unauthorized("ExpiredAuthenticationToken", message);
        }
        Admission::Throttled => {
            let message = "The request is being throttled as the limit has been reached.";
            return Err(Refusal::of_azure(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message));
        }
    }
    match call.parameter("api-version") {
        Some(version) if version.len() >= 10 => Ok(()),
        Some(_) | None => {
            let message = "The api-version query parameter (?api-version=) is required for all requests.";
            Err(Refusal::of_azure(StatusCode::BAD_REQUEST, "MissingApiVersionParameter", message))
        }
    }
}

const PROVIDER: &str = "microsoft.containerservice";

fn in_subscription(world: &mut World, call: &Call<'_>, place: &Place, words: &[&str]) -> Result<Reply, Refusal> {
    match words {
        [] => Ok(Reply::ok(identity::subscription(place))),
        ["locations"] => Ok(identity::locations(place)),
        ["resourcegroups"] => Ok(identity::groups(place)),
        ["providers", PROVIDER, "managedclusters"] => {
            of_provider(call)?;
            cluster::list(world, call)
        }
        ["providers", PROVIDER, "locations", location, rest @ ..] => match rest {
            ["kubernetesversions"] => {
                of_provider(call)?;
                offers::of_region(world, location)
            }
            ["operations", id] => operation::get(world, id),
            _ => Err(nothing_there()),
        },
        ["resourcegroups", group, rest @ ..] => {
            if !group.eq_ignore_ascii_case(&place.group) {
                let message = format!("Resource group '{group}' could not be found.");
                return Err(Refusal::of_azure(StatusCode::NOT_FOUND, "ResourceGroupNotFound", message));
            }
            in_group(world, call, place, rest)
        }
        _ => Err(nothing_there()),
    }
}

fn in_group(world: &mut World, call: &Call<'_>, place: &Place, words: &[&str]) -> Result<Reply, Refusal> {
    match words {
        [] => Ok(Reply::ok(identity::group(place))),
        ["providers", PROVIDER, "managedclusters"] => {
            of_provider(call)?;
            cluster::list(world, call)
        }
        ["providers", PROVIDER, "managedclusters", name, rest @ ..] => {
            of_provider(call)?;
            if !name.eq_ignore_ascii_case(&place.cluster) {
                let message = format!(
                    "The Resource 'Microsoft.ContainerService/managedClusters/{name}' under resource group '{}' was not \
                     found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
                    place.group
                );
                return Err(Refusal::of_azure(StatusCode::NOT_FOUND, "ResourceNotFound", message));
            }
            in_cluster(world, call, rest)
        }
        _ => Err(nothing_there()),
    }
}

fn in_cluster(world: &mut World, call: &Call<'_>, words: &[&str]) -> Result<Reply, Refusal> {
    rights::check(world, call.method(), words)?;
    match (call.method(), words) {
        (&Method::GET, []) => cluster::get(world),
        (&Method::PUT, []) => put_cluster::put(world, call),
        (&Method::GET, ["upgradeprofiles", "default"]) => offers::of_cluster(world),
        (&Method::GET, ["availableagentpoolversions"]) => offers::for_new_pools(world),
        (&Method::GET, ["maintenanceconfigurations"]) => cluster::maintenance(world),
        (&Method::POST, ["abort"]) => operation::abort_cluster(world, call),
        (&Method::GET, ["agentpools"]) => pool::list(world, call),
        (_, ["agentpools", name, rest @ ..]) => in_pool(world, call, name, rest),
        (_, [] | ["upgradeprofiles", _] | ["maintenanceconfigurations"] | ["abort"] | ["agentpools"]) => {
            Err(Refusal::method())
        }
        _ => Err(nothing_there()),
    }
}

fn in_pool(world: &mut World, call: &Call<'_>, name: &str, words: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), words) {
        (&Method::GET, []) => pool::get(world, name),
        (&Method::PUT, []) => put_pool::put(world, call, name),
        (&Method::DELETE, []) => pool::delete(world, call, name),
        (&Method::GET, ["upgradeprofiles", "default"]) => offers::of_pool(world, name),
        (&Method::POST, ["upgradenodeimageversion"]) => put_pool::newest_image(world, call, name),
        (&Method::POST, ["abort"]) => operation::abort_pool(world, call, name),
        (_, [] | ["upgradeprofiles", _] | ["upgradenodeimageversion"] | ["abort"]) => Err(Refusal::method()),
        _ => Err(nothing_there()),
    }
}

/// Refuses versions of the provider's API that would expect another form.
fn of_provider(call: &Call<'_>) -> Result<(), Refusal> {
    let version = call.parameter("api-version").unwrap_or_default();
    if version >= OLDEST_API {
        return Ok(());
    }
    let message = format!(
        "No registered resource provider found for the API version '{version}' for type 'managedClusters'. The supported \
         api-versions are '2026-06-01'."
    );
    Err(Refusal::of_azure(StatusCode::BAD_REQUEST, "NoRegisteredProviderFound", message))
}

fn nothing_there() -> Refusal {
    Refusal::of_azure(StatusCode::NOT_FOUND, "InvalidResourceType", "The resource type could not be found.")
}
