//! A saved plan reads back the same, or not at all.

use proptest::prelude::*;
use upgrade_core::fixtures::healthy;
use upgrade_core::plan::{Options, PlanFile, PlanFileError};
use upgrade_core::target::Target;
use upgrade_core::version::{Minor, Version};

use crate::build::{Case, build};
use crate::cases;
use crate::shape::{Shape, shapes};

/// The bytes most likely to turn one valid text into another.
const TELLING: &[u8] = b"0123456789\"\\ \n\t,:.{}[]-+eEtTzZnul/_afAF";

fn read(text: Vec<u8>) -> Option<PlanFile> {
    PlanFile::read(&String::from_utf8(text).ok()?).ok()
}

/// Whether the text with one byte changed is refused, or says just the same.
fn is_safe(text: &str, file: &PlanFile, at: usize, byte: u8) -> bool {
    let mut changed = text.as_bytes().to_vec();
    changed[at] = byte;
    read(changed).is_none_or(|found| found == *file)
}

fn small(mut shape: Shape) -> Shape {
    shape.control_planes = 1;
    shape.workers = shape.workers.min(2);
    shape
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_saved_plan_reads_back_the_same(shape in shapes()) {
        let Ok(plan) = build(&shape).plan() else { return Ok(()) };
        let file = PlanFile::seal(plan);
        for text in [serde_json::to_string(&file).unwrap(), serde_json::to_string_pretty(&file).unwrap()] {
            let found = PlanFile::read(&text);
            prop_assert!(found.as_ref().is_ok_and(|found| *found == file), "{:?}", found.err());
            prop_assert_eq!(serde_json::to_string(&found.unwrap()).unwrap(), serde_json::to_string(&file).unwrap());
        }
    }

    #[test]
    fn a_changed_byte_is_never_misread(
        shape in shapes().prop_map(small),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(TELLING)), 16),
    ) {
        let Ok(plan) = build(&shape).plan() else { return Ok(()) };
        let file = PlanFile::seal(plan);
        let text = serde_json::to_string(&file).unwrap();
        for (at, byte) in changes {
            let at = at.index(text.len());
            prop_assert!(is_safe(&text, &file, at, byte), "byte {at} as {:?}: {}", char::from(byte), around(&text, at));
        }
    }
}

/// Every byte of the part that says what is done first, each with every byte that could matter there.
#[test]
fn no_byte_of_the_first_step_can_be_misread() {
    let case = Case {
        inventory: healthy(&Version::new(1, 35, 9)),
        target: Target::Minor(Minor::new(1, 36)),
        options: Options::default(),
        interleaving: 0,
    };
    let mut plan = case.plan().unwrap();
    plan.stages.truncate(1);
    plan.stages[0].lanes.truncate(1);
    plan.stages[0].lanes[0].steps.truncate(1);
    plan.findings.clear();
    let file = PlanFile::seal(plan);
    let text = serde_json::to_string(&file).unwrap();
    for at in 0..text.len() {
        for byte in TELLING.iter().step_by(1 + at % 5) {
            assert!(is_safe(&text, &file, at, *byte), "byte {at} as {:?}: {}", char::from(*byte), around(&text, at));
        }
    }
}

fn around(text: &str, at: usize) -> String {
    text.get(at.saturating_sub(40)..(at + 40).min(text.len())).unwrap_or(text).to_owned()
}

/// Or the fuzz target would begin with nothing, and nobody would notice.
#[test]
fn the_seeds_of_its_fuzz_target_are_saved_plans() {
    let seeds = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/plan_file")).unwrap();
    let mut read = 0;
    for seed in seeds.map(|seed| seed.unwrap().path()) {
        let file = PlanFile::read(&std::fs::read_to_string(&seed).unwrap());
        if seed.ends_with("other_format") {
            assert!(matches!(file, Err(PlanFileError::Format { .. })), "{seed:?}: {file:?}");
        } else {
            assert!(file.is_ok(), "{seed:?}: {file:?}");
            read += 1;
        }
    }
    assert!(read > 5, "{read}");
}
