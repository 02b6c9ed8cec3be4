//! The components file of a hand-built cluster.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use upgrade_core::commands;
use upgrade_core::components::{self, ComponentHost, Components, Execution, Part};
use upgrade_core::inventory::RunsAs;
use upgrade_core::plan::{Action, ComponentAction, Health, NewBinary, NewManifest, NewPod};
use upgrade_core::version::Version;
use upgrade_fuzz::shell;

fuzz_target!(|text: &str| {
    let file = match upgrade_provider_manual::parse("c.yaml", text) {
        Ok(file) => file,
        Err(error) => {
            assert!(error.to_string().contains("c.yaml") && !error.hint().is_empty(), "{error}");
            return;
        }
    };
    let written = components::write(&file);
    match upgrade_provider_manual::parse("c.yaml", &written) {
        Ok(again) => assert_eq!(again, file, "{written}"),
        Err(error) => panic!("{error:?} in what was written of {file:?}:\n{written}"),
    }
    let names: BTreeSet<_> = file.hosts.iter().map(|host| &host.name).collect();
    assert_eq!(names.len(), file.hosts.len(), "{file:?}");
    for host in &file.hosts {
        is_a_word(host.name.as_str());
        host.address.iter().for_each(|address| is_a_word(address));
        is_a_word(&host.arch);
        let kinds: BTreeSet<_> = host.parts.iter().map(|part| part.component).collect();
        assert_eq!(kinds.len(), host.parts.len(), "{host:?}");
        host.parts.iter().for_each(|part| is_replaced_as_it_says(&file, host, part));
    }
});

/// ssh would take it for an option, or for two words.
fn is_a_word(text: &str) {
    assert!(!text.is_empty() && !text.starts_with('-') && !text.contains(char::is_whitespace), "{text:?}");
}

/// What the tool replaces has a unit, a program and a source, and none of it means anything to a shell.
fn is_replaced_as_it_says(file: &Components, host: &ComponentHost, part: &Part) {
    let unit = match &part.runs {
        RunsAs::Unit(unit) => unit,
        RunsAs::StaticPod(manifest) => return is_pulled_as_it_says(host, part, manifest),
    };
    let binary = part.binary.as_ref().expect("a unit starts a program");
    let Some(source) = file.source_of(part) else {
        assert_eq!(part.execute, Execution::Manual, "{part:?}");
        return;
    };
    let (component, version) = (part.component, Version::new(1, 36, 3));
    let source = source.of(component, &version, &host.arch);
    assert!(source.template().contains("1.36.3"), "{source:?}");
    let sha256 = file.checksum(component, &version, &host.arch).map(str::to_owned);
    assert!(sha256.as_ref().is_none_or(|sum| sum.len() == 64), "{sha256:?}");
    let binary = NewBinary { component, version, unit: unit.clone(), path: binary.clone() };
    let action =
        ComponentAction::Prepare { host: host.name.clone(), binary, source: source.clone(), sha256, ask: true };
    for line in commands::of(&Action::Component(action)) {
        let words = shell::words(&line.as_root()).expect("quoted words");
        assert_eq!(words, line.argv);
    }
}

/// A static pod to be replaced by the tool names its image, and nothing of it means anything to a shell.
fn is_pulled_as_it_says(host: &ComponentHost, part: &Part, manifest: &str) {
    let Some(image) = &part.image else {
        assert_eq!(part.execute, Execution::Manual, "{part:?}");
        return;
    };
    let (component, version, from) = (part.component, Version::new(1, 36, 3), Version::new(1, 35, 1));
    let of = |version: &Version| image.of(component, version, &host.arch);
    let (replaces, image) = (of(&from), of(&version));
    assert!(image.contains("1.36.3"), "{image}");
    let pod = NewPod { component, version, manifest: manifest.to_owned(), replaces, image };
    let (host, manifest, health) = (host.name.clone(), NewManifest::Edited, Health::Unit);
    let action = ComponentAction::SwitchPod { host, pod, manifest, from, health, ask: true };
    for line in commands::of(&Action::Component(action)) {
        let words = shell::words(&line.as_root()).expect("quoted words");
        assert_eq!(words, line.argv);
    }
}
