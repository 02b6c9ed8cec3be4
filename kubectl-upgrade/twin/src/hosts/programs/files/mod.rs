//! Programs that look at files and change them, and a few that say what the host is.

mod change;
mod facts;

pub(super) use change::copy;

use super::Call;
use crate::hosts::shell::Ran;

/// Runs a program; none when it is not one of these.
pub(super) fn run(call: &Call) -> Ran<Option<i32>> {
    let status = match call.name() {
        "chmod" => change::chmod(call)?,
        "chown" => change::chown(call)?,
        "cp" => change::cp(call)?,
        "date" => facts::date(call)?,
        "gzip" => facts::gzip(call)?,
        "hostname" => call.print(&format!("{}\n", call.place.node()))?,
        "id" => facts::id(call)?,
        "ln" => change::ln(call)?,
        "ls" => facts::ls(call)?,
        "mkdir" => change::mkdir(call)?,
        "mktemp" => change::mktemp(call)?,
        "mv" => change::mv(call)?,
        "od" => facts::od(call)?,
        "readlink" => facts::readlink(call)?,
        "rm" => change::rm(call)?,
        "rmdir" => change::rmdir(call)?,
        "sha256sum" => facts::sha256sum(call)?,
        "stat" => facts::stat(call)?,
        "sync" => facts::sync(call)?,
        "touch" => change::touch(call)?,
        "uname" => facts::uname(call)?,
        _ => return Ok(None),
    };
    Ok(Some(status))
}
