//! Operations of EKS: begun once under a token, found again by EKS's own id.

mod begin;
mod create;
mod failure;
mod poll;
mod subject;

pub(crate) use begin::begin;
pub(crate) use poll::poll;
pub(crate) use subject::{Subject, describe_update};

/// What a refresh of insights is called: EKS has no id for it.
const REFRESH: &str = "insights-refresh";

/// What begins the name of an operation that makes or deletes a node group: EKS has no id for it but the group's name.
const GROUP: &str = "nodegroup/";
