//! `grep`.

use std::sync::Arc;

use regex::Regex;

use super::regex::{Style, compile};
use crate::hosts::programs::{Call, Inputs, Options};
use crate::hosts::shell::{Flow, Ran};

const OPTIONS: [&str; 18] =
    ["w", "E", "F", "G", "q", "v", "x", "i", "c", "n", "o", "l", "h", "H", "s", "e:", "m:", "quiet"];

pub(super) fn grep(call: &Call) -> Ran {
    let options = call.options(&OPTIONS)?;
    let mut operands = options.operands.clone();
    let mut patterns: Vec<String> = options.values("e").map(str::to_owned).collect();
    if patterns.is_empty() {
        if operands.is_empty() {
            return call.unsupported("no pattern");
        }
        patterns.push(operands.remove(0));
    }
    let compiled = compiled(&options, &patterns)?;
    let (texts, readable) = if options.has("s") { silently(call, &operands)? } else { call.inputs(&operands)? };
    let named = (texts.len() > 1 || options.has("H")) && !options.has("h");
    let mut printed = String::new();
    let mut found = false;
    for (name, text) in &texts {
        let name = if name == "-" { "(standard input)" } else { name };
        let lines = hits(&options, &compiled, text);
        found |= !lines.is_empty();
        let prefix = if named { format!("{name}:") } else { String::new() };
        if options.has("l") {
            printed.push_str(&if lines.is_empty() { String::new() } else { format!("{name}\n") });
        } else if options.has("c") {
            printed.push_str(&format!("{prefix}{}\n", lines.len()));
        } else {
            for (at, line) in lines {
                show(&options, &compiled, &prefix, at, line, &mut printed);
            }
        }
    }
    let quiet = options.has("q") || options.has("quiet");
    if !quiet && call.print(&printed)? != 0 {
        return Ok(2);
    }
    Ok(match (found, readable) {
        (true, _) if quiet => 0,
        (_, false) => 2,
        (true, true) => 0,
        (false, true) => 1,
    })
}

fn compiled(options: &Options, patterns: &[String]) -> Ran<Vec<Arc<Regex>>> {
    let style = match (options.has("F"), options.has("E")) {
        (true, _) => Style::Fixed,
        (false, true) => Style::Extended,
        (false, false) => Style::Basic,
    };
    let patterns = patterns.iter().flat_map(|pattern| pattern.split('\n'));
    let word = |pattern: &str| match (options.has("w"), style) {
        (true, Style::Extended) => format!("\\<({pattern})\\>"),
        (true, Style::Basic) => format!("\\<\\({pattern}\\)\\>"),
        (true, Style::Fixed) | (false, _) => pattern.to_owned(),
    };
    if options.has("w") && style == Style::Fixed {
        return Err(Flow::Unsupported("grep -Fw".to_owned()));
    }
    patterns.map(|pattern| compile(&word(pattern), style, options.has("i"))).collect()
}

fn hits<'a>(options: &Options, compiled: &[Arc<Regex>], text: &'a str) -> Vec<(usize, &'a str)> {
    let whole = options.has("x");
    let limit: usize = options.value("m").and_then(|most| most.parse().ok()).unwrap_or(usize::MAX);
    let hit = |regex: &Arc<Regex>, line: &str| match whole {
        true => regex.find_iter(line).any(|found| found.len() == line.len()),
        false => regex.is_match(line),
    };
    let chosen = |line: &str| compiled.iter().any(|regex| hit(regex, line)) != options.has("v");
    text.lines().enumerate().filter(|(_, line)| chosen(line)).take(limit).collect()
}

fn show(options: &Options, compiled: &[Arc<Regex>], prefix: &str, at: usize, line: &str, printed: &mut String) {
    let number = if options.has("n") { format!("{}:", at + 1) } else { String::new() };
    if options.has("o") {
        let pieces = compiled.iter().flat_map(|regex| regex.find_iter(line)).filter(|piece| !piece.is_empty());
        printed.extend(pieces.map(|piece| format!("{prefix}{number}{}\n", piece.as_str())));
    } else {
        printed.push_str(&format!("{prefix}{number}{line}\n"));
    }
}

/// The files that can be read, without a word about the others.
fn silently(call: &Call, operands: &[String]) -> Ran<Inputs> {
    if operands.is_empty() {
        return call.inputs(operands);
    }
    let mut texts = Vec::new();
    for name in operands {
        if let Ok(text) = call.read(name)? {
            texts.push((name.clone(), text));
        }
    }
    let all = texts.len() == operands.len();
    Ok((texts, all))
}
