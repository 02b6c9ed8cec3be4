//! `test` and `[`.

use super::{Flow, Ran};
use crate::hosts::files::{Entry, Kind};

/// What is at a path.
pub(super) struct Seen {
    pub(super) link: bool,
    pub(super) entry: Option<Entry>,
    /// It is the root, which has no entry.
    pub(super) root: bool,
}

type Judged = Ran<Result<bool, String>>;
type Look<'a> = &'a dyn Fn(&str) -> Ran<Seen>;

/// Whether what the words say holds, by POSIX' rules for their number.
pub(super) fn judge(words: &[&str], look: Look<'_>) -> Judged {
    match words {
        [] => Ok(Ok(false)),
        [word] => Ok(Ok(!word.is_empty())),
        ["!", word] => Ok(Ok(word.is_empty())),
        [operator, word] => unary(operator, word, look),
        [left, operator, right] if is_binary(operator) => binary(left, operator, right, look),
        ["!", rest @ ..] if rest.len() < 4 => Ok(judge(rest, look)?.map(|holds| !holds)),
        ["(", inner @ .., ")"] if inner.len() < 3 => judge(inner, look),
        words => any(words, look),
    }
}

/// `-o`, then `-a`, over smaller tests.
fn any(words: &[&str], look: Look<'_>) -> Judged {
    for operator in ["-o", "-a"] {
        if let Some(at) = words.iter().rposition(|word| *word == operator)
            && let (Some(left), Some(right)) = (words.get(..at), words.get(at + 1..))
            && !left.is_empty()
        {
            let (left, right) = (judge(left, look)?, judge(right, look)?);
            return Ok(
                left.and_then(|left| right.map(|right| if operator == "-o" { left || right } else { left && right }))
            );
        }
    }
    Err(Flow::Unsupported(format!("test {}", words.join(" "))))
}

fn is_binary(operator: &str) -> bool {
    ["=", "!=", "-eq", "-ne", "-gt", "-ge", "-lt", "-le", "-a", "-o", "-nt", "-ot", "-ef", "<", ">"].contains(&operator)
}

fn unary(operator: &str, word: &str, look: Look<'_>) -> Judged {
    match operator {
        "-n" => return Ok(Ok(!word.is_empty())),
        "-z" => return Ok(Ok(word.is_empty())),
        _ => {}
    }
    let seen = look(word)?;
    let is = |is: fn(&Entry) -> bool| seen.entry.as_ref().is_some_and(is);
    let holds = match operator {
        "-e" | "-r" | "-w" => seen.entry.is_some() || seen.root,
        "-f" => is(|entry| matches!(entry.kind, Kind::File(_))),
        "-d" => is(Entry::is_directory) || seen.root,
        "-x" => is(|entry| entry.mode & 0o111 != 0) || seen.root,
        "-s" => is(|entry| entry.bytes() > 0) || seen.root,
        "-h" | "-L" => seen.link,
        operator if operator.starts_with('-') => return Err(Flow::Unsupported(format!("test {operator}"))),
        operator => return Ok(Err(format!("{operator}: unexpected operator"))),
    };
    Ok(Ok(holds))
}

fn binary(left: &str, operator: &str, right: &str, look: Look<'_>) -> Judged {
    match operator {
        "=" => return Ok(Ok(left == right)),
        "!=" => return Ok(Ok(left != right)),
        "-a" | "-o" => return any(&[left, operator, right], look),
        "-nt" | "-ot" | "-ef" | "<" | ">" => return Err(Flow::Unsupported(format!("test {operator}"))),
        _ => {}
    }
    let number = |text: &str| text.trim().parse::<i64>().map_err(|_| format!("Illegal number: {text}"));
    let compare = |left: i64, right: i64| match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-gt" => left > right,
        "-ge" => left >= right,
        "-lt" => left < right,
        _ => left <= right,
    };
    Ok(number(left).and_then(|left| number(right).map(|right| compare(left, right))))
}
