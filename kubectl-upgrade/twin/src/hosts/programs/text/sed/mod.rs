//! `sed`: the commands of one line that scripts use.

mod parse;
mod run;

use std::sync::Arc;

use regex::Regex;

use crate::hosts::programs::Call;
use crate::hosts::shell::Ran;

/// Which lines a command is for.
#[derive(Clone, Debug)]
enum Address {
    Line(usize),
    Last,
    Matching(Arc<Regex>),
}

#[derive(Debug)]
struct Command {
    addresses: Vec<Address>,
    negated: bool,
    action: Action,
}

#[derive(Debug)]
enum Action {
    Substitute(Substitute),
    Translate(Vec<(char, char)>),
    Delete,
    Print,
    Number,
    Quit,
    Next,
    Append(String),
    Insert(String),
    Change(String),
    Block(Vec<Command>),
}

#[derive(Debug)]
struct Substitute {
    regex: Arc<Regex>,
    with: Vec<Piece>,
    every: bool,
    nth: usize,
    print: bool,
}

/// A piece of a replacement.
#[derive(Debug)]
enum Piece {
    Text(String),
    Group(usize),
}

pub(super) fn sed(call: &Call) -> Ran {
    // `-i` takes its suffix only when it stands right after it.
    let in_place = |word: &String| if word == "-i" { "--in-place=".to_owned() } else { word.clone() };
    let call = call.of(call.argv.iter().map(in_place).collect());
    let options = call.options(&["n", "e:", "E", "r", "s", "i:", "in-place:", "quiet", "regexp-extended"])?;
    let mut operands = options.operands.clone();
    let mut scripts: Vec<String> = options.values("e").map(str::to_owned).collect();
    if scripts.is_empty() {
        if operands.is_empty() {
            return call.unsupported("no script");
        }
        scripts.push(operands.remove(0));
    }
    let extended = options.has("E") || options.has("r") || options.has("regexp-extended");
    let commands = parse::script(&scripts.join("\n"), extended)?;
    let quiet = options.has("n") || options.has("quiet");
    match options.value("in-place").or(options.value("i")) {
        Some("") => edit(&call, &operands, &commands, quiet),
        Some(_) => call.unsupported("a suffix for copies"),
        None => {
            let (texts, all) = read(&call, &operands)?;
            let printed = run::over(&texts, &commands, quiet);
            Ok(call.print(&printed)?.max(if all { 0 } else { 2 }))
        }
    }
}

fn read(call: &Call, names: &[String]) -> Ran<(String, bool)> {
    if names.is_empty() {
        return Ok((call.io.stdin.rest(), true));
    }
    let (mut text, mut all) = (String::new(), true);
    for name in names {
        match call.read(name)? {
            Ok(more) => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(&more);
            }
            Err(error) => {
                all = false;
                call.complain(&format!("can't read {name}: {error}"))?;
            }
        }
    }
    Ok((text, all))
}

fn edit(call: &Call, names: &[String], commands: &[Command], quiet: bool) -> Ran {
    let mut status = 0;
    for name in names {
        let (text, all) = read(call, std::slice::from_ref(name))?;
        if !all {
            status = 2;
            continue;
        }
        let (path, changed) = (call.path(name), run::over(&text, commands, quiet));
        if let Err(error) = call.place.files(|files| files.write(&path, changed, 0o644))? {
            call.complain(&format!("couldn't flush {name}: {error}"))?;
            status = 4;
        }
    }
    Ok(status)
}
