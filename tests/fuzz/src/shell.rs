//! How a POSIX shell splits a line into words, as far as quoted lines go. Anything else in a line is a fault.

/// The words of a line in which nothing is left for the shell to do but to remove quotes.
///
/// # Errors
/// At a character that would mean something to a shell.
pub fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(char) => word.push(char),
                        None => return Err(format!("a quote is left open in {line:?}")),
                    }
                }
            }
            '\\' => match chars.next() {
                Some('\'') => word.get_or_insert_default().push('\''),
                other => return Err(format!("{other:?} is escaped in {line:?}")),
            },
            char if char.is_ascii_alphanumeric() || "@%+=:,./_-".contains(char) => {
                word.get_or_insert_default().push(char);
            }
            other => return Err(format!("{other:?} stands bare in {line:?}")),
        }
    }
    words.extend(word);
    Ok(words)
}
