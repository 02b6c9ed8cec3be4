//! Programs of components, called by their path.

use super::Call;
use crate::hosts::services::{Program, refused};
use crate::hosts::shell::Ran;

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
    let arch = call.place.host(|host| host.arch())?;
    let Some(program) = Program::read(&text).filter(|program| program.is_of(arch)) else {
        call.err(&format!("sh: 1: {path}: Exec format error\n"))?;
        return Ok(Some(126));
    };
    let (status, text) = answer(call, &program, call.arguments())?;
    if status == 0 {
        call.out(&text)?
    } else {
        call.err(&text)?
    };
    Ok(Some(status))
}

/// What it says when it is only asked.
fn answer(call: &Call, program: &Program, arguments: &[String]) -> Ran<(i32, String)> {
    if let [only] = arguments
        && only == "--version"
    {
        return Ok((0, program.says()));
    }
    if arguments.last().is_none_or(|last| last != "--help") {
        return call.unsupported("a component started by hand");
    }
    Ok(match refused(program, arguments) {
        Some(why) => (1, format!("{why}\n")),
        None => (0, program.help()),
    })
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
