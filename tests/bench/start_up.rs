//! How long the program takes to start and say something, or to ask a cluster something.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use upgrade_tests::plugin;

use crate::measure::run;
use crate::report::Row;

const ROUNDS: usize = 100;

/// Milliseconds.
const LIMIT: f64 = 20.0;

/// How exactly the first byte is timed.
const EVERY: Duration = Duration::from_micros(200);

/// After so long something is wrong with the program.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn rows() -> Result<Vec<Row>, String> {
    let row = |what: &str, samples| Row::limited(format!("start-up, {what}"), "ms", samples, LIMIT);
    let told = |argument: &str| {
        let once = |_| run(Command::new(plugin::binary()).arg(argument)).wall_s * 1000.0;
        row(argument, (0..ROUNDS).map(once).collect())
    };
    let asked = first_requests().map_err(|error| error.to_string())?;
    Ok(vec![told("--version"), told("--help"), row("plan to its first request", asked)])
}

/// From the start of `plan` to the first byte that its cluster hears of it, again and again.
fn first_requests() -> std::io::Result<Vec<f64>> {
    let folder = tempfile::tempdir()?;
    let kubeconfig = folder.path().join("kubeconfig");
    let once = |_| {
        // A new one each time: it asks several things at once, and those of the last one may still stand in line.
        let cluster = TcpListener::bind(("127.0.0.1", 0))?;
        std::fs::write(&kubeconfig, of_cluster(&cluster.local_addr()?.to_string()))?;
        let mut command = Command::new(plugin::binary());
        command.arg("plan").env_clear().env("KUBECONFIG", &kubeconfig).env("HOME", folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let mut plan = command.spawn()?;
        let heard = hear(&cluster);
        let took = started.elapsed();
        plan.kill()?;
        plan.wait()?;
        heard?;
        Ok(took.as_secs_f64() * 1000.0)
    };
    (0..ROUNDS).map(once).collect()
}

/// Returns with the first byte that comes through any connection: the one that is opened first may never be spoken through.
fn hear(cluster: &TcpListener) -> std::io::Result<()> {
    cluster.set_nonblocking(true)?;
    let deadline = Instant::now() + PATIENCE;
    let mut asking: Vec<TcpStream> = Vec::new();
    while Instant::now() < deadline {
        match cluster.accept() {
            Ok((connection, _)) => {
                connection.set_nonblocking(true)?;
                asking.push(connection);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        // One that breaks or ends without a word is not the one.
        if asking.iter_mut().any(|connection| matches!(connection.read(&mut [0]), Ok(1..))) {
            return Ok(());
        }
        std::thread::sleep(EVERY);
    }
    let message = format!("expected a request within {PATIENCE:?}, found none through {} connections", asking.len());
    Err(std::io::Error::new(ErrorKind::TimedOut, message))
}

fn of_cluster(address: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: bench\n\
         clusters: [{{name: bench, cluster: {{server: 'http://{address}'}}}}]\n\
         users: [{{name: bench, user: {{token: bench}}}}]\n\
         contexts: [{{name: bench, context: {{cluster: bench, user: bench}}}}]\n"
    )
}
