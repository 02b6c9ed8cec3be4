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
    let refusal = refused(program, arguments);
    let (why, said) = match arguments.last().map(String::as_str) {
        Some("--help") => (refusal, program.help()),
        Some("--write-config-to=/dev/null") if program.writes_configuration() => {
            let unreadable = call.place.files(|files| program.unreadable(arguments, files))?;
            (refusal.or(unreadable), "Wrote configuration to: /dev/null\n".to_owned())
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
