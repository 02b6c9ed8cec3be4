//! One fixture's server, a home of its own, and the plugin run against them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use upgrade_tests::api::{Fixture, Server};
use upgrade_tests::plugin;

use crate::redact::redacted;

/// kubectl as the tests' PATH has it.
const KUBECTL: &str = r#"#!/bin/sh
echo '{"clientVersion":{"major":"1","minor":"34","gitVersion":"v1.34.2"},"kustomizeVersion":"v5.7.1"}'
"#;

/// No host of a fixture exists, so none is asked for real. The message goes where OpenSSH's would: into the log file.
const SSH: &str = r#"#!/bin/sh
log=/dev/stderr
while [ $# -gt 0 ]; do
    case $1 in
    -V) echo 'OpenSSH_9.2p1' >&2; exit 0 ;;
    -E) log=$2; shift ;;
    esac
    shift
done
echo 'ssh: connect to host: Connection refused' >>"$log"
exit 255
"#;

/// A release calendar that stands still: what is supported now stays so, and nothing newer comes. The columns are those
/// of the built-in one. Counts of days keep their number of digits for decades, so that lines stay as long as they are.
const CALENDAR: &str = "checked\t2026-11-22\n\
minor\tga\tmaintenance\teol\tlast_patch\tprojected\n\
1.33\t2025-04-23\t2097-04-28\t2097-06-28\t1.33.13\t-\n\
1.34\t2025-08-27\t2097-08-28\t2097-10-28\t1.34.11\t-\n\
1.35\t2025-12-17\t2097-12-28\t2098-02-28\t1.35.9\t-\n\
1.36\t2026-04-22\t2098-04-28\t2098-06-28\t1.36.5\t-\n\
1.37\t2098-08-26\t2099-08-28\t2099-10-28\t1.37.0\t-\n";

/// A user at a terminal-less shell with one cluster in the kubeconfig.
pub(crate) struct Session {
    server: Option<Server>,
    home: TempDir,
}

/// What one command left behind.
pub(crate) struct Transcript {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Session {
    /// With the fixture's cluster.
    pub(crate) fn with(fixture: Fixture) -> Self {
        let server = Server::start(fixture);
        let session = Self::at(&server.url());
        Self { server: Some(server), ..session }
    }

    /// With the cluster of `tests/fixtures/NAME`.
    pub(crate) fn of(name: &str) -> Self {
        Self::with(Fixture::read(name))
    }

    /// With a kubeconfig for that address, whoever listens there.
    pub(crate) fn at(url: &str) -> Self {
        let home = tempfile::tempdir().expect("a home");
        let session = Self { server: None, home };
        session.write("bin/kubectl", KUBECTL);
        session.write("bin/ssh", SSH);
        session.write("calendar.tsv", CALENDAR);
        session.write(
            "kubeconfig",
            &format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: shop\nclusters:\n- name: shop\n  cluster: {{server: \"{url}\"}}\n\
                 contexts:\n- name: shop\n  context: {{cluster: shop, user: tester}}\nusers:\n- name: tester\n  user: {{}}\n"
            ),
        );
        session
    }

    /// Writes a file below the home; those in `bin` can be run.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("below the home")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        if name.starts_with("bin/") {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        path
    }

    /// A file below the home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The plugin with these arguments, split at blanks.
    fn plugin(&self, arguments: &str) -> Command {
        let mut plugin = Command::new(plugin::binary());
        plugin.args(arguments.split_whitespace()).env_clear().env("HOME", self.home.path());
        plugin.env("PATH", self.path("bin")).env("KUBECONFIG", self.path("kubeconfig"));
        plugin.current_dir(self.home.path()).stdin(Stdio::null());
        plugin
    }

    /// Starts the plugin with these arguments, split at blanks; what it says on standard error goes to that file.
    pub(crate) fn start(&self, arguments: &str, said: &Path) -> std::process::Child {
        let mut plugin = self.plugin(arguments);
        plugin.stdout(Stdio::null()).stderr(std::fs::File::create(said).expect("a file"));
        plugin.spawn().expect("failed to start the plugin")
    }

    /// Runs the plugin with these arguments, split at blanks, and checks that it asked for no change.
    pub(crate) fn run(&self, arguments: &str) -> Transcript {
        self.run_with(arguments, &[])
    }

    /// The same, with these in its environment.
    pub(crate) fn run_with(&self, arguments: &str, variables: &[(&str, &str)]) -> Transcript {
        let output =
            self.plugin(arguments).envs(variables.iter().copied()).output().expect("failed to start the plugin");
        let changes = self.server.as_ref().map(Server::changes).unwrap_or_default();
        assert!(changes.is_empty(), "`{arguments}` asked for changes: {changes:?}");
        Transcript {
            code: output.status.code().expect("it ends by itself"),
            stdout: self.clean(output.stdout),
            stderr: self.clean(output.stderr),
        }
    }

    /// Without what differs from run to run.
    fn clean(&self, bytes: Vec<u8>) -> String {
        let text = String::from_utf8(bytes).expect("UTF-8");
        let url = self.server.as_ref().map(Server::url).unwrap_or_default();
        redacted(&text, &url, Path::new(self.home.path()))
    }
}

impl std::fmt::Display for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "exit code: {code}\n----- stdout -----\n{stdout}\n----- stderr -----\n{stderr}")
    }
}
