//! The annotations that are read or written, each by its one name.

/// The annotation that marks a node as cordoned by this tool; its value is the run.
pub const CORDONED_BY: &str = "kubectl-upgrade.io/cordoned-by";

/// The annotation that makes a pod the mirror of a static one.
pub(crate) const MIRROR: &str = "kubernetes.io/config.mirror";
