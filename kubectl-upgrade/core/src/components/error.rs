//! What is wrong with a components file.

use super::SourceError;
use crate::component::Component;
use crate::ids::NodeName;
use crate::version::VersionError;

/// What is wrong with a components file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComponentsError {
    /// Another document.
    #[error("expected apiVersion {}, kind {}, found {found}", super::API_VERSION, super::KIND)]
    Kind {
        /// What it says it is.
        found: String,
    },
    /// No host at all.
    #[error("expected at least one host with components, found none")]
    Empty,
    /// A host named twice.
    #[error("expected each host once, found {host} again at {place}")]
    HostTwice {
        /// Where.
        place: String,
        /// The host.
        host: NodeName,
    },
    /// A component named twice on one host.
    #[error("expected each component once on {host}, found {component} again at {place}")]
    ComponentTwice {
        /// Where.
        place: String,
        /// The host.
        host: NodeName,
        /// The component.
        component: Component,
    },
    /// Not a component that runs on hosts.
    #[error("expected one of {} at {place}, found {found:?}", known())]
    UnknownComponent {
        /// Where.
        place: String,
        /// What was read.
        found: String,
    },
    /// A value that cannot be.
    #[error("expected {expected} at {place}, found {found:?}")]
    Value {
        /// Where.
        place: String,
        /// What should have been there.
        expected: &'static str,
        /// What was read.
        found: String,
    },
    /// Not a version.
    #[error("expected a version such as 1.20.15 at {place}")]
    Version {
        /// Where.
        place: String,
        /// What was read.
        #[source]
        source: VersionError,
    },
    /// A source that cannot be used.
    #[error("failed to use the source at {place}")]
    Source {
        /// Where.
        place: String,
        /// Why.
        #[source]
        source: SourceError,
    },
    /// Both or neither of two things of which one is needed.
    #[error("expected {expected} at {place}, found {found}")]
    OneOf {
        /// Where.
        place: String,
        /// Which of them.
        expected: &'static str,
        /// What was there.
        found: &'static str,
    },
    /// A component to be replaced by the tool, with nowhere to take it from.
    #[error("expected a source for {component} on {host}, whose execution is automatic, found none at {place}")]
    NoSource {
        /// Where.
        place: String,
        /// The host.
        host: NodeName,
        /// The component.
        component: Component,
    },
    /// A static pod to be replaced by the tool, of an image that nobody named.
    #[error("expected an image for {component} on {host}, whose execution is automatic, found none at {place}")]
    NoImage {
        /// Where.
        place: String,
        /// The host.
        host: NodeName,
        /// The component.
        component: Component,
    },
}

impl ComponentsError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Kind { .. } | Self::Empty => "write one: kubectl upgrade inventory --out components.yaml",
            Self::HostTwice { .. } | Self::ComponentTwice { .. } => "join the two entries",
            Self::NoSource { .. } => {
                "add source: {url: \"https://dl.k8s.io/{version}/bin/{os}/{arch}/{component}\"}, or execute: manual"
            }
            Self::NoImage { .. } => "add image: \"registry.k8s.io/{component}:{version}\", or execute: manual",
            Self::UnknownComponent { .. }
            | Self::Value { .. }
            | Self::Version { .. }
            | Self::Source { .. }
            | Self::OneOf { .. } => "correct it there; kubectl upgrade inventory --out FILE shows the form",
        }
    }
}

fn known() -> String {
    Component::ON_HOSTS.map(Component::name).join(", ")
}
