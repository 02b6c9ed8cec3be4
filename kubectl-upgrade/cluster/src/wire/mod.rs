//! API objects, read into no more than the fields that are used.
//!
//! Every field may be missing: old servers, other versions of a group and metadata-only answers all read the same.

mod form;
mod meta;
mod node;
mod pod;
mod policy;
mod protobuf;
mod workload;

pub(crate) use form::Form;
pub(crate) use meta::{Group, GroupList, List, ListMeta, Meta, ObjectMeta, ResourceList, VersionInfo};
pub(crate) use node::{Lease, NodeObject};
pub(crate) use pod::{Container, PodObject};
pub(crate) use policy::{BudgetObject, Selector};
pub(crate) use workload::{ConfigMap, Workload};
