//! A run as it happens: bars on a terminal, lines elsewhere, JSON lines for machines.

mod bars;
mod lines;
mod screen;
mod tries;

use jiff::Timestamp;
use upgrade_core::event::Event;
use upgrade_core::plan::Plan;

use super::human::action_name;
use super::story::Story;
use super::terminal::Terminal;
use bars::Bars;
use lines::Lines;
pub(crate) use tries::Tries;

/// Shows a run.
pub(crate) struct Reporter<'a> {
    terminal: &'a Terminal,
    plan: &'a Plan,
    story: Story,
    form: Form,
}

enum Form {
    Bars(Bars),
    Lines(Lines),
    Json,
}

impl<'a> Reporter<'a> {
    /// A reporter that goes on from `story`. `json` writes events to standard output; else a terminal gets bars.
    pub(crate) fn new(terminal: &'a Terminal, plan: &'a Plan, story: Story, json: bool) -> Self {
        let form = match (json, terminal.interactive()) {
            (true, _) => Form::Json,
            (false, true) => Form::Bars(Bars::new(terminal.coloured())),
            (false, false) => Form::Lines(Lines::default()),
        };
        Self { terminal, plan, story, form }
    }

    /// Shows an event.
    pub(crate) fn event(&mut self, now: Timestamp, event: &Event) {
        self.story.event(event);
        match &mut self.form {
            Form::Bars(bars) => bars.draw(&screen::screen(self.plan, &self.story, now, bars.size())),
            Form::Lines(lines) => {
                if let Some(line) = lines.line(self.plan, now, event) {
                    self.terminal.note(&line);
                }
            }
            Form::Json => {
                let value = serde_json::json!({ "at": now, "event": event });
                self.terminal.data(&format!("{value}\n"));
            }
        }
    }

    /// Time has passed: durations on the screen move on.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        match &self.form {
            Form::Bars(bars) => bars.draw(&screen::screen(self.plan, &self.story, now, bars.size())),
            Form::Lines(_) | Form::Json => {}
        }
    }

    /// Says something that stays on the screen.
    pub(crate) fn say(&mut self, text: &str) {
        match &self.form {
            Form::Bars(bars) => bars.say(text),
            Form::Lines(_) | Form::Json => self.terminal.note(text),
        }
    }

    /// What is being done, in words: `web-10's drain`.
    pub(crate) fn under_way(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for (id, _) in self.story.in_flight() {
            names.extend(
                self.plan.step(id).map(|step| format!("{} on {}", action_name(&step.action), step.action.subject())),
            );
        }
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }

    /// Takes the bars away and hands back what was told.
    pub(crate) fn close(self) -> Story {
        match self.form {
            Form::Bars(bars) => bars.close(),
            Form::Lines(_) | Form::Json => {}
        }
        self.story
    }
}

#[cfg(test)]
mod tests;
