//! Cases as they stand in `tests/conformance/cases`: YAML, a file for each subject.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::Identity;

/// One file of cases.
#[derive(Clone, Debug)]
pub struct Group {
    /// The file's name without its ending.
    pub name: String,
    /// In the order of their names.
    pub cases: Vec<Case>,
}

/// One conversation, in a namespace of its own.
#[derive(Clone, Debug)]
pub struct Case {
    /// Unique among all groups: it names the recording.
    pub name: String,
    /// What is asked, in order.
    pub steps: Vec<Step>,
}

/// One request. In its texts `$ns` is the case's namespace, and `$name` what an earlier step saved under that name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// Method, a space, and path with query.
    pub request: String,
    #[serde(default)]
    pub body: Option<Value>,
    /// Of the body; JSON unless said otherwise.
    #[serde(default, rename = "type")]
    pub content_type: Option<String>,
    #[serde(default)]
    pub accept: Option<String>,
    #[serde(default, rename = "as")]
    pub identity: Identity,
    /// Names for values of the answer, by JSON pointer.
    #[serde(default)]
    pub save: BTreeMap<String, String>,
    /// Asked again until the answer's values at these JSON pointers are these; `null` stands for a missing one. Only the
    /// last answer counts.
    #[serde(default)]
    pub until: BTreeMap<String, Value>,
    /// Only prepares: not compared, unless it fails.
    #[serde(default)]
    pub setup: bool,
    /// A watch: so many events are read; 0 for all until the server ends it.
    #[serde(default)]
    pub events: Option<usize>,
    /// The items or events are compared in the order of their names: the server gives them in any.
    #[serde(default)]
    pub any_order: bool,
    /// Done while the watch is open, before its events are read.
    #[serde(default)]
    pub meanwhile: Vec<Self>,
}

impl Group {
    /// Reads one file.
    ///
    /// # Panics
    /// When the file is missing or is not a map of cases.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        // Otherwise a label with the value y becomes true.
        let options = serde_saphyr::options! { strict_booleans: true };
        let cases: BTreeMap<String, Vec<Step>> = serde_saphyr::from_str_with_options(&text, options)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.file_stem().and_then(|stem| stem.to_str()).expect("a UTF-8 name").to_owned();
        Self { name, cases: cases.into_iter().map(|(name, steps)| Case { name, steps }).collect() }
    }

    /// Reads every file of the folder, in the order of their names.
    ///
    /// # Panics
    /// When a file cannot be read, or two cases have one name.
    #[must_use]
    pub fn read_all(folder: &Path) -> Vec<Self> {
        let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        let groups: Vec<_> = files.iter().map(|file| Self::read(file)).collect();
        let mut names: Vec<_> = groups.iter().flat_map(|group| &group.cases).map(|case| &case.name).collect();
        names.sort();
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1], "two cases have one name");
        }
        groups
    }
}
