//! Judges what was observed against the skew policy and the support calendar, for the component table.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use upgrade_core::component::Component;
use upgrade_core::detect::Detection;
use upgrade_core::facts::Facts;
use upgrade_core::inventory::{Host, Instance, Inventory, Place, VersionSource};
use upgrade_core::skew::{ApiServers, Picture, SkewIssue, allowed, judge};
use upgrade_core::support;
use upgrade_core::version::Version;

use crate::report::standing::{ComponentRow, Judgement, Standing, Supported};

/// The day of a time, as support windows count them.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Where the cluster stands, with the kubectl beside the plugin.
pub(crate) fn standing(
    inventory: &Inventory,
    detection: &Detection,
    kubectl: Option<&Version>,
    facts: &Facts,
) -> Standing {
    let today = day(inventory.observed_at);
    let mut instances = inventory.components.clone();
    instances.extend(kubectl.filter(|_| inventory.instances(Component::Kubectl).next().is_none()).map(local));
    Standing {
        cluster: inventory.cluster.clone(),
        kind: detection.kind.to_string(),
        evidence: detection.marks.iter().map(ToString::to_string).collect(),
        control_plane_nodes: inventory.control_plane().len() + servers_beside_nodes(inventory),
        worker_nodes: inventory.workers().len(),
        running: inventory.oldest_api_server().map(|version| supported(version, today, facts)),
        components: rows(&instances, today, facts),
        cloud: inventory.cloud.clone(),
        gaps: inventory.gaps.clone(),
    }
}

/// Hosts of the control plane that are no nodes of it, as on clusters built by hand.
fn servers_beside_nodes(inventory: &Inventory) -> usize {
    let serves = |host: &Host| host.components.iter().any(|part| part.component == Component::ApiServer);
    let beside = |name| inventory.node(name).is_none();
    inventory.hosts.iter().filter(|(name, host)| beside(name) && serves(host)).count()
}

/// A version with the support of its minor.
pub(crate) fn supported(version: &Version, today: Date, facts: &Facts) -> Supported {
    Supported { version: version.clone(), support: support::status(version.minor(), today, facts) }
}

fn local(version: &Version) -> Instance {
    Instance {
        component: Component::Kubectl,
        place: Place::Here,
        version: version.clone(),
        source: VersionSource::LocalProgram,
        detail: None,
    }
}

/// One row for each component at each version; places with a verdict of their own get their own row.
fn rows(instances: &[Instance], today: Date, facts: &Facts) -> Vec<ComponentRow> {
    let picture = Picture::of(instances);
    let servers = picture.api_servers();
    let found = judge(&picture);
    let mut issues: BTreeMap<(Component, &str), &SkewIssue> = BTreeMap::new();
    for issue in &found {
        issues.entry((issue.component, issue.at.as_str())).or_insert(issue);
    }
    let mut rows: Vec<ComponentRow> = Vec::new();
    for instance in instances {
        let row = row(instance, servers, &issues, today, facts);
        let same = |known: &&mut ComponentRow| {
            (known.component, &known.version, &known.verdict) == (row.component, &row.version, &row.verdict)
        };
        match rows.iter_mut().find(same) {
            Some(known) => known.places.push(instance.place.clone()),
            None => rows.push(row),
        }
    }
    rows
}

fn row(
    instance: &Instance,
    servers: Option<ApiServers>,
    issues: &BTreeMap<(Component, &str), &SkewIssue>,
    today: Date,
    facts: &Facts,
) -> ComponentRow {
    let (component, place) = (instance.component, instance.place.to_string());
    let range = servers.and_then(|servers| allowed(component, servers));
    let issue = issues.get(&(component, place.as_str()));
    let verdict = match (issue, range) {
        (Some(issue), _) => Judgement::Outside(outside(issue)),
        (None, Some(_)) => Judgement::Ok,
        (None, None) if servers.is_none() && released_with_kubernetes(component) => {
            Judgement::Unknown("no API server's version was seen".to_owned())
        }
        (None, None) => Judgement::NotJudged,
    };
    ComponentRow {
        component,
        places: vec![instance.place.clone()],
        version: instance.version.clone(),
        allowed: range.map(|range| range.to_string()),
        verdict,
        support: released_with_kubernetes(component).then(|| support::status(instance.version.minor(), today, facts)),
    }
}

/// `2 minors older than kube-apiserver 1.34; at most 1 is allowed`, without what the row says already.
fn outside(issue: &SkewIssue) -> String {
    let text = issue.to_string();
    let said = format!("{} {} on {} is ", issue.component, issue.found, issue.at);
    text.strip_prefix(&said).map_or(text.clone(), str::to_owned)
}

/// Whether its versions are Kubernetes versions.
const fn released_with_kubernetes(component: Component) -> bool {
    match component {
        Component::ApiServer
        | Component::ControllerManager
        | Component::Scheduler
        | Component::Kubelet
        | Component::KubeProxy
        | Component::Kubeadm
        | Component::Kubectl => true,
        Component::CloudControllerManager | Component::Etcd | Component::CoreDns | Component::ContainerRuntime => false,
    }
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::NodeName;

    use super::*;

    fn instance(component: Component, node: &str, minor: u16) -> Instance {
        Instance {
            component,
            place: Place::Node(NodeName::new(node)),
            version: Version::new(1, minor, 0),
            source: VersionSource::NodeInfo,
            detail: None,
        }
    }

    fn judged(instances: &[Instance]) -> Vec<ComponentRow> {
        rows(instances, jiff::civil::date(2026, 11, 22), &Facts::embedded())
    }

    #[test]
    fn places_at_one_version_share_a_row() {
        let rows = judged(&[
            instance(Component::ApiServer, "cp-1", 34),
            instance(Component::Kubelet, "w-1", 34),
            instance(Component::Kubelet, "w-2", 34),
            instance(Component::Kubelet, "w-3", 30),
        ]);
        let kubelets: Vec<_> = rows.iter().filter(|row| row.component == Component::Kubelet).collect();
        assert_eq!(kubelets.iter().map(|row| row.places.len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(kubelets[0].verdict, Judgement::Ok);
        assert_eq!(
            kubelets[1].verdict,
            Judgement::Outside("4 minors older than kube-apiserver 1.34; at most 3 are allowed".to_owned())
        );
    }

    #[test]
    fn without_an_api_server_nothing_is_called_ok() {
        let rows = judged(&[instance(Component::Kubelet, "w-1", 34), instance(Component::Etcd, "cp-1", 3)]);
        assert!(matches!(rows[0].verdict, Judgement::Unknown(_)));
        assert_eq!(rows[1].verdict, Judgement::NotJudged);
    }
}
