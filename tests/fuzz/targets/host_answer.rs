//! A host's whole answer to the probe, and after a line of dashes the one about other minors' packages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_core::commands::package::version_of;
use upgrade_core::inventory::{Host, RepositoryLayout};
use upgrade_core::version::Minor;
use upgrade_fuzz::{host, same};

fuzz_target!(|text: &str| {
    let (answer, index) = text.split_once("\n---\n").unwrap_or((text, ""));
    let minors = [Minor::new(1, 34), Minor::new(1, 35)];
    match host::look(answer, index, &minors) {
        Ok(host) => sound(&host),
        Err(error) => assert!(error.message.starts_with("expected ") && error.message.contains("cp1"), "{error}"),
    }
    let _ = host::look_for_operation(answer).map(|(host, _)| sound(&host));
});

fn sound(host: &Host) {
    same::as_json(host);
    assert_eq!(host.address, "10.0.0.11");
    for (minor, packages) in &host.offered {
        for (at, package) in packages.iter().enumerate() {
            assert_eq!(version_of(package).map(|version| version.minor()), Some(*minor), "{package:?}");
            assert!(!packages[..at].contains(package), "{package:?} is offered twice");
        }
    }
    assert_eq!(host.repository.files.is_empty(), host.repository.layout == RepositoryLayout::Missing);
    let lines = host.repository.files.iter().flat_map(|file| &file.lines);
    let words = host.kubelet_arguments.values().flatten().chain(&host.static_pods_with_references);
    for line in lines.chain(words).chain(host.offered.values().flatten()) {
        assert!(!line.contains('\n'), "{line:?}");
    }
    assert!(host.installed.keys().all(|name| !name.contains(char::is_whitespace)));
}
