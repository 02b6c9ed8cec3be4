//! Why there is no plan.

use crate::component::Component;
use crate::ids::{NodeName, PoolName};
use crate::lint::Broken;
use crate::path::PathError;
use crate::plan::ProviderKind;
use crate::version::{Minor, Version};

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No API server's version was seen.
    #[error("no API server's version could be seen")]
    NoApiServer,
    /// No control-plane node was seen, so there is no host to begin with.
    #[error("expected nodes of the control plane, found none")]
    NoControlPlane,
    /// kubeadm can only upgrade what it made.
    #[error(
        "expected kubeadm's record, ConfigMap kube-system/kubeadm-config, found none: kubeadm did not make this cluster"
    )]
    NotMadeByKubeadm,
    /// The target cannot be reached.
    #[error("there is no path to the target")]
    Path(#[source] PathError),
    /// The cluster is where it should be.
    #[error("nothing to do: every component is at {at}")]
    NothingToDo {
        /// Where it is.
        at: Version,
    },
    /// What the cloud says of the cluster is not known.
    #[error("failed to see the cluster as its cloud does: {why}")]
    CloudUnknown {
        /// Why.
        why: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The cloud does not offer what was asked for, or what lies on the way there.
    #[error("{cloud} does not offer that to this cluster")]
    CloudDoesNotOffer {
        /// Which cloud.
        cloud: ProviderKind,
        /// The newest it offers of each minor ahead.
        offers: Vec<Version>,
        /// Where the cloud takes a cluster in one leap that is outside of what it supports.
        recovery: Option<Version>,
        /// What is not offered.
        #[source]
        error: Box<PathError>,
    },
    /// New pools were asked for where there are none.
    #[error("a cluster of {provider} has no node pools that new ones could take the place of")]
    NoPools {
        /// Who carries the plan out.
        provider: ProviderKind,
    },
    /// Parts of a cluster were named that goes back into support only whole.
    #[error(
        "AKS takes a cluster back into support whole, with all of its pools in place; {setting} cannot go with that"
    )]
    WholeClusterOnly {
        /// What was asked for, as the flag is called.
        setting: &'static str,
    },
    /// Something was to be set that a cloud does not have.
    #[error("{provider} has no setting for {setting}")]
    NoSuchSetting {
        /// Which cloud.
        provider: ProviderKind,
        /// What was asked for, as the flag is called.
        setting: &'static str,
    },
    /// A version was given for a launch template that a pool does not have.
    #[error("pool {pool} has no launch template of which a version could be given")]
    NoLaunchTemplate {
        /// Which.
        pool: PoolName,
    },
    /// A pool was named that is not there.
    #[error("expected the name of a pool of this cluster, found {name}; there are {}", known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    UnknownPool {
        /// The name given.
        name: PoolName,
        /// The pools there are.
        known: Vec<PoolName>,
    },
    /// A pool is newer than the version moved to.
    #[error("pool {pool} is newer than the target {target}")]
    PoolTooNew {
        /// Which.
        pool: PoolName,
        /// The target.
        target: Version,
    },
    /// A pool left alone is too old for a hop.
    #[error("pool {pool}, which is not among those chosen, is too old for the hop to {hop}")]
    PoolTooOld {
        /// Which.
        pool: PoolName,
        /// Where the hop ends.
        hop: Version,
    },
    /// A kubelet is newer than the version moved to.
    #[error("kubelet {found} on {node} is newer than the target {target}; kubeadm would not notice")]
    KubeletTooNew {
        /// Where.
        node: NodeName,
        /// Its version.
        found: Version,
        /// The target.
        target: Version,
    },
    /// A node left alone is too old for a hop.
    #[error("kubelet {found} on {node}, which is excluded, is too old for the hop to {hop}")]
    ExcludedTooOld {
        /// Where.
        node: NodeName,
        /// Its version.
        found: Version,
        /// Where the hop ends.
        hop: Version,
    },
    /// kube-proxy is left so far behind that the API server's next minor would be too new for it; kubeadm moves it last.
    #[error("kube-proxy {found} is too old for the hop to {hop}: expected {oldest} or newer")]
    KubeProxyTooOld {
        /// Its version.
        found: Version,
        /// Where the hop ends.
        hop: Version,
        /// The oldest that hop bears.
        oldest: Minor,
    },
    /// An earlier upgrade stopped half-way, beyond where this one would go.
    #[error(
        "an earlier upgrade stopped half-way to {found}, newer than {to}, where this one would take the control plane"
    )]
    HalfDone {
        /// The newest component of the control plane.
        found: Version,
        /// Where the first hop, or the plan without one, leads.
        to: Version,
    },
    /// `--exclude` names a node that is not there.
    #[error("expected the names of nodes to exclude, found {name}, which is not a node of this cluster")]
    UnknownNode {
        /// The name given.
        name: NodeName,
    },
    /// Nothing says which component of a hand-built cluster runs where.
    #[error("expected a components file for a cluster that was built by hand, found none")]
    NoComponents,
    /// A component that the file names is not on its host.
    #[error("expected {component} on {host} as {runs}, found no such thing there")]
    ComponentMissing {
        /// Where.
        host: NodeName,
        /// Which.
        component: Component,
        /// What should start it.
        runs: String,
    },
    /// A component does not run.
    #[error("expected {component} to run on {host} as {runs}, found it stopped")]
    ComponentDown {
        /// Where.
        host: NodeName,
        /// Which.
        component: Component,
        /// What should start it.
        runs: String,
    },
    /// Neither the host nor the file says a component's version.
    #[error("expected the version of {component} on {host} from the host or the components file, found none")]
    ComponentUnknown {
        /// Where.
        host: NodeName,
        /// Which.
        component: Component,
    },
    /// A node whose kubelet the components file does not name.
    #[error("expected the kubelet of node {node} in the components file, found none")]
    NodeNotListed {
        /// Which.
        node: NodeName,
    },
    /// CoreDNS is to be moved by the tool, and cannot be.
    #[error("CoreDNS cannot be taken to {to}: {why}")]
    CoreDns {
        /// Where it would go.
        to: Version,
        /// What is in the way.
        why: String,
    },
    /// etcd would go back.
    #[error("expected a later etcd than {from} for {host}, found {to}: etcd does not go back")]
    EtcdBack {
        /// Where.
        host: NodeName,
        /// Where it is.
        from: Version,
        /// Where it would go.
        to: Version,
    },
    /// etcd would skip a minor.
    #[error("etcd goes one minor at a time, found {from} to {to}")]
    EtcdSkips {
        /// Where it is.
        from: Version,
        /// Where it would go.
        to: Version,
    },
    /// A member is too old for etcd's next minor.
    #[error("etcd {from} on {host} cannot go to {to} yet: every member needs {required} first")]
    EtcdTooOld {
        /// Where.
        host: NodeName,
        /// Where it is.
        from: Version,
        /// Where it would go.
        to: Minor,
        /// What it needs first.
        required: Version,
    },
    /// A run has done nothing that would have to be taken back, or all of it was.
    #[error("nothing to take back: nothing that this run did is left, or its cloud takes none of it back")]
    NothingToTakeBack,
    /// etcd is not put back by this tool there.
    #[error("etcd of {provider} clusters is not put back by this tool: its snapshots are on the hosts")]
    NoEtcdRestore {
        /// Who carries plans out there.
        provider: ProviderKind,
    },
    /// The run took no snapshot that etcd could be put back to.
    #[error("expected a snapshot of etcd that the run verified before the hop, found none in its journal")]
    NoSnapshot,
    /// etcd is set up in a way that this tool does not restore.
    #[error("etcd cannot be put back by this tool: on {host}, {why}")]
    EtcdByHand {
        /// Where.
        host: NodeName,
        /// What is in the way.
        why: String,
    },
    /// The tool has no plan for the way back.
    #[error(
        "no way back is planned for {provider} clusters: each step's own is in the plan, and its backups are on the hosts"
    )]
    NoWayBack {
        /// Who carries plans out there.
        provider: ProviderKind,
    },
    /// The plan made breaks a rule it must keep.
    #[error("the plan would break {} of its rules: {}", broken.len(), broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Lint {
        /// Each rule and step.
        broken: Vec<Broken>,
    },
}
