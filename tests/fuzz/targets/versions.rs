//! Versions in every form they are met in: one text a line, each read in all ways.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_cluster::observe_fuzzing::{etcd_image_version, image_version, reported_version};
use upgrade_core::commands::package;
use upgrade_core::plan::Amount;
use upgrade_core::target::Target;
use upgrade_core::version::{Minor, Version};
use upgrade_fuzz::same;

fuzz_target!(|text: &str| {
    let versions: Vec<Version> = text.lines().filter_map(version).collect();
    for line in text.lines() {
        same::as_text::<Minor>(line);
        same::as_text::<Target>(line);
        same::as_text::<Amount>(line);
        in_package(line);
        in_image(line);
    }
    for (one, other) in versions.iter().flat_map(|one| versions.iter().map(move |other| (one, other))) {
        assert_eq!(one.cmp(other), other.cmp(one).reverse(), "{one} and {other}");
        assert_eq!(one == other, one.cmp(other).is_eq(), "{one} and {other}");
        assert!(one.minor() >= other.minor() || one < other, "{one} and {other}");
        assert!(!one.is_prerelease() || *one < one.release(), "{one}");
    }
});

fn version(text: &str) -> Option<Version> {
    let version: Version = same::as_text(text)?;
    assert_eq!(version.tag().parse().as_ref(), Ok(&version));
    assert_eq!(format!("{}.{}{}", version.minor(), version.patch(), version.suffix()), version.to_string());
    assert_eq!(reported_version(text).as_ref(), Some(&version), "strict and lenient differ on {text:?}");
    assert_eq!(version.release().suffix(), "");
    // A registry's port is no tag, a digest no version, and a tag cannot hold a plus.
    let image = format!("r.example:5000/a/b:v{}@sha256:00", version.to_string().replace('+', "_"));
    assert_eq!(image_version(&image).as_ref(), Ok(&version), "{image}");
    if version.suffix().is_empty() {
        for package in [format!("{version}-1.1"), format!("0:{version}-150500.1.1"), version.to_string()] {
            assert_eq!(package::version_of(&package).as_ref(), Some(&version), "{package}");
        }
    }
    Some(version)
}

fn in_package(text: &str) {
    let Some(version) = package::version_of(text) else { return };
    same::as_json(&version);
    let offered = [text.to_owned(), format!("{}-99999", version.release())];
    let picked = package::pick(&offered, &version).expect("one of that version is on offer");
    assert_eq!(package::version_of(picked).as_ref(), Some(&version));
}

fn in_image(image: &str) {
    let Ok(version) = image_version(image) else {
        assert!(etcd_image_version(image).is_err(), "{image}");
        return;
    };
    same::as_json(&version);
    let etcd = etcd_image_version(image).expect("a version");
    assert_eq!(etcd.release(), version.release(), "{image}");
}
