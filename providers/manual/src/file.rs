//! Reads the components file's YAML. What it may say is `upgrade_core::components`' matter.

use upgrade_core::components::{Components, ComponentsError, Document};

/// Reads the text of a components file; `file` names it in errors.
///
/// # Errors
/// When it is not YAML of the expected shape, or says what cannot be.
pub fn parse(file: &str, text: &str) -> Result<Components, ComponentsFileError> {
    let file = file.to_owned();
    let document: Document = serde_saphyr::from_str(text)
        .map_err(|source| ComponentsFileError::Syntax { file: file.clone(), source: Box::new(source) })?;
    document.check().map_err(|source| ComponentsFileError::Content { file, source })
}

/// What is wrong with a components file.
#[derive(Debug, thiserror::Error)]
pub enum ComponentsFileError {
    /// Not YAML, an unknown key, a missing one, a value of the wrong type.
    #[error("failed to read the components file {file}")]
    Syntax {
        /// The file.
        file: String,
        /// What and where, with line and column.
        #[source]
        source: Box<serde_saphyr::Error>,
    },
    /// It says what cannot be.
    #[error("failed to use the components file {file}")]
    Content {
        /// The file.
        file: String,
        /// What and where.
        #[source]
        source: ComponentsError,
    },
}

impl ComponentsFileError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "kubectl upgrade inventory --out FILE writes one as it should be",
            Self::Content { source, .. } => source.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_mistake_is_named_with_file_and_line() {
        let error = parse("c.yaml", "apiVersion: kubectl-upgrade/v1\nkind: Components\nhost: []\n").unwrap_err();
        let source = error.source().unwrap().to_string();
        assert!(error.to_string().contains("c.yaml") && source.contains("host") && source.contains('3'), "{source}");
        let error = parse("c.yaml", "apiVersion: kubectl-upgrade/v1\nkind: Components\n").unwrap_err();
        assert_eq!(error.to_string(), "failed to use the components file c.yaml");
        assert!(error.hint().contains("inventory --out"));
    }
    #[test]
    fn what_is_written_of_any_character_reads_back() {
        for code in (0..0x100).chain([0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff]) {
            let text = format!(
                "apiVersion: kubectl-upgrade/v1\nkind: Components\nhosts:\n- host: h\n  components:\n  \
                 - {{component: kubelet, unit: kubelet.service, binary: /usr/bin/kubelet, arguments: [\"--x=\\u{code:04x}\"]}}\n"
            );
            let file = parse("c.yaml", &text).unwrap();
            let written = upgrade_core::components::write(&file);
            assert_eq!(parse("c.yaml", &written).unwrap(), file, "{code:x} in\n{written}");
        }
    }
}
