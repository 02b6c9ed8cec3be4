//! The one place that names providers and wires the ports of a run.

use std::path::Path;
use std::sync::Arc;

use upgrade_cluster::{Cluster, ClusterLock, needed_to_run};
use upgrade_core::ids::RunId;
use upgrade_core::plan::{Plan, ProviderKind};
use upgrade_engine::{ComposedObserver, Ports};
use upgrade_provider::{Backend, Hosts};
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_ssh::{HostsFile, SshClient};

use crate::commands::Look;
use crate::exit::Exit;
use crate::failure::Failure;

/// The way to the hosts of one kind of cluster.
pub(crate) struct HostSide {
    /// Looks at them.
    pub(crate) hosts: Arc<dyn Hosts>,
    /// Acts on them.
    pub(crate) backend: Arc<dyn Backend>,
}

/// The way to the hosts; none where the provider has no hosts of its own to ask.
pub(crate) fn hosts(provider: ProviderKind, file: Option<&Path>) -> Result<Option<HostSide>, Failure> {
    match provider {
        ProviderKind::Kubeadm => kubeadm(file).map(Some),
        ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks | ProviderKind::Manual => Ok(None),
    }
}

fn kubeadm(file: Option<&Path>) -> Result<HostSide, Failure> {
    let file = file.map(hosts_file).transpose()?.unwrap_or_default();
    let kubeadm = Arc::new(Kubeadm::new(Arc::new(SshClient::new()), file));
    Ok(HostSide { hosts: kubeadm.clone(), backend: kubeadm })
}

fn hosts_file(path: &Path) -> Result<HostsFile, Failure> {
    let name = path.display().to_string();
    let failed = || format!("failed to read the hosts file {name}");
    let text = std::fs::read_to_string(path).map_err(|error| Failure::because(Exit::Usage, failed(), error))?;
    HostsFile::parse(&name, &text).map_err(|error| Failure::because(Exit::Usage, failed(), error))
}

/// The ports of a run.
pub(crate) fn ports(look: &Look, plan: &Plan, run: &RunId, holder: &str) -> Result<Ports, Failure> {
    let Some(side) = &look.hosts else {
        return Err(Failure::new(Exit::Failed, format!("no backend for {} clusters in this version", plan.provider)));
    };
    let cluster = Arc::clone(&look.cluster);
    Ok(Ports {
        observer: Arc::new(ComposedObserver::new(cluster.clone(), Arc::clone(&side.hosts))),
        cluster,
        provider: Arc::clone(&side.backend),
        lock: Arc::new(ClusterLock::new(&look.cluster, holder, run.clone())),
    })
}

/// The rights a run needs and the user lacks, in words that continue "you may not".
pub(crate) async fn missing_rights(cluster: &Cluster) -> Result<Vec<String>, Failure> {
    let missing = cluster.missing_rights(&needed_to_run()).await?;
    Ok(missing.iter().map(ToString::to_string).collect())
}
