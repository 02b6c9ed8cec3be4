//! What kubeadm deploys beside Kubernetes itself.

use super::table::{FromRow, Row, TableError};
use crate::version::{Minor, Version};

/// The versions kubeadm deploys from one patch of a minor on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeadmImages {
    /// The minor.
    pub minor: Minor,
    /// The first patch this row holds for.
    pub patch: u16,
    /// etcd. Patches after the last row of a minor may bring a newer one: read as "at least".
    pub etcd: Version,
    /// CoreDNS.
    pub coredns: Version,
    /// The tag of the pause image.
    pub pause: &'static str,
    /// The tag of the source.
    pub source: &'static str,
}

impl FromRow<'static> for KubeadmImages {
    const TABLE: &'static str = "kubeadm images";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self {
            minor: row.value("minor", "a minor")?,
            patch: row.value("patch", "a patch number")?,
            etcd: row.value("etcd", "a version")?,
            coredns: row.value("coredns", "a version")?,
            pause: row.text("pause")?,
            source: row.text("source")?,
        })
    }
}
