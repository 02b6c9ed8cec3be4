//! What is sent to a host: the script, packed so that any login shell passes it on unchanged and root runs it.
//!
//! The remote command is `sh -s` whatever the script: the login shell, which may be any, has nothing to interpret. The
//! script comes through standard input, so that neither it nor its contents show in the host's process list or logs.

use upgrade_core::commands::quote;

use crate::error::{SshError, last_line};
use crate::target::Target;
use crate::transport::Output;

/// The line the packed script prints first. What stands before it was printed by the login or by sudo.
pub const BEGIN: &str = "kubectl-upgrade-begin";

/// How many bytes of what a login prints are read to find [`BEGIN`] after them.
pub(crate) const PRELUDE: usize = 16 * 1024;

/// Packs a script: as root at once, otherwise through `sudo -n`, which fails rather than ask.
///
/// The script becomes a function, so that the shell has read all of it before anything in it can touch standard input.
#[must_use]
pub fn payload(script: &str) -> String {
    let path = "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin";
    let body = format!(
        "LC_ALL=C {path}\nexport LC_ALL PATH\nprintf '%s\\n' {BEGIN}\nmain() {{\n{script}\n}}\nmain </dev/null\nexit $?\n"
    );
    format!(
        "body={}\nif [ \"$(id -u)\" -eq 0 ]; then printf '%s' \"$body\" | sh -s; else printf '%s' \"$body\" | sudo -n -- sh -s; \
         fi\nexit $?\n",
        quote(&body)
    )
}

/// Drops what was printed before the script began, and keeps so many bytes of what it printed.
///
/// # Errors
/// When it never began: sudo refused, or there is no usable shell.
pub(crate) fn unpack(target: &Target, raw: Output, keep: usize) -> Result<Output, SshError> {
    let begin = format!("{BEGIN}\n");
    if let Some((_, stdout)) = raw.stdout.split_once(&begin) {
        return Ok(Output { status: raw.status, stdout: start(stdout, keep), stderr: start(&raw.stderr, keep) });
    }
    let (node, by_hand) = (target.node.to_string(), target.by_hand());
    let sudo = raw.stderr.lines().rfind(|line| line.contains("sudo:") || line.contains("sudoers"));
    Err(match sudo {
        Some(line) => {
            let user = target.user.clone().unwrap_or_else(|| "(from ssh_config)".to_owned());
            SshError::Sudo { node, user, by_hand, found: line.trim().to_owned() }
        }
        None => SshError::Shell { node, by_hand, found: last_line(&format!("{}\n{}", raw.stdout, raw.stderr)) },
    })
}

/// The first so many bytes, or a few less where a character would be cut.
fn start(text: &str, keep: usize) -> String {
    text.get(..text.floor_char_boundary(keep)).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use upgrade_core::ids::NodeName;

    use super::*;

    fn run(script: &str) -> Output {
        let mut child = Command::new("sh")
            .arg("-s")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(payload(script).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Output { status: output.status.code().unwrap(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    fn target() -> Target {
        Target::new(NodeName::new("cp1"), "cp1")
    }

    #[test]
    fn a_script_arrives_whole_and_its_status_comes_back() {
        if Command::new("id").arg("-u").output().unwrap().stdout != b"0\n" {
            // Without root the packed script goes through sudo, which a test must not count on.
            assert!(payload("true").contains("sudo -n"));
            return;
        }
        let output =
            unpack(&target(), run("cat; printf '%s\\n' \"it's \\$HOME\" >&2; echo 'a\nb'; return 7"), 1024).unwrap();
        assert_eq!(output, Output { status: 7, stdout: "a\nb\n".to_owned(), stderr: "it's $HOME\n".to_owned() });
    }

    #[test]
    fn what_a_login_prints_is_dropped() {
        let raw = Output { status: 0, stdout: format!("Welcome!\n{BEGIN}\nx\n"), stderr: String::new() };
        assert_eq!(unpack(&target(), raw.clone(), 1024).unwrap().stdout, "x\n");
        assert_eq!(unpack(&target(), raw, 1).unwrap().stdout, "x");
    }

    #[test]
    fn a_sudo_that_asks_is_named() {
        let mut target = target();
        target.user = Some("admin".to_owned());
        let raw = |stderr: &str| Output { status: 1, stdout: String::new(), stderr: stderr.to_owned() };
        let error = unpack(&target, raw("sudo: a password is required\n"), 1024).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to become root on cp1: expected passwordless sudo for user admin, found \"sudo: a password is required\""
        );
        assert!(error.hint().unwrap().contains("admin ALL=(ALL) NOPASSWD: ALL"));
        let error = unpack(&target, raw("This account is currently not available.\n"), 1024).unwrap_err();
        assert!(matches!(error, SshError::Shell { .. }), "{error}");
    }
}
