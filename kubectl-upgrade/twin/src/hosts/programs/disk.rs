//! How full disks are, and archives.

use crate::hosts::files::{Entry, base_name};
use crate::hosts::programs::Call;
use crate::hosts::shell::Ran;

/// What a packed text begins with here: nothing really is compressed.
pub(super) const PACKED: &str = "\u{1f}packed\n";

pub(super) fn df(call: &Call) -> Ran {
    let options = call.options(&["P", "k"])?;
    if !options.has("P") || !options.has("k") {
        return call.unsupported("anything but -Pk");
    }
    let mut printed = "Filesystem     1024-blocks      Used Available Capacity Mounted on\n".to_owned();
    let mut status = 0;
    for name in &options.operands {
        let path = call.path(name);
        if call.place.files(|files| files.look(&path).is_err() && path != "/")? {
            call.complain(&format!("{name}: No such file or directory"))?;
            status = 1;
            continue;
        }
        let (size, free) = call.place.host(|host| (host.disk_kib(), host.free_kib()))?;
        let used = size.saturating_sub(free);
        let percent = used.saturating_mul(100).div_ceil(size.max(1));
        printed.push_str(&format!("/dev/vda1      {size:>11} {used:>9} {free:>9} {percent:>7}% /\n"));
    }
    Ok(call.print(&printed)?.max(status))
}

pub(super) fn du(call: &Call) -> Ran {
    let options = call.options(&["s", "k"])?;
    if !options.has("s") || !options.has("k") {
        return call.unsupported("anything but -sk");
    }
    let mut status = 0;
    for name in &options.operands {
        let path = call.path(name);
        let size = call.place.files(|files| {
            let place = files.resolve(&path, true).ok()?;
            let own = files.entry(&place)?.bytes().div_ceil(4096) * 4;
            let inside = files.below(&place);
            Some(
                own + inside
                    .filter_map(|path| files.entry(&path))
                    .map(|entry| entry.bytes().div_ceil(4096) * 4)
                    .sum::<u64>(),
            )
        })?;
        match size {
            Some(size) => status = status.max(call.print(&format!("{size}\t{name}\n"))?),
            None => {
                call.complain(&format!("cannot access '{name}': No such file or directory"))?;
                status = 1;
            }
        }
    }
    Ok(status)
}

pub(super) async fn tar(call: &Call) -> Ran {
    let options = call.options(&["create", "gzip", "sparse", "exclude:", "file:", "c", "z", "f:"])?;
    let create = options.has("create") || options.has("c");
    let (Some(file), true) = (options.value("file").or(options.value("f")), create) else {
        return call.unsupported("anything but an archive into a file");
    };
    let time = call.place.world(|world| {
        let span = world.tempo.archive;
        world.random.within(span)
    });
    call.place.sleep(time).await?;
    let excluded: Vec<String> = options.values("exclude").map(str::to_owned).collect();
    let mut listing = PACKED.to_owned();
    let mut status = 0;
    for name in &options.operands {
        let path = call.path(name);
        let found = call.place.files(|files| {
            let place = files.resolve(&path, true).ok()?;
            files.entry(&place)?;
            let left_out = |path: &str| {
                let inside = |out: &String| {
                    path.strip_prefix(out.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                excluded.iter().any(inside)
            };
            let all = std::iter::once(place.clone()).chain(files.below(&place));
            Some(all.filter(|path| !left_out(path)).map(|path| packed(&path, files.entry(&path))).collect::<String>())
        })?;
        match found {
            Some(entries) => listing.push_str(&entries),
            None => {
                call.complain(&format!("{name}: Cannot stat: No such file or directory"))?;
                status = 2;
            }
        }
    }
    let (path, mode) = (call.path(file), 0o666 & !call.umask);
    if let Err(error) = call.place.files(|files| files.write(&path, listing, mode))? {
        call.complain(&format!("{}: Cannot write: {error}", base_name(file)))?;
        status = 2;
    }
    Ok(status)
}

fn packed(path: &str, entry: Option<&Entry>) -> String {
    let Some(entry) = entry else { return String::new() };
    let text = entry.text().map(|text| (*text).clone()).unwrap_or_default();
    format!("{} {:o} {}\n{text}", path.trim_start_matches('/'), entry.mode, entry.bytes())
}
