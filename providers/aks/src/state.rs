//! What a provisioning state means.

/// Whether a resource takes changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    /// It does, and is as it was asked to be.
    Settled,
    /// It does, but its last operation failed or was aborted: the same asked for again goes on.
    Failed(&'a str),
    /// Something is going on.
    Busy(&'a str),
}

impl<'a> Standing<'a> {
    /// Of the word that Azure writes; clusters of old pools have none.
    pub(crate) fn of(word: Option<&'a str>) -> Self {
        match word {
            None | Some("" | "Succeeded") => Self::Settled,
            Some(word @ ("Failed" | "Canceled")) => Self::Failed(word),
            Some(word) => Self::Busy(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_nobody_knows_means_that_something_goes_on() {
        assert_eq!(Standing::of(Some("Succeeded")), Standing::Settled);
        assert_eq!(Standing::of(Some("Canceled")), Standing::Failed("Canceled"));
        assert_eq!(Standing::of(Some("UpgradingNodeImageVersion")), Standing::Busy("UpgradingNodeImageVersion"));
    }
}
