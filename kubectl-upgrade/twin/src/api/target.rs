//! What a path below `/api` or `/apis` names.

use super::call::decoded;
use super::catalogue::{self, Entry};
use crate::store::ObjectKey;

/// What a path names, not knowing yet whether it is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    /// The group; empty for the core group.
    pub(crate) group: String,
    /// The version of the group.
    pub(crate) version: String,
    /// The plural name of the resource; empty for the group version itself.
    pub(crate) plural: String,
    /// The namespace.
    pub(crate) namespace: Option<String>,
    /// The name of one object.
    pub(crate) name: Option<String>,
    /// A subresource of the object.
    pub(crate) subresource: Option<String>,
    /// Whether it is the old form of a watch.
    pub(crate) watch: bool,
}

impl Path {
    /// Reads the part of a path after the group version.
    pub(crate) fn read(group: &str, version: &str, segments: &[&str]) -> Self {
        let mut parts: Vec<String> = segments.iter().map(|segment| decoded(segment).into_owned()).collect();
        let watch = parts.first().is_some_and(|first| first == "watch");
        if watch {
            parts.remove(0);
        }
        let mut path = Self { group: group.to_owned(), version: version.to_owned(), watch, ..Self::default() };
        // Two subresources of a namespace look like resources in it.
        let of_namespace = matches!(parts.as_slice(), [first, _, third] if first == "namespaces" && (third == "status" || third == "finalize"));
        if parts.len() > 2 && parts.first().is_some_and(|first| first == "namespaces") && !of_namespace {
            let mut parts = parts.split_off(1).into_iter();
            path.namespace = parts.next();
            path.fill(parts);
        } else {
            path.fill(parts.into_iter());
        }
        path
    }

    fn fill(&mut self, mut parts: impl Iterator<Item = String>) {
        self.plural = parts.next().unwrap_or_default();
        self.name = parts.next();
        self.subresource = parts.next();
    }
}

/// What a path names, as a server serves it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The resource or subresource.
    pub(crate) entry: &'static Entry,
    /// The resource itself; the same where no subresource is named.
    pub(crate) parent: &'static Entry,
    /// The namespace.
    pub(crate) namespace: Option<String>,
    /// The name of one object.
    pub(crate) name: Option<String>,
    /// Whether it is the old form of a watch.
    pub(crate) watch: bool,
}

impl Target {
    /// What a server of that minor serves at a path; none where it serves nothing.
    pub(crate) fn find(minor: u16, path: Path) -> Option<Self> {
        let find = |sub: Option<&str>| catalogue::find(minor, &path.group, &path.version, &path.plural, sub);
        let parent = find(None)?;
        let entry = if path.subresource.is_some() { find(path.subresource.as_deref())? } else { parent };
        let scoped = path.namespace.is_some();
        // Objects in namespaces have no place outside of them, and the others none inside.
        if scoped && !parent.namespaced || !scoped && parent.namespaced && path.name.is_some() {
            return None;
        }
        let Path { namespace, name, watch, .. } = path;
        Some(Self { entry, parent, namespace, name, watch })
    }

    /// The key of the object named.
    pub(crate) fn key(&self) -> ObjectKey {
        let namespace = self.namespace.as_deref().unwrap_or_default();
        ObjectKey::new(self.entry.resource, namespace, self.name.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Path {
        Path::read("", "v1", &path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn namespaces_are_objects_and_places() {
        let pod = read("namespaces/shop/pods/web/log");
        assert_eq!((pod.namespace.as_deref(), pod.plural.as_str()), (Some("shop"), "pods"));
        assert_eq!((pod.name.as_deref(), pod.subresource.as_deref()), (Some("web"), Some("log")));
        let finalize = read("namespaces/shop/finalize");
        assert_eq!((finalize.plural.as_str(), finalize.subresource.as_deref()), ("namespaces", Some("finalize")));
        assert_eq!(read("namespaces/shop").name.as_deref(), Some("shop"));
        assert_eq!(read("watch/namespaces/shop/pods").plural, "pods");
    }

    #[test]
    fn scope_decides_where_a_resource_is() {
        assert!(Target::find(30, read("namespaces/shop/nodes/w1")).is_none());
        assert!(Target::find(30, read("pods/web")).is_none());
        assert!(Target::find(30, read("pods")).is_some());
        assert!(Target::find(30, read("nodes/w1/status")).is_some());
    }
}
