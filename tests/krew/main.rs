//! The krew package: what `krew/package` makes, checked against the rules of krew.

mod rules;

use std::path::{Path, PathBuf};
use std::process::Command;

use upgrade_tests::plugin;

/// Packages the binary of the tests into `out` and returns the paths of archive and manifest.
fn package(out: &Path) -> (PathBuf, PathBuf) {
    let output = Command::new(plugin::root().join("krew/package"))
        .args([
            "--base-uri",
            "https://downloads.example/v0",
            "--homepage",
            "https://example/kubectl-upgrade",
            "--binary",
        ])
        .arg(plugin::binary())
        .arg("--out")
        .arg(out)
        .output()
        .expect("failed to start krew/package");
    assert!(output.status.success(), "krew/package failed: {}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let paths: Vec<_> = printed.lines().map(PathBuf::from).collect();
    let [archive, manifest] = paths.try_into().expect("two paths are printed");
    (archive, manifest)
}

#[test]
fn the_package_keeps_krews_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    let (archive, manifest) = package(folder.path());
    let package = rules::Package::read(&manifest, &archive);
    assert_eq!(rules::problems(&package), Vec::<String>::new());
    assert_eq!(package.manifest.spec.version, format!("v{}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn packaging_again_gives_the_same_bytes() {
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let [first, second] = folders.each_ref().map(|folder| {
        let (archive, manifest) = package(folder.path());
        (std::fs::read(archive).expect("the archive"), std::fs::read(manifest).expect("the manifest"))
    });
    assert!(first.0 == second.0, "the archives differ");
    assert_eq!(first.1, second.1);
}

#[test]
fn the_packed_binary_runs_and_calls_itself_kubectl_upgrade() {
    let folder = tempfile::tempdir().expect("a folder");
    let (archive, _) = package(folder.path());
    let unpacked = Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(folder.path()).status();
    assert!(unpacked.expect("failed to start tar").success());
    let help = Command::new(folder.path().join("kubectl-upgrade")).arg("--help").output().expect("failed to start it");
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    assert!(help.contains("Usage: kubectl upgrade"), "{help}");
}

#[test]
fn an_address_that_is_not_https_is_refused() {
    let output = Command::new(plugin::root().join("krew/package"))
        .args(["--base-uri", "http://downloads.example"])
        .output()
        .expect("failed to start krew/package");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("https"));
}
