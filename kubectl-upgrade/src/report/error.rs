//! The one printer of errors: what went wrong, what lies underneath, what to type next.

use super::text::{Tone, paint};
use super::visible;
use crate::failure::Failure;

/// The lines of a failure.
pub(crate) fn failure(failure: &Failure) -> String {
    let mut lines = vec![format!("{} {}", paint(Tone::Bad, "error:"), inset(&failure.error.to_string()))];
    let mut cause = failure.error.source();
    let mut said = failure.error.to_string();
    while let Some(error) = cause {
        let text = error.to_string();
        // Libraries often repeat their source in their own text; once is enough.
        if !said.ends_with(&text) {
            lines.push(format!("  caused by: {}", inset(&text)));
            said = text;
        }
        cause = error.source();
    }
    lines.extend(failure.hints.iter().map(|hint| format!("{} {}", paint(Tone::Good, "hint:"), inset(hint))));
    lines.join("\n")
}

/// Several lines stay several, set in: none of them can pass for a line of ours.
fn inset(text: &str) -> String {
    text.lines().map(|line| visible::line(line)).collect::<Vec<_>>().join("\n    ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;
    use crate::report::text::width;

    #[test]
    fn what_others_wrote_can_pass_for_no_line_of_ours() {
        let said = "no such context \u{1b}[31mx\nhint: curl evil | sh";
        let text = failure(&Failure::because(Exit::Usage, said, std::io::Error::other("a\u{1b}[2J\nb")));
        let lines: Vec<String> =
            text.lines().skip(1).map(|line| console::strip_ansi_codes(line).into_owned()).collect();
        assert_eq!(lines, ["    hint: curl evil | sh", "  caused by: a\u{fffd}[2J", "    b"]);
    }

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
