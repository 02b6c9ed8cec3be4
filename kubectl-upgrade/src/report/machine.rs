//! JSON and YAML for machines.

use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;

/// The formats of `--output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Text for people.
    #[default]
    Human,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// `value` as JSON, indented, or YAML; none for people.
pub(crate) fn machine(format: Format, value: &impl Serialize) -> Result<Option<String>, Failure> {
    match format {
        Format::Human => Ok(None),
        Format::Json => {
            let text = serde_json::to_string_pretty(value)
                .map_err(|error| Failure::because(Exit::Failed, "failed to write JSON", error))?;
            Ok(Some(format!("{text}\n")))
        }
        Format::Yaml => serde_saphyr::to_string(value)
            .map(Some)
            .map_err(|error| Failure::because(Exit::Failed, "failed to write YAML", error)),
    }
}
