//! Loads the embedded tables, once, and looks things up in them.

use std::sync::LazyLock;

use super::apis::ApiKind;
use super::calendar::Calendar;
use super::corefile::RemovedDirective;
use super::etcd::EtcdRule;
use super::images::KubeadmImages;
use super::kubeadm::CapabilityRow;
use super::removals::{Change, RemovedFlag, RemovedGate};
use super::source::Source;
use super::table::{TableError, read};
use super::window::Window;
use crate::component::Component;
use crate::inventory::Offer;
use crate::version::{Minor, Version};

/// Every table.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub(super) sources: Vec<Source>,
    pub(super) calendar: Calendar,
    pub(super) windows: Vec<Window>,
    pub(super) images: Vec<KubeadmImages>,
    pub(super) etcd: Vec<EtcdRule>,
    pub(super) kubeadm: Vec<CapabilityRow>,
    pub(super) apis: Vec<ApiKind>,
    pub(super) flags: Vec<RemovedFlag>,
    pub(super) gates: Vec<RemovedGate>,
    pub(super) changes: Vec<Change>,
    pub(super) directives: Vec<RemovedDirective>,
}

// A test reads the same text with `read_embedded`, so the fallback cannot be reached in a build that passed it; empty
// tables would allow no skew and know no support window.
static EMBEDDED: LazyLock<Facts> = LazyLock::new(|| Facts::read_embedded().unwrap_or_default());

impl Facts {
    /// The tables this build carries.
    #[must_use]
    pub fn embedded() -> Self {
        EMBEDDED.clone()
    }

    /// The embedded tables, for the rules that no user's file can change.
    pub(crate) fn shared() -> &'static Self {
        &EMBEDDED
    }

    /// These facts with the release calendar refreshed from a user's file: the same form as `data/releases.tsv`, whose
    /// column `source` may be missing. Minors it does not name stay as they are.
    ///
    /// # Errors
    /// When the text is not such a table; the error names the line, what was expected and what was found.
    pub fn with_releases_from(mut self, text: &str) -> Result<Self, TableError> {
        self.calendar = self.calendar.refreshed_from(text)?;
        Ok(self)
    }

    /// These facts with the support windows that a cloud told in place of the upstream ones. Standard support of the
    /// cloud is the window; extended support is what maintenance is upstream.
    #[must_use]
    pub fn with_offers(mut self, offers: &[Offer]) -> Self {
        self.calendar = self.calendar.as_offered(offers);
        self
    }

    pub(super) fn read_embedded() -> Result<Self, TableError> {
        Ok(Self {
            sources: read(include_str!("../../data/sources.tsv"))?.1,
            calendar: Calendar::embedded(include_str!("../../data/releases.tsv"))?,
            windows: read(include_str!("../../data/skew.tsv"))?.1,
            images: read(include_str!("../../data/images.tsv"))?.1,
            etcd: read(include_str!("../../data/etcd.tsv"))?.1,
            kubeadm: read(include_str!("../../data/kubeadm.tsv"))?.1,
            apis: read(include_str!("../../data/apis.tsv"))?.1,
            flags: read(include_str!("../../data/flags.tsv"))?.1,
            gates: read(include_str!("../../data/gates.tsv"))?.1,
            changes: read(include_str!("../../data/changes.tsv"))?.1,
            directives: read(include_str!("../../data/corefile.tsv"))?.1,
        })
    }

    /// The release calendar.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The source a tag stands for.
    #[must_use]
    pub fn source(&self, tag: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.tag == tag)
    }

    /// The skew window of a component of minor `own` against another; none when there is no rule for the pair.
    #[must_use]
    pub fn window(&self, component: Component, own: Minor, against: Component) -> Option<&Window> {
        let pair = self.windows.iter().filter(|row| row.component == component && row.against == against);
        pair.filter(|row| row.from <= own).max_by_key(|row| row.from)
    }

    /// What kubeadm of this version deploys; `etcd` is to be read as "at least".
    #[must_use]
    pub fn images_of(&self, version: &Version) -> Option<&KubeadmImages> {
        let rows = self.images.iter().filter(|row| row.minor == version.minor());
        rows.filter(|row| row.patch <= version.patch()).max_by_key(|row| row.patch)
    }

    /// The oldest etcd that kubeadm of this version deploys.
    #[must_use]
    pub fn etcd_of(&self, version: &Version) -> Option<&Version> {
        self.images_of(version).map(|row| &row.etcd)
    }

    /// The CoreDNS that kubeadm of this version deploys.
    #[must_use]
    pub fn coredns_of(&self, version: &Version) -> Option<&Version> {
        self.images_of(version).map(|row| &row.coredns)
    }

    /// The rule for leaving an etcd minor.
    #[must_use]
    pub fn etcd_rule(&self, from: Minor, to: Minor) -> Option<&EtcdRule> {
        self.etcd.iter().find(|rule| rule.from == from && rule.to == to)
    }

    /// Every API kind known.
    #[must_use]
    pub fn apis(&self) -> &[ApiKind] {
        &self.apis
    }

    /// API kinds that `from` may serve and `to` no longer does.
    pub fn apis_removed(&self, from: Minor, to: Minor) -> impl Iterator<Item = &ApiKind> {
        self.apis.iter().filter(move |api| api.removed.is_some_and(|removed| from < removed && removed <= to))
    }

    /// Flags of a component that `from` may take and `to` no longer does.
    pub fn flags_removed(&self, of: Component, from: Minor, to: Minor) -> impl Iterator<Item = &RemovedFlag> {
        self.flags.iter().filter(move |row| row.scope.covers(of) && from < row.removed && row.removed <= to)
    }

    /// Feature gates of a component that `from` may know and `to` no longer does.
    pub fn gates_removed(&self, of: Component, from: Minor, to: Minor) -> impl Iterator<Item = &RemovedGate> {
        self.gates.iter().filter(move |row| row.scope.covers(of) && from < row.removed && row.removed <= to)
    }

    /// Words of a Corefile that CoreDNS `from` may take and `to` no longer does.
    pub fn directives_removed(&self, from: &Version, to: &Version) -> impl Iterator<Item = &RemovedDirective> {
        self.directives.iter().filter(move |row| *from < row.removed && row.removed <= *to)
    }

    /// Behaviour that changes on the way from `from` to `to`.
    pub fn changes(&self, from: Minor, to: Minor) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |row| from < row.since && row.since <= to)
    }
}

#[cfg(test)]
mod tests;
