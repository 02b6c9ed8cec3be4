//! A cluster of the testbed, up for as long as the value lives.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use upgrade_tests::plugin::root;

/// What a scenario asks for.
pub(crate) struct Shape {
    /// The cluster's name, unique among the scenarios.
    pub(crate) name: &'static str,
    /// The number its addresses are made from.
    pub(crate) id: u8,
    pub(crate) version: &'static str,
    pub(crate) control_planes: u8,
    pub(crate) workers: u8,
    /// Further arguments of `testbed up`.
    pub(crate) arguments: &'static [&'static str],
}

pub(crate) struct Cluster {
    name: &'static str,
    id: u8,
    folder: PathBuf,
}

/// The versions of etcd that hand-built clusters start with and can move to.
pub(crate) const DEBIAN_ETCD: &str = "3.4.23";
pub(crate) const NEXT_ETCD: &str = "3.4.27";

fn testbed() -> Command {
    Command::new(root().join("tests/testbed/testbed"))
}

/// Why this machine cannot run the testbed, if it cannot.
fn impossible() -> Option<String> {
    static REASON: LazyLock<Option<String>> = LazyLock::new(|| {
        let output = testbed().arg("check").output().expect("failed to start the testbed's scripts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then(|| said.trim().to_owned())
    });
    REASON.clone()
}

impl Cluster {
    /// Brings the cluster up; none, said by name, where the machine cannot and does not have to.
    pub(crate) fn up(shape: &Shape) -> Option<Self> {
        let shaped = |command: &mut Command| {
            command
                .args(["up", shape.name, "--version", shape.version, "--id", &shape.id.to_string()])
                .args(["--control-planes", &shape.control_planes.to_string()])
                .args(["--workers", &shape.workers.to_string()])
                .args(shape.arguments);
        };
        Self::brought_up(shape.name, shape.id, shaped)
    }

    /// Brings up a cluster that was set up by hand, at 1.19.16.
    pub(crate) fn hand_built(name: &'static str, id: u8) -> Option<Self> {
        Self::brought_up(name, id, |command| {
            command.args(["handbuilt", "up", name, "--id", &id.to_string()]);
        })
    }

    fn brought_up(name: &'static str, id: u8, shaped: impl FnOnce(&mut Command)) -> Option<Self> {
        if let Some(reason) = impossible() {
            assert!(std::env::var_os("CI").is_none(), "{name} must run on CI: {reason}");
            println!("skipped: scenario {name}: {reason}");
            return None;
        }
        // Bringing up is the busiest part: one at a time, or two slow each other down into time-outs.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        run(testbed().arg("build"));
        let mut up = testbed();
        shaped(&mut up);
        run(&mut up);
        let base = std::env::var_os("TESTBED_RUN").map_or_else(|| "/tmp/kubectl-upgrade-testbed".into(), PathBuf::from);
        Some(Self { name, id, folder: base.join(name) })
    }

    /// Where the testbed put the cluster's kubeconfig, keys and hosts file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.file("kubeconfig")
    }

    /// Runs a command as root in a host and returns what it printed, whatever its exit status.
    pub(crate) fn exec(&self, host: &str, command: &[&str]) -> String {
        let output = testbed().args(["exec", self.name, host]).args(command).output().expect("failed to start testbed");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// Where a hand-built cluster's new binaries are served, as `VERSION/bin/OS/ARCH/COMPONENT`.
    pub(crate) fn mirror(&self) -> String {
        format!("http://10.99.{}.1:8088", self.id)
    }

    /// Runs kubectl on this machine.
    pub(crate) fn kubectl_here(&self, arguments: &[&str]) -> String {
        let mut kubectl = Command::new(self.file("kubectl"));
        let output = kubectl.arg("--kubeconfig").arg(self.kubeconfig()).args(arguments).output();
        let output = output.expect("failed to start kubectl");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// Runs kubectl on the first control-plane host, as admin.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let mut command = vec!["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"];
        command.extend(arguments);
        self.exec("cp1", &command)
    }

    /// Applies manifests.
    pub(crate) fn apply(&self, manifests: &str) {
        let mut child = testbed()
            .args([
                "exec",
                self.name,
                "cp1",
                "kubectl",
                "--kubeconfig",
                "/etc/kubernetes/admin.conf",
                "apply",
                "-f",
                "-",
            ])
            .stdin(Stdio::piped())
            .spawn()
            .expect("failed to start testbed");
        std::io::Write::write_all(&mut child.stdin.take().expect("piped"), manifests.as_bytes())
            .expect("failed to write");
        assert!(child.wait().expect("failed to wait").success(), "kubectl apply failed");
    }

    pub(crate) fn kube_client(&self) -> impl Future<Output = kube::Client> + use<> {
        client(self.kubeconfig())
    }
}

async fn client(kubeconfig: PathBuf) -> kube::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let read = kube::config::Kubeconfig::read_from(Path::new(&kubeconfig)).expect("the testbed's kubeconfig");
    let options = kube::config::KubeConfigOptions::default();
    let mut config = kube::Config::from_custom_kubeconfig(read, &options).await.expect("a whole kubeconfig");
    config.connect_timeout = Some(std::time::Duration::from_secs(2));
    config.read_timeout = Some(std::time::Duration::from_secs(10));
    kube::Client::try_from(config).expect("a client")
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Kept for a look when a scenario failed and somebody asked for it.
        if !(std::thread::panicking() && std::env::var_os("TESTBED_KEEP").is_some()) {
            run(testbed().args(["down", self.name]));
        }
    }
}

fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).status().expect("failed to start the testbed's scripts");
    assert!(status.success() || std::thread::panicking(), "{command:?} ended with {status}");
}
