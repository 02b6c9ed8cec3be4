//! Package repositories: which minor they serve and which lines change for another.
//!
//! pkgs.k8s.io keeps one repository per minor, told apart by a path segment `v1.NN` (facts: package repositories). Mirrors
//! and air-gapped copies keep that segment under their own host and path, so it alone is looked at and it alone changes.

use crate::inventory::{Repository, RepositoryFile, RepositoryLayout};
use crate::plan::RepositoryEdit;
use crate::version::Minor;

/// How the repository that these lines configure is laid out. Where several minors are configured side by side, it is
/// the highest one's: that is where the newest packages come from.
#[must_use]
pub fn detect(files: &[RepositoryFile]) -> RepositoryLayout {
    let lines = || files.iter().flat_map(|file| file.lines.iter());
    match lines().filter_map(|line| minor_in(line)).max() {
        Some(minor) => RepositoryLayout::PerMinor(minor),
        None if lines().any(|line| url_in(line).is_some()) => RepositoryLayout::AllMinors,
        None => RepositoryLayout::Missing,
    }
}

/// The lines to change for the repository to serve `to`. Empty when nothing has to change: it serves it already, or all
/// minors, or there is none.
#[must_use]
pub fn edits_to(repository: &Repository, to: Minor) -> Vec<RepositoryEdit> {
    let from = match repository.layout {
        RepositoryLayout::PerMinor(from) if from != to => from,
        RepositoryLayout::PerMinor(_) | RepositoryLayout::AllMinors | RepositoryLayout::Missing => return Vec::new(),
    };
    let mut edits: Vec<RepositoryEdit> = Vec::new();
    for file in &repository.files {
        for line in file.lines.iter().filter(|line| minor_in(line) == Some(from)) {
            let edit = RepositoryEdit { path: file.path.clone(), before: line.clone(), after: at_minor(line, to) };
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    edits
}

/// The URL that the line would carry for that minor, without its trailing `/`. None when the line has no URL, or one
/// without a minor.
#[must_use]
pub fn url_of_minor(line: &str, minor: Minor) -> Option<String> {
    minor_in(line)?;
    let changed = at_minor(line, minor);
    url_in(&changed).map(|url| url.trim_end_matches('/').to_owned())
}

/// The minor in the line's URL.
#[must_use]
pub fn minor_in(line: &str) -> Option<Minor> {
    url_in(line)?.split('/').find_map(minor_of_segment)
}

/// The first URL in a line: of a one-line or deb822 apt source, of `baseurl=` or `gpgkey=`.
#[must_use]
pub fn url_in(line: &str) -> Option<&str> {
    if line.trim_start().starts_with('#') {
        return None;
    }
    line.get(url_start(line)?..)?.split_whitespace().next()
}

/// Where the first URL begins: at its scheme.
fn url_start(text: &str) -> Option<usize> {
    let before = text.get(..text.find("://")?)?;
    Some(before.trim_end_matches(|char: char| char.is_ascii_alphanumeric() || char == '+').len())
}

/// The line with every minor in its URLs replaced; whatever else is in it, such as the path of a keyring, stays as it is,
/// byte by byte.
fn at_minor(line: &str, to: Minor) -> String {
    let words = line.split_inclusive(char::is_whitespace);
    words.map(|word| word_at_minor(word, to).unwrap_or_else(|| word.to_owned())).collect()
}

/// The word with the minor in its URL replaced; none where there is no URL in it.
fn word_at_minor(word: &str, to: Minor) -> Option<String> {
    let (before, url) = word.split_at_checked(url_start(word)?)?;
    let bare = url.trim_end();
    let end = url.get(bare.len()..)?;
    let segment = |segment: &str| match minor_of_segment(segment) {
        Some(_) if segment.ends_with(':') => format!("v{to}:"),
        Some(_) => format!("v{to}"),
        None => segment.to_owned(),
    };
    let changed: Vec<String> = bare.split('/').map(segment).collect();
    Some(format!("{before}{}{end}", changed.join("/")))
}

/// `v1.34`, or `v1.34:` as the build service writes it.
fn minor_of_segment(segment: &str) -> Option<Minor> {
    let minor: Minor = segment.strip_suffix(':').unwrap_or(segment).strip_prefix('v')?.parse().ok()?;
    (minor.major == 1).then_some(minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(lines: &[&str]) -> Repository {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        let files = vec![RepositoryFile { path: "/etc/x".to_owned(), lines }];
        Repository { layout: detect(&files), files }
    }

    #[test]
    fn only_the_minor_changes_in_every_form() {
        let (from, to) = (Minor::new(1, 33), Minor::new(1, 34));
        for line in [
            "deb [signed-by=/etc/apt/keyrings/v1.32/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /",
            "deb  [arch=amd64]\thttps://pkgs.k8s.io/core:/stable:/v1.33 ./",
            "deb http://mirror.example:8088/k8s/core/stable/v1.33/deb /",
            "URIs: https://packages.kubernetes.io/core:/stable:/v1.33/deb/",
            "baseurl=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/",
            "gpgkey = https://pkgs.k8s.io/core:/stable:/v1.33/rpm/repodata/repomd.xml.key",
            "deb file:///srv/mirror/v1.33/deb ./",
            "baseurl=https://download.example/isv:/kubernetes:/core:/stable:/v1.33:/build/rpm/",
            "deb https://download.example/core:/stable:/v1.33: ./",
            "deb [signed-by=/v1.32/k]https://pkgs.k8s.io/core:/stable:/v1.33/deb /",
        ] {
            let repository = repository(&[line]);
            assert_eq!(repository.layout, RepositoryLayout::PerMinor(from), "{line}");
            let edits = edits_to(&repository, to);
            assert_eq!(edits.len(), 1, "{line}");
            assert_eq!(edits[0].after, line.replace("v1.33", "v1.34"), "{line}");
            assert!(edits_to(&repository, from).is_empty(), "{line}");
        }
    }

    #[test]
    fn what_has_no_minor_serves_all_of_them() {
        for line in [
            "deb https://apt.kubernetes.io/ kubernetes-xenial main",
            "deb [trusted=yes] file:///srv/apt ./",
            "baseurl=https://mirror.example/centos/7.9/kubernetes-1.33/",
            "deb https://v1.33.example/apt /",
        ] {
            let repository = repository(&[line]);
            assert_eq!(repository.layout, RepositoryLayout::AllMinors, "{line}");
            assert!(edits_to(&repository, Minor::new(1, 34)).is_empty(), "{line}");
        }
        for lines in [&[][..], &["# deb https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /"][..]] {
            assert_eq!(repository(lines).layout, RepositoryLayout::Missing);
        }
    }

    #[test]
    fn of_several_minors_side_by_side_the_highest_moves() {
        let repository = repository(&[
            "deb https://pkgs.k8s.io/core:/stable:/v1.9/deb/ /",
            "deb https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /",
            "deb https://pkgs.k8s.io/core:/stable:/v1.32/deb/ /",
        ]);
        assert_eq!(repository.layout, RepositoryLayout::PerMinor(Minor::new(1, 33)));
        let edits = edits_to(&repository, Minor::new(1, 34));
        assert_eq!(edits.len(), 1);
        assert_eq!(edits[0].before, "deb https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /");
    }

    #[test]
    fn the_url_for_a_minor_is_where_its_index_lies() {
        assert_eq!(
            url_of_minor("deb [a=b] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /", Minor::new(1, 35)).as_deref(),
            Some("https://pkgs.k8s.io/core:/stable:/v1.35/deb")
        );
        assert_eq!(url_of_minor("deb https://apt.kubernetes.io/ kubernetes-xenial main", Minor::new(1, 35)), None);
    }
}
