//! What may differ between two servers: a short list with a reason each, and no row without use.

use std::path::Path;

use serde::Deserialize;

use super::Difference;

/// One row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// A case's name; `*` for all.
    pub case: String,
    /// As in [`Difference::path`]; `*` stands for one step of it, `**` for any number.
    pub path: String,
    /// Why no client minds.
    pub why: String,
}

/// The list in use.
#[derive(Debug)]
pub struct Allowed {
    rows: Vec<(Allowance, bool)>,
}

impl Allowed {
    /// Reads a list.
    ///
    /// # Panics
    /// When the file is missing, has something else, or has a row without a reason.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let rows: Vec<Allowance> =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self::of(rows)
    }

    /// A list.
    ///
    /// # Panics
    /// When a row has no reason.
    #[must_use]
    pub fn of(rows: Vec<Allowance>) -> Self {
        for row in &rows {
            assert!(row.why.len() > 10, "{} {} may differ without a reason", row.case, row.path);
        }
        Self { rows: rows.into_iter().map(|row| (row, false)).collect() }
    }

    /// Whether a row allows it.
    pub fn allows(&mut self, difference: &Difference) -> bool {
        let mut allowed = false;
        for (row, used) in &mut self.rows {
            if (row.case == "*" || row.case == difference.case) && matches(&row.path, &difference.path) {
                *used = true;
                allowed = true;
            }
        }
        allowed
    }

    /// The rows that allowed nothing.
    #[must_use]
    pub fn unused(&self) -> Vec<&Allowance> {
        self.rows.iter().filter(|(_, used)| !used).map(|(row, _)| row).collect()
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    steps_match(&pattern, &path)
}

fn steps_match(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|skipped| steps_match(rest, &path[skipped..])),
        (Some((first, rest)), Some((step, steps))) => (*first == "*" || first == step) && steps_match(rest, steps),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, Allowed, matches};
    use crate::conformance::Difference;

    #[test]
    fn stars_stand_for_steps() {
        assert!(matches("/0/answer/body/a", "/0/answer/body/a"));
        assert!(matches("/*/answer/body/a", "/12/answer/body/a"));
        assert!(matches("/**/a", "/0/answer/body/a"));
        assert!(matches("/**/spec/**", "/0/answer/body/spec/a/b"));
        assert!(!matches("/**/spec", "/0/answer/body/spec/a"));
        assert!(!matches("/*/a", "/0/answer/a"));
    }

    #[test]
    fn a_row_that_allows_nothing_is_told() {
        let row = |case: &str, path: &str| Allowance {
            case: case.to_owned(),
            path: path.to_owned(),
            why: "only for this test".to_owned(),
        };
        let mut allowed = Allowed::of(vec![row("*", "/**/a"), row("other", "/**/a")]);
        let difference = Difference {
            case: "one".to_owned(),
            path: "/0/a".to_owned(),
            request: String::new(),
            expected: None,
            found: None,
        };
        assert!(allowed.allows(&difference));
        assert_eq!(allowed.unused().len(), 1);
        assert!(!allowed.allows(&Difference { path: "/0/b".to_owned(), ..difference }));
    }
}
