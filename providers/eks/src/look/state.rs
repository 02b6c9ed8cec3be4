//! Whether something can be worked on, by EKS's own word for it and what ails it.

use upgrade_core::inventory::CloudState;

/// The words for what goes on; what is neither well nor one of these has failed.
const BUSY: [&str; 4] = ["CREATING", "UPDATING", "DELETING", "PENDING"];

/// A cluster's, a node group's or an add-on's.
pub(super) fn state<'a>(status: Option<&str>, issues: impl Iterator<Item = Option<&'a str>>) -> CloudState {
    match status {
        None => CloudState::Busy("of unknown status".to_owned()),
        Some("ACTIVE") => CloudState::Ready,
        Some(status) if BUSY.contains(&status) => CloudState::Busy(status.to_owned()),
        Some(status) => {
            let issues: Vec<&str> = issues.flatten().collect();
            let why = if issues.is_empty() { String::new() } else { format!(" ({})", issues.join(", ")) };
            CloudState::Failed(format!("{status}{why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_well_nor_busy_has_failed() {
        let found = |status| state(status, [Some("NodeCreationFailure"), None].into_iter());
        assert_eq!(found(Some("ACTIVE")), CloudState::Ready);
        assert_eq!(found(Some("UPDATING")), CloudState::Busy("UPDATING".to_owned()));
        assert_eq!(found(Some("DEGRADED")), CloudState::Failed("DEGRADED (NodeCreationFailure)".to_owned()));
        assert_eq!(state(Some("FAILED"), std::iter::empty()), CloudState::Failed("FAILED".to_owned()));
        assert_eq!(found(None), CloudState::Busy("of unknown status".to_owned()));
    }
}
