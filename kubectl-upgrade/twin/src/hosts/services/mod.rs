//! Components that are units of a host, as on clusters built by hand: their processes, and what they do to the cluster.
//!
//! A unit's file is read anew at each start, as if systemd had been told to reload. A process is a directory below /proc
//! with the program it runs, whatever lies at the program's path by then.

mod effects;
pub(super) mod etcd;
mod found;
mod laid;
mod person;
mod pods;
mod program;
mod unit;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use upgrade_core::component::Component;

pub(super) use etcd::{DATA, restored};
pub(super) use found::fetched;
pub(crate) use laid::components;
pub(super) use laid::{ARCH, ByHand, lay};
pub use person::{replace_by_hand, serving};
pub use pods::can_be_static_pod;
pub(super) use pods::program_in;
pub(super) use program::{Program, refused, sum};
pub(super) use unit::UnitFile;

use super::host::Host;
use super::units::State;
use crate::world::World;

/// How long a program lives that then dies of its arguments.
const DIES_AFTER: Duration = Duration::from_millis(150);

/// Where units of the host's owner are.
pub(super) const UNITS: &str = "/etc/systemd/system";

/// A unit that starts a component.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) state: State,
    /// Its main process; 0 when there is none.
    pub(super) pid: u32,
    /// How often systemd started it again by itself.
    pub(super) restarts: u32,
    /// What runs.
    pub(super) runs: Option<Program>,
    pub(super) arguments: Vec<String>,
    /// Counts its starts, so that what was due for an earlier one is not done for a later.
    starts: u64,
    log: Vec<(Timestamp, String)>,
}

impl Service {
    const fn stopped() -> Self {
        Self {
            state: State::Inactive,
            pid: 0,
            restarts: 0,
            runs: None,
            arguments: Vec::new(),
            starts: 0,
            log: Vec::new(),
        }
    }

    /// What was logged since then.
    pub(super) fn said_since(&self, since: Option<Timestamp>) -> String {
        let said = self.log.iter().filter(|(at, _)| since.is_none_or(|since| *at >= since));
        said.map(|(_, line)| format!("{line}\n")).collect()
    }
}

impl Host {
    /// The service that runs the component now, and answers.
    pub(super) fn serving(&self, component: Component) -> Option<&Service> {
        let is = |service: &&Service| service.runs.as_ref().is_some_and(|program| program.component == component);
        self.services.values().find(|service| is(service) && service.state == State::Active)
    }

    fn service(&mut self, unit: &str) -> &mut Service {
        self.services.entry(unit.to_owned()).or_insert_with(Service::stopped)
    }

    /// Puts a running process of the program where processes are looked for.
    fn run_process(&mut self, unit: &str, program: (Program, Arc<String>), arguments: Vec<String>, path: &str) {
        let (program, text) = program;
        self.last_pid += 7;
        let pid = self.last_pid;
        let argv: String =
            std::iter::once(path).chain(arguments.iter().map(String::as_str)).flat_map(|word| [word, "\0"]).collect();
        self.files.appear(&format!("/proc/{pid}/exe"), &text, 0o755);
        self.files.appear(&format!("/proc/{pid}/cmdline"), &argv, 0o444);
        let service = self.service(unit);
        service.pid = pid;
        service.runs = Some(program);
        service.arguments = arguments;
    }

    /// Its process is gone.
    fn end_process(&mut self, unit: &str) -> Option<Component> {
        let service = self.service(unit);
        let (pid, runs) = (std::mem::take(&mut service.pid), service.runs.take());
        if pid > 0 {
            // It was put there when it began.
            let _ = self.files.remove_all(&format!("/proc/{pid}"));
        }
        runs.map(|program| program.component)
    }

    /// Lets the units that are there have run for long, but for those of components that do not run.
    pub(super) fn settle_services(&mut self, runs: impl Fn(Component) -> bool) {
        for unit in UnitFile::names(&self.files) {
            self.service(&unit);
            let Some(file) = UnitFile::read(&self.files, &unit) else { continue };
            let Some((path, arguments)) = file.command() else { continue };
            let Some(text) = self.files.text(&path) else { continue };
            let Some(program) = Program::read(&text) else { continue };
            if !runs(program.component) {
                continue;
            }
            if program.component == Component::Kubelet {
                self.kubelet.tell(Some(program.version.clone()));
            }
            self.run_process(&unit, (program, text), arguments, &path);
            self.service(&unit).state = State::Active;
        }
    }
}

/// Restarts a unit as a person does.
pub(super) fn restart(world: &mut World, node: &str, unit: &str) {
    if let Some(host) = world.hosts.get_mut(node) {
        host.service(unit).restarts = 0;
    }
    start(world, node, unit);
}

/// Stops a unit.
pub(super) fn stop(world: &mut World, node: &str, unit: &str) {
    let Some(host) = world.hosts.get_mut(node) else { return };
    let service = host.service(unit);
    service.starts += 1;
    service.state = State::Inactive;
    if let Some(component) = host.end_process(unit) {
        effects::down(world, node, component);
    }
}

/// Starts a unit, whatever ran before.
fn start(world: &mut World, node: &str, unit: &str) {
    stop(world, node, unit);
    let fails = world.faults.at_command(&mut world.random);
    let now = world.now();
    let Some(host) = world.hosts.get_mut(node).filter(|host| host.is_up()) else { return };
    let file = UnitFile::read(&host.files, unit);
    let command = file.as_ref().and_then(UnitFile::command);
    let Some((file, (path, arguments))) = file.zip(command) else { return };
    let text = host.files.text(&path);
    let program = text.as_ref().and_then(|text| Some((Program::read(text)?, Arc::clone(text))));
    let refusal = match &program {
        None => Some(format!(
            "{unit}: Failed to execute {path}: {}",
            if text.is_some() { "Exec format error" } else { "No such file or directory" }
        )),
        Some((program, _)) if !program.is_of(host.arch()) => {
            Some(format!("{unit}: Failed to execute {path}: Exec format error"))
        }
        Some(_) if fails => Some("fatal error: runtime: out of memory".to_owned()),
        Some((program, _)) => refused(program, &arguments)
            .or_else(|| program.unreadable(&arguments, &host.files))
            .or_else(|| etcd::homeless(program, &arguments, &host.files)),
    };
    let runs = program.filter(|(program, _)| program.is_of(host.arch()));
    let component = runs.as_ref().map(|(program, _)| program.component);
    if let Some(runs) = runs {
        host.run_process(unit, runs, arguments, &path);
    }
    let service = host.service(unit);
    let start = service.starts;
    service.state = if file.notifies() && refusal.is_none() { State::Activating } else { State::Active };
    let (node, unit) = (node.to_owned(), unit.to_owned());
    match (refusal, component) {
        (Some(why), _) => {
            service.log.push((now, why));
            let again = file.restarts_after();
            world.after(DIES_AFTER, move |world| dies(world, &node, &unit, start, again));
        }
        (None, Some(component)) => {
            let span = effects::starting(world, component);
            world.within(span, move |world| comes_up(world, &node, &unit, start));
        }
        (None, None) => {}
    }
}

fn is_start(world: &World, node: &str, unit: &str, start: u64) -> bool {
    let host = world.hosts.get(node).filter(|host| host.is_up());
    host.and_then(|host| host.services.get(unit)).is_some_and(|service| service.starts == start)
}

/// The process exits; systemd starts it again after a while, where its unit says so.
fn dies(world: &mut World, node: &str, unit: &str, start: u64, again: Option<Duration>) {
    if !is_start(world, node, unit, start) {
        return;
    }
    let Some(host) = world.hosts.get_mut(node) else { return };
    host.end_process(unit);
    let service = host.service(unit);
    let Some(after) = again else {
        service.state = State::Failed;
        return;
    };
    service.state = State::Activating;
    let (node, unit) = (node.to_owned(), unit.to_owned());
    world.after(after, move |world| {
        if is_start(world, &node, &unit, start) {
            if let Some(host) = world.hosts.get_mut(&node) {
                host.service(&unit).restarts += 1;
            }
            self::start(world, &node, &unit);
        }
    });
}

fn comes_up(world: &mut World, node: &str, unit: &str, start: u64) {
    if !is_start(world, node, unit, start) {
        return;
    }
    let Some(host) = world.hosts.get_mut(node) else { return };
    let service = host.service(unit);
    service.state = State::Active;
    if let Some(program) = service.runs.clone() {
        effects::up(world, node, &program);
    }
}

/// The host went down, and everything with it.
pub(super) fn died(world: &mut World, node: &str) {
    let units: Vec<String> =
        world.hosts.get(node).map(|host| host.services.keys().cloned().collect()).unwrap_or_default();
    units.iter().for_each(|unit| stop(world, node, unit));
}

/// The host came up: its units start.
pub(super) fn booted(world: &mut World, node: &str) {
    let units: Vec<String> =
        world.hosts.get(node).map(|host| host.services.keys().cloned().collect()).unwrap_or_default();
    units.iter().for_each(|unit| restart(world, node, unit));
}
