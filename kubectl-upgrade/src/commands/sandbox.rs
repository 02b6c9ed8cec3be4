//! `kubectl upgrade sandbox`: a simulated cluster that stays for a while.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;
use upgrade_core::commands::quote;
use upgrade_core::components;
use upgrade_rehearsal::{Identity, Sandbox, Stage, kubeconfig, serve_time};
use upgrade_twin::blueprint::{SCENARIOS, Scenario};

use super::door::{cloud_of, scenario};
use super::running::Signals;
use crate::cli::{ConnectionArgs, SandboxCommand, UpArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{Format, machine};
use crate::settings::{Settings, write_secret};

/// Does it.
pub(super) async fn sandbox(
    command: &SandboxCommand,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Exit, Failure> {
    match command {
        SandboxCommand::List => list(settings),
        SandboxCommand::Up(arguments) => up(arguments, connection, settings).await,
    }
}

/// One line of the list.
#[derive(serde::Serialize)]
struct Line {
    name: &'static str,
    about: &'static str,
}

fn list(settings: &Settings) -> Result<Exit, Failure> {
    let lines = SCENARIOS.map(|Scenario { name, about, .. }| Line { name, about });
    let name = lines.iter().map(|line| line.name.len()).max().unwrap_or_default();
    let text = match machine(settings.format, &lines)? {
        Some(text) => text,
        None => lines.iter().map(|line| format!("{:<name$}  {}\n", line.name, line.about)).collect(),
    };
    settings.terminal.data(&text);
    Ok(Exit::Done)
}

async fn up(arguments: &UpArgs, connection: &ConnectionArgs, settings: &Settings) -> Result<Exit, Failure> {
    let scenario = scenario(&arguments.scenario, |name| format!("kubectl upgrade sandbox up {name}"))?;
    if let [flag, ..] = connection.given().as_slice() {
        return Err(Failure::new(Exit::Usage, format!("a sandbox brings its own cluster, found {flag}"))
            .hint(format!("leave {flag} away")));
    }
    if settings.format != Format::Human {
        return Err(Failure::new(Exit::Usage, "expected no --output with sandbox up: it runs until it is stopped"));
    }
    let listener = listen(arguments.port.unwrap_or(0)).await?;
    let address = listener.local_addr().map_err(|error| Failure::because(Exit::Failed, "failed to listen", error))?;
    let failed = |error| Failure::because(Exit::Failed, "failed to start the sandbox", error);
    let identity = Identity::new().map_err(failed)?;
    let blueprint = scenario.blueprint();
    let stage = Stage::open(&blueprint, arguments.seed)
        .map_err(|error| Failure::because(Exit::Failed, "failed to build the sandbox", error))?;
    // From here on the file is taken away whatever comes.
    let mut signals = Signals::new();
    let cloud = cloud_of(&stage.twin).await?;
    let components = blueprint.components().map(|components| components::write(&components));
    let text = kubeconfig(scenario.name, address, &identity, cloud.as_ref(), components);
    let file = File::write(connection, settings, &scenario, address, &text)?;
    settings.terminal.note(&greeting(&scenario, arguments, address, &file.0));
    let sandbox = Sandbox::of(stage.twin.clone(), arguments.speed, &identity);
    tokio::select! {
        biased;
        () = signals.next() => {
            settings.terminal.note(&format!("the sandbox has ended; {} is gone", file.0.display()));
            Ok(Exit::Done)
        }
        never = sandbox.serve(listener) => match never {
            Ok(never) => match never {},
            Err(error) => Err(Failure::because(Exit::Failed, "failed to listen any longer", error)),
        },
        () = serve_time(arguments.speed) => Err(Failure::new(Exit::Failed, "the sandbox's time stood still")),
    }
}

async fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        let exit = if error.kind() == std::io::ErrorKind::AddrInUse { Exit::Usage } else { Exit::Failed };
        Failure::because(exit, format!("failed to listen on 127.0.0.1:{port}"), error)
            .hint("take another port with --port PORT, or leave --port away for any that is free")
    })
}

/// The kubeconfig, for as long as the sandbox runs.
struct File(PathBuf);

impl File {
    fn write(
        connection: &ConnectionArgs,
        settings: &Settings,
        scenario: &Scenario,
        address: SocketAddr,
        text: &str,
    ) -> Result<Self, Failure> {
        let by_default = || settings.sandbox_dir().join(format!("{}-{}.kubeconfig", scenario.name, address.port()));
        let path = connection.kubeconfig.clone().unwrap_or_else(by_default);
        match write_secret(&path, text) {
            Ok(()) => Ok(Self(std::path::absolute(&path).unwrap_or(path))),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let text = format!("expected no file at {}: it would be replaced, and taken away", path.display());
                Err(Failure::new(Exit::Usage, text).hint("name another one: --kubeconfig FILE"))
            }
            Err(error) => {
                Err(Failure::because(Exit::Failed, format!("failed to write the kubeconfig {}", path.display()), error))
            }
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // One that someone else has taken away already is gone all the same.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn greeting(scenario: &Scenario, arguments: &UpArgs, address: SocketAddr, file: &Path) -> String {
    format!(
        "sandbox {} is up at https://{address}, its time {} times as fast as yours: {}\n\nin another terminal\n  \
         export KUBECONFIG={}\n  kubectl get nodes --watch\n  kubectl upgrade plan\n  kubectl upgrade run\n\n\
         Ctrl-C here ends it",
        scenario.name,
        arguments.speed.times(),
        scenario.about,
        quote(&file.display().to_string()),
    )
}
