//! systemd: units, and operations that run detached.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Call, run as run_program};
use crate::hosts::kubelet;
use crate::hosts::place::Place;
use crate::hosts::shell::Ran;
use crate::hosts::shell::io::{Io, Sink, Source};
use crate::hosts::units::{State, Unit};

/// Units that always run.
const ALWAYS: [&str; 2] = ["containerd.service", "docker.service"];

/// A unit's name with its kind.
pub(crate) fn unit_name(name: &str) -> String {
    if name.contains('.') && [".service", ".timer", ".socket"].iter().any(|kind| name.ends_with(kind)) {
        name.to_owned()
    } else {
        format!("{name}.service")
    }
}

fn state(call: &Call, name: &str) -> Ran<State> {
    call.place.host(|host| match unit_name(name).as_str() {
        "kubelet.service" => host.kubelet.state(),
        unit if ALWAYS.contains(&unit) => State::Active,
        unit => host.units.get(unit).map_or(State::Inactive, |unit| unit.state),
    })
}

pub(super) async fn systemctl(call: &Call) -> Ran {
    let options = call.options(&["property:", "p:", "value", "quiet", "q", "no-pager", "now"])?;
    let Some((action, units)) = options.operands.split_first() else { return call.unsupported("no action") };
    match action.as_str() {
        "show" => {
            let [unit] = units else { return call.unsupported("not one unit") };
            if options.value("property").or(options.value("p")) != Some("ActiveState") {
                return call.unsupported("another property than ActiveState");
            }
            let state = state(call, unit)?.name();
            let key = if options.has("value") { "" } else { "ActiveState=" };
            call.print(&format!("{key}{state}\n"))
        }
        "is-active" | "is-failed" => {
            let wanted = if action == "is-active" { State::Active } else { State::Failed };
            let mut any = false;
            for unit in units {
                let state = state(call, unit)?;
                any |= state == wanted;
                if !(options.has("q") || options.has("quiet")) {
                    call.out(&format!("{}\n", state.name()))?;
                }
            }
            Ok(if any {
                0
            } else if action == "is-active" {
                3
            } else {
                1
            })
        }
        "daemon-reload" => {
            call.place.sleep(Duration::from_millis(300)).await?;
            Ok(0)
        }
        "restart" | "start" | "stop" => change(call, action, units).await,
        other => call.unsupported(&format!("systemctl {other}")),
    }
}

async fn change(call: &Call, action: &str, units: &[String]) -> Ran {
    for unit in units {
        call.place.sleep(Duration::from_millis(200)).await?;
        call.place.note(&call.line())?;
        let unit = unit_name(unit);
        if unit == "kubelet.service" {
            let active = call.place.host(|host| host.kubelet.state() == State::Active)?;
            call.place.world(|world| match action {
                "stop" => kubelet::stop(world, call.place.node()),
                "start" if active => {}
                _ => kubelet::start(world, call.place.node()),
            });
        } else if action == "stop" {
            call.place.host(|host| host.units.remove(&unit).map(|_| ()))?;
        } else {
            return call.unsupported("another unit than the kubelet");
        }
    }
    Ok(0)
}

const HELP: &str = "systemd-run [OPTIONS...] COMMAND [ARGUMENTS...]\n\nRun the specified command in a transient scope or \
    service.\n\n     --unit=UNIT             Run under the specified unit name\n  -G --collect                Unload unit \
    after it ran, even when failed\n  -q --quiet                  Suppress information messages during runtime\n";

/// `systemd-run`: the command runs on whatever becomes of the connection.
pub(super) fn run(call: &Call) -> Ran {
    let known =
        ["quiet", "collect", "unit:", "description:", "setenv:", "help", "property:", "p:", "no-block", "G", "q"];
    let options = call.leading_options(&known)?;
    if options.has("help") {
        return call.print(HELP);
    }
    let (Some(unit), false) = (options.value("unit"), options.operands.is_empty()) else {
        return call.unsupported("no unit or no command");
    };
    let unit = unit_name(unit);
    let taken = call.place.host(|host| host.units.contains_key(&unit))?;
    if taken {
        call.err(&format!(
            "Failed to start transient service unit: Unit {unit} was already loaded or has a fragment file.\n"
        ))?;
        return Ok(1);
    }
    let environment: BTreeMap<String, String> = options
        .values("setenv")
        .filter_map(|setting| setting.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    call.place.note(&call.line())?;
    let place = call.place.detached();
    let io = Io { stdin: Source::default(), stdout: Sink::Null, stderr: Sink::Null };
    let argv = options.operands.clone();
    let inner = Call { place: place.clone(), io, environment, directory: "/".to_owned(), umask: 0o022, argv };
    let collect = options.has("collect") || options.has("G");
    call.place.host(|host| host.units.insert(unit.clone(), Unit { state: State::Active, task: None }).is_some())?;
    let name = unit.clone();
    let task = tokio::spawn(async move { detached(inner, &place, &name, collect).await });
    call.place.host(|host| {
        if let Some(unit) = host.units.get_mut(&unit) {
            unit.task = Some(task.abort_handle());
        }
    })?;
    Ok(0)
}

async fn detached(call: Call, place: &Place, unit: &str, collect: bool) {
    let ended = run_program(&call).await;
    let well = matches!(ended, Ok(Some(0)));
    if let Err(crate::hosts::shell::Flow::Unsupported(what)) = &ended {
        // Nobody is there to hear it: the log of the host is.
        let _ = place.note(&format!("not simulated: {what}"));
    }
    // A host that went down meanwhile has forgotten the unit.
    let _ = place.host(|host| {
        let left = host.units.remove(unit);
        if !well && !collect && left.is_some() {
            host.units.insert(unit.to_owned(), Unit { state: State::Failed, task: None });
        }
    });
}
