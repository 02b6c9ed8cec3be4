//! systemd: units, and operations that run detached.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Call, Options, binary, run as run_program};
use crate::hosts::kubelet;
use crate::hosts::place::Place;
use crate::hosts::services::{self, UnitFile};
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
        "kubelet.service" if host.services.is_empty() => host.kubelet.state(),
        unit if ALWAYS.contains(&unit) => State::Active,
        unit => match (host.services.get(unit), host.units.get(unit)) {
            (Some(service), _) => service.state,
            (None, Some(unit)) => unit.state,
            (None, None) => State::Inactive,
        },
    })
}

pub(super) async fn systemctl(call: &Call) -> Ran {
    let options =
        call.options(&["property:", "p:", "value", "quiet", "q", "no-pager", "now", "no-block", "no-legend", "type:"])?;
    let Some((action, units)) = options.operands.split_first() else { return call.unsupported("no action") };
    match action.as_str() {
        "show" => show(call, &options, units),
        "cat" => cat(call, units),
        "list-unit-files" => {
            let names = call.place.files(|files| UnitFile::names(files))?;
            let lines: String = names.iter().map(|name| format!("{name:<40} enabled         enabled\n")).collect();
            call.print(&lines)
        }
        "reset-failed" => {
            for unit in units.iter().map(|unit| unit_name(unit)) {
                call.place.host(|host| {
                    if let Some(service) = host.services.get_mut(&unit) {
                        service.restarts = 0;
                    }
                })?;
            }
            Ok(0)
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
        "restart" | "start" | "stop" => change(call, action, units, options.has("no-block")).await,
        other => call.unsupported(&format!("systemctl {other}")),
    }
}

async fn change(call: &Call, action: &str, units: &[String], at_once: bool) -> Ran {
    for unit in units {
        call.place.sleep(Duration::from_millis(200)).await?;
        call.place.note(&call.line())?;
        let unit = unit_name(unit);
        if let Some(file) = call.place.files(|files| UnitFile::read(files, &unit))? {
            let status = of_file(call, action, &unit, &file, at_once).await?;
            if status != 0 {
                return Ok(status);
            }
        } else if unit == "kubelet.service" && call.place.host(|host| host.services.is_empty())? {
            let active = call.place.host(|host| host.kubelet.state() == State::Active)?;
            call.place.world(|world| match action {
                "stop" => kubelet::stop(world, call.place.node()),
                "start" if active => {}
                _ => kubelet::start(world, call.place.node()),
            });
        } else if action == "stop" {
            call.place.host(|host| host.units.remove(&unit).map(|_| ()))?;
        } else {
            call.err(&format!("Failed to {action} {unit}: Unit {unit} not found.\n"))?;
            return Ok(5);
        }
    }
    Ok(0)
}

/// How long `systemctl` waits for a unit to say that it is up.
const WAITS_HALVES: u32 = 180;

/// Changes a unit that has a file.
async fn of_file(call: &Call, action: &str, unit: &str, file: &UnitFile, at_once: bool) -> Ran {
    if file.ends() {
        return once(call, unit, file).await;
    }
    let node = call.place.node().to_owned();
    let state = state(call, unit)?;
    call.place.world(|world| match action {
        "stop" => services::stop(world, &node, unit),
        "start" if state != State::Inactive && state != State::Failed => {}
        _ => services::restart(world, &node, unit),
    });
    if action == "stop" || at_once {
        return Ok(0);
    }
    for _ in 0..WAITS_HALVES {
        if self::state(call, unit)? != State::Activating {
            break;
        }
        call.place.sleep(Duration::from_millis(500)).await?;
    }
    if self::state(call, unit)? == State::Active {
        return Ok(0);
    }
    call.err(&format!("Job for {unit} failed because the control process exited with error code.\n"))?;
    Ok(1)
}

/// A unit that is started to come to an end.
async fn once(call: &Call, unit: &str, file: &UnitFile) -> Ran {
    let Some((path, arguments)) = file.command() else { return call.unsupported("a unit that starts nothing") };
    call.place.sleep(Duration::from_millis(400)).await?;
    let (status, said) = binary::asked(call, &path, &arguments)?;
    if let Some(output) = file.output() {
        // Where there is no room, nothing is said.
        let _ = call.place.files(|files| files.write(output, said, 0o644))?;
    }
    if status != 0 {
        call.err(&format!("Job for {unit} failed because the control process exited with error code.\n"))?;
    }
    Ok(i32::from(status != 0))
}

/// `systemctl show --property=…`: of several units, with an empty line between them.
fn show(call: &Call, options: &Options, units: &[String]) -> Ran {
    let wanted: Vec<&str> = options.values("property").chain(options.values("p")).collect();
    let mut shown = Vec::new();
    for unit in units.iter().map(|unit| unit_name(unit)) {
        let state = state(call, &unit)?;
        let (file, service) =
            call.place.host(|host| (UnitFile::read(&host.files, &unit), host.services.get(&unit).cloned()))?;
        let mut text = String::new();
        for property in &wanted {
            let values = match *property {
                "Id" => vec![unit.clone()],
                "ActiveState" => vec![state.name().to_owned()],
                "MainPID" => vec![service.as_ref().map_or(0, |service| service.pid).to_string()],
                "NRestarts" => vec![service.as_ref().map_or(0, |service| service.restarts).to_string()],
                "FragmentPath" => vec![file.as_ref().map(|file| file.path.clone()).unwrap_or_default()],
                "DropInPaths" => vec![String::new()],
                "ExecStart" => file.as_ref().and_then(UnitFile::written).map(exec).into_iter().collect(),
                "EnvironmentFiles" => {
                    let files = file.iter().flat_map(UnitFile::environment_files);
                    files.map(|path| format!("{path} (ignore_errors=no)")).collect()
                }
                other => return call.unsupported(&format!("the property {other}")),
            };
            let key = if options.has("value") { String::new() } else { format!("{property}=") };
            text.extend(values.iter().map(|value| format!("{key}{value}\n")));
        }
        shown.push(text);
    }
    call.print(&shown.join("\n"))
}

fn exec(line: &str) -> String {
    let path = line.split_whitespace().next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    format!(
        "{{ path={path} ; argv[]={} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }}",
        words.join(" ")
    )
}

fn cat(call: &Call, units: &[String]) -> Ran {
    for unit in units.iter().map(|unit| unit_name(unit)) {
        let Some(file) = call.place.files(|files| UnitFile::read(files, &unit))? else {
            call.err(&format!("No files found for {unit}.\n"))?;
            return Ok(1);
        };
        call.out(&format!("# {}\n{}", file.path, file.text))?;
    }
    Ok(0)
}

/// `journalctl --unit=… --since=… --output=cat`
pub(super) fn journal(call: &Call) -> Ran {
    let options = call.options(&["unit:", "u:", "since:", "no-pager", "output:", "o:"])?;
    let Some(unit) = options.value("unit").or(options.value("u")) else { return call.unsupported("no unit") };
    let since = options.value("since").map(|text| text.replacen(' ', "T", 1) + "Z");
    let since: Option<jiff::Timestamp> = since.and_then(|text| text.parse().ok());
    let unit = unit_name(unit);
    let said = call.place.host(|host| host.services.get(&unit).map(|service| service.said_since(since)))?;
    call.print(&said.unwrap_or_else(|| "-- No entries --\n".to_owned()))
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
