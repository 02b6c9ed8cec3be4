//! The plugin as a person would call it, with one cluster's connection and a state directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use upgrade_tests::plugin::binary;

use crate::cluster::Cluster;

pub(crate) struct Plugin {
    kubeconfig: PathBuf,
    hosts: PathBuf,
    state: tempfile::TempDir,
}

/// What a finished call said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Plugin {
    pub(crate) fn on(cluster: &Cluster) -> Self {
        let state = tempfile::tempdir().expect("a state directory");
        Self { kubeconfig: cluster.kubeconfig(), hosts: cluster.file("hosts.yaml"), state }
    }

    /// The same with another hosts file.
    pub(crate) fn with_hosts(self, hosts: PathBuf) -> Self {
        Self { hosts, ..self }
    }

    /// The same by another kubeconfig.
    pub(crate) fn with_kubeconfig(self, kubeconfig: PathBuf) -> Self {
        Self { kubeconfig, ..self }
    }

    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).arg("--kubeconfig").arg(&self.kubeconfig).arg("--state-dir").arg(self.state());
        if matches!(arguments.first(), Some(&("inventory" | "plan" | "rehearse" | "run" | "versions"))) {
            command.arg("--hosts").arg(&self.hosts);
        }
        command.env_remove("KUBECONFIG").stdin(Stdio::null());
        command
    }

    /// Calls it and waits.
    pub(crate) fn call(&self, arguments: &[&str]) -> Said {
        let began = Instant::now();
        let output = self.command(arguments).output().expect("failed to start the plugin");
        let said = Said::from(output);
        println!(
            "$ kubectl upgrade {}   # {:.1} s, exit {}",
            arguments.join(" "),
            began.elapsed().as_secs_f64(),
            said.code
        );
        println!("{}{}", said.stdout, said.stderr);
        said
    }

    /// Starts it and leaves it running.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        println!("$ kubectl upgrade {} &", arguments.join(" "));
        self.command(arguments).stdout(Stdio::null()).spawn().expect("failed to start the plugin")
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Said {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn complains_of(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word) || self.stdout.contains(word), "{word:?} is not in:\n{}", self.stderr);
        }
        self
    }
}
