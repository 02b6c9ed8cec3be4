//! Patterns as `case`, `${x#…}` and file names take them. A backslash takes a character's meaning away.

/// Whether the whole text fits the pattern.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    fits(&pattern, &text)
}

/// Whether there is anything in the pattern that is more than itself.
pub(crate) fn is_pattern(pattern: &str) -> bool {
    let mut escaped = false;
    for char in pattern.chars() {
        if escaped {
            escaped = false;
        } else if char == '\\' {
            escaped = true;
        } else if "*?[".contains(char) {
            return true;
        }
    }
    false
}

/// The text so that it stands for itself in a pattern.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        if "*?[]\\-!^".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

fn fits(pattern: &[char], text: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return text.is_empty() };
    match first {
        '*' => (0..=text.len()).any(|taken| fits(rest, text.get(taken..).unwrap_or_default())),
        '?' => text.split_first().is_some_and(|(_, text)| fits(rest, text)),
        '\\' => match (rest.split_first(), text.split_first()) {
            (Some((char, rest)), Some((next, text))) => char == next && fits(rest, text),
            (None, Some((next, text))) => *next == '\\' && text.is_empty(),
            (Some(_) | None, None) => false,
        },
        '[' => match (set(rest), text.split_first()) {
            (Some((set, rest)), Some((next, text))) => set.has(*next) && fits(rest, text),
            (None, Some((next, text))) => *next == '[' && fits(rest, text),
            (Some(_) | None, None) => false,
        },
        char => text.split_first().is_some_and(|(next, text)| next == char && fits(rest, text)),
    }
}

struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
    classes: Vec<String>,
}

impl Set {
    fn has(&self, char: char) -> bool {
        let listed = self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&char));
        let listed = listed || self.classes.iter().any(|class| in_class(class, char));
        listed != self.negated
    }
}

/// Whether a character is in a class like `alpha`.
fn in_class(class: &str, char: char) -> bool {
    match class {
        "alpha" => char.is_ascii_alphabetic(),
        "digit" => char.is_ascii_digit(),
        "alnum" => char.is_ascii_alphanumeric(),
        "upper" => char.is_ascii_uppercase(),
        "lower" => char.is_ascii_lowercase(),
        "space" => " \t\n\r\u{b}\u{c}".contains(char),
        "blank" => " \t".contains(char),
        "punct" => char.is_ascii_punctuation(),
        "xdigit" => char.is_ascii_hexdigit(),
        _ => false,
    }
}

/// The set after an opening bracket, and what follows it.
fn set(pattern: &[char]) -> Option<(Set, &[char])> {
    let mut at = 0;
    let get = |at: usize| pattern.get(at).copied();
    let negated = matches!(get(0), Some('!' | '^'));
    at += usize::from(negated);
    let mut set = Set { negated, ranges: Vec::new(), classes: Vec::new() };
    let start = at;
    loop {
        let mut char = get(at)?;
        if char == ']' && at > start {
            return Some((set, pattern.get(at + 1..)?));
        }
        if char == '[' && get(at + 1) == Some(':') {
            let rest = pattern.get(at + 2..)?;
            let end = rest.windows(2).position(|pair| pair == [':', ']'])?;
            set.classes.push(rest.get(..end)?.iter().collect());
            at += end + 4;
            continue;
        }
        if char == '\\' {
            at += 1;
            char = get(at)?;
        }
        let mut to = char;
        if get(at + 1) == Some('-') && get(at + 2).is_some_and(|next| next != ']') {
            at += 2;
            to = get(at)?;
        }
        set.ranges.push((char, to));
        at += 1;
    }
}

/// The text without what the pattern fits at its beginning or end; the shortest such piece, or the longest.
pub(crate) fn strip<'a>(text: &'a str, pattern: &str, end: bool, longest: bool) -> &'a str {
    let mut cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).collect();
    // Shortest pieces first: at the beginning from the left, at the end from the right.
    if end != longest {
        cuts.reverse();
    }
    for cut in cuts {
        let (Some(head), Some(tail)) = (text.get(..cut), text.get(cut..)) else { continue };
        let (piece, rest) = if end { (tail, head) } else { (head, tail) };
        if matches(pattern, piece) {
            return rest;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, text, fits) in [
            ("*=active", "ActiveState=active", true),
            ("*=active", "ActiveState=inactive", false),
            ("a?c", "abc", true),
            ("[!a-c]x", "dx", true),
            ("[!a-c]x", "bx", false),
            ("[[:digit:]]*", "7up", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[", "[", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn pieces_are_stripped_at_either_end() {
        assert_eq!(strip("/a/b/c", "*/", false, true), "c");
        assert_eq!(strip("/a/b/c", "*/", false, false), "a/b/c");
        assert_eq!(strip("x.tar.gz", ".*", true, false), "x.tar");
        assert_eq!(strip("x.tar.gz", ".*", true, true), "x");
        assert_eq!(strip("x", "y", true, true), "x");
    }
}
