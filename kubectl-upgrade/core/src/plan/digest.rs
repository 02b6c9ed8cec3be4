//! The digest of a plan, and the file a plan is saved in.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{PLAN_FORMAT, Plan, Stage};
use crate::ids::PlanDigest;

/// SHA-256 of the plan's canonical JSON: keys sorted, no white space.
///
/// # Panics
/// Never: a plan has only string keys and finite numbers, so it always serialises.
#[must_use]
pub fn digest(plan: &Plan) -> PlanDigest {
    let mut hash = Sha256::new();
    // Lane by lane: the text of a plan over thousands of nodes is larger than all that was observed of them.
    around(&mut hash, &without_stages(plan), "stages", |hash| {
        separated(hash, &plan.stages, |hash, stage| {
            let Stage { kind, hop, at_once, lanes } = stage;
            let bare = Stage { kind: *kind, hop: *hop, at_once: *at_once, lanes: Vec::new() };
            around(hash, &bare, "lanes", |hash| {
                separated(hash, lanes, |hash, lane| hash.update(canonical(lane)));
            });
        });
    });
    PlanDigest::new(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// A `Value` keeps its keys sorted, which makes the text canonical.
fn canonical(part: &impl Serialize) -> String {
    serde_json::to_value(part).map(|value| value.to_string()).unwrap_or_default()
}

/// Adds the text of `part` with what `inside` adds in its empty list `list`. Within a string the quotes of such a key
/// would be escaped, so there is one place that reads like it.
fn around(hash: &mut Sha256, part: &impl Serialize, list: &str, inside: impl FnOnce(&mut Sha256)) {
    let (text, start) = (canonical(part), format!("\"{list}\":["));
    let (before, after) = text.split_once(&start).unwrap_or((&text, ""));
    hash.update(before);
    hash.update(start);
    inside(hash);
    hash.update(after);
}

fn separated<T>(hash: &mut Sha256, items: &[T], add: impl Fn(&mut Sha256, &T)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            hash.update(",");
        }
        add(hash, item);
    }
}

fn without_stages(plan: &Plan) -> Plan {
    Plan {
        format: plan.format,
        kind: plan.kind,
        parent: plan.parent.clone(),
        tool: plan.tool.clone(),
        made_at: plan.made_at,
        cluster: plan.cluster.clone(),
        provider: plan.provider,
        basis: plan.basis.clone(),
        from: plan.from.clone(),
        target: plan.target.clone(),
        hops: plan.hops.clone(),
        options: plan.options.clone(),
        findings: plan.findings.clone(),
        stages: Vec::new(),
    }
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
    fn it_is_the_digest_of_the_whole_text() {
        let mut plan = planner::plan(&healthy_ha(&Version::new(1, 34, 9)), &request("1.36")).unwrap();
        // Names that look like the lists which are filled in.
        plan.tool = "\"stages\":[".to_owned();
        plan.cluster.name = "stages\":[\\\"stages\":[".to_owned();
        let of_whole = |plan: &Plan| {
            let hash = Sha256::digest(serde_json::to_value(plan).unwrap().to_string());
            hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        assert_eq!(digest(&plan).as_str(), of_whole(&plan));
        plan.stages.clear();
        assert_eq!(digest(&plan).as_str(), of_whole(&plan));
    }
}
