//! Static pods of hand-built clusters: their manifests, and the images that they name.

use serde::{Deserialize, Serialize};

use crate::component::Component;
use crate::version::Version;

/// A static pod that takes a component to another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPod {
    /// Which component.
    pub component: Component,
    /// Its version.
    pub version: Version,
    /// The file that the kubelet reads.
    pub manifest: String,
    /// The image that is in it before.
    pub replaces: String,
    /// The image that is in it afterwards.
    pub image: String,
}

/// Where the new manifest comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewManifest {
    /// It is the one that is there, with the new image.
    Edited,
    /// It is the one that was kept when the version was replaced.
    Kept,
}

impl NewPod {
    /// Where the manifest of a version is kept: beside the directory that the kubelet reads, which takes every file in it
    /// for a pod.
    #[must_use]
    pub fn kept(&self, version: &Version) -> String {
        kept(&self.manifest, version)
    }
}

/// See [`NewPod::kept`].
pub(super) fn kept(manifest: &str, version: &Version) -> String {
    let (directory, file) = manifest.rsplit_once('/').unwrap_or(("", manifest));
    format!("{directory}.kept/{file}-{}", version.tag())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_never_where_the_kubelet_looks() {
        let kept = |manifest: &str| {
            let pod = NewPod {
                component: Component::Etcd,
                version: Version::new(3, 6, 8),
                manifest: manifest.to_owned(),
                replaces: String::new(),
                image: String::new(),
            };
            pod.kept(&Version::new(3, 5, 26))
        };
        assert_eq!(kept("/etc/kubernetes/manifests/etcd.yaml"), "/etc/kubernetes/manifests.kept/etcd.yaml-v3.5.26");
        assert_eq!(kept("/manifests/etcd.yaml"), "/manifests.kept/etcd.yaml-v3.5.26");
    }
}
