//! Small programs over whole lines and names.

use crate::hosts::files::{base_name, parent};
use crate::hosts::programs::Call;
use crate::hosts::shell::Ran;

/// The program, unlike the builtin, reads no escapes.
pub(super) fn echo(call: &Call) -> Ran {
    match call.arguments() {
        [first, ..] if first.starts_with('-') => call.unsupported("an option"),
        words => call.print(&format!("{}\n", words.join(" "))),
    }
}

pub(super) fn cat(call: &Call) -> Ran {
    let options = call.options(&["u"])?;
    let (texts, all) = call.inputs(&options.operands)?;
    let text: String = texts.iter().map(|(_, text)| text.as_str()).collect();
    Ok(call.print(&text)?.max(i32::from(!all)))
}

pub(super) fn head(call: &Call) -> Ran {
    part(call, |text, count, bytes| {
        if bytes {
            return text.get(..text.floor_char_boundary(count)).unwrap_or(text).to_owned();
        }
        text.split_inclusive('\n').take(count).collect()
    })
}

pub(super) fn tail(call: &Call) -> Ran {
    part(call, |text, count, bytes| {
        if bytes {
            let start = text.len().saturating_sub(count);
            return text.get(text.ceil_char_boundary(start)..).unwrap_or(text).to_owned();
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().concat()
    })
}

fn part(call: &Call, cut: impl Fn(&str, usize, bool) -> String) -> Ran {
    // `-5` is `-n 5`.
    let argv = call.argv.iter().map(|word| match word.strip_prefix('-') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => format!("-n{digits}"),
        Some(_) | None => word.clone(),
    });
    let call = call.of(argv.collect());
    let options = call.options(&["n:", "c:", "q", "lines:", "bytes:"])?;
    let bytes = options.value("c").or(options.value("bytes"));
    let count = bytes.or(options.value("n")).or(options.value("lines")).unwrap_or("10");
    let Ok(count) = count.parse() else { return call.unsupported(&format!("the number {count}")) };
    let (texts, all) = call.inputs(&options.operands)?;
    if texts.len() > 1 && !options.has("q") {
        return call.unsupported("more than one file");
    }
    let text: String = texts.iter().map(|(_, text)| cut(text, count, bytes.is_some())).collect();
    Ok(call.print(&text)?.max(i32::from(!all)))
}

pub(super) fn wc(call: &Call) -> Ran {
    let options = call.options(&["l", "w", "c", "m"])?;
    let (texts, all) = call.inputs(&options.operands)?;
    let [(name, text)] = texts.as_slice() else {
        return if all { call.unsupported("more than one file") } else { Ok(1) };
    };
    let count = match (options.has("l"), options.has("w"), options.has("c"), options.has("m")) {
        (true, false, false, false) => text.matches('\n').count(),
        (false, true, false, false) => text.split_whitespace().count(),
        (false, false, true, false) => text.len(),
        (false, false, false, true) => text.chars().count(),
        _ => return call.unsupported("more than one count"),
    };
    let name = if name == "-" { String::new() } else { format!(" {name}") };
    call.print(&format!("{count}{name}\n"))
}

pub(super) fn sort(call: &Call) -> Ran {
    let options = call.options(&["u", "r", "n"])?;
    let (texts, all) = call.inputs(&options.operands)?;
    let mut lines: Vec<&str> = texts.iter().flat_map(|(_, text)| text.lines()).collect();
    if options.has("n") {
        lines.sort_by(|a, b| number(a).cmp(&number(b)).then_with(|| a.cmp(b)));
    } else {
        lines.sort_unstable();
    }
    if options.has("r") {
        lines.reverse();
    }
    if options.has("u") {
        lines.dedup();
    }
    Ok(call.print(&terminated(&lines))?.max(if all { 0 } else { 2 }))
}

fn number(line: &str) -> i64 {
    let digits: String = line.trim_start().chars().take_while(|char| char.is_ascii_digit() || *char == '-').collect();
    digits.parse().unwrap_or_default()
}

pub(super) fn uniq(call: &Call) -> Ran {
    let options = call.options(&[])?;
    let (texts, all) = call.inputs(&options.operands)?;
    let mut lines: Vec<&str> = texts.iter().flat_map(|(_, text)| text.lines()).collect();
    lines.dedup();
    Ok(call.print(&terminated(&lines))?.max(i32::from(!all)))
}

fn terminated(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

pub(super) fn tee(call: &Call) -> Ran {
    let options = call.options(&["a"])?;
    let text = call.io.stdin.rest();
    let mut status = call.print(&text)?;
    for name in &options.operands {
        let (whole, mode) = (call.path(name), 0o666 & !call.umask);
        let written = call.place.files(|files| {
            if options.has("a") { files.append(&whole, &text, mode) } else { files.write(&whole, text.clone(), mode) }
        })?;
        if let Err(error) = written {
            call.complain(&format!("{name}: {error}"))?;
            status = 1;
        }
    }
    Ok(status)
}

pub(super) fn seq(call: &Call) -> Ran {
    let numbers: Result<Vec<i64>, _> = call.arguments().iter().map(|word| word.parse::<i64>()).collect();
    let (from, to) = match numbers.as_deref() {
        Ok([to]) => (1, *to),
        Ok([from, to]) => (*from, *to),
        Ok(_) | Err(_) => return call.unsupported("these numbers"),
    };
    let lines: String = (from..=to).map(|number| format!("{number}\n")).collect();
    call.print(&lines)
}

pub(super) fn basename(call: &Call) -> Ran {
    let options = call.options(&[])?;
    match options.operands.as_slice() {
        [path] => call.print(&format!("{}\n", base_name(path))),
        [path, suffix] => {
            let name = base_name(path);
            let short = name.strip_suffix(suffix.as_str()).filter(|short| !short.is_empty()).unwrap_or(name);
            call.print(&format!("{short}\n"))
        }
        _ => call.unsupported("these words"),
    }
}

pub(super) fn dirname(call: &Call) -> Ran {
    let options = call.options(&[])?;
    let [path] = options.operands.as_slice() else { return call.unsupported("these words") };
    let directory = if path.trim_end_matches('/').contains('/') || path.starts_with('/') { parent(path) } else { "." };
    call.print(&format!("{directory}\n"))
}
