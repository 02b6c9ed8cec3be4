//! Programs that read text and print text.

mod awk;
mod cut;
mod grep;
mod lines;
mod regex;
mod sed;
mod tr;

use super::Call;
use crate::hosts::shell::Ran;

/// Runs a program; none when it is not one of these.
pub(super) fn run(call: &Call) -> Ran<Option<i32>> {
    let status = match call.name() {
        "awk" => awk::awk(call)?,
        "basename" => lines::basename(call)?,
        "cat" => lines::cat(call)?,
        "cut" => cut::cut(call)?,
        "dirname" => lines::dirname(call)?,
        "echo" => lines::echo(call)?,
        "false" => 1,
        "grep" => grep::grep(call)?,
        "head" => lines::head(call)?,
        "sed" => sed::sed(call)?,
        "seq" => lines::seq(call)?,
        "sort" => lines::sort(call)?,
        "tail" => lines::tail(call)?,
        "tee" => lines::tee(call)?,
        "tr" => tr::tr(call)?,
        "true" => 0,
        "uniq" => lines::uniq(call)?,
        "wc" => lines::wc(call)?,
        _ => return Ok(None),
    };
    Ok(Some(status))
}
