//! What people read, as they read it, at 80 and 100 columns.

use upgrade_core::ids::NodeName;
use upgrade_core::plan::{Lane, StageKind, Subject};

use super::*;
use crate::report::fixtures;
use crate::report::story::Story;
use crate::report::text::{Page, width};

const WIDTHS: [usize; 2] = [80, 100];

/// Paint taken away, and every line proven to fit.
fn plain(text: &str, columns: usize) -> String {
    let plain = console::strip_ansi_codes(text).into_owned();
    let mut script = false;
    for line in plain.lines() {
        // Command lines stay as they are, scripts over several lines too.
        script = line.trim_start().starts_with("$ ") || (script && !line.trim_start().starts_with("expects"));
        assert!(script || width(line) <= columns, "{} columns: {line}", width(line));
    }
    plain
}

fn next() -> Vec<(String, String)> {
    vec![
        ("save it".to_owned(), "kubectl upgrade plan --to 1.36.5 --out prod-eu.json".to_owned()),
        ("run it".to_owned(), "kubectl upgrade run --plan prod-eu.json".to_owned()),
    ]
}

fn shown(details: bool, columns: usize) -> String {
    let (plan_, digest, standing) = (fixtures::plan(), fixtures::digest(), fixtures::standing());
    let view = PlanView {
        plan: &plan_,
        digest: &digest,
        standing: &standing,
        target: &fixtures::target(),
        details,
        next: &next(),
    };
    plain(&plan(&view, columns), columns)
}

#[test]
fn a_plan_reads_like_a_runbook() {
    for columns in WIDTHS {
        insta::assert_snapshot!(format!("plan-{columns}"), shown(false, columns));
    }
}

#[test]
fn details_show_every_command_line() {
    let text = shown(true, 100);
    let commands = |step: &upgrade_core::plan::Step| upgrade_core::commands::of(&step.action);
    for command in fixtures::plan().steps().flat_map(commands) {
        assert!(text.contains(&format!("$ {command}\n")), "{command}");
    }
    let start: String =
        text.lines().skip_while(|line| !line.starts_with("Hop 1")).take(60).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!("plan-details", start);
}

#[test]
fn every_step_has_its_number_on_the_page() {
    let text = shown(false, 100);
    let mut numbers: Vec<u32> = Vec::new();
    for line in text
        .lines()
        .skip_while(|line| !line.starts_with("  Backup"))
        .take_while(|line| *line != "Way back")
        .filter(|line| !line.starts_with("Hop"))
    {
        if let Some((_, range)) = line.split_once("steps ").filter(|(_, rest)| rest.contains('–')) {
            let (first, rest) = range.split_once('–').unwrap();
            let last = rest.split_once(',').unwrap().0;
            numbers.extend(first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap());
        } else if let Some(number) = line.split_whitespace().take(2).find_map(|word| word.parse().ok()) {
            numbers.push(number);
        }
    }
    let expected: Vec<u32> = fixtures::plan().steps().map(|step| step.id.0).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn versions_show_what_is_allowed_and_what_was_not_seen() {
    for columns in WIDTHS {
        insta::assert_snapshot!(
            format!("versions-{columns}"),
            plain(&versions(&fixtures::standing(), columns), columns)
        );
    }
}

#[test]
fn a_foreign_owner_is_named_and_left_to_its_work() {
    let mut standing = fixtures::standing();
    standing.kind = "k3s".to_owned();
    let view = ForeignView {
        standing: &standing,
        owner: "k3s",
        why: "control plane and kubelet are one binary",
        how: "follow https://docs.k3s.io/upgrades, for example with the system-upgrade-controller",
    };
    insta::assert_snapshot!("foreign-owner", plain(&foreign_owner(&view, 80), 80));
}

#[test]
fn very_many_nodes_alike_are_said_together() {
    let mut plan = fixtures::plan();
    let stage = plan.stages.iter_mut().find(|stage| stage.kind == StageKind::Workers).unwrap();
    let like = stage.lanes.last().unwrap().clone();
    stage.lanes = (1..=1000)
        .map(|number| Lane { subject: Subject::Node(NodeName::new(format!("w-{number:04}"))), ..like.clone() })
        .collect();
    let mut page = Page::default();
    steps::steps(&mut page, &plan, false, 80);
    let text = plain(&page.into_text(), 80);
    let first = text.find("to w-1000, 999 nodes: steps").unwrap();
    let said: Vec<&str> = text[first..].lines().take(3).map(str::trim).collect();
    let said = said.join(" ");
    assert!(said.contains("each as for w-0001; as seen now"), "{said}");
    assert!(!text.contains("w-0500"), "{text}");
}

#[test]
fn a_held_run_says_what_where_and_what_next() {
    let story = Story::of(&fixtures::records());
    let (plan, digest) = (fixtures::plan(), fixtures::digest());
    let now = fixtures::at(1300);
    let view = StatusView { plan: &plan, digest: &digest, story: &story, in_hand: false, now };
    for columns in WIDTHS {
        insta::assert_snapshot!(format!("status-held-{columns}"), plain(&status(&view, columns), columns));
    }
}

#[test]
fn a_run_under_way_shows_what_it_is_doing() {
    let records: Vec<_> = fixtures::records().into_iter().take(35).collect();
    let story = Story::of(&records);
    let (plan, digest) = (fixtures::plan(), fixtures::digest());
    let now = fixtures::at(720);
    let view = StatusView { plan: &plan, digest: &digest, story: &story, in_hand: true, now };
    insta::assert_snapshot!("status-live", plain(&status(&view, 80), 80));
}

#[test]
fn one_step_is_told_with_its_output() {
    let story = Story::of(&fixtures::records());
    let plan = fixtures::plan();
    let id = upgrade_core::ids::StepId(17);
    let text = step_record(plan.step(id).unwrap(), story.steps.get(&id), 80);
    insta::assert_snapshot!("status-step", plain(&text, 80));
}
