//! The production sources of the workspace and what is checked in their text.

use std::path::Path;

use crate::rules::ForbiddenWords;

/// One file of production code, without its tests.
pub(crate) struct Source {
    /// Relative to the root.
    path: String,
    lines: Vec<String>,
}

/// Every production file: what is below a `src` folder of a crate.
pub(crate) fn production(root: &Path) -> Vec<Source> {
    let mut files = Vec::new();
    for top in ["kubectl-upgrade", "providers"] {
        collect(root, &root.join(top), &mut files);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
            continue;
        }
        let relative = path.strip_prefix(root).expect("below the root").to_str().expect("a UTF-8 path").to_owned();
        if relative.ends_with(".rs") && relative.contains("/src/") && !is_tests_only(&relative) {
            let text = std::fs::read_to_string(&path).expect("a source file");
            files.push(Source { lines: without_tests(&text), path: relative });
        }
    }
}

/// A module that only tests include, by the names in use for them.
fn is_tests_only(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/tests/")
}

/// The lines before the test module, which stands last in a file.
fn without_tests(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests {"));
    lines[..tests.unwrap_or(lines.len())].to_vec()
}

/// Lines that contain a forbidden word outside of comments.
pub(crate) fn forbidden(files: &[Source], rules: &[ForbiddenWords]) -> Vec<String> {
    let mut found = Vec::new();
    for rule in rules {
        let in_scope =
            files.iter().filter(|file| file.path.starts_with(rule.folder) && !rule.except.contains(&&*file.path));
        for file in in_scope {
            for (number, line) in file.lines.iter().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                found.extend(
                    rule.words
                        .iter()
                        .filter(|word| line.contains(*word))
                        .map(|word| format!("{}:{}: {word}: {}", file.path, number + 1, rule.why)),
                );
            }
        }
    }
    found
}

/// Files over the limit.
pub(crate) fn too_long(files: &[Source], limit: usize) -> Vec<String> {
    let long = files.iter().filter(|file| file.lines.len() > limit);
    long.map(|file| format!("{}: {} lines, {limit} are allowed", file.path, file.lines.len())).collect()
}

/// The length that half of the files do not exceed.
pub(crate) fn median_length(files: &[Source]) -> usize {
    let mut lengths: Vec<_> = files.iter().map(|file| file.lines.len()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Source, forbidden, is_tests_only, median_length, too_long, without_tests};
    use crate::rules::FORBIDDEN_WORDS;

    fn file(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), lines: text.lines().map(str::to_owned).collect() }
    }

    #[test]
    fn a_clock_in_core_is_found_and_a_word_about_it_is_not() {
        let text = "// Timestamp::now would not do.\nlet now = Timestamp::now();";
        let found = forbidden(&[file("kubectl-upgrade/core/src/gate.rs", text)], FORBIDDEN_WORDS);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("kubectl-upgrade/core/src/gate.rs:2: Timestamp::now"), "{found:?}");
    }

    #[test]
    fn a_provider_is_named_in_the_registry_alone() {
        let text = "use upgrade_provider_kubeadm::Kubeadm;";
        assert_eq!(forbidden(&[file("kubectl-upgrade/src/registry.rs", text)], FORBIDDEN_WORDS), Vec::<String>::new());
        assert_eq!(forbidden(&[file("kubectl-upgrade/src/commands/run.rs", text)], FORBIDDEN_WORDS).len(), 1);
    }

    #[test]
    fn length_is_counted_without_tests() {
        let text = "code\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(without_tests(text), ["code"]);
        let files = [file("a.rs", "1\n2\n3"), file("b.rs", "1"), file("c.rs", "1\n2")];
        assert_eq!(too_long(&files, 2), ["a.rs: 3 lines, 2 are allowed"]);
        assert_eq!(median_length(&files), 2);
    }

    #[test]
    fn files_of_tests_are_not_production() {
        assert!(is_tests_only("kubectl-upgrade/core/src/plan/tests.rs"));
        assert!(is_tests_only("kubectl-upgrade/core/src/plan/tests/hop.rs"));
        assert!(!is_tests_only("kubectl-upgrade/core/src/plan/latest.rs"));
    }
}
