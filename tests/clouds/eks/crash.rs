//! The plug pulled while EKS moves a node group: the run that takes over finds the update again and begins none.

use serde_json::Value;

use crate::clusters;
use crate::person::Person;
use crate::stage::Stage;

const UP: &str = "run --yes --to 1.34 --pool main -o json";

/// Insights and control plane come before it.
const GROUP_STEP: u32 = 3;

/// The operation that a line of the story tells the beginning of, if it is the group's.
fn begun(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).unwrap();
    let begun = &line["event"]["recorded"]["entry"]["operation-begun"];
    let operation = begun["operation"].as_str().filter(|_| begun["step"] == GROUP_STEP);
    operation.map(str::to_owned)
}

#[test]
fn an_update_whose_name_is_in_the_journal_is_followed() {
    let person = Person::new();
    let stage = Stage::begin(&person, clusters::named());
    let killed = person.started(&stage.words(UP), |line| begun(line).is_some());
    let first = begun(&killed.kill()).unwrap();
    let [update] = &stage.begun("VersionUpdate")[..] else { panic!("one update") };
    assert!(update.id.0 == first && !update.state.ended(), "killed in its middle: {update:?}");
    let out = person.run(&stage.words("resume --yes -o json")).well();
    assert_eq!(out.lines().find_map(begun), None, "it was found by its name");
    assert_eq!(stage.begun("VersionUpdate").len(), 1, "and nothing was begun beside it");
}

#[test]
fn an_update_that_was_begun_and_not_written_down_is_found_and_followed() {
    let person = Person::new();
    let stage = Stage::begin(&person, clusters::named());
    let killed = person.started(&stage.words(UP), |line| begun(line).is_some());
    let first = begun(&killed.kill()).unwrap();
    // As if the plug had been pulled between the call and its record.
    let journal = person.journal();
    let text = std::fs::read_to_string(&journal).unwrap();
    let kept: Vec<&str> = text.lines().take_while(|line| !line.contains(&first)).collect();
    assert!(kept.last().unwrap().contains("step-started"), "{kept:?}");
    std::fs::write(&journal, kept.join("\n") + "\n").unwrap();
    let out = person.run(&stage.words("resume --yes -o json")).well();
    let again: Vec<String> = out.lines().filter_map(begun).collect();
    assert!(again.iter().all(|operation| *operation == first), "{again:?}");
    assert_eq!(stage.begun("VersionUpdate").len(), 1, "EKS was asked to begin it once");
}
