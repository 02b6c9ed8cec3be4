//! The versions of a cluster, what the skew policy allows right now, and how long they are supported.

use super::components::{component_table, other_gaps};
use super::managed::managed;
use super::plan::{cluster_lines, version_line};
use crate::report::standing::Standing;
use crate::report::text::Page;

/// The whole text.
pub(crate) fn versions(standing: &Standing, columns: usize) -> String {
    let mut page = Page::default();
    cluster_lines(&mut page, standing, columns);
    if let Some(running) = &standing.running {
        version_line(&mut page, "running", running, columns);
    }
    page.gap();
    component_table(&mut page, standing, true, columns);
    if let Some(cloud) = &standing.cloud {
        page.gap();
        managed(&mut page, cloud, columns);
    }
    other_gaps(&mut page, &standing.gaps, columns);
    page.into_text()
}
