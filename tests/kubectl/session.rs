//! A simulated cluster on a loopback socket, and one kubectl in front of it.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use upgrade_core::version::Version;
use upgrade_twin::blueprint::{Blueprint, Form, Machine, Packages};
use upgrade_twin::hosts::HostOutput;
use upgrade_twin::{Faults, Span, Tempo, Twin, api};

use crate::clients::{self, Client};

/// The newest version that is simulated here.
pub(crate) const NEWEST: &str = "v1.36.3";

/// A cluster and a kubectl.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) server: Version,
    /// The cluster itself.
    pub(crate) twin: Twin,
    runtime: Handle,
    home: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a kubectl said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Plays a story with every kubectl of this machine against a server of its own minor, and with the newest against the
/// newest server.
pub(crate) fn with_each(story: impl Fn(&Session) + Sync) {
    let clients = clients::all();
    let mut pairs: Vec<(&Client, Version)> = clients.iter().map(|client| (client, client.version.clone())).collect();
    pairs.extend(clients.last().map(|newest| (newest, NEWEST.parse().unwrap())));
    play(pairs, story);
}

/// Plays a story with the oldest kubectl, and with the newest against the newest server.
pub(crate) fn with_ends(story: impl Fn(&Session) + Sync) {
    let clients = clients::all();
    let oldest = clients.first().map(|oldest| (oldest, oldest.version.clone()));
    let newest = clients.last().map(|newest| (newest, NEWEST.parse().unwrap()));
    play(oldest.into_iter().chain(newest).collect(), story);
}

/// Plays a story with the oldest kubectl against a server older than it.
pub(crate) fn with_oldest_server(story: impl Fn(&Session) + Sync) {
    let oldest = clients::all().first().map(|oldest| (oldest, "v1.11.10".parse().unwrap()));
    play(oldest.into_iter().collect(), story);
}

/// Plays a story with the newest kubectl on another cluster.
pub(crate) fn with_newest_on(blueprint: &Blueprint, story: impl Fn(&Session)) {
    if let Some(client) = clients::all().last() {
        let blueprint = blueprint.clone();
        story(&Session::begin(client, Blueprint { tempo: fast(blueprint.tempo), ..blueprint }));
    }
}

/// How many sessions run side by side: most of each is waiting.
const SIDE_BY_SIDE: usize = 4;

fn play(pairs: Vec<(&Client, Version)>, story: impl Fn(&Session) + Sync) {
    for some in pairs.chunks(SIDE_BY_SIDE) {
        std::thread::scope(|scope| {
            for (client, server) in some {
                println!("kubectl {} with a server {server}", client.version);
                let story = &story;
                scope.spawn(move || story(&Session::begin(client, blueprint(server))));
            }
        });
    }
}

impl Session {
    fn begin(client: &Client, blueprint: Blueprint) -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let server = blueprint.version.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let twin = Twin::start(&blueprint, 1).unwrap();
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send((listener.local_addr().unwrap(), twin.clone(), Handle::current())).unwrap();
                tokio::select! {
                    _ = stopped => {}
                    ended = api::serve(twin, listener) => panic!("the server ended: {ended:?}"),
                }
            });
        });
        let (address, twin, runtime) = told.recv().expect("the cluster did not come up");
        let home = tempfile::tempdir().unwrap();
        let kubeconfig = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: twin\n\
             clusters: [{{name: twin, cluster: {{server: 'http://{address}'}}}}]\n\
             contexts: [{{name: twin, context: {{cluster: twin, user: admin}}}}]\n\
             users: [{{name: admin, user: {{}}}}]\n"
        );
        std::fs::write(home.path().join("kubeconfig"), kubeconfig).unwrap();
        let (stop, thread) = (Some(stop), Some(thread));
        Self { client: client.clone(), server, twin, runtime, home, stop, thread }
    }

    /// The server's version as it is written.
    pub(crate) fn server_tag(&self) -> String {
        format!("v{}", self.server.to_string().trim_start_matches('v'))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.client.program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("KUBECONFIG", self.home.path().join("kubeconfig"))
            .stdin(Stdio::null());
        command
    }

    /// What kubectl says to these arguments.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Said {
        Said::from(self.command(arguments).output().expect("failed to start kubectl"))
    }

    /// What kubectl says to these arguments, which must go well.
    pub(crate) fn tell(&self, arguments: &[&str]) -> String {
        let said = self.ask(arguments);
        assert!(said.ok, "{} {arguments:?} on {}:\n{}{}", self.client.version, self.server, said.out, said.err);
        assert_eq!(said.err, "", "{} {arguments:?} on {}", self.client.version, self.server);
        said.out
    }

    /// What a line with kubectl in it, typed into a shell, comes to; it must go well.
    pub(crate) fn typed(&self, line: &str) {
        let script = format!("kubectl() {{ '{}' \"$@\"; }}; {line}", self.client.program.display());
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script])
            .current_dir(self.home.path())
            .env("KUBECONFIG", self.home.path().join("kubeconfig"));
        let said = Said::from(shell.stdin(Stdio::null()).output().expect("failed to start sh"));
        assert!(said.ok, "{line}: {said:?}");
    }

    /// What a script on a host comes to.
    pub(crate) fn on_host(&self, host: &str, script: &str) -> HostOutput {
        self.runtime.block_on(self.twin.shell(host, script)).expect("the host answers")
    }

    /// The JSON of what kubectl gets.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.tell(&[arguments, &["--output", "json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error} in\n{text}"))
    }

    /// A kubectl that runs beside the story; its output can be read once it is killed.
    pub(crate) fn beside(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("failed to start kubectl")
    }

    /// A file with this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Whether the server is of that minor or newer.
    pub(crate) fn server_since(&self, minor: u16) -> bool {
        self.server.minor().minor >= minor
    }

    /// Whether kubectl is of that minor or newer.
    pub(crate) fn client_since(&self, minor: u16) -> bool {
        self.client.version.minor().minor >= minor
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { ok: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

fn fast(tempo: Tempo) -> Tempo {
    let fast = Span::ms(10, 50, 150);
    Tempo { pod_start: fast, pod_ready: fast, pod_stop: fast, package_install: fast, ..tempo }
}

/// One host of the control plane and two workers, on which everything goes fast.
fn blueprint(version: &Version) -> Blueprint {
    let machine = |name: &str, address: &str| Machine::new(name, address, version);
    Blueprint {
        name: "twin".to_owned(),
        epoch: Timestamp::from_second(1_790_000_000).unwrap(),
        form: Form::Kubeadm,
        version: version.clone(),
        machines: vec![
            machine("cp1", "10.0.0.1").control_plane(),
            machine("w1", "10.0.0.11"),
            machine("w2", "10.0.0.12"),
        ],
        packages: Packages { offered: vec![version.clone()], exact: Vec::new(), per_minor: true },
        objects: Vec::new(),
        tempo: fast(Tempo::default()),
        faults: Faults::default(),
    }
}
