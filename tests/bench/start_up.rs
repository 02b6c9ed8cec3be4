//! How long the program takes to start and say something, or to ask a cluster something.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Instant;

use upgrade_tests::plugin;

use crate::measure::run;
use crate::report::Row;

const ROUNDS: usize = 100;

/// Milliseconds.
const LIMIT: f64 = 20.0;

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
        let (mut asking, _) = cluster.accept()?;
        asking.read_exact(&mut [0])?;
        let took = started.elapsed();
        plan.kill()?;
        plan.wait()?;
        Ok(took.as_secs_f64() * 1000.0)
    };
    (0..ROUNDS).map(once).collect()
}

fn of_cluster(address: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: bench\n\
         clusters: [{{name: bench, cluster: {{server: 'http://{address}'}}}}]\n\
         users: [{{name: bench, user: {{token: bench}}}}]\n\
         contexts: [{{name: bench, context: {{cluster: bench, user: bench}}}}]\n"
    )
}
