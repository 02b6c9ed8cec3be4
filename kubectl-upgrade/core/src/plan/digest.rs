//! The digest of a plan, and the file a plan is saved in.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{PLAN_FORMAT, Plan};
use crate::ids::PlanDigest;

/// SHA-256 of the plan's JSON, as it stands in a saved plan but without white space.
#[must_use]
pub fn digest(plan: &Plan) -> PlanDigest {
    let mut hash = Sha256::new();
    // A plan has only string keys and finite numbers, and a hash takes everything.
    let written = serde_json::to_writer(&mut hash, plan);
    debug_assert!(written.is_ok(), "a plan did not serialise: {written:?}");
    PlanDigest::new(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{healthy_ha, request};
    use crate::planner;
    use crate::version::Version;

    #[test]
    fn it_is_the_digest_of_the_text_that_is_saved() {
        let plan = planner::plan(&healthy_ha(&Version::new(1, 34, 9)), &request("1.36")).unwrap();
        let file = serde_json::to_string(&PlanFile::seal(plan)).unwrap();
        let (head, text) = file.split_once(",\"plan\":").unwrap();
        let of_text = Sha256::digest(text.strip_suffix('}').unwrap());
        let of_text = of_text.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(head, format!("{{\"digest\":\"{of_text}\""));
    }
}
