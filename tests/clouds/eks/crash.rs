//! The plug pulled while EKS moves a node group: the run that takes over finds the update again and begins none.

use upgrade_tests::clouds::{Person, Served};

use crate::{clusters, stage};

/// Pulls it as soon as the update of the group is begun; the update's name.
fn killed(person: &Person) -> String {
    const BEGUN: &str = "pool main replace nodes to 1.34.8: begun as ";
    let said = person.killed_when("run --yes --to 1.34 --pool main", BEGUN);
    said.lines().find_map(|line| line.split_once(BEGUN)).unwrap().1.to_owned()
}

/// Resumes it to its end; every update of the group that was begun in all.
fn resumed(person: &Person, served: &Served) -> Vec<String> {
    let _ = person.run("resume --yes").exits(0);
    stage::updates(served).into_iter().map(|update| update.id.0).collect()
}

#[test]
fn an_update_whose_name_is_in_the_journal_is_followed() {
    let Some(served) = stage::begin(clusters::named()) else { return };
    let person = Person::at(&served);
    let first = killed(&person);
    let [update] = &stage::updates(&served)[..] else { panic!("one update") };
    assert!(update.id.0 == first && !update.state.ended(), "killed in its middle: {update:?}");
    assert_eq!(resumed(&person, &served), [first], "nothing was begun beside it");
}

#[test]
fn an_update_that_was_begun_and_not_written_down_is_found_and_followed() {
    let Some(served) = stage::begin(clusters::named()) else { return };
    let person = Person::at(&served);
    let first = killed(&person);
    // As if the plug had been pulled between the call and its record.
    let journal = person.journal();
    let text = std::fs::read_to_string(&journal).unwrap();
    let kept: Vec<&str> = text.lines().take_while(|line| !line.contains(&first)).collect();
    assert!(kept.last().unwrap().contains("step-started"), "{kept:?}");
    std::fs::write(&journal, kept.join("\n") + "\n").unwrap();
    assert_eq!(resumed(&person, &served), [first], "EKS was asked to begin it once");
}
