//! The image of a static pod, whatever version it is to have.

use super::SourceError;
use super::source::{check_template, filled};
use crate::component::Component;
use crate::version::Version;

/// A template such as `registry.k8s.io/{component}:{version}`, with the placeholders of [`super::Source`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image(String);

impl Image {
    /// # Errors
    /// When it is no name of an image with a tag, names what no template knows, or not the version.
    pub fn new(text: String) -> Result<Self, SourceError> {
        check_template(&text)?;
        let tag = text.rsplit('/').next().and_then(|last| last.split_once(':')).is_some_and(|(_, tag)| !tag.is_empty());
        let plain = |char: char| char.is_ascii_alphanumeric() || "/:._-{}".contains(char);
        if text.starts_with(|char: char| char.is_ascii_alphanumeric() || char == '{') && tag && text.chars().all(plain)
        {
            return Ok(Self(text));
        }
        Err(SourceError { expected: "the name of an image with a tag and no digest", found: text })
    }

    /// The template of which an image was made: what its tag says of the version is left to be filled in. One of which that
    /// cannot be told is taken for a Kubernetes component's of the same repository.
    #[must_use]
    pub fn like(image: &str, component: Component) -> Self {
        let bare = image.split('@').next().unwrap_or(image);
        let (name, tag) = match bare.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
            Some((name, tag)) => (name, tag),
            None => (bare, ""),
        };
        // `3.5.24-0`: the part after the dash counts builds of the image.
        let (version, build) = tag.split_once('-').map_or((tag, None), |(version, build)| (version, Some(build)));
        let placeholder = match version.parse::<Version>() {
            Ok(_) if !version.starts_with('v') => "{release}",
            Ok(_) | Err(_) if component == Component::Etcd && !version.starts_with('v') => "{release}",
            Ok(_) | Err(_) => "{version}",
        };
        Self(format!("{name}:{placeholder}{}", build.map(|build| format!("-{build}")).unwrap_or_default()))
    }

    /// The image of a version, with nothing left to fill in.
    #[must_use]
    pub fn of(&self, component: Component, version: &Version, arch: &str) -> String {
        filled(&self.0, component, version, arch)
    }

    /// The template.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_an_image_leads_to_the_next_one() {
        let (server, etcd) = (Component::ApiServer, Component::Etcd);
        for (image, component, template) in [
            ("registry.k8s.io/kube-apiserver:v1.34.5", server, "registry.k8s.io/kube-apiserver:{version}"),
            ("reg.example:5000/k8s/etcd:3.5.24-0", etcd, "reg.example:5000/k8s/etcd:{release}-0"),
            ("quay.io/coreos/etcd:v3.5.24", etcd, "quay.io/coreos/etcd:{version}"),
            ("reg.example:5000/kube-apiserver", server, "reg.example:5000/kube-apiserver:{version}"),
            ("a/kube-apiserver:v1.34.5@sha256:00", server, "a/kube-apiserver:{version}"),
        ] {
            let found = Image::like(image, component);
            assert_eq!(found.template(), template);
            assert_eq!(Image::new(template.to_owned()).unwrap(), found);
        }
        let next = Image::like("a/etcd:3.5.24-0", etcd).of(etcd, &Version::new(3, 6, 8), "amd64");
        assert_eq!(next, "a/etcd:3.6.8-0");
    }

    #[test]
    fn what_is_no_image_is_refused() {
        for text in [
            "kube-apiserver",
            "a/b:v1.2.3",
            "a/b:{verison}",
            "-x:{version}",
            "a/b:{version}@sha256:00",
            "a b:{version}",
        ] {
            assert!(Image::new(text.to_owned()).is_err(), "{text}");
        }
    }
}
