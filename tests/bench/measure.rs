//! Running the plugin and seeing what it took.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running process is looked at. Its peak is kept by the kernel, so only what it takes in its last moment
/// is missed, when it only gives memory back.
const GLANCE: Duration = Duration::from_millis(2);

/// What one run took.
pub(crate) struct Run {
    pub(crate) wall: Duration,
    /// The peak of resident memory, in MiB.
    pub(crate) peak_mib: f64,
    pub(crate) exit: Option<i32>,
}

/// Runs a command to its end; what it prints goes nowhere.
pub(crate) fn run(command: &mut Command) -> Run {
    let started = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let status = Path::new("/proc").join(child.id().to_string()).join("status");
    let mut peak_kib = 0.0;
    let watch = thread::spawn(move || {
        while let Some(peak) = peak(&status) {
            peak_kib = f64::max(peak_kib, peak);
            thread::sleep(GLANCE);
        }
        peak_kib
    });
    let exit = child.wait().expect("it can be waited for");
    let wall = started.elapsed();
    let peak_kib: f64 = watch.join().expect("the watch does not panic");
    Run { wall, peak_mib: peak_kib / 1024.0, exit: exit.code() }
}

/// `VmHWM`, in KiB; none once the process has ended.
fn peak(status: &Path) -> Option<f64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
