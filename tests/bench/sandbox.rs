//! A plan for 5,000 nodes and 150,000 pods, on the sandbox of that size.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use upgrade_tests::plugin;

use crate::plans::{Subject, compare};
use crate::raw::lists;
use crate::report::Row;

/// How long building the cluster may take, in seconds.
const PATIENCE_S: u32 = 180;

pub(crate) fn rows() -> Result<Vec<Row>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let kubeconfig = folder.path().join("kubeconfig");
    let _up = Up::new(&kubeconfig, folder.path())?;
    Ok(compare(&Subject {
        name: "5,000 nodes, 150,000 pods in a sandbox",
        kubeconfig: &kubeconfig,
        lists: lists("v1"),
        target: "1.36",
        rounds: 7,
        ratio: 2.0,
        peak_mib: Some(256.0),
    }))
}

/// The sandbox, for as long as this is kept.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Up {
    fn new(kubeconfig: &Path, home: &Path) -> Result<Self, String> {
        let mut command = Command::new(plugin::binary());
        command.args(["sandbox", "up", "large", "--speed", "1", "--kubeconfig"]).arg(kubeconfig).env("HOME", home);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut up = Self(command.spawn().map_err(|error| error.to_string())?);
        for _ in 0..PATIENCE_S * 10 {
            // It is written when the cluster stands.
            if kubeconfig.exists() {
                return Ok(up);
            }
            if let Ok(Some(status)) = up.0.try_wait() {
                return Err(format!("the sandbox ended: {status}"));
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("the sandbox was not up after {PATIENCE_S} s"))
    }
}
