//! A run as it is shown while it goes on.

use upgrade_core::event::{Event, Progress};
use upgrade_core::ids::StepId;

use super::bars::Size;
use super::lines::Lines;
use super::screen::screen;
use crate::report::fixtures;
use crate::report::story::Story;
use crate::report::text::width;

fn plain(lines: &[String]) -> String {
    lines.iter().map(|line| console::strip_ansi_codes(line).into_owned()).collect::<Vec<_>>().join("\n")
}

/// Told up to the start of step 17, with a drain's progress on top.
fn under_way() -> Story {
    let mut story = Story::of(&fixtures::records()[..34]);
    let step = StepId(17);
    let text = "waiting for shop/cart (budget cart: 1 of 2 healthy)".to_owned();
    story.event(&Event::Progress(Progress { step, text, done: Some(12), total: Some(14) }));
    story.event(&Event::Waiting {
        step: Some(step),
        reasons: vec!["node web-1 to be Ready, not Ready for 4 s".to_owned()],
    });
    story
}

#[test]
fn the_screen_says_what_goes_on_and_fits() {
    for (columns, rows) in [(80, 24), (100, 24), (60, 6)] {
        let lines = screen(&fixtures::plan(), &under_way(), fixtures::at(720), Size { columns, rows });
        assert!(lines.len() <= rows, "{lines:?}");
        assert!(lines.iter().all(|line| width(line) <= columns), "{lines:?}");
        insta::assert_snapshot!(format!("screen-{columns}x{rows}"), plain(&lines));
    }
}

#[test]
fn many_things_in_flight_are_counted_rather_than_overflow() {
    let mut story = Story::default();
    for step in 1..=60 {
        let progress = Progress { step: StepId(step), text: String::new(), done: None, total: None };
        story.event(&Event::Progress(progress));
    }
    let lines = screen(&fixtures::plan(), &story, fixtures::at(0), Size { columns: 80, rows: 24 });
    assert!(lines.len() < 24, "{}", lines.len());
    assert!(plain(&lines).contains("more under way"), "{}", plain(&lines));
}

#[test]
fn lines_are_greppable_and_say_nothing_twice() {
    let (plan, mut lines) = (fixtures::plan(), Lines::default());
    let mut told: Vec<String> = Vec::new();
    let waiting = Event::Waiting { step: Some(StepId(17)), reasons: vec!["node web-1 to be Ready".to_owned()] };
    for record in fixtures::records().iter().skip(29) {
        told.extend(lines.line(&plan, fixtures::at(0), &Event::Recorded(record.clone())));
    }
    told.extend(lines.line(&plan, fixtures::at(5), &waiting));
    told.extend(lines.line(&plan, fixtures::at(6), &waiting));
    insta::assert_snapshot!("lines", told.join("\n"));
}

#[test]
fn time_that_passes_is_no_news_and_numbers_that_count_are() {
    let (plan, mut lines) = (fixtures::plan(), Lines::default());
    let mut said = |text: &str| {
        let event = Event::Waiting { step: Some(StepId(17)), reasons: vec![text.to_owned()] };
        lines.line(&plan, fixtures::at(0), &event).is_some()
    };
    assert!(said("its Lease was renewed 41 s ago"));
    assert!(!said("its Lease was renewed 42 s ago"));
    assert!(said("still waiting (12s, 1 of 3 nodes)"));
    assert!(!said("still waiting (13s, 1 of 3 nodes)"));
    assert!(said("still waiting (14s, 2 of 3 nodes)"));
    assert!(said("retried after 0.5 seconds: 3 left"));
    assert!(!said("retried after 1.5 seconds: 3 left"));
    assert!(said("retried after 1.5 seconds: 2 left"));
}

#[test]
fn an_event_is_one_line_whatever_a_host_printed() {
    let (plan, mut lines) = (fixtures::plan(), Lines::default());
    let text = "Setting up\nfinished\u{1b}[2J".to_owned();
    let event = Event::Progress(Progress { step: StepId(17), text: text.clone(), done: None, total: None });
    let line = lines.line(&plan, fixtures::at(0), &event).unwrap();
    assert!(line.ends_with("progress: Setting up finished\u{fffd}[2J"), "{line}");
    let mut story = under_way();
    story.event(&event);
    let drawn = screen(&plan, &story, fixtures::at(720), Size { columns: 80, rows: 24 });
    assert!(drawn.iter().all(|line| !line.contains('\n') && !line.contains("\u{1b}[2J")), "{drawn:?}");
}
