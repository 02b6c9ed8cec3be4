//! `tr`.

use crate::hosts::programs::Call;
use crate::hosts::shell::Ran;

pub(super) fn tr(call: &Call) -> Ran {
    let options = call.options(&["d", "s", "c", "C"])?;
    let complement = options.has("c") || options.has("C");
    let sets: Option<Vec<Vec<char>>> = options.operands.iter().map(|set| members(set)).collect();
    let sets = sets.unwrap_or_default();
    let Some(first) = sets.first() else { return call.unsupported("these sets") };
    let second = sets.get(1);
    let listed = |char: char| first.contains(&char) != complement;
    let squeezed = if options.has("s") { second.or(Some(first)) } else { None };
    let mut printed = String::new();
    let mut last = None;
    for char in call.io.stdin.rest().chars() {
        if options.has("d") && listed(char) {
            continue;
        }
        let shown = match second {
            Some(second) if !options.has("d") && listed(char) => {
                let at = first.iter().position(|member| *member == char).filter(|_| !complement);
                second.get(at.unwrap_or(usize::MAX)).or(second.last()).copied().unwrap_or(char)
            }
            Some(_) | None => char,
        };
        if last == Some(shown) && squeezed.is_some_and(|set| set.contains(&shown)) {
            continue;
        }
        printed.push(shown);
        last = Some(shown);
    }
    call.print(&printed)
}

fn members(set: &str) -> Option<Vec<char>> {
    let mut members = Vec::new();
    let chars: Vec<char> = set.chars().collect();
    let mut at = 0;
    while let Some(char) = chars.get(at).copied() {
        if char == '[' && chars.get(at + 1) == Some(&':') {
            let name: String = chars.get(at + 2..)?.iter().take_while(|char| **char != ':').collect();
            members.extend(class(&name)?);
            at += name.len() + 4;
            continue;
        }
        let char = if char == '\\' {
            at += 1;
            match chars.get(at)? {
                'n' => '\n',
                't' => '\t',
                '0' => '\0',
                other if other.is_ascii_alphanumeric() => return None,
                other => *other,
            }
        } else {
            char
        };
        if chars.get(at + 1) == Some(&'-')
            && let Some(to) = chars.get(at + 2)
        {
            members.extend(char..=*to);
            at += 3;
        } else {
            members.push(char);
            at += 1;
        }
    }
    Some(members)
}

fn class(name: &str) -> Option<Vec<char>> {
    let inside: fn(&char) -> bool = match name {
        "upper" => char::is_ascii_uppercase,
        "lower" => char::is_ascii_lowercase,
        "digit" => char::is_ascii_digit,
        "alpha" => char::is_ascii_alphabetic,
        "alnum" => char::is_ascii_alphanumeric,
        "space" => |char| " \t\n\r\u{b}\u{c}".contains(*char),
        _ => return None,
    };
    Some((0..=127_u8).map(char::from).filter(inside).collect())
}
