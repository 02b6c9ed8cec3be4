//! What a generated cluster looks like, in few numbers that shrink well.

use proptest::prelude::*;
use upgrade_core::plan::{Amount, Strategy as Rolling};

/// The oldest and the newest minor that clusters start at.
pub(crate) const MINORS: std::ops::RangeInclusive<u16> = 11..=37;

/// A generated cluster and what is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) minor: u16,
    pub(crate) patch: u16,
    /// 1, 3 or 5.
    pub(crate) control_planes: usize,
    /// 1 to 9.
    pub(crate) workers: usize,
    pub(crate) target: Wanted,
    /// The control-plane nodes first; more than the cluster has.
    pub(crate) nodes: Vec<NodeShape>,
    pub(crate) half_done: Option<HalfDone>,
    /// How many minors kube-proxy is behind; none where there is no kube-proxy.
    pub(crate) proxy_behind: Option<u16>,
    pub(crate) external_etcd: bool,
    pub(crate) strategy: Rolling,
    pub(crate) force: bool,
    pub(crate) delete_empty_dir: bool,
    pub(crate) budgets: Vec<BudgetShape>,
    /// In which order lanes that go side by side take their steps; 0 for one after the other.
    pub(crate) interleaving: u64,
}

/// Where to.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    LatestPatch,
    Up(u16),
    Exact { up: u16, patch: u16 },
    NewestReachable,
}

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct NodeShape {
    /// How many minors its kubelet is behind; -1 is ahead.
    pub(crate) behind: i16,
    pub(crate) patch: u16,
    pub(crate) cordon: Cordon,
    pub(crate) seen: bool,
    /// One repository for each minor; where such exist.
    pub(crate) per_minor: bool,
    /// How many minors its repository is ahead of its kubelet.
    pub(crate) repository_ahead: u16,
    pub(crate) kubeadm: KubeadmShape,
    pub(crate) excluded: bool,
    pub(crate) pods: Vec<PodShape>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cordon {
    None,
    Foreign,
    Own,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KubeadmShape {
    AsKubelet,
    Ahead,
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodShape {
    Ordinary,
    Bare,
    EmptyDir,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BudgetShape {
    Now,
    Later,
    Never,
}

/// A control plane that an upgrade left half-way: so many parts, host by host, are a hop ahead.
#[derive(Clone, Debug)]
pub(crate) struct HalfDone {
    /// API server, controller-manager, scheduler of the first host, then of the second, …
    pub(crate) parts: usize,
    pub(crate) patch: u16,
    /// To the next minor; else to another patch.
    pub(crate) next_minor: bool,
    /// Whether kubeadm wrote its record.
    pub(crate) recorded: bool,
}

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
    let size = (prop_oneof![3 => Just(1usize), 3 => Just(3usize), 1 => Just(5usize)], 1usize..=9);
    let cluster = (MINORS, 0u16..15, size, wanted(), prop::collection::vec(node(), 14));
    let around = (
        prop::option::weighted(0.15, half_done()),
        prop_oneof![12 => Just(Some(0u16)), 2 => Just(Some(1)), 1 => Just(None)],
        prop::bool::weighted(0.1),
        prop::collection::vec(budget(), 0..=4),
    );
    let options = (rolling(), prop::bool::ANY, prop::bool::ANY, prop_oneof![Just(0u64), 1u64..u64::MAX]);
    (cluster, around, options).prop_map(|(cluster, around, options)| {
        let (minor, patch, (control_planes, workers), target, nodes) = cluster;
        let (half_done, proxy_behind, external_etcd, budgets) = around;
        let (strategy, force, delete_empty_dir, interleaving) = options;
        Shape {
            minor,
            patch,
            control_planes,
            workers,
            target,
            nodes,
            half_done,
            proxy_behind,
            external_etcd,
            strategy,
            force,
            delete_empty_dir,
            budgets,
            interleaving,
        }
    })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        5 => (1u16..=3).prop_map(Wanted::Up),
        2 => Just(Wanted::Up(0)),
        1 => Just(Wanted::LatestPatch),
        2 => (0u16..=3, 0u16..15).prop_map(|(up, patch)| Wanted::Exact { up, patch }),
        1 => Just(Wanted::NewestReachable),
    ]
}

fn node() -> impl Strategy<Value = NodeShape> {
    let version = (prop_oneof![20 => Just(0i16), 3 => 1i16..=2, 1 => 3i16..=4, 1 => Just(-1i16)], 0u16..15);
    let cordon = prop_oneof![8 => Just(Cordon::None), 1 => Just(Cordon::Foreign), 1 => Just(Cordon::Own)];
    let kubeadm = prop_oneof![
        8 => Just(KubeadmShape::AsKubelet),
        1 => Just(KubeadmShape::Ahead),
        1 => Just(KubeadmShape::Missing)
    ];
    let host = (prop::bool::weighted(0.98), prop::bool::ANY, prop_oneof![8 => Just(0u16), 1 => 1u16..=2], kubeadm);
    (version, cordon, host, prop::bool::weighted(0.03), prop::collection::vec(pod(), 0..3)).prop_map(
        |((behind, patch), cordon, (seen, per_minor, repository_ahead, kubeadm), excluded, pods)| NodeShape {
            behind,
            patch,
            cordon,
            seen,
            per_minor,
            repository_ahead,
            kubeadm,
            excluded,
            pods,
        },
    )
}

fn pod() -> impl Strategy<Value = PodShape> {
    prop_oneof![
        6 => Just(PodShape::Ordinary),
        1 => Just(PodShape::Bare),
        1 => Just(PodShape::EmptyDir),
        1 => Just(PodShape::Ended)
    ]
}

fn budget() -> impl Strategy<Value = BudgetShape> {
    prop_oneof![3 => Just(BudgetShape::Now), 1 => Just(BudgetShape::Later), 1 => Just(BudgetShape::Never)]
}

fn half_done() -> impl Strategy<Value = HalfDone> {
    (1usize..=15, 0u16..15, prop::bool::weighted(0.8), prop::bool::ANY)
        .prop_map(|(parts, patch, next_minor, recorded)| HalfDone { parts, patch, next_minor, recorded })
}

fn rolling() -> impl Strategy<Value = Rolling> {
    prop_oneof![
        2 => Just(Rolling::Rolling { max_unavailable: Amount::Count(1) }),
        2 => (1u32..12).prop_map(|count| Rolling::Rolling { max_unavailable: Amount::Count(count) }),
        2 => (1u8..=100).prop_map(|percent| Rolling::Rolling { max_unavailable: Amount::Percent(percent) }),
        1 => Just(Rolling::AllAtOnce),
    ]
}
