//! Programs that say something of files and of the host.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::hosts::files::{Entry, Errno, Kind};
use crate::hosts::programs::Call;
use crate::hosts::services::sum;
use crate::hosts::shell::Ran;

pub(super) fn stat(call: &Call) -> Ran {
    let options = call.options(&["c:", "f", "L", "format:", "file-system"])?;
    let Some(format) = options.value("c").or(options.value("format")) else { return call.unsupported("no format") };
    let mut status = 0;
    for name in &options.operands {
        let path = call.path(name);
        let entry = call.place.files(|files| files.look(&path).cloned())?;
        let Ok(entry) = entry else {
            call.complain(&format!("cannot stat '{name}': {}", Errno::NoEntry))?;
            status = 1;
            continue;
        };
        let line = if options.has("f") || options.has("file-system") {
            let kind = call.place.host(|host| host.file_system(&path))?;
            format.replace("%T", kind)
        } else {
            shown(format, name, &entry)
        };
        if line.contains('%') {
            return call.unsupported("the format");
        }
        status = status.max(call.print(&format!("{line}\n"))?);
    }
    Ok(status)
}

fn shown(format: &str, name: &str, entry: &Entry) -> String {
    let kind = match &entry.kind {
        Kind::Directory => "directory",
        Kind::File(text) if text.is_empty() && entry.size.is_none() => "regular empty file",
        Kind::File(_) => "regular file",
        Kind::Link(_) => "symbolic link",
    };
    let pairs = [
        ("%s", entry.bytes().to_string()),
        ("%a", format!("{:o}", entry.mode)),
        ("%Y", entry.modified.to_string()),
        ("%U", "root".to_owned()),
        ("%G", "root".to_owned()),
        ("%u", "0".to_owned()),
        ("%g", "0".to_owned()),
        ("%F", kind.to_owned()),
        ("%n", name.to_owned()),
        // One disk; files of the same text count as links of one.
        ("%d", "65024".to_owned()),
        ("%i", inode(entry)),
    ];
    pairs.into_iter().fold(format.to_owned(), |line, (letter, value)| line.replace(letter, &value))
}

fn inode(entry: &Entry) -> String {
    let digest = Sha256::digest(entry.text().unwrap_or_default().as_bytes());
    digest.iter().take(4).fold(0_u64, |number, byte| number * 256 + u64::from(*byte)).to_string()
}

pub(super) fn date(call: &Call) -> Ran {
    let options = call.options(&["u"])?;
    let now = call.place.world(|world| world.now());
    let text = match options.operands.as_slice() {
        [] => now.strftime("%a %b %e %H:%M:%S UTC %Y").to_string(),
        [format] if format.starts_with('+') => {
            let format = format.get(1..).unwrap_or_default();
            let format = format.replace("%N", &format!("{:09}", now.subsec_nanosecond()));
            let format = format.replace("%s", &now.as_second().to_string());
            now.strftime(&format).to_string()
        }
        _ => return call.unsupported("these words"),
    };
    call.print(&format!("{text}\n"))
}

pub(super) fn id(call: &Call) -> Ran {
    let options = call.options(&["u", "n", "g"])?;
    match (options.has("u") || options.has("g"), options.has("n")) {
        (true, true) => call.print("root\n"),
        (true, false) => call.print("0\n"),
        (false, _) => call.print("uid=0(root) gid=0(root) groups=0(root)\n"),
    }
}

pub(super) fn uname(call: &Call) -> Ran {
    let options = call.options(&["r", "m", "s"])?;
    match (options.has("r"), options.has("m")) {
        (true, false) => call.print("6.1.0-28-amd64\n"),
        (false, true) => call.print("x86_64\n"),
        (false, false) => call.print("Linux\n"),
        (true, true) => call.unsupported("both"),
    }
}

pub(super) fn sync(call: &Call) -> Ran {
    let options = call.options(&["d", "f"])?;
    let mut status = 0;
    for name in &options.operands {
        let path = call.path(name);
        if call.place.files(|files| files.look(&path).is_err())? {
            call.complain(&format!("error opening '{name}': {}", Errno::NoEntry))?;
            status = 1;
        }
    }
    Ok(status)
}

pub(super) fn readlink(call: &Call) -> Ran {
    let options = call.options(&["f", "e", "m"])?;
    let mut status = 0;
    for name in &options.operands {
        let path = call.path(name);
        let found = call.place.files(|files| {
            if !(options.has("f") || options.has("e") || options.has("m")) {
                let place = files.resolve(&path, false).ok()?;
                return match files.entry(&place).map(|entry| &entry.kind) {
                    Some(Kind::Link(to)) => Some(to.clone()),
                    Some(Kind::File(_) | Kind::Directory) | None => None,
                };
            }
            let place = files.resolve(&path, true).ok()?;
            let parent = crate::hosts::files::parent(&place);
            let there = files.entry(&place).is_some() || place == "/";
            let nearly = parent == "/" || files.entry(parent).is_some_and(Entry::is_directory);
            (options.has("m") || there || (nearly && !options.has("e"))).then_some(place)
        })?;
        match found {
            Some(place) => status = status.max(call.print(&format!("{place}\n"))?),
            None => status = 1,
        }
    }
    Ok(status)
}

/// The first bytes of a file in hexadecimal: `od -An -tx1 -N COUNT FILE`.
pub(super) fn od(call: &Call) -> Ran {
    let options = call.options(&["A:", "t:", "N:"])?;
    let (Some("n"), Some("x1"), [name]) = (options.value("A"), options.value("t"), options.operands.as_slice()) else {
        return call.unsupported("anything but -An -tx1 of one file");
    };
    let Some(count) = options.value("N").and_then(|count| count.parse().ok()) else {
        return call.unsupported("no count");
    };
    let Ok(text) = call.read(name)? else {
        call.complain(&format!("{name}: {}", Errno::NoEntry))?;
        return Ok(1);
    };
    let bytes: Vec<String> = text.bytes().take(count).map(|byte| format!(" {byte:02x}")).collect();
    let lines: String = bytes.chunks(16).map(|line| format!("{}\n", line.concat())).collect();
    call.print(&lines)
}

pub(super) fn sha256sum(call: &Call) -> Ran {
    let options = call.options(&["b", "check"])?;
    let (texts, all) = call.inputs(&options.operands)?;
    if options.has("check") {
        return checked(call, &texts);
    }
    let mut printed = String::new();
    for (name, text) in texts {
        printed.push_str(&format!("{}  {name}\n", sum(&text)));
    }
    Ok(call.print(&printed)?.max(i32::from(!all)))
}

/// Whether files have the sums that lists say.
fn checked(call: &Call, lists: &[(String, Arc<String>)]) -> Ran {
    let mut status = 0;
    for (expected, name) in lists.iter().flat_map(|(_, list)| list.lines()).filter_map(|line| line.split_once("  ")) {
        let good = call.read(name)?.is_ok_and(|text| sum(&text) == expected);
        call.out(&format!("{name}: {}\n", if good { "OK" } else { "FAILED" }))?;
        status = if good { status } else { 1 };
    }
    Ok(status)
}

/// Unpacks what only [`super::super::disk`] packs: nothing here really is compressed.
pub(super) fn gzip(call: &Call) -> Ran {
    let options = call.options(&["d", "c"])?;
    if !options.has("d") || !options.has("c") {
        return call.unsupported("anything but -dc");
    }
    let (texts, all) = call.inputs(&options.operands)?;
    for (name, text) in texts {
        match text.strip_prefix(crate::hosts::programs::disk::PACKED) {
            Some(inside) => call.out(inside)?,
            None => {
                call.complain(&format!("{name}: not in gzip format"))?;
                return Ok(1);
            }
        }
    }
    Ok(i32::from(!all))
}

pub(super) fn ls(call: &Call) -> Ran {
    let options = call.options(&["1", "a", "A", "d"])?;
    let operands = if options.operands.is_empty() { vec![".".to_owned()] } else { options.operands.clone() };
    let mut status = 0;
    for name in &operands {
        let path = call.path(name);
        let names = call.place.files(|files| {
            let place = files.resolve(&path, true)?;
            let directory = place == "/" || files.entry(&place).ok_or(Errno::NoEntry)?.is_directory();
            Ok(if directory && !options.has("d") { files.list(&place) } else { vec![name.clone()] })
        })?;
        match names {
            Ok(names) => {
                let all = options.has("a") || options.has("A");
                let shown = names.iter().filter(|name| all || !name.starts_with('.'));
                let lines: String = shown.map(|name| format!("{name}\n")).collect();
                status = status.max(call.print(&lines)?);
            }
            Err(error) => {
                let error: Errno = error;
                call.complain(&format!("cannot access '{name}': {error}"))?;
                status = 2;
            }
        }
    }
    Ok(status)
}
