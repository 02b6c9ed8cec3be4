//! Finds the cluster that a kubeconfig speaks of among those the caller may see.

use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use upgrade_core::inventory::CloudNames;
use upgrade_provider::{ErrorKind, GivenNames, PortError};

use crate::arm::{API, Arm, SUBSCRIPTIONS_API};
use crate::names::{ApiHost, ClusterId};
use crate::wire::ManagedCluster;

/// How many subscriptions are searched side by side.
const AT_ONCE: usize = 8;

/// What to do where no cluster, or another one, is found.
pub(crate) const NAME_IT: &str =
    "list them: az aks list --output table; then name it: --cloud-account, --cloud-group, --cloud-cluster";

/// What is known of the cluster that is meant.
pub(crate) struct Meant {
    /// The address of its API server, as the kubeconfig has it.
    pub(crate) server: String,
    /// What the person said.
    pub(crate) given: GivenNames,
    /// Whether the cloud is a simulated one, which has no cluster but this.
    pub(crate) simulated: bool,
}

/// Finds it among those the caller may see. When the given names name it in full, they are taken at their word.
pub(crate) async fn search(arm: &Arm, meant: &Meant) -> Result<ClusterId, PortError> {
    let given = &meant.given;
    if let GivenNames { account: Some(subscription), group: Some(group), cluster: Some(cluster), .. } = given {
        return Ok(ClusterId {
            subscription: subscription.clone(),
            resource_group: group.clone(),
            cluster: cluster.clone(),
        });
    }
    let host = ApiHost::of_server(&meant.server);
    let subscriptions = subscriptions(arm, given).await?;
    let asked: Vec<_> = subscriptions.iter().map(|subscription| clusters(arm, subscription, given)).collect();
    let found: Vec<Searched> = futures::stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let mut fitting = Vec::new();
    for cluster in found.iter().flat_map(|searched| &searched.clusters) {
        if fits(cluster, host.as_ref(), meant) {
            fitting.extend(ClusterId::parse(&cluster.id));
        }
    }
    let hidden = found.iter().filter(|searched| searched.hidden).count();
    the_one(fitting, &meant.server, &Seen { subscriptions: subscriptions.len(), hidden })
}

/// What a search covered, for the words of its failure.
struct Seen {
    subscriptions: usize,
    hidden: usize,
}

struct Searched {
    clusters: Vec<ManagedCluster>,
    /// Whether the caller may not look there.
    hidden: bool,
}

/// A region that was named is the cluster's, or another cluster was meant.
///
/// # Errors
/// When it is another.
pub(crate) fn in_region(found: &CloudNames, given: &GivenNames) -> Result<(), PortError> {
    match given.region.as_ref().filter(|region| !region.eq_ignore_ascii_case(&found.region)) {
        None => Ok(()),
        Some(region) => {
            let message = format!("expected cluster {} in {region}, found it in {}", found.cluster, found.region);
            Err(PortError::new(ErrorKind::NotFound, message).hint(NAME_IT))
        }
    }
}

async fn subscriptions(arm: &Arm, given: &GivenNames) -> Result<Vec<String>, PortError> {
    if let Some(subscription) = &given.account {
        return Ok(vec![subscription.clone()]);
    }
    let listed = arm.list("list the subscriptions", "/subscriptions", SUBSCRIPTIONS_API).await?;
    let id = |value: &Value| value.get("subscriptionId").and_then(Value::as_str).map(str::to_owned);
    Ok(listed.iter().filter_map(id).collect())
}

async fn clusters(arm: &Arm, subscription: &str, given: &GivenNames) -> Result<Searched, PortError> {
    let group = given.group.as_ref().map(|group| format!("/resourceGroups/{group}")).unwrap_or_default();
    let path = format!("/subscriptions/{subscription}{group}/providers/Microsoft.ContainerService/managedClusters");
    let listed = match arm.list(&format!("list the clusters of subscription {subscription}"), &path, API).await {
        Ok(listed) => listed,
        // One among many that may not be looked into is no reason to give up; the only one is.
        Err(error) if error.kind == ErrorKind::Forbidden && given.account.is_none() => {
            return Ok(Searched { clusters: Vec::new(), hidden: true });
        }
        Err(error) => return Err(error),
    };
    let clusters = listed.iter().map(ManagedCluster::read).collect::<Result<_, _>>()?;
    Ok(Searched { clusters, hidden: false })
}

/// The name of the API server decides where AKS gave it out; through a proxy or a tunnel, only the given names can.
fn fits(cluster: &ManagedCluster, host: Option<&ApiHost>, meant: &Meant) -> bool {
    let given = &meant.given;
    let named = given.cluster.as_ref().is_none_or(|name| cluster.name.eq_ignore_ascii_case(name));
    let unnamed = given.cluster.is_some() || meant.simulated;
    let answers = host.map_or(unnamed, |host| cluster.answers_to(&host.fqdn));
    let there = given.region.as_ref().is_none_or(|region| cluster.location.eq_ignore_ascii_case(region));
    named && answers && there
}

fn the_one(mut fitting: Vec<ClusterId>, server: &str, seen: &Seen) -> Result<ClusterId, PortError> {
    fitting.sort();
    fitting.dedup();
    match (fitting.pop(), fitting.as_slice()) {
        (Some(cluster), []) => Ok(cluster),
        (Some(last), others) => {
            let names: Vec<String> = others.iter().chain([&last]).map(ToString::to_string).collect();
            let message = format!("expected one AKS cluster behind {server}, found {}", names.join("; "));
            Err(PortError::new(ErrorKind::Refused, message).hint(NAME_IT))
        }
        (None, _) => {
            let hidden = match seen.hidden {
                0 => String::new(),
                hidden => format!(", {hidden} of which may not be looked into"),
            };
            let message = format!(
                "expected an AKS cluster behind {server}, found none in {} subscriptions{hidden}",
                seen.subscriptions
            );
            Err(PortError::new(ErrorKind::NotFound, message).hint(NAME_IT))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cluster(name: &str, fqdn: &str) -> ManagedCluster {
        ManagedCluster::read(&json!({"id": "/x", "name": name, "location": "l", "properties": {"fqdn": fqdn}})).unwrap()
    }

    #[test]
    fn the_api_servers_name_decides_and_a_wrong_override_does_not_win() {
        let host = ApiHost::of_server("https://shop.hcp.westeurope.azmk8s.io").unwrap();
        let shop = cluster("shop", "shop.hcp.westeurope.azmk8s.io");
        let meant = |cluster: Option<&str>, simulated| Meant {
            server: String::new(),
            given: GivenNames { cluster: cluster.map(str::to_owned), ..GivenNames::default() },
            simulated,
        };
        let other = meant(Some("other"), false);
        assert!(fits(&shop, Some(&host), &meant(None, false)));
        assert!(!fits(&shop, Some(&host), &other));
        assert!(!fits(&cluster("other", "o.hcp.westeurope.azmk8s.io"), Some(&host), &other));
        assert!(!fits(&shop, None, &meant(None, false)), "a tunnel tells nothing");
        assert!(fits(&shop, None, &meant(Some("Shop"), false)));
        assert!(fits(&shop, None, &meant(None, true)), "the only one there is");
    }

    #[test]
    fn none_and_several_are_told_apart() {
        let seen = Seen { subscriptions: 3, hidden: 1 };
        let error = the_one(Vec::new(), "https://s", &seen).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert!(error.message.ends_with("3 subscriptions, 1 of which may not be looked into"), "{error}");
        let id = |name: &str| ClusterId {
            subscription: "s".to_owned(),
            resource_group: "g".to_owned(),
            cluster: name.to_owned(),
        };
        assert_eq!(the_one(vec![id("a"), id("a")], "https://s", &seen).unwrap(), id("a"));
        let error = the_one(vec![id("b"), id("a")], "https://s", &seen).unwrap_err();
        assert!(error.message.contains("a of resource group g in subscription s; b of"), "{error}");
    }
}
