//! A saved plan, sealed or not.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use upgrade_core::commands;
use upgrade_core::facts::Facts;
use upgrade_core::fixtures::healthy;
use upgrade_core::inventory::Inventory;
use upgrade_core::lint::lint;
use upgrade_core::plan::{PLAN_FORMAT, Plan, PlanFile, PlanFileError, digest};
use upgrade_core::version::Version;
use upgrade_fuzz::shell;

static FACTS: LazyLock<Facts> = LazyLock::new(Facts::embedded);
static CLUSTER: LazyLock<Inventory> = LazyLock::new(|| healthy(&Version::new(1, 34, 2)));

fuzz_target!(|text: &str| {
    if let Ok(file) = PlanFile::read(text) {
        assert_eq!(digest(&file.plan), file.digest);
        assert_eq!(sha256_of_saved(&file.plan), file.digest.as_str());
        assert_eq!(file.plan.format, PLAN_FORMAT);
        kept(&file);
    }
    // Whoever changes a plan and seals it anew gets past the digest: the rest must hold by itself.
    let value = serde_json::from_str(text).unwrap_or_default();
    let unsealed = if let serde_json::Value::Object(mut map) = value { map.remove("plan") } else { None };
    let Some(plan) = unsealed.and_then(|plan| serde_json::from_value::<Plan>(plan).ok()) else { return };
    let file = PlanFile::seal(plan);
    assert_eq!(sha256_of_saved(&file.plan), file.digest.as_str());
    match PlanFile::read(&serde_json::to_string(&file).expect("JSON")) {
        Ok(read) => assert_eq!(read, file),
        Err(PlanFileError::Format { found, .. }) => assert_ne!(found, u64::from(PLAN_FORMAT)),
        Err(other) => panic!("{other:?}"),
    }
    if file.plan.format == PLAN_FORMAT {
        kept(&file);
    }
    let broken = lint(&file.plan, &CLUSTER, &FACTS);
    assert!(broken.iter().all(|broken| !broken.to_string().is_empty()));
    for step in file.plan.steps() {
        for line in commands::of(&step.action) {
            let words = shell::words(&line.as_root()).expect("quoted words");
            let bare: Vec<String> = line.argv.iter().map(|word| word.replace('\0', "")).collect();
            assert!(words.ends_with(&bare), "{line:?}");
        }
    }
});

/// What a digest is of: the plan as it stands in a saved file, without white space.
fn sha256_of_saved(plan: &Plan) -> String {
    let text = serde_json::to_string(plan).expect("JSON");
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Written in any form it reads back the same, and another digest over it is refused.
fn kept(file: &PlanFile) {
    let texts = [serde_json::to_string(file), serde_json::to_string_pretty(file)];
    for text in texts.map(|text| text.expect("JSON")) {
        assert_eq!(PlanFile::read(&text).ok().as_ref(), Some(file));
        let other = file.digest.as_str().chars().rev().collect::<String>();
        if other != file.digest.as_str() {
            let changed = text.replacen(file.digest.as_str(), &other, 1);
            assert!(matches!(PlanFile::read(&changed), Err(PlanFileError::Changed { .. })));
        }
    }
}
