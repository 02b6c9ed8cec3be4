//! The little of Azure around the cluster: what a login of `az` asks for, and who one is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::refusal::Refusal;
use crate::clouds::{self, Place};
use crate::digest;
use crate::world::World;

/// How long a token of the simulated identity lasts, in seconds: its caller's clock may be years ahead of the story's.
const TOKEN_LASTS: i64 = 10 * 365 * 86_400;

/// Where everything is: here.
pub(super) fn endpoints(call: &Call<'_>) -> Reply {
    let base = call.base();
    Reply::ok(json!({
        "name": "Sandbox",
        "resourceManager": base,
        "authentication": {"loginEndpoint": base, "audiences": [base], "tenant": "common", "identityProvider": "AAD"},
        "portal": base, "graph": base, "graphAudience": base, "microsoftGraphResourceId": base,
        "media": base, "batch": base, "gallery": base, "sqlManagement": base, "vmImageAliasDoc": base,
        "activeDirectoryDataLake": base,
        "suffixes": {"storage": "core.sandbox", "keyVaultDns": "vault.sandbox", "acrLoginServer": "azurecr.sandbox"},
    }))
}

/// A token of the managed identity: unsigned, as nobody checks it. Whoever asks must have the header that the environment
/// of a real one hands out.
pub(super) fn token(world: &World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let place = &clouds::of(world)?.place;
    if call.header("x-identity-header").or(call.header("metadata")).is_none() {
        return Err(Refusal::bad("invalid_request", "Required identity header not specified"));
    }
    let until = world.now().as_second() + TOKEN_LASTS;
    let resource = call.parameter("resource").unwrap_or_default();
    let tenant = tenant(place);
    let claims = json!({
        "aud": resource, "iss": format!("{}/{tenant}/", call.base()), "tid": tenant, "exp": until,
        "iat": world.now().as_second(), "oid": digest::uuid("identity"), "sub": digest::uuid("identity"),
        "xms_mirid": format!(
            "/subscriptions/{}/resourcegroups/{}/providers/Microsoft.Compute/virtualMachines/operator",
            place.account, place.group
        ),
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let token =
        format!("{}.{}.{}", part(&json!({"alg": "none", "typ": "JWT"})), part(&claims), URL_SAFE_NO_PAD.encode("-"));
    Ok(Reply::ok(json!({
        "access_token": token, "expires_on": until.to_string(), "expires_in": TOKEN_LASTS.to_string(),
        "resource": resource, "token_type": "Bearer", "client_id": digest::uuid("client"),
    })))
}

pub(super) fn subscriptions(place: &Place) -> Reply {
    Reply::list(vec![subscription(place)], None)
}

pub(super) fn subscription(place: &Place) -> Value {
    json!({
        "id": format!("/subscriptions/{}", place.account),
        "subscriptionId": place.account, "tenantId": tenant(place), "displayName": "Sandbox", "state": "Enabled",
        "authorizationSource": "RoleBased", "managedByTenants": [],
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01"},
    })
}

pub(super) fn tenants(place: &Place) -> Reply {
    let tenant = tenant(place);
    Reply::list(vec![json!({"id": format!("/tenants/{tenant}"), "tenantId": tenant, "displayName": "Sandbox"})], None)
}

pub(super) fn locations(place: &Place) -> Reply {
    let id = format!("/subscriptions/{}/locations/{}", place.account, place.region);
    Reply::list(vec![json!({"id": id, "name": place.region, "displayName": place.region})], None)
}

pub(super) fn groups(place: &Place) -> Reply {
    Reply::list(vec![group(place)], None)
}

pub(super) fn group(place: &Place) -> Value {
    json!({
        "id": format!("/subscriptions/{}/resourceGroups/{}", place.account, place.group),
        "name": place.group, "type": "Microsoft.Resources/resourceGroups", "location": place.region,
        "properties": {"provisioningState": "Succeeded"},
    })
}

fn tenant(place: &Place) -> String {
    digest::uuid(&format!("tenant of {}", place.account))
}
