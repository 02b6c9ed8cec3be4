//! From what was typed and what the environment says to what holds; and what a run keeps of it for `resume`.
//!
//! The only place that reads the environment. What is kept never holds a token or a password.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anstream::ColorChoice;
use serde::{Deserialize, Serialize};
use upgrade_cluster::{Connection, RequestTimeout};

use crate::cli::{CloudNameArgs, Colour, ConnectionArgs, HostArgs, ShowArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{Format, Terminal};

/// What holds for every command.
pub(crate) struct Settings {
    /// The streams.
    pub(crate) terminal: Terminal,
    /// The format of what is shown.
    pub(crate) format: Format,
    /// Whether to say what is being looked at.
    pub(crate) verbose: bool,
    /// Where runs keep their journals.
    pub(crate) state_dir: PathBuf,
}

impl Settings {
    /// Resolves them.
    pub(crate) fn of(show: &ShowArgs) -> Result<Self, Failure> {
        let colour = match show.color {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        let state_dir = show.state_dir.clone().or_else(default_state_dir).ok_or_else(|| {
            Failure::new(Exit::Usage, "expected a home for the journals, found neither XDG_STATE_HOME nor HOME")
                .hint("name one: --state-dir DIR")
        })?;
        Ok(Self { terminal: Terminal::new(colour), format: show.output, verbose: show.verbose > 0, state_dir })
    }

    /// Where sandboxes keep theirs, apart from those of real clusters: the last run of one is not the last of the other.
    pub(crate) fn sandbox_dir(&self) -> PathBuf {
        self.state_dir.join("sandbox")
    }

    /// Says something to the person, where they want to hear it.
    pub(crate) fn say(&self, text: &str) {
        if self.verbose {
            self.terminal.note(text);
        }
    }
}

/// This plugin's commands as kubectl would look for them.
const COMMANDS: [&str; 12] = [
    "plan",
    "rehearse",
    "run",
    "status",
    "resume",
    "rollback",
    "versions",
    "inventory",
    "completion",
    "sandbox",
    "sandbox-up",
    "sandbox-list",
];

/// Programs on the path that kubectl would call instead of this one's commands: it takes the longest name that fits.
pub(crate) fn shadows() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let names = COMMANDS.map(|command| format!("kubectl-upgrade-{command}"));
    env::split_paths(&path)
        .flat_map(|folder| names.each_ref().map(|name| folder.join(name)))
        .filter(|file| file.is_file())
        .collect()
}

fn default_state_dir() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("kubectl-upgrade"))
}

/// Who runs this: user and machine, as the lock and the journal name them.
pub(crate) fn holder() -> String {
    let number =
        || std::fs::metadata("/proc/self").map_or_else(|_| "unknown".to_owned(), |me| format!("uid{}", me.uid()));
    let user = env::var("USER").or_else(|_| env::var("LOGNAME")).unwrap_or_else(|_| number());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = if machine.trim().is_empty() { "unknown" } else { machine.trim() };
    format!("{user}@{machine}")
}

/// How the cluster and its hosts are reached: everything a run keeps so that `resume` needs no flags. A token given by
/// flag is left out on purpose and must be given again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Reach {
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
    cluster: Option<String>,
    user: Option<String>,
    server: Option<String>,
    impersonate: Option<String>,
    impersonate_groups: Vec<String>,
    impersonate_uid: Option<String>,
    certificate_authority: Option<PathBuf>,
    client_certificate: Option<PathBuf>,
    client_key: Option<PathBuf>,
    insecure_skip_tls_verify: bool,
    tls_server_name: Option<String>,
    request_timeout: Option<String>,
    /// The file that says how hosts are reached.
    pub(crate) hosts: Option<PathBuf>,
    /// The file that says which component of a hand-built cluster runs where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) components: Option<PathBuf>,
    /// The file by which a person says that a step by hand is done.
    #[serde(skip)]
    pub(crate) wait_file: Option<PathBuf>,
    /// The release calendar used instead of the built-in one.
    pub(crate) release_table: Option<PathBuf>,
    /// The names the cloud knows the cluster by.
    pub(crate) cloud: CloudNameArgs,
    /// The simulated cluster that it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sandbox: Option<Sandboxed>,
}

/// A simulated cluster that a run was on. It ends before the journal does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sandboxed {
    /// The scenario.
    pub(crate) scenario: String,
    /// Whether it was a process of its own, which may be there still.
    pub(crate) served: bool,
}

impl Sandboxed {
    /// What to type to have the same story told again.
    pub(crate) fn again(&self) -> String {
        if self.served {
            format!("kubectl upgrade sandbox up {}", self.scenario)
        } else {
            format!("kubectl upgrade run --sandbox={}", self.scenario)
        }
    }
}

impl Reach {
    /// What the flags say. Paths are made absolute: `resume` may be typed elsewhere.
    pub(crate) fn of(connection: &ConnectionArgs, hosts: &HostArgs) -> Self {
        Self {
            kubeconfig: connection.kubeconfig.as_deref().map(absolute).or_else(kubeconfig_of_environment),
            context: connection.context.clone(),
            cluster: connection.cluster.clone(),
            user: connection.user.clone(),
            server: connection.server.clone(),
            impersonate: connection.impersonate.clone(),
            impersonate_groups: connection.impersonate_groups.clone(),
            impersonate_uid: connection.impersonate_uid.clone(),
            certificate_authority: connection.certificate_authority.as_deref().map(absolute),
            client_certificate: connection.client_certificate.as_deref().map(absolute),
            client_key: connection.client_key.as_deref().map(absolute),
            insecure_skip_tls_verify: connection.insecure_skip_tls_verify,
            tls_server_name: connection.tls_server_name.clone(),
            request_timeout: connection.request_timeout.clone(),
            hosts: hosts.hosts.as_deref().map(absolute),
            components: hosts.components.as_deref().map(absolute),
            wait_file: None,
            release_table: hosts.release_table.as_deref().map(absolute),
            cloud: hosts.cloud.clone(),
            sandbox: None,
        }
    }

    /// These, with the file by which a person says that a step by hand is done.
    pub(crate) fn hearing_by(self, wait_file: Option<&Path>) -> Self {
        Self { wait_file: wait_file.map(absolute), ..self }
    }

    /// These, of a simulated cluster.
    pub(crate) fn played_in(self, sandbox: Option<Sandboxed>) -> Self {
        Self { sandbox, ..self }
    }

    /// These, with what was typed now laid over them.
    pub(crate) fn overlaid(self, typed: &ConnectionArgs) -> Self {
        let path = |typed: &Option<PathBuf>, kept| typed.as_deref().map(absolute).or(kept);
        let text = |typed: &Option<String>, kept| typed.clone().or(kept);
        Self {
            kubeconfig: path(&typed.kubeconfig, self.kubeconfig),
            context: text(&typed.context, self.context),
            cluster: text(&typed.cluster, self.cluster),
            user: text(&typed.user, self.user),
            server: text(&typed.server, self.server),
            impersonate: text(&typed.impersonate, self.impersonate),
            impersonate_groups: if typed.impersonate_groups.is_empty() {
                self.impersonate_groups
            } else {
                typed.impersonate_groups.clone()
            },
            impersonate_uid: text(&typed.impersonate_uid, self.impersonate_uid),
            certificate_authority: path(&typed.certificate_authority, self.certificate_authority),
            client_certificate: path(&typed.client_certificate, self.client_certificate),
            client_key: path(&typed.client_key, self.client_key),
            insecure_skip_tls_verify: self.insecure_skip_tls_verify || typed.insecure_skip_tls_verify,
            tls_server_name: text(&typed.tls_server_name, self.tls_server_name),
            request_timeout: text(&typed.request_timeout, self.request_timeout),
            hosts: self.hosts,
            components: self.components,
            wait_file: self.wait_file,
            release_table: self.release_table,
            cloud: self.cloud,
            sandbox: self.sandbox,
        }
    }

    /// As the cluster's adapter wants it; the token is handed on and nowhere kept.
    pub(crate) fn connection(&self, token: Option<String>) -> Result<Connection, Failure> {
        let timeout: Option<RequestTimeout> = match &self.request_timeout {
            Some(text) => Some(
                text.parse()
                    .map_err(|error| Failure::because(Exit::Usage, "failed to read --request-timeout", error))?,
            ),
            None => None,
        };
        Ok(Connection {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            impersonate: self.impersonate.clone(),
            impersonate_groups: self.impersonate_groups.clone(),
            impersonate_uid: self.impersonate_uid.clone(),
            server: self.server.clone(),
            token,
            certificate_authority: self.certificate_authority.clone(),
            client_certificate: self.client_certificate.clone(),
            client_key: self.client_key.clone(),
            insecure_skip_tls_verify: self.insecure_skip_tls_verify,
            tls_server_name: self.tls_server_name.clone(),
            request_timeout: timeout,
        })
    }
}

/// Writes a file that only its owner may read. One that is there already is left alone.
pub(crate) fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

/// A path that means the same from everywhere.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// `KUBECONFIG`, when it names one file. A list is merged anew each time and must be set again.
fn kubeconfig_of_environment() -> Option<PathBuf> {
    let list = env::var_os("KUBECONFIG")?;
    let mut files = env::split_paths(&list).filter(|path| !path.as_os_str().is_empty());
    match (files.next(), files.next()) {
        (Some(only), None) => Some(absolute(&only)),
        (_, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_holds_no_token_and_reads_back() {
        let typed = ConnectionArgs {
            token: Some("secret-token".to_owned()),
            context: Some("prod".to_owned()),
            kubeconfig: Some("admin.conf".into()),
            ..ConnectionArgs::default()
        };
        let reach = Reach::of(&typed, &HostArgs::default());
        let text = serde_json::to_string(&reach).unwrap();
        assert!(!text.contains("secret-token"), "{text}");
        assert_eq!(serde_json::from_str::<Reach>(&text).unwrap(), reach);
        assert!(reach.kubeconfig.unwrap().is_absolute());
    }

    #[test]
    fn what_is_typed_on_resume_wins_over_what_was_kept() {
        let kept = Reach { context: Some("old".to_owned()), user: Some("admin".to_owned()), ..Reach::default() };
        let typed = ConnectionArgs { context: Some("new".to_owned()), ..ConnectionArgs::default() };
        let reach = kept.overlaid(&typed);
        assert_eq!((reach.context.as_deref(), reach.user.as_deref()), (Some("new"), Some("admin")));
    }
}
