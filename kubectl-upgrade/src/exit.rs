//! The exit codes: an interface that scripts rely on.
//!
//! Every way to end has one variant here and one row in `docs/exit-codes.md`; a test keeps the two the same. A code is
//! never reused for something else.

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked for is done, or there was nothing to do.
    Done,
    /// Something went wrong that none of the other codes names: a file could not be read, a bug.
    Failed,
    /// The command line, or a file given on it, is wrong.
    Usage,
    /// The checks found blockers; nothing was changed.
    Blocked,
    /// The plan is not, or no longer, a plan for this cluster as it is; nothing was changed by this command.
    Stale,
    /// A gate refused a step; the run is held.
    Refused,
    /// A step failed; the run is held.
    StepFailed,
    /// Another run holds the cluster's lock, or took it over.
    Locked,
    /// Credentials were refused or a right is missing.
    Denied,
    /// The cluster could not be reached.
    Unreachable,
    /// Another tool owns this cluster's upgrades.
    ForeignOwner,
    /// Interrupted by a signal; a run is held.
    Interrupted,
}

impl Exit {
    /// The code the process ends with.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Blocked => 3,
            Self::Stale => 4,
            Self::Refused => 5,
            Self::StepFailed => 6,
            Self::Locked => 7,
            Self::Denied => 8,
            Self::Unreachable => 9,
            Self::ForeignOwner => 10,
            // What shells report for a program that SIGINT ended.
            Self::Interrupted => 130,
        }
    }

    /// The name in the documentation.
    #[cfg(test)]
    const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Blocked => "blocked",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::StepFailed => "step failed",
            Self::Locked => "locked",
            Self::Denied => "denied",
            Self::Unreachable => "unreachable",
            Self::ForeignOwner => "foreign owner",
            Self::Interrupted => "interrupted",
        }
    }

    /// Every way to end, in the order of the codes.
    #[cfg(test)]
    const ALL: [Self; 12] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Blocked,
        Self::Stale,
        Self::Refused,
        Self::StepFailed,
        Self::Locked,
        Self::Denied,
        Self::Unreachable,
        Self::ForeignOwner,
        Self::Interrupted,
    ];
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/exit-codes.md");

    /// Rows look like `| 3 | blocked | … |`.
    fn documented() -> Vec<(u8, String)> {
        let text = std::fs::read_to_string(DOCUMENT).unwrap();
        let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        text.lines()
            .filter(|line| line.starts_with('|'))
            .map(cells)
            .filter_map(|cells| Some((cells[1].parse().ok()?, cells[2].clone())))
            .collect()
    }

    #[test]
    fn the_document_lists_exactly_these_codes() {
        let ours: Vec<_> = Exit::ALL.iter().map(|exit| (exit.code(), exit.name().to_owned())).collect();
        assert_eq!(documented(), ours);
    }
}
