//! The one place that names providers and wires the ports of a run.

use std::path::Path;
use std::sync::Arc;

use upgrade_cluster::{Cluster, ClusterLock, needed_to_run};
use upgrade_core::components::{Components, discover};
use upgrade_core::ids::{NodeName, RunId};
use upgrade_core::inventory::{Inventory, Node};
use upgrade_core::plan::{Plan, ProviderKind};
use upgrade_engine::{ComposedObserver, Ports};
use upgrade_provider::Provider;
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_provider_manual::Manual;
use upgrade_rehearsal::{Stage, Stagehand, Understudy};
use upgrade_ssh::HostsFile;

use crate::clouds;
use crate::commands::{AtKeyboard, Look, Way};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::Terminal;
use crate::settings::Reach;

/// The provider of that kind, with its way to hosts or cloud; none where this build has none.
pub(crate) async fn provider(
    kind: ProviderKind,
    way: &Way,
    reach: &Reach,
    nodes: &[Node],
    terminal: Terminal,
) -> Result<Option<Provider>, Failure> {
    match kind {
        ProviderKind::Kubeadm => kubeadm(way, reach.hosts.as_deref(), nodes).map(Some),
        ProviderKind::Manual => manual(way, reach, terminal).map(Some),
        ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks => {
            Ok(clouds::provider(kind, way, reach.cloud.given()).await?)
        }
    }
}

/// Hosts of a hand-built cluster need not be Nodes: the hosts file may name others.
fn manual(way: &Way, reach: &Reach, terminal: Terminal) -> Result<Provider, Failure> {
    let file = reach.hosts.as_deref().map(read_hosts_file).transpose()?.unwrap_or_default();
    let manual = Manual::new(Arc::clone(&way.transport), file, components(way, reach)?).in_time_of(way.time.clone());
    // Whoever watches a cluster simulated in this process has no hand in it.
    let manual = match way.stage {
        Some(_) => manual,
        None => manual.hearing(Arc::new(AtKeyboard::new(terminal, reach.wait_file.clone()))),
    };
    Ok(Provider::on_hosts(Arc::new(manual)))
}

/// The components file: the one that is given, or else that of a sandbox.
pub(crate) fn components(way: &Way, reach: &Reach) -> Result<Option<Components>, Failure> {
    let (name, text) = match (&reach.components, &way.components) {
        (Some(path), _) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path);
            let failed = format!("failed to read the components file {name}");
            (name, text.map_err(|error| Failure::because(Exit::Usage, failed, error))?)
        }
        (None, Some(text)) => ("of the sandbox".to_owned(), text.clone()),
        (None, None) => return Ok(None),
    };
    upgrade_provider_manual::parse(&name, &text).map(Some).map_err(|error| {
        let hint = error.hint();
        Failure::new(Exit::Usage, error).hint(hint)
    })
}

fn kubeadm(way: &Way, file: Option<&Path>, nodes: &[Node]) -> Result<Provider, Failure> {
    let file = file.map(|path| hosts_file(path, nodes)).transpose()?.unwrap_or_default();
    let kubeadm = Kubeadm::new(Arc::clone(&way.transport), file).in_time_of(way.time.clone());
    Ok(Provider::on_hosts(Arc::new(kubeadm)))
}

/// Makes the provider that works on a copy.
pub(crate) type OnStage = Box<dyn Fn(&Stage) -> Provider + Send + Sync>;

/// How to make the provider for copies of a cluster of that kind, of which that was seen.
pub(crate) fn on_stage(provider: ProviderKind, seen: &Inventory) -> Result<OnStage, Failure> {
    match (provider, seen.cloud.clone()) {
        (ProviderKind::Kubeadm, _) => Ok(Box::new(kubeadm_on_stage)),
        (ProviderKind::Manual, _) => {
            let components = discover(seen);
            Ok(Box::new(move |stage| manual_on_stage(stage, components.clone())))
        }
        (ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks, Some(cloud)) => Ok(Box::new(move |stage| {
            Provider::through_cloud(Arc::new(Understudy::on(stage.twin.clone(), cloud.clone())))
        })),
        (ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks, None) => {
            let message = format!("{provider} clusters cannot be rehearsed in this version");
            Err(Failure::new(Exit::Failed, message).hint("look at its plan: kubectl upgrade plan"))
        }
    }
}

fn kubeadm_on_stage(stage: &Stage) -> Provider {
    let transport = Arc::clone(&stage.transport);
    Provider::on_hosts(Arc::new(Kubeadm::new(transport, HostsFile::default()).in_time_of(stage.time())))
}

/// Hosts are where they are in the copy, and what is left to a person is done there by itself.
fn manual_on_stage(stage: &Stage, mut components: Components) -> Provider {
    for host in &mut components.hosts {
        host.address = stage.address(&host.name);
    }
    let manual = Manual::new(Arc::clone(&stage.transport), HostsFile::default(), Some(components));
    let person = Arc::new(Stagehand::on(stage.twin.clone()));
    Provider::on_hosts(Arc::new(manual.in_time_of(stage.time()).hearing(person)))
}

pub(crate) fn no_backend(provider: ProviderKind) -> Failure {
    Failure::new(Exit::Failed, format!("no backend for {provider} clusters in this version"))
}

/// A hosts file in one line, valid as it stands.
const HOSTS_FORM: &str =
    "its form: {apiVersion: kubectl-upgrade/v1, kind: Hosts, hosts: [{node: w-1, address: 192.0.2.21, user: admin}]}";

/// A node that the cluster does not have is refused: were its name a typo, the host meant would be reached some other way.
fn hosts_file(path: &Path, nodes: &[Node]) -> Result<HostsFile, Failure> {
    let file = read_hosts_file(path)?;
    let unknown: Vec<&str> =
        file.nodes().filter(|named| nodes.iter().all(|node| node.name != **named)).map(NodeName::as_str).collect();
    // No nodes at all: they could not be seen, and that is said elsewhere.
    if unknown.is_empty() || nodes.is_empty() {
        return Ok(file);
    }
    let (name, unknown) = (path.display(), unknown.join(", "));
    let message = format!("expected nodes of this cluster in the hosts file {name}, found {unknown}");
    Err(Failure::new(Exit::Usage, message).hint("list its nodes: kubectl get nodes"))
}

fn read_hosts_file(path: &Path) -> Result<HostsFile, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::because(Exit::Usage, format!("failed to read the hosts file {name}"), error))?;
    HostsFile::parse(&name, &text).map_err(|error| Failure::new(Exit::Usage, error).hint(HOSTS_FORM))
}

/// The ports of a run.
pub(crate) fn ports(look: &Look, plan: &Plan, run: &RunId, holder: &str) -> Result<Ports, Failure> {
    let Some(provider) = &look.provider else {
        return Err(no_backend(plan.provider));
    };
    let cluster = Arc::clone(&look.way.cluster);
    Ok(Ports {
        observer: Arc::new(ComposedObserver::new(cluster.clone(), provider.clone())),
        cluster,
        provider: Arc::clone(&provider.backend),
        lock: Arc::new(ClusterLock::new(&look.way.cluster, holder, run.clone())),
    })
}

/// The rights a run needs and the user lacks, in words that continue "you may not".
pub(crate) async fn missing_rights(cluster: &Cluster, plan: &Plan) -> Result<Vec<String>, Failure> {
    let missing = cluster.missing_rights(&needed_to_run(plan.steps())).await?;
    Ok(missing.iter().map(ToString::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_is_shown_is_valid() {
        let form = HOSTS_FORM.strip_prefix("its form: ").unwrap();
        let file = HostsFile::parse("form", form).unwrap();
        assert_eq!(file.nodes().map(NodeName::as_str).collect::<Vec<_>>(), ["w-1"]);
    }
}
