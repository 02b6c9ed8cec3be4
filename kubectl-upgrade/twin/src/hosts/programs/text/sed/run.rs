//! Runs a script of sed.

use super::{Action, Address, Command, Piece, Substitute};

struct Machine<'a> {
    lines: Vec<&'a str>,
    at: usize,
    space: String,
    printed: String,
    after: String,
    quiet: bool,
    /// Up to which line each range is open, by its command.
    open: Vec<(*const Command, Option<usize>)>,
}

enum Then {
    GoOn,
    /// The line is done and is not printed.
    NextLine,
    /// There is no next line.
    End,
    Quit,
}

/// What the script prints of a text.
pub(super) fn over(text: &str, commands: &[Command], quiet: bool) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (space, printed, after) = (String::new(), String::new(), String::new());
    let mut machine = Machine { lines, at: 0, space, printed, after, quiet, open: Vec::new() };
    while machine.load() {
        let then = machine.run(commands);
        if !matches!(then, Then::NextLine) && !quiet {
            machine.print();
        }
        let after = std::mem::take(&mut machine.after);
        machine.printed.push_str(&after);
        if matches!(then, Then::End) {
            break;
        }
        if matches!(then, Then::Quit) {
            // GNU sed has not looked whether the line was the last, and ends it.
            if !quiet && !machine.printed.ends_with('\n') {
                machine.printed.push('\n');
            }
            break;
        }
    }
    machine.printed
}

impl Machine<'_> {
    fn load(&mut self) -> bool {
        let Some(line) = self.lines.get(self.at) else { return false };
        self.space = line.strip_suffix('\n').unwrap_or(line).to_owned();
        self.at += 1;
        true
    }

    /// Prints the pattern space; the last line without a newline where it had none.
    fn print(&mut self) {
        if !self.printed.is_empty() && !self.printed.ends_with('\n') {
            self.printed.push('\n');
        }
        self.printed.push_str(&self.space);
        if self.lines.get(self.at.wrapping_sub(1)).is_some_and(|line| line.ends_with('\n')) {
            self.printed.push('\n');
        }
    }

    fn run(&mut self, commands: &[Command]) -> Then {
        for command in commands {
            if self.chosen(command) == command.negated {
                continue;
            }
            match self.act(&command.action) {
                Then::GoOn => {}
                then => return then,
            }
        }
        Then::GoOn
    }

    fn act(&mut self, action: &Action) -> Then {
        match action {
            Action::Substitute(substitute) => {
                if self.substitute(substitute) && substitute.print {
                    self.print();
                }
            }
            Action::Translate(pairs) => {
                let other = |char: char| pairs.iter().find(|(from, _)| *from == char).map_or(char, |(_, to)| *to);
                self.space = self.space.chars().map(other).collect();
            }
            Action::Delete => return Then::NextLine,
            Action::Print => self.print(),
            Action::Number => self.printed.push_str(&format!("{}\n", self.at)),
            Action::Quit => return Then::Quit,
            Action::Next => {
                if self.at >= self.lines.len() {
                    return Then::End;
                }
                if !self.quiet {
                    self.print();
                }
                self.load();
            }
            Action::Append(text) => self.after.push_str(text),
            Action::Insert(text) => self.printed.push_str(text),
            Action::Change(text) => {
                self.printed.push_str(text);
                return Then::NextLine;
            }
            Action::Block(commands) => return self.run(commands),
        }
        Then::GoOn
    }

    fn fits(&self, address: &Address) -> bool {
        match address {
            Address::Line(line) => *line == self.at,
            Address::Last => self.at == self.lines.len(),
            Address::Matching(regex) => regex.is_match(&self.space),
        }
    }

    fn chosen(&mut self, command: &Command) -> bool {
        match command.addresses.as_slice() {
            [] => true,
            [one] => self.fits(one),
            [from, to, ..] => self.in_range(command, from, to),
        }
    }

    fn in_range(&mut self, command: &Command, from: &Address, to: &Address) -> bool {
        let key = std::ptr::from_ref(command);
        if let Some(at) = self.open.iter().position(|(open, _)| *open == key) {
            let line_end = self.open.get(at).and_then(|(_, end)| *end);
            let ends = match line_end {
                Some(end) => self.at >= end,
                None => self.fits(to),
            };
            if ends {
                self.open.remove(at);
            }
            return line_end.is_none_or(|end| self.at <= end);
        }
        if !self.fits(from) {
            return false;
        }
        match to {
            Address::Line(end) if *end > self.at => self.open.push((key, Some(*end))),
            Address::Line(_) => {}
            Address::Last if self.at == self.lines.len() => {}
            Address::Last | Address::Matching(_) => self.open.push((key, None)),
        }
        true
    }

    fn substitute(&mut self, substitute: &Substitute) -> bool {
        let mut changed = String::new();
        let mut last = 0;
        let mut any = false;
        for (number, found) in substitute.regex.captures_iter(&self.space).enumerate() {
            let Some(whole) = found.get(0).filter(|_| number + 1 >= substitute.nth) else { continue };
            changed.push_str(self.space.get(last..whole.start()).unwrap_or_default());
            for piece in &substitute.with {
                match piece {
                    Piece::Text(text) => changed.push_str(text),
                    Piece::Group(group) => changed.push_str(found.get(*group).map_or("", |group| group.as_str())),
                }
            }
            last = whole.end();
            any = true;
            if !substitute.every {
                break;
            }
        }
        if any {
            changed.push_str(self.space.get(last..).unwrap_or_default());
            self.space = changed;
        }
        any
    }
}
