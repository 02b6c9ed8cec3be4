//! Carries out host actions of kubeadm clusters over SSH, and looks at their hosts.
//!
//! How hosts are looked at and worked on is `upgrade-hosts`' matter; which of them is meant is said here. Nothing here
//! decides what an upgrade does: a branch on the shape of the cluster belongs into the plan.

mod provider;

pub use provider::Kubeadm;
pub use upgrade_hosts::OPERATIONS;
