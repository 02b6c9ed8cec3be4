//! The version-skew policy: which minors components may have beside each other, by era.
//!
//! Versions compare by minor, whatever suffix a vendor appends; patches have no rule. This module judges pictures of a
//! cluster, real or imagined; it must not know steps or plans.

mod allowed;
mod issue;
mod judge;
mod kubeadm;
mod picture;

pub use allowed::{ApiServers, Range, allowed};
pub use issue::{SkewIssue, SkewRule, worsens};
pub use judge::{judge, judge_around};
pub use kubeadm::{KubeadmIssue, KubeadmUse, oldest_kubelet_for};
pub use picture::{Change, Picture, Reach};
