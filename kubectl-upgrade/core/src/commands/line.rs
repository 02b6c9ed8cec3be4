//! One command and how it is written for a POSIX shell.

use std::fmt::{self, Write as _};

/// One command, to be run as root on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables set for it.
    pub environment: Vec<(String, String)>,
    /// What it does, in words, where the line itself is long.
    pub note: Option<String>,
    /// Whether it runs even when an earlier line failed. Such lines come last.
    pub always: bool,
}

impl CommandLine {
    /// A command without variables.
    #[must_use]
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        let argv = argv.into_iter().map(Into::into).collect();
        Self { argv, environment: Vec::new(), note: None, always: false }
    }

    /// A small script, given to `sh` with its name and its arguments.
    #[must_use]
    pub(super) fn script<S: Into<String>>(text: &str, name: &str, arguments: impl IntoIterator<Item = S>) -> Self {
        Self::new(["sh", "-c", text.trim_end(), name]).with(arguments.into_iter().map(Into::into))
    }

    /// Further arguments.
    #[must_use]
    pub(super) fn with(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.argv.extend(arguments);
        self
    }

    /// One more variable.
    #[must_use]
    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What it does, in words.
    #[must_use]
    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Makes it run even when an earlier line failed.
    #[must_use]
    pub(super) fn always(mut self) -> Self {
        self.always = true;
        self
    }

    /// The line as a root shell runs it: what [`fmt::Display`] writes, without `sudo`.
    #[must_use]
    pub fn as_root(&self) -> String {
        let mut line = String::new();
        for (name, value) in &self.environment {
            let _ = write!(line, "{name}={} ", quote(value));
        }
        let words: Vec<String> = self.argv.iter().map(|word| quote(word)).collect();
        line.push_str(&words.join(" "));
        line
    }
}

/// The line as a person would type it.
impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sudo {}", self.as_root())
    }
}

/// The text as one word of a POSIX shell: bare where nothing in it means anything to a shell, in single quotes otherwise.
///
/// A NUL cannot be part of any argument and is left out.
#[must_use]
pub fn quote(text: &str) -> String {
    let text: String = text.chars().filter(|char| *char != '\0').collect();
    // A leading `~` or a `=` in the first word would mean something: `~` is not in the list, and an assignment-like
    // first word never leaves this crate, as programs are named by literals.
    let plain = |char: char| char.is_ascii_alphanumeric() || "@%+=:,./_-".contains(char);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn through_sh(words: &[String]) -> Vec<String> {
        let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
        let script = format!("printf '%s\\0' {}", quoted.join(" "));
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        text.strip_suffix('\0').unwrap().split('\0').map(str::to_owned).collect()
    }

    #[test]
    fn hostile_words_pass_a_real_shell_unchanged() {
        let words: Vec<String> = [
            "",
            " ",
            "'",
            "''",
            "\\",
            "\\'",
            "$(reboot)",
            "`reboot`",
            "$HOME",
            "a;b",
            "a\nb",
            "*",
            "~",
            "~root",
            "!x",
            "-n",
            "#x",
            "a&b|c>d<e",
            "{a,b}",
            "[a]",
            "\t",
            "é–漢",
            "\"",
            "a=b",
            "%s",
        ]
        .map(str::to_owned)
        .to_vec();
        assert_eq!(through_sh(&words), words);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_words_pass_a_real_shell_unchanged(words in proptest::collection::vec("[^\0]*", 1..5)) {
            prop_assert_eq!(through_sh(&words), words);
        }
    }

    #[test]
    fn variables_come_after_sudo() {
        let line = CommandLine::new(["apt-get", "install", "-y", "kubeadm=1.34.2-1.1"])
            .variable("DEBIAN_FRONTEND", "noninteractive");
        assert_eq!(line.to_string(), "sudo DEBIAN_FRONTEND=noninteractive apt-get install -y kubeadm=1.34.2-1.1");
        assert_eq!(line.as_root(), "DEBIAN_FRONTEND=noninteractive apt-get install -y kubeadm=1.34.2-1.1");
    }
}
