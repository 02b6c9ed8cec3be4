//! Running the plugin and seeing what it took.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running process is looked at. Its peak is kept by the kernel, so only what it takes in its last moment
/// is missed, when it only gives memory back.
const GLANCE: Duration = Duration::from_millis(2);

/// Ticks a second in which the kernel tells CPU time; the same on every machine that Linux runs on today.
const TICKS: f64 = 100.0;

/// What one run took.
pub(crate) struct Run {
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    /// The peak of resident memory, in MiB.
    pub(crate) peak_mib: f64,
    pub(crate) exit: Option<i32>,
}

/// Runs a command to its end; what it prints goes nowhere. Nothing else may end meanwhile that was started here.
pub(crate) fn run(command: &mut Command) -> Run {
    let before = cpu().ended_s;
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
    let wall_s = started.elapsed().as_secs_f64();
    let peak_kib: f64 = watch.join().expect("the watch does not panic");
    Run { wall_s, cpu_s: cpu().ended_s - before, peak_mib: peak_kib / 1024.0, exit: exit.code() }
}

/// CPU time, in user space and in the kernel.
pub(crate) struct Cpu {
    /// Of this process.
    pub(crate) own_s: f64,
    /// Of those it started and waited for.
    pub(crate) ended_s: f64,
}

/// The CPU time taken so far.
pub(crate) fn cpu() -> Cpu {
    let text = fs::read_to_string("/proc/self/stat").expect("there is /proc");
    // The name of the program stands in brackets, and may hold anything.
    let (_, numbers) = text.rsplit_once(')').expect("a name in brackets");
    let ticks: Vec<f64> = numbers.split_whitespace().skip(11).take(4).filter_map(|one| one.parse().ok()).collect();
    let [user, kernel, ended_user, ended_kernel] = ticks[..] else { panic!("expected times, found {numbers}") };
    Cpu { own_s: (user + kernel) / TICKS, ended_s: (ended_user + ended_kernel) / TICKS }
}

/// `VmHWM`, in KiB; none once the process has ended.
fn peak(status: &Path) -> Option<f64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
