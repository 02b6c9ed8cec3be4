//! Versions in image references and in what nodes report.

use upgrade_core::version::Version;

/// The tag of an image reference; none when there is none or only a digest.
fn tag(image: &str) -> Option<&str> {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    // A colon before the last slash separates a registry from its port.
    let last = name.rsplit_once('/').map_or(name, |(_, last)| last);
    last.split_once(':').map(|(_, tag)| tag)
}

/// The version an image reference names, or why it names none.
pub(crate) fn version_of(image: &str) -> Result<Version, String> {
    let tag = tag(image).ok_or_else(|| format!("image {image} has no tag to read a version from"))?;
    // Tags cannot hold a `+`: build metadata is written with `_`, or with `-` by some.
    let text = tag.replacen('_', "+", 1);
    let whole: Option<Version> = text.parse().ok();
    whole.or_else(|| leading(tag)).ok_or_else(|| format!("image {image} names no version"))
}

/// The version of an etcd image: what follows the patch is the image's revision (`3.5.24-0`), not a pre-release.
pub(crate) fn etcd_version_of(image: &str) -> Result<Version, String> {
    let version = version_of(image)?;
    Ok(if version.is_prerelease() { version } else { version.release() })
}

/// The version in a text that may go on in ways that are no version: `1.6.20~ds1`, `v1.15.2-vk-N/A`.
pub(crate) fn lenient(text: &str) -> Option<Version> {
    text.parse().ok().or_else(|| leading(text))
}

/// The three numbers a text starts with.
fn leading(text: &str) -> Option<Version> {
    let text = text.trim().trim_start_matches('v');
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    // `1.2.3abc` is a hash or a date more often than a version.
    if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    numbers.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_every_form_are_read() {
        for (image, version) in [
            ("registry.k8s.io/kube-apiserver:v1.34.2", "1.34.2"),
            ("k8s.gcr.io/kube-apiserver-amd64:v1.10.13", "1.10.13"),
            ("localhost:5000/kube-apiserver:v1.34.2", "1.34.2"),
            ("10.0.0.1:5000/mirror/kube-proxy:v1.34.2@sha256:0123456789abcdef", "1.34.2"),
            ("rancher/hardened-kubernetes:v1.30.4-rke2r1-build20240815", "1.30.4-rke2r1-build20240815"),
            ("quay.io/coreos/hyperkube:v1.13.5_coreos.0", "1.13.5+coreos.0"),
            ("602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1.11.4-eksbuild.2", "1.11.4-eksbuild.2"),
            ("registry.k8s.io/coredns/coredns:v1.12.0", "1.12.0"),
            ("k8s.gcr.io/coredns:1.6.7", "1.6.7"),
        ] {
            assert_eq!(version_of(image).map(|version| version.to_string()), Ok(version.to_owned()), "{image}");
        }
    }

    #[test]
    fn an_image_without_a_version_says_so() {
        for image in
            ["registry.k8s.io/kube-apiserver@sha256:0123", "localhost:5000/kube-apiserver", "kube-apiserver:latest", ""]
        {
            assert!(version_of(image).unwrap_err().starts_with(&format!("image {image} ")), "{image}");
        }
    }

    #[test]
    fn etcd_images_carry_a_revision() {
        for (image, version) in [
            ("registry.k8s.io/etcd:3.5.24-0", "3.5.24"),
            ("k8s.gcr.io/etcd-amd64:3.1.12", "3.1.12"),
            ("quay.io/coreos/etcd:v3.6.5", "3.6.5"),
            ("registry.k8s.io/etcd:3.6.0-rc.3-0", "3.6.0-rc.3-0"),
        ] {
            assert_eq!(etcd_version_of(image).map(|version| version.to_string()), Ok(version.to_owned()), "{image}");
        }
    }

    #[test]
    fn reported_versions_may_go_on_strangely() {
        assert_eq!(lenient("1.6.20~ds1"), Some(Version::new(1, 6, 20)));
        assert_eq!(lenient("v1.15.2-vk-N/A"), Some(Version::new(1, 15, 2)));
        assert_eq!(lenient("1.7.2-0ubuntu1~22.04.1"), Some(Version::new(1, 7, 2)));
        assert_eq!(lenient("v1.31.2-eks-7f9249a").unwrap().suffix(), "-eks-7f9249a");
        for text in ["", "Unknown", "1.7", "20241022", "1.2.3abc"] {
            assert_eq!(lenient(text), None, "{text}");
        }
    }
}
