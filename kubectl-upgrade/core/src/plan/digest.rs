//! The digest of a plan, and the file a plan is saved in.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{PLAN_FORMAT, Plan};
use crate::ids::PlanDigest;

/// SHA-256 of the plan's canonical JSON: keys sorted, no white space.
///
/// # Panics
/// Never: a plan has only string keys and finite numbers, so it always serialises.
#[must_use]
pub fn digest(plan: &Plan) -> PlanDigest {
    // A `Value` keeps its keys sorted, which makes the text canonical.
    let canonical = serde_json::to_value(plan).map(|value| value.to_string()).unwrap_or_default();
    let hash = Sha256::digest(canonical.as_bytes());
    PlanDigest::new(hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// A saved plan with the digest it was saved under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// The digest of `plan`.
    pub digest: PlanDigest,
    /// The plan.
    pub plan: Plan,
}

impl PlanFile {
    /// Seals a plan.
    #[must_use]
    pub fn seal(plan: Plan) -> Self {
        Self { digest: digest(&plan), plan }
    }

    /// Reads a saved plan.
    ///
    /// # Errors
    /// When the text is not a saved plan, is of another format, or was changed since it was sealed.
    pub fn read(text: &str) -> Result<Self, PlanFileError> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|source| PlanFileError::Shape { source })?;
        let format = value.pointer("/plan/format").and_then(serde_json::Value::as_u64);
        if let Some(found) = format.filter(|found| *found != u64::from(PLAN_FORMAT)) {
            return Err(PlanFileError::Format { expected: PLAN_FORMAT, found });
        }
        let file: Self = serde_json::from_value(value).map_err(|source| PlanFileError::Shape { source })?;
        let found = digest(&file.plan);
        if found == file.digest { Ok(file) } else { Err(PlanFileError::Changed { expected: file.digest, found }) }
    }
}

/// Why a saved plan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// Not a saved plan.
    #[error("not a plan saved by `kubectl upgrade plan --out`")]
    Shape {
        /// Where it stops being one.
        #[source]
        source: serde_json::Error,
    },
    /// From an incompatible version of this tool.
    #[error("expected a plan of format {expected}, found format {found}")]
    Format {
        /// The format this tool reads.
        expected: u32,
        /// The format of the file.
        found: u64,
    },
    /// Changed since it was sealed.
    #[error("the plan was changed after it was made: expected digest {expected}, found {found}")]
    Changed {
        /// The digest in the file.
        expected: PlanDigest,
        /// The digest of its content.
        found: PlanDigest,
    },
}
