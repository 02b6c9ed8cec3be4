//! Versions as Kubernetes and its components write them.
//!
//! Skew and support rules speak of minors, kubeadm and packages of patches; vendors append suffixes
//! (`v1.31.2-eks-7f9249a`, `v1.30.4+k3s1`). This module keeps the three apart and never guesses: text that is not a
//! version is an error.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Kubernetes minor such as `1.34`: the unit of skew, support windows and hops.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Minor {
    /// The part before the dot.
    pub major: u16,
    /// The part after the dot.
    pub minor: u16,
}

impl Minor {
    /// `Minor::new(1, 34)` is 1.34.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// The minor that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { major: self.major, minor: self.minor.saturating_add(1) }
    }

    /// The minor `n` before this one; stops at `.0`.
    #[must_use]
    pub const fn back(self, n: u16) -> Self {
        Self { major: self.major, minor: self.minor.saturating_sub(n) }
    }

    /// How many minors `self` is ahead of `other`; negative when behind. Majors never mix in Kubernetes: a different
    /// major counts as 1000 minors, out of every window.
    #[must_use]
    pub fn ahead_of(self, other: Self) -> i32 {
        (i32::from(self.major) - i32::from(other.major)) * 1000 + i32::from(self.minor) - i32::from(other.minor)
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl fmt::Debug for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Minor {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let error = || VersionError { text: text.to_owned(), expected: "a minor such as 1.34" };
        let (major, minor) = text.trim().trim_start_matches('v').split_once('.').ok_or_else(error)?;
        Ok(Self { major: number(major).ok_or_else(error)?, minor: number(minor).ok_or_else(error)? })
    }
}

impl TryFrom<String> for Minor {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Minor> for String {
    fn from(minor: Minor) -> Self {
        minor.to_string()
    }
}

/// A whole version: minor, patch and whatever suffix the vendor appended.
///
/// Ordered by minor, patch, then pre-release before release; build metadata (`+k3s1`) comes last, so
/// that what is equal in order is equal.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(semver::Version);

impl Version {
    /// `Version::new(1, 34, 2)` is 1.34.2.
    #[must_use]
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self(semver::Version::new(major as u64, minor as u64, patch as u64))
    }

    /// The minor this version belongs to.
    #[must_use]
    pub fn minor(&self) -> Minor {
        // Parsing rejects parts that do not fit, so the conversions cannot saturate.
        Minor {
            major: u16::try_from(self.0.major).unwrap_or(u16::MAX),
            minor: u16::try_from(self.0.minor).unwrap_or(u16::MAX),
        }
    }

    /// The patch number.
    #[must_use]
    pub fn patch(&self) -> u16 {
        u16::try_from(self.0.patch).unwrap_or(u16::MAX)
    }

    /// Whether it is an alpha, beta or release candidate. A vendor's suffix (`-eks-…`, `-gke.N`) is not one.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        ["alpha", "beta", "rc"].iter().any(|tag| self.0.pre.as_str().starts_with(tag))
    }

    /// The vendor's or pre-release suffix as written, with its `-` or `+`; empty for an upstream release.
    #[must_use]
    pub fn suffix(&self) -> String {
        let mut suffix = String::new();
        if !self.0.pre.is_empty() {
            suffix.push('-');
            suffix.push_str(&self.0.pre);
        }
        if !self.0.build.is_empty() {
            suffix.push('+');
            suffix.push_str(&self.0.build);
        }
        suffix
    }

    /// The same minor and patch without suffix.
    #[must_use]
    pub fn release(&self) -> Self {
        Self(semver::Version::new(self.0.major, self.0.minor, self.0.patch))
    }

    /// As tags and kubeadm write it: `v1.34.2`.
    #[must_use]
    pub fn tag(&self) -> String {
        format!("v{}", self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let error = || VersionError { text: text.to_owned(), expected: "a version such as v1.34.2" };
        let bare = text.trim();
        let version = semver::Version::parse(bare.strip_prefix('v').unwrap_or(bare)).map_err(|_| error())?;
        let fits = [version.major, version.minor, version.patch].iter().all(|part| u16::try_from(*part).is_ok());
        if fits { Ok(Self(version)) } else { Err(error()) }
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

/// Text that should have been a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {text:?}")]
pub struct VersionError {
    /// What was read.
    pub text: String,
    /// What should have stood there.
    pub expected: &'static str,
}

/// Plain decimal digits only: `u16::from_str` would also take a sign.
fn number(text: &str) -> Option<u16> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_versions_keep_their_suffix_and_their_minor() {
        for (text, minor, suffix) in [
            ("v1.31.2-eks-7f9249a", Minor::new(1, 31), "-eks-7f9249a"),
            ("v1.30.4+k3s1", Minor::new(1, 30), "+k3s1"),
            ("1.33.5-gke.1162000", Minor::new(1, 33), "-gke.1162000"),
            ("v1.10.13", Minor::new(1, 10), ""),
        ] {
            let version: Version = text.parse().unwrap();
            assert_eq!((version.minor(), version.suffix().as_str()), (minor, suffix), "{text}");
            assert!(!version.is_prerelease(), "{text}");
        }
        assert!("v1.38.0-alpha.2".parse::<Version>().unwrap().is_prerelease());
    }

    #[test]
    fn what_is_not_a_version_is_refused() {
        for text in ["", "v", "1", "1.34", "latest", "1.34.2.1", "1.99999.1", "-1.2.3", "v1.+3.0", "1..2"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        for text in ["", "1", "1.", ".1", "1.+3", "1.34.2", "a.b"] {
            assert!(text.parse::<Minor>().is_err(), "{text}");
        }
    }

    #[test]
    fn ten_is_after_nine() {
        assert!(Version::new(1, 10, 0) > Version::new(1, 9, 11));
        assert_eq!(Minor::new(1, 34).ahead_of(Minor::new(1, 31)), 3);
        assert_eq!(Minor::new(1, 9).ahead_of(Minor::new(1, 10)), -1);
    }
}
