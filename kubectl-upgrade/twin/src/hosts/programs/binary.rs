//! Programs of components, called by their path.

use upgrade_core::component::Component;

use super::Call;
use crate::hosts::services::{Program, refused};
use crate::hosts::shell::Ran;

/// What a kubelet ends with that has read its configuration and is told of a lock without a file.
const CONTRADICTION: &str = "Error: failed to run Kubelet: cannot exit on lock file contention: no lock file specified";

/// Runs it; none when the file is not such a program.
pub(super) fn run(call: &Call) -> Ran<Option<i32>> {
    let path = call.argv.first().map(String::as_str).unwrap_or_default();
    if !path.contains('/') {
        return Ok(None);
    }
    let Ok(text) = call.read(path)? else { return Ok(None) };
    if !Program::is_like(&text) {
        return Ok(None);
    }
    read(call, path, &text, call.arguments()).map(Some)
}

/// Runs the program in a text.
pub(super) fn read(call: &Call, path: &str, text: &str, arguments: &[String]) -> Ran {
    let arch = call.place.host(|host| host.arch())?;
    let Some(program) = Program::read(text).filter(|program| program.is_of(arch)) else {
        call.err(&format!("sh: 1: {path}: Exec format error\n"))?;
        return Ok(126);
    };
    let (status, said) = answer(call, &program, arguments)?;
    if status == 0 {
        call.out(&said)?
    } else {
        call.err(&said)?
    };
    Ok(status)
}

/// What it says when it is only asked.
fn answer(call: &Call, program: &Program, arguments: &[String]) -> Ran<(i32, String)> {
    if let [only] = arguments
        && only == "--version"
    {
        return Ok((0, program.says()));
    }
    let refusal = refused(program, arguments);
    let unreadable = || call.place.files(|files| program.unreadable(arguments, files));
    let (why, said) = match arguments.last().map(String::as_str) {
        Some("--help") => (refusal, program.help()),
        Some("--write-config-to=/dev/null") if program.writes_configuration() => {
            (refusal.or(unreadable()?), "Wrote configuration to: /dev/null\n".to_owned())
        }
        Some("--exit-on-lock-contention") if program.component == Component::Kubelet => {
            (refusal.or(unreadable()?).or(Some(CONTRADICTION.to_owned())), String::new())
        }
        Some(_) | None => return call.unsupported("a component started by hand"),
    };
    Ok(why.map_or((0, said), |why| (1, format!("{why}\n"))))
}

/// Starts it as a unit that comes to an end does, and returns its status and its words.
pub(super) fn asked(call: &Call, path: &str, arguments: &[String]) -> Ran<(i32, String)> {
    let text = call.read(path)?.ok();
    let arch = call.place.host(|host| host.arch())?;
    match text.and_then(|text| Program::read(&text)).filter(|program| program.is_of(arch)) {
        Some(program) => answer(call, &program, arguments),
        None => Ok((203, format!("Failed to execute {path}: Exec format error\n"))),
    }
}
