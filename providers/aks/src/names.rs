//! From the kubeconfig to Azure's own names.

use std::fmt;

/// The API server's name as AKS gives it out. It tells the region, but neither subscription nor resource group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiHost {
    /// The whole name, in lower case: the `fqdn` or `privateFQDN` of the cluster.
    pub(crate) fqdn: String,
    /// The region: `westeurope`.
    pub(crate) region: String,
}

impl ApiHost {
    /// Reads the server of a kubeconfig: `https://shop-1a2b.hcp.westeurope.azmk8s.io:443`, or the private form
    /// `shop-1a2b.<guid>.privatelink.westeurope.azmk8s.io`. None when it is not a name that AKS gives out.
    pub(crate) fn of_server(server: &str) -> Option<Self> {
        let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        let host = host.split_once(':').map_or(host, |(host, _)| host).to_ascii_lowercase();
        let inner = host.strip_suffix(".azmk8s.io")?;
        let (before, region) = inner.rsplit_once('.')?;
        let valid = !region.is_empty() && !before.is_empty();
        valid.then(|| Self { region: region.to_owned(), fqdn: host.clone() })
    }
}

/// Where a cluster is in Azure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClusterId {
    /// The subscription's id.
    pub(crate) subscription: String,
    /// The resource group.
    pub(crate) resource_group: String,
    /// The cluster's name.
    pub(crate) cluster: String,
}

impl ClusterId {
    /// Reads a resource's id, whose fixed words are of any case.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let words: Vec<&str> = id.trim_matches('/').split('/').collect();
        let [k1, subscription, k2, group, k3, namespace, k4, cluster, ..] = words.as_slice() else { return None };
        let fixed = [
            (k1, "subscriptions"),
            (k2, "resourcegroups"),
            (k3, "providers"),
            (namespace, "microsoft.containerservice"),
            (k4, "managedclusters"),
        ];
        let known = fixed.iter().all(|(found, expected)| found.eq_ignore_ascii_case(expected));
        known.then(|| Self {
            subscription: (*subscription).to_owned(),
            resource_group: (*group).to_owned(),
            cluster: (*cluster).to_owned(),
        })
    }

    /// The cluster's path below the endpoint.
    pub(crate) fn path(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerService/managedClusters/{}",
            self.subscription, self.resource_group, self.cluster
        )
    }

    /// The path of one of its agent pools.
    pub(crate) fn pool(&self, name: &str) -> String {
        format!("{}/agentPools/{name}", self.path())
    }
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of resource group {} in subscription {}", self.cluster, self.resource_group, self.subscription)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_tells_name_and_region() {
        let host = ApiHost::of_server("https://shop-1A2b.hcp.westeurope.azmk8s.io:443").unwrap();
        assert_eq!(host.fqdn, "shop-1a2b.hcp.westeurope.azmk8s.io");
        assert_eq!(host.region, "westeurope");
        let private = ApiHost::of_server("https://shop-1a2b.6f1c.privatelink.eastus2.azmk8s.io:443/").unwrap();
        assert_eq!(private.region, "eastus2");
    }

    #[test]
    fn servers_of_others_are_no_names_of_aks() {
        for server in [
            "https://10.0.0.1:6443",
            "https://x.gr7.eu-west-1.eks.amazonaws.com",
            "https://azmk8s.io",
            "",
            ".azmk8s.io",
        ] {
            assert_eq!(ApiHost::of_server(server), None, "{server}");
        }
    }

    #[test]
    fn an_id_is_read_in_any_case_and_written_in_one() {
        let id = "/subscriptions/0b1f/resourcegroups/Shop/providers/Microsoft.ContainerService/managedClusters/prod";
        let cluster = ClusterId::parse(id).unwrap();
        assert_eq!(cluster.resource_group, "Shop");
        assert_eq!(cluster.path(), id.replace("resourcegroups", "resourceGroups"));
        assert_eq!(ClusterId::parse("/subscriptions/0b1f/resourceGroups/shop"), None);
        assert_eq!(ClusterId::parse(&id.replace("ContainerService", "Compute")), None);
    }
}
