//! The kubectl of this machine.

use serde::Deserialize;
use tokio::process::Command;
use upgrade_core::component::Component;
use upgrade_core::inventory::{Gap, GapSubject, Instance, Place, VersionSource};

use crate::observe::lenient;
use crate::wire::VersionInfo;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    client_version: VersionInfo,
}

/// Asks the kubectl in the path for its version; a gap when there is none or it does not say.
///
/// # Errors
/// None in the usual sense: the gap is the answer.
pub async fn local_kubectl() -> Result<Instance, Gap> {
    let unseen = |why: String| Gap {
        subject: GapSubject::Component(Component::Kubectl, Some(Place::Here)),
        why,
        hint: Some("see what it says: kubectl version --client".to_owned()),
    };
    let answer = Command::new("kubectl").args(["version", "--client", "-o", "json"]).kill_on_drop(true).output().await;
    let answer = answer.map_err(|error| unseen(format!("failed to run kubectl: {error}")))?;
    read(&answer.stdout).ok_or_else(|| unseen("kubectl does not say its version".to_owned()))
}

fn read(answer: &[u8]) -> Option<Instance> {
    let answer: Answer = serde_json::from_slice(answer).ok()?;
    Some(Instance {
        component: Component::Kubectl,
        place: Place::Here,
        version: lenient(&answer.client_version.git_version)?,
        source: VersionSource::LocalProgram,
        detail: Some(answer.client_version.git_version),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_answer_is_read() {
        let answer =
            br#"{"clientVersion": {"major": "1", "minor": "36", "gitVersion": "v1.36.4"}, "kustomizeVersion": "v5"}"#;
        assert_eq!(read(answer).unwrap().version.to_string(), "1.36.4");
        assert_eq!(read(b"error: unknown flag"), None);
    }
}
