//! The polite refusal: another tool owns this cluster's upgrades.

use super::plan::cluster_lines;
use crate::report::standing::Standing;
use crate::report::text::{Page, hang};

/// Who owns the upgrade, and how they do it.
pub(crate) struct ForeignView<'a> {
    /// The cluster.
    pub(crate) standing: &'a Standing,
    /// The tool.
    pub(crate) owner: &'a str,
    /// Why it must not be passed over.
    pub(crate) why: &'a str,
    /// How it upgrades; a command where there is one.
    pub(crate) how: &'a str,
}

/// The whole text.
pub(crate) fn foreign_owner(view: &ForeignView<'_>, columns: usize) -> String {
    let mut page = Page::default();
    cluster_lines(&mut page, view.standing, columns);
    page.gap();
    let refusal = format!(
        "{} owns the upgrades of this cluster: {}. Nothing was planned and nothing was changed.",
        view.owner, view.why
    );
    page.lines(hang("", &refusal, columns));
    page.lines(hang("next     ", view.how, columns));
    page.into_text()
}
