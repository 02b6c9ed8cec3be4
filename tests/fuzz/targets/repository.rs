//! Lines of a package manager's sources, one file of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_core::commands::repository::{detect, edits_to, minor_in, url_in, url_of_minor};
use upgrade_core::inventory::{Repository, RepositoryFile, RepositoryLayout};
use upgrade_core::version::Minor;

fuzz_target!(|text: &str| {
    let repository = repository(text.lines().map(str::to_owned).collect());
    text.lines().for_each(line);
    let RepositoryLayout::PerMinor(from) = repository.layout else {
        assert!(edits_to(&repository, Minor::new(1, 34)).is_empty());
        return;
    };
    assert!(edits_to(&repository, from).is_empty());
    let to = from.next();
    if to != from {
        switched(&repository, from, to);
    }
});

fn repository(lines: Vec<String>) -> Repository {
    let files = vec![RepositoryFile { path: "/etc/x".to_owned(), lines }];
    Repository { layout: detect(&files), files }
}

/// What is switched serves the new minor, and says all else as before.
fn switched(before: &Repository, from: Minor, to: Minor) {
    let edits = edits_to(before, to);
    assert!(!edits.is_empty(), "nothing to switch from {from} to {to}");
    let mut lines = before.files[0].lines.clone();
    for edit in &edits {
        assert_eq!(minor_in(&edit.before), Some(from), "{edit:?}");
        assert_eq!(minor_in(&edit.after), Some(to), "{edit:?}");
        assert!(!edit.after.contains('\n'), "{edit:?}");
        assert_eq!(edit.after.split_whitespace().count(), edit.before.split_whitespace().count(), "{edit:?}");
        let head = |line: &str| line.split("://").next().unwrap_or_default().to_owned();
        assert_eq!(head(&edit.after), head(&edit.before), "{edit:?}");
        for line in lines.iter_mut().filter(|line| **line == edit.before) {
            line.clone_from(&edit.after);
        }
    }
    let after = repository(lines);
    assert_eq!(after.layout, RepositoryLayout::PerMinor(to), "{after:?}");
    assert!(edits_to(&after, to).is_empty());
}

fn line(line: &str) {
    let Some(minor) = minor_in(line) else {
        assert_eq!(url_of_minor(line, Minor::new(1, 34)), None);
        return;
    };
    let url = url_in(line).expect("a minor stands in a URL");
    assert!(line.contains(url) && url.contains("://"));
    let of = url_of_minor(line, minor.next()).expect("a URL with a minor");
    assert_eq!(minor_in(&of), Some(minor.next()), "{line:?}");
    assert!(!of.contains(char::is_whitespace), "{of:?}");
}
