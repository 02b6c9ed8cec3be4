//! Programs that change files.

use crate::hosts::files::{Entry, Errno, Files, base_name, join};
use crate::hosts::programs::Call;
use crate::hosts::shell::Ran;

pub(super) fn mkdir(call: &Call) -> Ran {
    let options = call.options(&["p", "m:", "parents", "mode:"])?;
    let parents = options.has("p") || options.has("parents");
    let mode = match options.value("m").or(options.value("mode")) {
        Some(text) => match u32::from_str_radix(text, 8) {
            Ok(mode) => mode,
            Err(_) => return call.unsupported("the mode"),
        },
        None => 0o777 & !call.umask,
    };
    each(call, &options.operands, "cannot create directory", |files, path| {
        if parents { files.make_dirs(path, mode) } else { files.make_dir(path, mode) }
    })
}

pub(super) fn rmdir(call: &Call) -> Ran {
    let options = call.options(&[])?;
    each(call, &options.operands, "failed to remove", |files, path| {
        if files.look(path)?.is_directory() { files.remove(path) } else { Err(Errno::NotDirectory) }
    })
}

pub(super) fn rm(call: &Call) -> Ran {
    let options = call.options(&["r", "R", "f", "recursive", "force"])?;
    let recursive = options.has("r") || options.has("R") || options.has("recursive");
    let force = options.has("f") || options.has("force");
    each(call, &options.operands, "cannot remove", |files, path| {
        let place = files.resolve(path, false)?;
        match files.entry(&place).map(Entry::is_directory) {
            None if force => Ok(()),
            Some(true) if !recursive => Err(Errno::IsDirectory),
            Some(true) => files.remove_all(path),
            Some(false) | None => files.remove(path),
        }
    })
}

pub(super) fn touch(call: &Call) -> Ran {
    let options = call.options(&[])?;
    let mode = 0o666 & !call.umask;
    each(call, &options.operands, "cannot touch", |files, path| match files.look(path) {
        Ok(_) => {
            let now = files.now;
            files.change(path, |entry| entry.modified = now)
        }
        Err(_) => files.write(path, "", mode),
    })
}

pub(super) fn chmod(call: &Call) -> Ran {
    let options = call.options(&["R"])?;
    let Some((mode, paths)) = options.operands.split_first() else { return call.unsupported("no mode") };
    let Ok(mode) = u32::from_str_radix(mode, 8) else { return call.unsupported("the mode") };
    each(call, paths, "cannot access", |files, path| files.change(path, |entry| entry.mode = mode))
}

pub(super) fn chown(call: &Call) -> Ran {
    let options = call.options(&["R", "reference:"])?;
    if options.has("reference") {
        // Everything here is root's.
        return each(call, &options.operands, "cannot access", |files, path| files.look(path).map(|_| ()));
    }
    let Some((owner, paths)) = options.operands.split_first() else { return call.unsupported("no owner") };
    if !["root", "root:root", "0", "0:0"].contains(&owner.as_str()) {
        return call.unsupported("another owner than root");
    }
    each(call, paths, "cannot access", |files, path| files.look(path).map(|_| ()))
}

pub(super) fn mktemp(call: &Call) -> Ran {
    let options = call.options(&["d", "p:"])?;
    let directory = options.value("p").map_or_else(|| "/tmp".to_owned(), str::to_owned);
    let template = match options.operands.first() {
        Some(template) => template.clone(),
        None => format!("{directory}/tmp.XXXXXXXXXX"),
    };
    let stem = template.trim_end_matches('X');
    let count = template.len() - stem.len();
    if count < 3 {
        call.complain(&format!("too few X's in template '{template}'"))?;
        return Ok(1);
    }
    let mut name = stem.to_owned();
    let letters: String = call.place.world(|world| (0..=count / 5).map(|_| world.random.suffix()).collect());
    name.extend(letters.chars().take(count));
    let whole = call.path(&name);
    let made = call
        .place
        .files(|files| if options.has("d") { files.make_dir(&whole, 0o700) } else { files.write(&whole, "", 0o600) })?;
    match made {
        Ok(()) => call.print(&format!("{name}\n")),
        Err(error) => {
            let what = if options.has("d") { "directory" } else { "file" };
            call.complain(&format!("failed to create {what} via template '{template}': {error}"))?;
            Ok(1)
        }
    }
}

pub(super) fn mv(call: &Call) -> Ran {
    let options = call.options(&["f", "T", "n"])?;
    onto(call, &options.operands, |files, from, to| files.rename(from, to))
}

pub(super) fn cp(call: &Call) -> Ran {
    let options = call.options(&["p", "f", "a", "r", "R", "T", "L"])?;
    let keeps = options.has("p") || options.has("a");
    let recursive = options.has("a") || options.has("r") || options.has("R");
    let mask = !call.umask;
    onto(call, &options.operands, |files, from, to| {
        let entry = files.look(from)?.clone();
        if entry.is_directory() && !recursive {
            return Err(Errno::IsDirectory);
        }
        copy(files, from, to, keeps, mask)
    })
}

/// Another name of a file. What is written to one later does not show in the other, as programs are only replaced whole.
pub(super) fn ln(call: &Call) -> Ran {
    let options = call.options(&["f", "L"])?;
    let [from, to] = options.operands.as_slice() else { return call.unsupported("not two names, or a link by name") };
    let (source, target) = (call.path(from), call.path(to));
    let made = call.place.files(|files| {
        let entry = files.look(&source)?.clone();
        let place = files.resolve(&target, false)?;
        if files.entry(&place).is_some() && !options.has("f") {
            return Err(Errno::Exists);
        }
        files.link(place, entry)
    })?;
    match made {
        Ok(()) => Ok(0),
        Err(error) => {
            call.complain(&format!("failed to create hard link '{to}': {error}"))?;
            Ok(1)
        }
    }
}

/// Copies an entry and what is in it.
pub(crate) fn copy(files: &mut Files, from: &str, to: &str, keeps: bool, mask: u32) -> Result<(), Errno> {
    let from = files.resolve(from, true)?;
    let to = files.resolve(to, true)?;
    let entry = files.entry(&from).cloned().ok_or(Errno::NoEntry)?;
    if entry.is_directory() {
        if files.entry(&to).is_none() {
            files.make_dir(&to, entry.mode)?;
        }
        for name in files.list(&from) {
            copy(files, &format!("{from}/{name}"), &format!("{to}/{name}"), keeps, mask)?;
        }
        return Ok(());
    }
    let text = entry.text().map(|text| (*text).clone()).unwrap_or_default();
    files.write(&to, text, entry.mode & mask)?;
    let now = files.now;
    files.change(&to, |copied| {
        copied.size = entry.size;
        copied.modified = if keeps { entry.modified } else { now };
        if keeps {
            copied.mode = entry.mode;
        }
    })
}

/// Moves or copies into a directory, or over one file.
fn onto(call: &Call, operands: &[String], act: impl Fn(&mut Files, &str, &str) -> Result<(), Errno>) -> Ran {
    let Some((to, from)) = operands.split_last().filter(|(_, from)| !from.is_empty()) else {
        call.complain("missing file operand")?;
        return Ok(1);
    };
    let whole = call.path(to);
    let directory = call.place.files(|files| files.look(&whole).is_ok_and(Entry::is_directory))?;
    if !directory && from.len() > 1 {
        call.complain(&format!("target '{to}': Not a directory"))?;
        return Ok(1);
    }
    let mut status = 0;
    for name in from {
        let target = if directory { join(&whole, base_name(name)) } else { whole.clone() };
        let path = call.path(name);
        if let Err(error) = call.place.files(|files| act(files, &path, &target))? {
            let doing = if call.name() == "mv" { "cannot move" } else { "cannot copy" };
            call.complain(&format!("{doing} '{name}' to '{to}': {error}"))?;
            status = 1;
        }
    }
    Ok(status)
}

fn each(call: &Call, names: &[String], failing: &str, act: impl Fn(&mut Files, &str) -> Result<(), Errno>) -> Ran {
    let mut status = 0;
    for name in names {
        let path = call.path(name);
        if let Err(error) = call.place.files(|files| act(files, &path))? {
            call.complain(&format!("{failing} '{name}': {error}"))?;
            status = 1;
        }
    }
    Ok(status)
}
