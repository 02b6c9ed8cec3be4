//! The one printer of errors: what went wrong, what lies underneath, what to type next.

use super::text::{Tone, paint};
use crate::failure::Failure;

/// The lines of a failure.
pub(crate) fn failure(failure: &Failure) -> String {
    let mut lines = vec![format!("{} {}", paint(Tone::Bad, "error:"), failure.error)];
    let mut cause = failure.error.source();
    let mut said = failure.error.to_string();
    while let Some(error) = cause {
        let text = error.to_string();
        // Libraries often repeat their source in their own text; once is enough.
        if !said.ends_with(&text) {
            lines.push(format!("  caused by: {text}"));
            said = text;
        }
        cause = error.source();
    }
    lines.extend(failure.hints.iter().map(|hint| format!("{} {hint}", paint(Tone::Good, "hint:"))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;
    use crate::report::text::width;

    #[test]
    fn causes_follow_the_error_and_hints_come_last() {
        let io = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let failed =
            Failure::because(Exit::Usage, "failed to read p.json", io).hint("kubectl upgrade plan --out p.json");
        let text = failure(&failed);
        let plain: Vec<String> = text.lines().map(|line| console::strip_ansi_codes(line).into_owned()).collect();
        assert_eq!(
            plain,
            ["error: failed to read p.json", "  caused by: no such file", "hint: kubectl upgrade plan --out p.json"]
        );
        assert!(text.lines().all(|line| width(line) <= 80));
    }
}
