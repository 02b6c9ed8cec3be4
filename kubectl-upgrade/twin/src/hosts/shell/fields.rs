//! From what words stand for to fields: splitting, and names of files.

use super::{Ran, Shell, pattern};
use crate::hosts::files::join;

/// A piece of an expanded word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text {
        text: String,
        quoted: bool,
        splits: bool,
    },
    /// Between two parameters of `"$@"`.
    Break,
}

#[derive(Default)]
struct Field {
    text: String,
    pattern: String,
}

impl Shell {
    /// Splits and finds file names.
    pub(super) fn fields(&self, pieces: Vec<Piece>) -> Ran<Vec<String>> {
        let ifs = self.variable("IFS").unwrap_or(" \t\n").to_owned();
        let mut fields: Vec<Field> = Vec::new();
        let mut open: Option<Field> = None;
        for piece in pieces {
            match piece {
                Piece::Break => fields.push(open.take().unwrap_or_default()),
                Piece::Text { text, quoted: false, splits: true } => split(&text, &ifs, &mut fields, &mut open),
                Piece::Text { text, quoted, .. } => {
                    // An empty piece that is not quoted leaves no trace.
                    if quoted || !text.is_empty() {
                        let field = open.get_or_insert_default();
                        field.pattern.push_str(&if quoted { pattern::escape(&text) } else { text.clone() });
                        field.text.push_str(&text);
                    }
                }
            }
        }
        fields.extend(open);
        let mut found = Vec::new();
        for field in fields {
            self.names(field, &mut found)?;
        }
        Ok(found)
    }

    fn names(&self, field: Field, found: &mut Vec<String>) -> Ran<()> {
        if !pattern::is_pattern(&field.pattern) {
            found.push(field.text);
            return Ok(());
        }
        let mut places = vec![if field.pattern.starts_with('/') { "/".to_owned() } else { String::new() }];
        let mut parts = field.pattern.split('/').filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next() {
            let mut next = Vec::new();
            for place in &places {
                self.step(place, part, parts.peek().is_none(), &mut next)?;
            }
            places = next;
        }
        if places.is_empty() {
            found.push(field.text);
        } else {
            found.extend(places);
        }
        Ok(())
    }

    fn step(&self, place: &str, part: &str, last: bool, next: &mut Vec<String>) -> Ran<()> {
        let directory = join(&self.directory, place);
        let shown = |name: &str| match place {
            "" => name.to_owned(),
            "/" => format!("/{name}"),
            place => format!("{place}/{name}"),
        };
        if !pattern::is_pattern(part) {
            let name: String = unescaped(part);
            let exists = self.place.files(|files| files.look(&join(&directory, &name)).is_ok())?;
            next.extend((exists || !last).then(|| shown(&name)));
            return Ok(());
        }
        let names = self.place.files(|files| {
            let directory = files.resolve(&directory, true).ok();
            directory.map(|directory| files.list(&directory)).unwrap_or_default()
        })?;
        let fits = |name: &&String| pattern::matches(part, name) && (!name.starts_with('.') || part.starts_with('.'));
        next.extend(names.iter().filter(fits).map(|name| shown(name)));
        Ok(())
    }
}

fn unescaped(part: &str) -> String {
    let mut name = String::new();
    let mut chars = part.chars();
    while let Some(char) = chars.next() {
        name.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    name
}

fn split(text: &str, ifs: &str, fields: &mut Vec<Field>, open: &mut Option<Field>) {
    let blank = |char: char| " \t\n".contains(char) && ifs.contains(char);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if !ifs.contains(char) {
            let field = open.get_or_insert_default();
            field.text.push(char);
            field.pattern.push(char);
            continue;
        }
        let mut ends = open.is_some();
        let mut delimiter = !blank(char);
        while let Some(next) = chars.peek().copied().filter(|next| ifs.contains(*next)) {
            if !blank(next) {
                if delimiter {
                    break;
                }
                delimiter = true;
            }
            chars.next();
        }
        ends |= delimiter;
        if ends {
            fields.push(open.take().unwrap_or_default());
        }
    }
}
