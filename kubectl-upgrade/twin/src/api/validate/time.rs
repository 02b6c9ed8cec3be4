//! Times, and where one that cannot be read goes wrong.

/// The form of times with fractions of seconds, part by part.
const PARTS: &[&str] = &["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05", ".000000", "Z07:00"];

/// Why a time cannot be read; none where it can.
pub(super) fn unreadable(text: &str) -> Option<String> {
    if text.parse::<jiff::Timestamp>().is_ok() {
        return None;
    }
    let mut rest = text;
    for part in PARTS {
        let after = match *part {
            digits if digits.starts_with(|c: char| c.is_ascii_digit()) => {
                rest.split_at_checked(digits.len()).filter(|(found, _)| found.bytes().all(|byte| byte.is_ascii_digit()))
            }
            other => rest.split_at_checked(other.len()).filter(|(found, _)| *found == other),
        };
        match after {
            Some((_, after)) => rest = after,
            None => {
                let form = PARTS.concat();
                return Some(format!("parsing time {text:?} as {form:?}: cannot parse {rest:?} as {part:?}"));
            }
        }
    }
    Some(format!("parsing time {text:?}: out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_goes_wrong_is_named() {
        let ends = |text, end: &str| assert!(unreadable(text).unwrap().ends_with(end), "{:?}", unreadable(text));
        ends("yesterday", "cannot parse \"yesterday\" as \"2006\"");
        ends("2026-11-22 15:00:00", "cannot parse \" 15:00:00\" as \"T\"");
        assert_eq!(unreadable("2026-11-22T15:00:00.000000Z"), None);
    }
}
