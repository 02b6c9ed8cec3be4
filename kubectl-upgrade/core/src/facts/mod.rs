//! Facts with provenance: the release calendar, skew windows, kubeadm's images and command line, removed APIs, flags
//! and gates.
//!
//! The tables live in `data/` and are compiled in; every row names the source it was read from. This module only reads
//! and looks up; what follows from a fact is decided elsewhere. It must not answer for versions its tables do not hold:
//! such a look-up gives `None`.

mod apis;
mod calendar;
mod corefile;
mod etcd;
mod images;
mod kubeadm;
mod load;
mod removals;
mod source;
mod table;
mod window;

pub use apis::ApiKind;
pub use calendar::{Calendar, Projected, Release, Stale};
pub use corefile::RemovedDirective;
pub use etcd::EtcdRule;
pub use images::KubeadmImages;
pub use kubeadm::{Capability, KubeadmSyntax, NodeUpgrade, PlanOutput};
pub use load::Facts;
pub use removals::{Change, RemovedFlag, RemovedGate, Scope};
pub use source::Source;
pub use table::TableError;
pub use window::Window;
