//! Conversations kept as files, a case each.

use std::path::Path;

use serde_json::Value;

use super::Exchange;

/// One case's exchanges in normal form.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub case: String,
    pub exchanges: Vec<Exchange>,
}

impl Recording {
    /// Reads the recording of a case.
    ///
    /// # Panics
    /// When there is none, or the file is something else.
    #[must_use]
    pub fn read(folder: &Path, case: &str) -> Self {
        let file = folder.join(format!("{case}.json"));
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error} (hint: see tests/conformance/README.md)", file.display()));
        let exchanges = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self { case: case.to_owned(), exchanges }
    }

    /// Writes the recording.
    ///
    /// # Panics
    /// When the folder cannot be written to.
    pub fn write(&self, folder: &Path) {
        // Through a value: its maps are sorted, so that two recordings of the same answers are the same bytes.
        let value: Value = serde_json::to_value(&self.exchanges).expect("exchanges are JSON");
        let mut text = serde_json::to_string_pretty(&value).expect("a value is JSON");
        text.push('\n');
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(folder.join(format!("{}.json", self.case)), text).expect("failed to write a recording");
    }
}
