//! Package managers: repositories and exact versions.
//!
//! dnf 5 lifts the repository's `exclude=` by another option than dnf 4 and yum (facts: package repositories). A plan's
//! versions are exact, so the direction of the change is the plan's decision and every manager is allowed to go down.

use super::line::CommandLine;
use crate::inventory::PackageManager;
use crate::plan::{PackagePin, RepositoryEdit};

/// The file keeps its mode and owner, and is either whole as before or whole as after.
const REPLACE_LINE: &str = include_str!("scripts/replace-line.sh");

/// Others, apt's own timers among them, may hold the lock on the lists or on dpkg, for which neither tool waits.
const RETRY: &str = include_str!("scripts/retry.sh");

/// Seconds apt waits for another holder of dpkg's lock.
const APT_LOCK: &str = "DPkg::Lock::Timeout=120";

/// A host must not be left with packages that the next routine update would move.
const HELD_AGAIN: &str = "also when the installation failed";

pub(super) fn switch(manager: PackageManager, edits: &[RepositoryEdit]) -> Vec<CommandLine> {
    let mut lines: Vec<CommandLine> = edits
        .iter()
        .map(|edit| {
            CommandLine::script(REPLACE_LINE, "replace-line", [&edit.path, &edit.before, &edit.after])
                .note(format!("in {}: {} becomes {}", edit.path, edit.before, edit.after))
        })
        .collect();
    match manager {
        PackageManager::Apt => lines.extend(files(edits).into_iter().map(apt_update)),
        PackageManager::Dnf4 | PackageManager::Dnf5 => lines.push(CommandLine::new(["dnf", "-y", "makecache"])),
        PackageManager::Yum => lines.push(CommandLine::new(["yum", "-y", "makecache"])),
        PackageManager::Zypper => lines.push(CommandLine::new(["zypper", "--non-interactive", "refresh"])),
    }
    lines
}

pub(super) fn install(manager: PackageManager, packages: &[PackagePin], hold: bool) -> Vec<CommandLine> {
    let names = || packages.iter().map(|pin| pin.name.clone());
    let equal = || packages.iter().map(|pin| format!("{}={}", pin.name, pin.version));
    let dashed = || packages.iter().map(|pin| format!("{}-{}", pin.name, pin.version));
    let mut lines = Vec::new();
    match manager {
        PackageManager::Apt => {
            lines.push(finish_dpkg());
            lines.push(CommandLine::new(["apt-mark", "unhold"]).with(names()));
            lines.push(apt_install().with(equal()));
            if hold {
                lines.push(CommandLine::new(["apt-mark", "hold"]).with(names()).always().note(HELD_AGAIN));
            }
        }
        PackageManager::Dnf4 => {
            lines.push(CommandLine::new(["dnf", "install", "-y", "--disableexcludes=kubernetes"]).with(dashed()));
        }
        PackageManager::Dnf5 => {
            let line = CommandLine::new(["dnf", "install", "-y", "--setopt=disable_excludes=kubernetes"]);
            lines.push(line.with(["--allow-downgrade".to_owned()]).with(dashed()));
        }
        PackageManager::Yum => {
            lines.push(CommandLine::new(["yum", "install", "-y", "--disableexcludes=kubernetes"]).with(dashed()));
        }
        PackageManager::Zypper => {
            lines.push(CommandLine::new(["zypper", "--non-interactive", "removelock"]).with(names()));
            let line = CommandLine::new(["zypper", "--non-interactive", "install", "--force", "--oldpackage"]);
            lines.push(line.with(equal()));
            if hold {
                lines.push(
                    CommandLine::new(["zypper", "--non-interactive", "addlock"])
                        .with(names())
                        .always()
                        .note(HELD_AGAIN),
                );
            }
        }
    }
    lines
}

/// Where the power failed in the midst of dpkg, apt-get refuses any work until this was done. Where nothing is half done
/// it does nothing.
fn finish_dpkg() -> CommandLine {
    let dpkg = ["dpkg", "--force-confdef", "--force-confold", "--configure", "-a"];
    CommandLine::script(RETRY, "retry", dpkg)
        .variable("DEBIAN_FRONTEND", "noninteractive")
        .note("dpkg --configure -a: finishes what dpkg was interrupted in, if anything; up to 6 times 10 s apart")
}

/// Keeps the configuration files of the administrator: dpkg would ask about them and fail without a terminal.
fn apt_install() -> CommandLine {
    let mut line = CommandLine::new(["apt-get", "install", "-y", "--allow-downgrades"]);
    for option in [APT_LOCK, "Dpkg::Options::=--force-confdef", "Dpkg::Options::=--force-confold"] {
        line = line.with(["-o".to_owned(), option.to_owned()]);
    }
    line.variable("DEBIAN_FRONTEND", "noninteractive")
}

/// Updates the lists of one file alone: another repository that is broken must not fail the step, while this one must,
/// although apt-get by itself ends well without it.
fn apt_update(file: &str) -> CommandLine {
    let mut line = CommandLine::script(RETRY, "retry", ["apt-get", "update"]);
    for option in [
        &format!("Dir::Etc::sourcelist={file}"),
        "Dir::Etc::sourceparts=-",
        "APT::Get::List-Cleanup=0",
        "APT::Update::Error-Mode=any",
    ] {
        line = line.with(["-o".to_owned(), option.to_owned()]);
    }
    line.note(format!("apt-get update for {file} alone, up to 6 times 10 s apart"))
}

/// Each edited file once, in order.
fn files(edits: &[RepositoryEdit]) -> Vec<&str> {
    let mut files: Vec<&str> = Vec::new();
    for edit in edits {
        if !files.contains(&edit.path.as_str()) {
            files.push(&edit.path);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Output};

    use super::*;

    const BEFORE: &str = "deb [signed-by=/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /";
    const AFTER: &str = "deb [signed-by=/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.34/deb/ /";

    fn pins() -> Vec<PackagePin> {
        ["kubelet", "kubectl"].map(|name| PackagePin { name: name.to_owned(), version: "1.34.2-1.1".to_owned() }).into()
    }

    fn shown(manager: PackageManager, hold: bool) -> Vec<String> {
        install(manager, &pins(), hold).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn apt_lifts_the_hold_and_restores_it_whatever_happens() {
        let lines = install(PackageManager::Apt, &pins(), true);
        let always: Vec<bool> = lines.iter().map(|line| line.always).collect();
        assert_eq!(always, [false, false, false, true]);
        let lines = shown(PackageManager::Apt, true);
        assert!(lines[0].starts_with("sudo DEBIAN_FRONTEND=noninteractive sh -c "), "{}", lines[0]);
        assert!(lines[0].ends_with(" retry dpkg --force-confdef --force-confold --configure -a"), "{}", lines[0]);
        assert_eq!(lines[1], "sudo apt-mark unhold kubelet kubectl");
        assert!(lines[2].starts_with("sudo DEBIAN_FRONTEND=noninteractive apt-get install -y "), "{}", lines[2]);
        assert!(lines[2].contains("-o DPkg::Lock::Timeout=120 "), "{}", lines[2]);
        assert!(lines[2].ends_with(" kubelet=1.34.2-1.1 kubectl=1.34.2-1.1"), "{}", lines[2]);
        assert_eq!(lines[3], "sudo apt-mark hold kubelet kubectl");
        assert_eq!(shown(PackageManager::Apt, false).len(), 3);
    }

    #[test]
    fn each_rpm_manager_has_its_own_words() {
        for (manager, line) in [
            (
                PackageManager::Dnf4,
                "sudo dnf install -y --disableexcludes=kubernetes kubelet-1.34.2-1.1 kubectl-1.34.2-1.1",
            ),
            (
                PackageManager::Dnf5,
                "sudo dnf install -y --setopt=disable_excludes=kubernetes --allow-downgrade kubelet-1.34.2-1.1 \
                 kubectl-1.34.2-1.1",
            ),
            (
                PackageManager::Yum,
                "sudo yum install -y --disableexcludes=kubernetes kubelet-1.34.2-1.1 kubectl-1.34.2-1.1",
            ),
        ] {
            assert_eq!(shown(manager, true), [line]);
        }
        assert_eq!(
            shown(PackageManager::Zypper, true),
            [
                "sudo zypper --non-interactive removelock kubelet kubectl",
                "sudo zypper --non-interactive install --force --oldpackage kubelet=1.34.2-1.1 kubectl=1.34.2-1.1",
                "sudo zypper --non-interactive addlock kubelet kubectl",
            ]
        );
    }

    fn replace(path: &str) -> Output {
        let edit = RepositoryEdit { path: path.to_owned(), before: BEFORE.to_owned(), after: AFTER.to_owned() };
        let lines = switch(PackageManager::Apt, &[edit]);
        Command::new("sh").arg("-c").arg(lines[0].as_root()).output().unwrap()
    }

    #[test]
    fn a_line_is_replaced_whole_and_once() {
        let here = std::env::temp_dir().join(format!("upgrade-core-replace-{}", std::process::id()));
        let _ = fs::remove_dir_all(&here);
        fs::create_dir_all(&here).unwrap();
        let file = here.join("it's a [list].list");
        let around = |line: &str| format!("# {BEFORE}\n{line}\n{BEFORE} contrib\n\\1 & $x\n");
        fs::write(&file, around(BEFORE)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        for _ in 0..2 {
            let output = replace(file.to_str().unwrap());
            assert!(output.status.success(), "{output:?}");
            assert_eq!(fs::read_to_string(&file).unwrap(), around(AFTER));
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(&here).unwrap().count(), 1, "nothing is left beside it");

        fs::write(&file, "deb https://elsewhere/v1.33/deb/ /\n").unwrap();
        let output = replace(file.to_str().unwrap());
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("expected the line"), "{output:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "deb https://elsewhere/v1.33/deb/ /\n");
        fs::remove_dir_all(here).unwrap();
    }

    #[test]
    fn only_the_switched_repository_is_updated() {
        let edit = |path: &str| RepositoryEdit { path: path.to_owned(), before: "a".to_owned(), after: "b".to_owned() };
        let lines = switch(PackageManager::Apt, &[edit("/x.list"), edit("/x.list"), edit("/y.sources")]);
        assert_eq!(lines.len(), 5);
        assert!(lines[3].argv.iter().any(|word| word == "Dir::Etc::sourcelist=/x.list"));
        assert!(lines[4].argv.iter().any(|word| word == "Dir::Etc::sourcelist=/y.sources"));
    }
}
