//! What a caller has a right to do: all, but what the cluster's `denied` names.

use http::{Method, StatusCode};

use super::refusal::Refusal;
use crate::clouds::{self, CloudWorld};
use crate::world::World;

/// Lets a request for a part of the cluster pass, or not.
///
/// # Errors
/// When the right that it takes is denied.
pub(super) fn check(world: &World, method: &Method, words: &[&str]) -> Result<(), Refusal> {
    let cloud = clouds::of(world)?;
    let right = right(method, words);
    match is_denied(cloud, &right) {
        false => Ok(()),
        true => Err(Refusal::of_azure(StatusCode::FORBIDDEN, "AuthorizationFailed", refused(cloud, &right))),
    }
}

/// The right as roles name it: `Microsoft.ContainerService/managedClusters/agentPools/write`.
fn right(method: &Method, words: &[&str]) -> String {
    let named = |word: &&str| match *word {
        "agentpools" => Some("/agentPools"),
        "upgradeprofiles" => Some("/upgradeProfiles"),
        "maintenanceconfigurations" => Some("/maintenanceConfigurations"),
        "abort" => Some("/abort"),
        "upgradenodeimageversion" => Some("/upgradeNodeImageVersion"),
        _ => None,
    };
    let parts: String = words.iter().filter_map(named).collect();
    let verb = match *method {
        Method::GET => "read",
        Method::DELETE => "delete",
        Method::POST => "action",
        _ => "write",
    };
    format!("Microsoft.ContainerService/managedClusters{parts}/{verb}")
}

fn is_denied(cloud: &CloudWorld, right: &str) -> bool {
    let denied = cloud.now().extra.get("denied").and_then(serde_json::Value::as_array);
    denied.is_some_and(|all| all.iter().any(|one| one == right))
}

fn refused(cloud: &CloudWorld, right: &str) -> String {
    format!(
        "The client 'sandbox' with object id 'sandbox' does not have authorization to perform action '{right}' over scope \
         '{}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
        super::cluster::id(&cloud.place)
    )
}
