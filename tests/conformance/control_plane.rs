//! A control plane of the testbed without hosts, up for as long as the value lives.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use upgrade_tests::plugin::root;

pub(crate) struct ControlPlane {
    name: &'static str,
    folder: PathBuf,
}

fn testbed() -> Command {
    let mut command = Command::new(root().join("tests/testbed/testbed"));
    command.stdin(Stdio::null());
    command
}

impl ControlPlane {
    /// Brings it up; none, said by name, where the machine cannot and does not have to.
    pub(crate) fn up(name: &'static str, version: &str) -> Option<Self> {
        let base = std::env::var_os("TESTBED_RUN").map_or_else(|| "/tmp/kubectl-upgrade-testbed".into(), PathBuf::from);
        let output = testbed().arg("check").output().expect("failed to start the testbed's scripts");
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stdout);
            assert!(std::env::var_os("CI").is_none(), "conformance must run on CI: {reason}");
            println!("skipped: conformance of the real API server: {}", reason.trim());
            return None;
        }
        let plane = Self { name, folder: base.join(name) };
        plane.testbed(&["standalone", "up", name, "--version", version]);
        Some(plane)
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// Lets etcd forget every earlier state: what a case asks for at resource version 1 has then expired.
    pub(crate) async fn compact(&self) {
        let port = std::fs::read_to_string(self.folder.join("port")).expect("the port of the API server");
        let port: u16 = port.trim().parse().expect("a port");
        let uri = format!("http://127.0.0.1:{}", port + 3).parse().expect("etcd's address");
        let etcd = kube::Client::try_from(kube::Config::new(uri)).expect("a client");
        let ask = async |path: &str, body: Value| -> Value {
            let request = http::Request::post(path).body(body.to_string().into_bytes()).expect("a valid request");
            etcd.request(request).await.expect("an answer of etcd")
        };
        let state = ask("/v3/kv/range", json!({"key": "AA=="})).await;
        let revision = state.pointer("/header/revision").expect("the current revision");
        ask("/v3/kv/compaction", json!({"revision": revision, "physical": true})).await;
    }

    fn testbed(&self, arguments: &[&str]) {
        let status = testbed().args(arguments).status().expect("failed to start the testbed's scripts");
        assert!(
            status.success() || std::thread::panicking(),
            "testbed {arguments:?} for {} ended with {status}",
            self.name
        );
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.testbed(&["standalone", "down", self.name]);
    }
}
