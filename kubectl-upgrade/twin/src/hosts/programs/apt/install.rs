//! `apt-get`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use upgrade_core::commands::package::version_of;

use super::update;
use crate::hosts::kubelet;
use crate::hosts::packages::Installed;
use crate::hosts::programs::Call;
use crate::hosts::shell::{Ran, pattern};

/// Why nothing is installed, as apt says it.
type Refused = String;

struct Change {
    name: String,
    before: Installed,
    version: String,
    url: String,
}

pub(in crate::hosts::programs) async fn get(call: &Call) -> Ran {
    let flags =
        ["y", "q", "o:", "yes", "quiet", "allow-downgrades", "allow-change-held-packages", "no-install-recommends"];
    let options = call.options(&flags)?;
    let settings: BTreeMap<String, String> = options
        .values("o")
        .filter_map(|setting| setting.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let Some((action, words)) = options.operands.split_first() else { return call.unsupported("no action") };
    match action.as_str() {
        "update" => update::update(call, &settings).await,
        "install" => {
            let yes = options.has("y") || options.has("yes");
            let rules = Rules {
                yes,
                downgrades: options.has("allow-downgrades"),
                held: options.has("allow-change-held-packages"),
            };
            install(call, words, rules).await
        }
        other => call.unsupported(&format!("apt-get {other}")),
    }
}

struct Rules {
    yes: bool,
    downgrades: bool,
    held: bool,
}

async fn install(call: &Call, words: &[String], rules: Rules) -> Ran {
    if call.place.host(|host| host.packages.interrupted)? {
        call.err("E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. \n")?;
        return Ok(100);
    }
    call.out("Reading package lists...\nBuilding dependency tree...\nReading state information...\n")?;
    let changes = match chosen(call, words)? {
        Ok(changes) => changes,
        Err(refused) => {
            call.err(&refused)?;
            return Ok(100);
        }
    };
    if changes.is_empty() {
        return call.print("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n");
    }
    if let Some(refused) = refused(call, &changes, &rules)? {
        call.err(&refused)?;
        return Ok(if rules.yes { 100 } else { 1 });
    }
    carry_out(call, &changes).await
}

/// What is to change.
fn chosen(call: &Call, words: &[String]) -> Ran<Result<Vec<Change>, Refused>> {
    let offered = call.place.host(|host| host.packages.offered(&host.files))?;
    let mut changes = Vec::new();
    for word in words {
        let (name, wanted) =
            word.split_once('=').map_or((word.as_str(), None), |(name, version)| (name, Some(version)));
        let Some(before) = call.place.host(|host| host.packages.installed.get(name).cloned())? else {
            return Ok(Err(format!("E: Unable to locate package {name}\n")));
        };
        let fits = |version: &str| wanted.is_none_or(|wanted| pattern::matches(wanted, version));
        let own = fits(&before.version).then(|| (before.version.clone(), String::new()));
        let found = offered
            .iter()
            .find(|(version, _)| fits(version))
            .map(|(version, source)| (version.clone(), source.url.clone()));
        match found.or(own) {
            None => {
                let wanted = wanted.unwrap_or_default();
                if !offered.is_empty() {
                    call.out(&not_available(name))?;
                }
                return Ok(Err(format!("E: Version '{wanted}' for '{name}' was not found\n")));
            }
            Some((version, _)) if version == before.version => {
                call.out(&format!("{name} is already the newest version ({version}).\n"))?;
            }
            Some((version, url)) => changes.push(Change { name: name.to_owned(), before, version, url }),
        }
    }
    Ok(Ok(changes))
}

fn not_available(name: &str) -> String {
    format!(
        "Package {name} is not available, but is referred to by another package.\nThis may mean that the package is missing, \
         has been obsoleted, or\nis only available from another source\n\n"
    )
}

fn refused(call: &Call, changes: &[Change], rules: &Rules) -> Ran<Option<Refused>> {
    let listed = |which: &dyn Fn(&Change) -> bool| {
        let mut names: Vec<&str> =
            changes.iter().filter(|change| which(change)).map(|change| change.name.as_str()).collect();
        names.sort_unstable();
        names.join(" ")
    };
    let down = |change: &Change| version_of(&change.version).cmp(&version_of(&change.before.version)) == Ordering::Less;
    let held = listed(&|change| change.before.held);
    let (upgraded, downgraded) = (listed(&|change| !down(change)), listed(&down));
    if !held.is_empty() {
        call.out(&format!("The following held packages will be changed:\n  {held}\n"))?;
    }
    if !upgraded.is_empty() {
        call.out(&format!("The following packages will be upgraded:\n  {upgraded}\n"))?;
    }
    if !downgraded.is_empty() {
        call.out(&format!("The following packages will be DOWNGRADED:\n  {downgraded}\n"))?;
    }
    let count = changes.iter().filter(|change| !down(change)).count();
    call.out(&format!("{count} upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"))?;
    Ok(if !rules.yes {
        Some("Do you want to continue? [Y/n] Abort.\n".to_owned())
    } else if !held.is_empty() && !rules.held {
        Some("E: Held packages were changed and -y was used without --allow-change-held-packages.\n".to_owned())
    } else if !downgraded.is_empty() && !rules.downgrades {
        Some("E: Packages were downgraded and -y was used without --allow-downgrades.\n".to_owned())
    } else {
        None
    })
}

async fn carry_out(call: &Call, changes: &[Change]) -> Ran {
    let (times, fails) = call.place.world(|world| {
        let span = world.tempo.package_install;
        let times: Vec<_> = changes.iter().map(|_| world.random.within(span)).collect();
        (times, world.faults.at_command(&mut world.random))
    });
    for (change, time) in changes.iter().zip(&times) {
        call.place.sleep(*time * 3 / 4).await?;
        if fails {
            let (url, name) = (&change.url, &change.name);
            let version = &change.version;
            call.err(&format!("E: Failed to fetch {url}/amd64/{name}_{version}_amd64.deb  Connection timed out\nE: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?\n"))?;
            return Ok(100);
        }
        call.out(&format!("Get:1 {}  {} {} [22.5 MB]\n", change.url, change.name, change.version))?;
    }
    if call.place.files(|files| files.full)? {
        call.err("E: You don't have enough free space in /var/cache/apt/archives/.\n")?;
        return Ok(100);
    }
    call.place.note(&call.line())?;
    // From here on dpkg has begun; killed now, it must be told to finish.
    call.place.host(|host| host.packages.interrupted = true)?;
    for (change, time) in changes.iter().zip(&times) {
        let Change { name, before, version, .. } = change;
        call.out(&format!(
            "Preparing to unpack .../{name}_{version}_amd64.deb ...\nUnpacking {name} ({version}) over ({}) ...\n",
            before.version
        ))?;
        call.place.sleep(*time / 4).await?;
        call.place.host(|host| {
            host.packages.installed.insert(name.clone(), Installed { version: version.clone(), held: before.held })
        })?;
    }
    for change in changes {
        call.out(&format!("Setting up {} ({}) ...\n", change.name, change.version))?;
    }
    call.place.host(|host| host.packages.interrupted = false)?;
    restart_kubelet(call, changes)
}

/// The packages of the flat repository restart a kubelet that runs; those of the others leave it alone.
fn restart_kubelet(call: &Call, changes: &[Change]) -> Ran {
    let flat = call.place.host(|host| !host.packages.repositories.per_minor())?;
    let runs = call.place.host(|host| host.kubelet().is_some())?;
    if flat && runs && changes.iter().any(|change| change.name == "kubelet") {
        call.place.world(|world| kubelet::start(world, call.place.node()));
    }
    Ok(0)
}
