//! apt and dpkg over the host's packages.

mod install;
mod update;

pub(super) use install::get;
pub(super) use update::helper;

use super::Call;
use crate::hosts::packages::NAMES;
use crate::hosts::shell::Ran;

/// `dpkg-query -W -f=FORMAT NAME…`
pub(super) fn query(call: &Call) -> Ran {
    if let [search, path] = call.arguments()
        && search == "-S"
    {
        call.complain(&format!("no path found matching pattern {path}"))?;
        return Ok(1);
    }
    let mut format = None;
    let mut names = Vec::new();
    for word in call.arguments() {
        match word.strip_prefix("-f=").or_else(|| word.strip_prefix("--showformat=")) {
            Some(text) => format = Some(text.replace("\\n", "\n").replace("\\t", "\t")),
            None if word == "-W" || word == "--show" => {}
            None if word.starts_with('-') => return call.unsupported(&format!("the option {word}")),
            None => names.push(word.as_str()),
        }
    }
    let format = format.unwrap_or_else(|| "${Package}\t${Version}\n".to_owned());
    names.sort_unstable();
    let mut status = 0;
    for name in names {
        let found = call.place.host(|host| host.packages.installed.get(name).cloned())?;
        let Some(package) = found else {
            call.complain(&format!("no packages found matching {name}"))?;
            status = 1;
            continue;
        };
        let wanted = if package.held { "hi " } else { "ii " };
        let line = format.replace("${Package}", name).replace("${Version}", &package.version);
        let line = line.replace("${db:Status-Abbrev}", wanted);
        if line.contains("${") {
            return call.unsupported("the format");
        }
        call.out(&line)?;
    }
    Ok(status)
}

/// `dpkg [--force-…] --configure -a`
pub(super) async fn dpkg(call: &Call) -> Ran {
    let action: Vec<&str> =
        call.arguments().iter().map(String::as_str).filter(|word| !word.starts_with("--force-conf")).collect();
    if action != ["--configure", "-a"] {
        return call.unsupported("anything but --configure -a");
    }
    // Without anything to finish it is done at once, and nothing was changed.
    if call.place.host(|host| host.packages.interrupted)? {
        call.place.sleep(std::time::Duration::from_secs(2)).await?;
        call.place.note(&call.line())?;
        call.place.host(|host| host.packages.interrupted = false)?;
    }
    Ok(0)
}

/// `apt-cache madison NAME…`
pub(super) fn cache(call: &Call) -> Ran {
    let [madison, names @ ..] = call.arguments() else { return call.unsupported("no words") };
    if madison != "madison" {
        return call.unsupported(&format!("apt-cache {madison}"));
    }
    let offered = call.place.host(|host| host.packages.offered(&host.files))?;
    let mut printed = String::new();
    for name in names.iter().filter(|name| NAMES.contains(&name.as_str())) {
        for (version, source) in &offered {
            let suite = if source.suite.is_empty() { String::new() } else { source.suite.clone() };
            printed.push_str(&format!("{name:>10} | {version:>10} | {} {suite} Packages\n", source.url));
        }
    }
    call.print(&printed)
}

/// `apt-mark hold|unhold|showhold NAME…`
pub(super) fn mark(call: &Call) -> Ran {
    let [action, names @ ..] = call.arguments() else { return call.unsupported("no words") };
    let hold = match action.as_str() {
        "hold" => true,
        "unhold" => false,
        "showhold" => {
            let held = call.place.host(|host| {
                let held = host.packages.installed.iter().filter(|(_, package)| package.held);
                held.map(|(name, _)| format!("{name}\n")).collect::<String>()
            })?;
            return call.print(&held);
        }
        other => return call.unsupported(&format!("apt-mark {other}")),
    };
    if call.place.files(|files| files.full)? {
        call.err("E: Could not write to /var/lib/dpkg/status: No space left on device\n")?;
        return Ok(100);
    }
    call.place.note(&call.line())?;
    for name in names {
        let before = call.place.host(|host| {
            let package = host.packages.installed.get_mut(name)?;
            Some(std::mem::replace(&mut package.held, hold))
        })?;
        match (before, hold) {
            (None, _) => {
                call.err(&format!("E: Unable to locate package {name}\n"))?;
                return Ok(100);
            }
            (Some(false), true) => call.out(&format!("{name} set on hold.\n"))?,
            (Some(true), false) => call.out(&format!("Canceled hold on {name}.\n"))?,
            (Some(true), true) => call.out(&format!("{name} was already set on hold.\n"))?,
            (Some(false), false) => call.out(&format!("{name} was already not on hold.\n"))?,
        }
    }
    Ok(0)
}
