//! What commands print: made fit for journals and errors, and read for the reason of a failure. Success is never read from it.

const HIDDEN: &str = "[redacted]";

/// How many lines of a reason are kept.
const REASONS: usize = 8;

/// Without escape sequences, other control characters, overwritten progress and secrets.
pub(crate) fn clean(output: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    let mut in_key = false;
    for line in output.lines() {
        let line = without_escapes(line);
        in_key = in_key || line.contains("-----BEGIN") && line.contains("PRIVATE KEY");
        if in_key {
            if line.contains("-----END") {
                in_key = false;
                kept.push(HIDDEN.to_owned());
            }
        } else {
            kept.push(redacted(&line));
        }
    }
    if in_key {
        kept.push(HIDDEN.to_owned());
    }
    kept.join("\n")
}

/// The last line that says something.
pub(crate) fn last(output: &str) -> String {
    output.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("nothing yet").to_owned()
}

/// What the commands reported as observed.
pub(crate) fn observed(output: &str) -> Vec<String> {
    output.lines().filter_map(|line| line.strip_prefix("observed: ")).map(str::to_owned).collect()
}

/// The lines in which kubeadm, apt and the like say why, with the items listed under them; else the last line.
pub(crate) fn why(output: &str) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    let mut listing = false;
    for line in output.lines() {
        let trimmed = line.trim();
        let says = ["error:", "Error:", "E: ", "fatal:"].iter().any(|start| trimmed.starts_with(start));
        let says = says || trimmed.starts_with("[ERROR ");
        let item = listing && (trimmed.starts_with("- ") || trimmed.is_empty());
        listing = says || item;
        if says || item && !trimmed.is_empty() {
            reasons.push(trimmed);
        }
    }
    if reasons.is_empty() {
        return last(output);
    }
    let first = reasons.len().saturating_sub(REASONS);
    reasons.get(first..).unwrap_or_default().join("; ")
}

/// Drops `ESC [ … letter` and every other control character; of a line rewritten in place, keeps its last form.
fn without_escapes(line: &str) -> String {
    let line = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
    let mut text = String::new();
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        if char == '\u{1b}' {
            if chars.next() == Some('[') {
                chars.by_ref().find(|end| ('\u{40}'..='\u{7e}').contains(end));
            }
        } else if char == '\t' || !char.is_control() {
            text.push(char);
        }
    }
    text
}

/// Hides bootstrap tokens, certificate keys, bearer tokens and passwords in URLs.
fn redacted(line: &str) -> String {
    let mut after_secret = false;
    let words = line.split_inclusive(|char: char| char.is_whitespace() || char == '=' || char == '"');
    words
        .map(|piece| {
            let word = piece.trim_end_matches(|char: char| char.is_whitespace() || char == '=' || char == '"');
            let end = piece.get(word.len()..).unwrap_or_default();
            let lone_key = word == line.trim() && is_hex(word, 64);
            let secret = after_secret && !word.is_empty() || has_token(word) || lone_key || has_password(word);
            after_secret = after_secret && word.is_empty() || announces(word);
            if secret { format!("{HIDDEN}{end}") } else { piece.to_owned() }
        })
        .collect()
}

fn announces(word: &str) -> bool {
    ["--certificate-key", "--token", "--discovery-token", "--tls-bootstrap-token", "Bearer"].contains(&word)
}

/// `abcdef.0123456789abcdef`, with whatever marks around it: `token:abcdef.0123456789abcdef,`.
fn has_token(word: &str) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_token = |text: &str| {
        let parts = text.trim_matches('.').split_once('.');
        parts.is_some_and(|(id, secret)| id.len() == 6 && secret.len() == 16 && plain(id) && plain(secret))
    };
    word.split(|char: char| !char.is_ascii_alphanumeric() && char != '.').any(is_token)
}

fn is_hex(word: &str, length: usize) -> bool {
    word.len() == length && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `https://user:password@host/`
fn has_password(word: &str) -> bool {
    let authority = word.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    authority.is_some_and(|text| text.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_progress_are_dropped() {
        assert_eq!(
            clean("\u{1b}[0;37mKERNEL\u{1b}[0m: ok\n(0%\r(50%\r(100%\r\n\u{7}x\ty\n"),
            "KERNEL: ok\n(100%\nx\ty"
        );
    }

    #[test]
    fn secrets_are_hidden_and_hashes_are_not() {
        let key = "a".repeat(64);
        for (text, clean_text) in [
            ("--token abcdef.0123456789abcdef \\".to_owned(), "--token [redacted] \\".to_owned()),
            ("token: abcdef.0123456789abcdef".to_owned(), "token: [redacted]".to_owned()),
            ("{token:abcdef.0123456789abcdef, x: y}".to_owned(), "[redacted] x: y}".to_owned()),
            (format!("--certificate-key={key} x"), "--certificate-key=[redacted] x".to_owned()),
            (format!("Using certificate key:\n  {key}"), "Using certificate key:\n  [redacted]".to_owned()),
            (format!("sha256={key}"), format!("sha256={key}")),
            ("get https://u:pw@mirror/x y".to_owned(), "get [redacted] y".to_owned()),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nz".to_owned(),
                "[redacted]\nz".to_owned(),
            ),
        ] {
            assert_eq!(clean(&text), clean_text, "{text}");
        }
    }

    #[test]
    fn the_reason_is_what_the_tool_says_it_is() {
        let refused = include_str!("../tests/fixtures/apply-too-high.stderr");
        let reason = why(&clean(refused));
        assert!(
            reason.starts_with("error: error execution phase preflight: the version argument is invalid"),
            "{reason}"
        );
        assert!(reason.contains("- Specified version to upgrade to \"v1.35.6\" is too high"), "{reason}");
        let held = include_str!("../tests/fixtures/apt-install-held.output");
        assert_eq!(
            why(&clean(held)),
            "E: Held packages were changed and -y was used without --allow-change-held-packages."
        );
        let images = include_str!("../tests/fixtures/apply-images-missing.output");
        assert!(why(&clean(images)).contains("[ERROR ImagePull]"), "{}", why(&clean(images)));
        assert_eq!(why("a\nb\n\n"), "b");
    }
}
