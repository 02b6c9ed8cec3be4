//! Why there is no path.

use jiff::civil::Date;

use crate::version::{Minor, Version};

/// Why no path could be decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The target is older than what runs.
    #[error("expected a target of {from} or newer, found {to}: a control plane cannot go back")]
    Downgrade {
        /// What runs.
        from: Version,
        /// The target.
        to: String,
    },
    /// The target has another major.
    #[error("expected a target of {}.x, found {to}", from.major)]
    OtherMajor {
        /// What runs.
        from: Minor,
        /// The target.
        to: Minor,
    },
    /// The exact version is not offered.
    #[error("expected {version} to be offered, found {}", newest.as_ref().map_or_else(|| "nothing of that minor".to_owned(), |newest| format!("{newest} as the newest of that minor")))]
    NotOffered {
        /// The version wanted.
        version: Version,
        /// The newest offered of its minor.
        newest: Option<Version>,
    },
    /// Nothing is offered of a minor that the path needs.
    #[error("expected a release of {minor} to be offered, found none")]
    NothingOffered {
        /// The minor.
        minor: Minor,
    },
    /// Nobody knows the minor: neither the calendar nor a repository.
    #[error("expected a minor up to {newest}, the newest release known on {checked}, found {minor}")]
    UnknownMinor {
        /// The minor asked for.
        minor: Minor,
        /// The newest release known.
        newest: Minor,
        /// When the calendar was checked.
        checked: Date,
    },
    /// Only pre-releases are offered of a minor that the path needs.
    #[error("expected a release of {minor} to be offered, found only pre-releases such as {newest}")]
    PreReleasesOnly {
        /// The minor.
        minor: Minor,
        /// The newest offered.
        newest: Version,
    },
    /// What runs is newer than the calendar knows.
    #[error("expected to run at most {newest}, the newest release known on {checked}, found {from}")]
    CalendarBehind {
        /// What runs.
        from: Minor,
        /// The newest release known.
        newest: Minor,
        /// When the calendar was checked.
        checked: Date,
    },
    /// The calendar knows no minor that is supported.
    #[error("expected a supported minor on {today}, found none in the release calendar of {checked}")]
    NothingSupported {
        /// The day asked about.
        today: Date,
        /// When the calendar was checked.
        checked: Date,
    },
    /// No supported minor can be reached one minor at a time.
    #[error("no supported minor can be reached from {from}")]
    NoneReachable {
        /// What runs.
        from: Minor,
        /// The first minor that is missing on the way.
        source: Box<PathError>,
    },
}

impl PathError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Downgrade { from, .. } => format!("name {} or newer with --to, or leave --to out", from.minor()),
            Self::OtherMajor { from, .. } => format!("name a minor of {}.x with --to, or leave --to out", from.major),
            Self::NotOffered { newest: Some(newest), .. } => {
                format!("try --to {newest}, or add the repository that has it")
            }
            Self::NotOffered { version, newest: None } => offer(version.minor()),
            Self::NothingOffered { minor } => offer(*minor),
            Self::UnknownMinor { newest, .. } => {
                format!("try --to {newest}, or refresh the calendar: --release-table FILE")
            }
            Self::PreReleasesOnly { newest, .. } => format!("a pre-release must be named exactly: --to {newest}"),
            Self::CalendarBehind { .. } | Self::NothingSupported { .. } => {
                "refresh the release calendar from a file, or name the target: --to 1.NN".to_owned()
            }
            Self::NoneReachable { source, .. } => {
                format!("{}; or stay on the minor that runs: --to latest-patch", source.hint())
            }
        }
    }
}

fn offer(minor: Minor) -> String {
    format!("add a package repository that has {minor} (pkgs.k8s.io has one for each minor from 1.24 on)")
}
