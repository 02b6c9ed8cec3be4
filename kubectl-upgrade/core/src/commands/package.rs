//! Package versions: what a deb or rpm version says about the Kubernetes version in it.

use std::cmp::Ordering;

use crate::version::Version;

/// The Kubernetes version in a package version: `1.34.2` of `1.34.2-1.1`, `1.27.6-00`, `0:1.34.2-150500.1.1`. None when
/// it holds none.
#[must_use]
pub fn version_of(package_version: &str) -> Option<Version> {
    let text = package_version.trim();
    let text = match text.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        Some(_) | None => text,
    };
    let upstream = text.split('-').next()?;
    // A pre-release is written so that it sorts before its release: `1.35.0~rc.1-1.1`.
    upstream.replacen('~', "-", 1).parse().ok()
}

/// The newest package on offer of exactly that version.
#[must_use]
pub fn pick<'a>(offered: &'a [String], version: &Version) -> Option<&'a str> {
    let of_version = offered.iter().filter(|package| version_of(package).as_ref() == Some(version));
    of_version.max_by(|a, b| by_revision(a, b)).map(String::as_str)
}

/// Orders two packages of one version by what follows it: number by number, `1.10` after `1.9`.
fn by_revision(a: &str, b: &str) -> Ordering {
    let numbers = |package: &str| -> Vec<u64> {
        let revision = package.split_once('-').map(|(_, revision)| revision.to_owned()).unwrap_or_default();
        revision.split(|char: char| !char.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    numbers(a).cmp(&numbers(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packagers_habit_is_read() {
        for (package, version) in [
            ("1.34.2-1.1", Some(Version::new(1, 34, 2))),
            ("1.27.6-00", Some(Version::new(1, 27, 6))),
            ("1.34.2-150500.1.1", Some(Version::new(1, 34, 2))),
            ("0:1.28.2-0", Some(Version::new(1, 28, 2))),
            ("1.34.2", Some(Version::new(1, 34, 2))),
            ("1.34", None),
            ("", None),
            ("(none)", None),
        ] {
            assert_eq!(version_of(package), version, "{package}");
        }
        assert_eq!(version_of("1.35.0~rc.1-1.1").unwrap().to_string(), "1.35.0-rc.1");
    }

    #[test]
    fn the_newest_revision_is_picked() {
        let offered = ["1.34.2-1.1", "1.34.2-1.10", "1.34.2-1.9", "1.34.20-1.1", "1.33.9-2.1"].map(str::to_owned);
        assert_eq!(pick(&offered, &Version::new(1, 34, 2)), Some("1.34.2-1.10"));
        assert_eq!(pick(&offered, &Version::new(1, 34, 3)), None);
        assert_eq!(pick(&[], &Version::new(1, 34, 2)), None);
    }
}
