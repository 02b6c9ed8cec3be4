//! Backups: etcd through etcd itself, files as an archive.
//!
//! The scripts print one `observed: …` line when the backup is there and sound; nothing else they print is relied on.

use super::line::CommandLine;
use crate::plan::EtcdClient;

/// Needs etcd's certificates where kubeadm puts them. etcd's image has no shell, so what runs inside it is etcdctl alone;
/// its data directory is the host's, which is how the file gets out.
const SNAPSHOT_ETCD: &str = include_str!("scripts/snapshot-etcd.sh");

/// Leaves out `/etc/kubernetes/tmp`, where kubeadm keeps whole copies of etcd's data.
const ARCHIVE_FILES: &str = include_str!("scripts/archive-files.sh");

pub(super) fn snapshot(file: &str, etcdctl_on_host: bool) -> Vec<CommandLine> {
    let place = if etcdctl_on_host { "host" } else { "container" };
    let with = if etcdctl_on_host { "the host's etcdctl" } else { "the etcdctl in etcd's container" };
    vec![
        directory_of(file),
        // etcdctl before 3.4 speaks the v2 API unless told; later ones take the variable without a word.
        CommandLine::script(SNAPSHOT_ETCD, "snapshot-etcd", [file, place])
            .variable("ETCDCTL_API", "3")
            .note(format!("etcdctl snapshot save {file} with {with}; then verify its hash, revision, keys and size")),
    ]
}

/// Through a member that is reached some other way than kubeadm's.
pub(super) fn snapshot_through(client: &EtcdClient, file: &str) -> Vec<CommandLine> {
    let files = [&client.cacert, &client.cert, &client.key].map(|file| file.as_deref().unwrap_or_default());
    let arguments = [&[file, "host", client.endpoint.as_str()][..], &files].concat();
    let note =
        format!("etcdctl snapshot save {file} from {}; then verify its hash, revision, keys and size", client.endpoint);
    vec![
        directory_of(file),
        CommandLine::script(SNAPSHOT_ETCD, "snapshot-etcd", arguments).variable("ETCDCTL_API", "3").note(note),
    ]
}

pub(super) fn archive(file: &str, paths: &[String]) -> Vec<CommandLine> {
    let arguments = std::iter::once(file.to_owned()).chain(paths.iter().cloned());
    vec![
        directory_of(file),
        CommandLine::script(ARCHIVE_FILES, "archive-files", arguments)
            .note(format!("tar the existing ones of {} into {file}; then print its SHA-256", paths.join(" "))),
    ]
}

fn directory_of(file: &str) -> CommandLine {
    let directory = match file.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
        None => ".",
    };
    CommandLine::new(["mkdir", "-p", "-m", "0700", "--", directory])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::process::{Command, Output};

    use super::*;

    fn run(lines: &[CommandLine]) -> Output {
        let script: Vec<String> = lines.iter().map(CommandLine::as_root).collect();
        Command::new("sh").arg("-euc").arg(script.join("\n")).output().unwrap()
    }

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("upgrade-core-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn an_archive_holds_what_exists_and_is_for_root_alone() {
        let here = scratch("archive");
        fs::write(here.join("a file"), "x").unwrap();
        let file = here.join("backups/it's.tar.gz");
        let paths = [here.join("a file"), here.join("missing")].map(|path| path.display().to_string());
        let output = run(&archive(file.to_str().unwrap(), &paths));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{output:?}");
        assert!(said.starts_with("observed: archive ") && said.contains(" sha256="), "{said}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(here.join("backups")).unwrap().permissions().mode() & 0o777, 0o700);
        let listed = Command::new("tar").arg("-tzf").arg(&file).output().unwrap();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert!(listed.contains("a file") && !listed.contains("missing"), "{listed}");
        fs::remove_dir_all(here).unwrap();
    }

    #[test]
    fn an_archive_of_nothing_fails() {
        let here = scratch("nothing");
        let output = run(&archive(here.join("x.tar.gz").to_str().unwrap(), &["/nowhere/at all".to_owned()]));
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("expected files to archive"));
        fs::remove_dir_all(here).unwrap();
    }
}
