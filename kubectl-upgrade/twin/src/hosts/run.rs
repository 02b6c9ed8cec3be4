//! The way in: a script sent to a host, and how that fails.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Host;
use super::place::Place;
use super::shell::io::{Io, Sink, Source};
use super::shell::{Flow, Ran, Shell};
use crate::Twin;
use crate::counter::Changes;
use crate::faults::HostFault;
use crate::tempo::Span;
use crate::world::World;

/// What a script printed and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostOutput {
    /// Its exit status.
    pub status: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Why a script's end was not seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostUnreachable {
    /// No such host.
    #[error("expected a simulated host, found none named {0}")]
    Unknown(String),
    /// The host does not answer; nothing was done.
    #[error("failed to reach simulated host {0}: it does not answer")]
    Silent(String),
    /// The connection broke; how far the script came is open.
    #[error("lost the connection to simulated host {0}")]
    Lost(String),
    /// The script needs something that is not simulated: a defect of the simulation.
    #[error("expected what the simulation knows, found on host {host}: {what}")]
    NotSimulated {
        /// The host.
        host: String,
        /// What it is.
        what: String,
    },
}

/// How long a host takes to be given up when it does not answer.
const SILENCE: Duration = Duration::from_secs(15);

/// After how many commands a connection breaks that does.
const CUT_WITHIN: u64 = 60;

/// How long a full disk stays full.
const FULL: Span = Span::s(20, 60, 180);

/// What the login gives a script.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin";

impl Twin {
    /// Runs a shell script as root on the host of that node name or address, with nothing to read.
    ///
    /// # Errors
    /// When its end was not seen: the host is off or unknown, the connection broke, or something is not simulated.
    pub async fn shell(&self, node_or_address: &str, script: &str) -> Result<HostOutput, HostUnreachable> {
        let Some(start) = self.with(|world| Start::of(world, node_or_address)) else {
            return Err(HostUnreachable::Unknown(node_or_address.to_owned()));
        };
        let silent = || HostUnreachable::Silent(start.node.clone());
        if start.fault == Some(HostFault::Unreachable) || !start.up {
            tokio::time::sleep(SILENCE).await;
            return Err(silent());
        }
        tokio::time::sleep(start.connecting).await;
        let mut place = Place::new(self, &start.node, start.boot);
        if start.fault == Some(HostFault::Dropped) {
            place = place.cut_after(start.cut_after);
        }
        let alive = start.alive.clone();
        let ran = tokio::select! {
            biased;
            ran = attended(&place, script) => ran,
            () = alive.differs_from(start.boot) => Err(Flow::Cut),
        };
        let lost = HostUnreachable::Lost(start.node.clone());
        match ran {
            Ok(_) if start.fault == Some(HostFault::LostAnswer) => Err(lost),
            Ok(output) => Ok(output),
            Err(Flow::Unsupported(what)) => Err(HostUnreachable::NotSimulated { host: start.node, what }),
            Err(_) => Err(lost),
        }
    }
}

async fn attended(place: &Place, script: &str) -> Ran<HostOutput> {
    let (stdout, stderr) = (Sink::buffer(), Sink::buffer());
    let io = Io { stdin: Source::default(), stdout: stdout.clone(), stderr: stderr.clone() };
    let status = Shell::new(place.clone(), io, environment(), "/root").without_input().script(script).await?;
    Ok(HostOutput { status, stdout: stdout.take(), stderr: stderr.take() })
}

/// What programs find in their environment.
pub(super) fn environment() -> BTreeMap<String, String> {
    let variables = [("HOME", "/root"), ("LC_ALL", "C"), ("PATH", PATH), ("USER", "root"), ("LOGNAME", "root")];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// What is decided when a script arrives.
struct Start {
    node: String,
    up: bool,
    boot: u64,
    alive: Changes,
    fault: Option<HostFault>,
    connecting: Duration,
    cut_after: u64,
}

impl Start {
    fn of(world: &mut World, node_or_address: &str) -> Option<Self> {
        let node = match world.hosts.contains_key(node_or_address) {
            true => node_or_address.to_owned(),
            false => {
                let here = |(_, host): &(&String, &Host)| host.address() == node_or_address;
                world.hosts.iter().find(here).map(|(node, _)| node.clone())?
            }
        };
        let fault = world.faults.at_host(&mut world.random);
        let span = world.tempo.host_command;
        let connecting = world.random.within(span);
        let cut_after = world.random.below(CUT_WITHIN);
        let full = if fault == Some(HostFault::DiskFull) { Some(world.random.within(FULL)) } else { None };
        let until = full.map(|full| world.clock().elapsed() + full);
        let host = world.hosts.get_mut(&node)?;
        host.full_until = host.full_until.max(until);
        let alive = host.boot.changes();
        Some(Self { node, up: host.up, boot: host.boot.get(), alive, fault, connecting, cut_after })
    }
}
