//! `echo` and `printf`, as dash's.

/// What `echo` prints: dash reads escapes in every word.
pub(crate) fn echo(words: &[String]) -> String {
    let (newline, words) = match words.split_first() {
        Some((first, rest)) if first == "-n" => (false, rest),
        Some(_) | None => (true, words),
    };
    let text = words.join(" ");
    let (text, ended) = unescape(&text, true);
    if newline && !ended { format!("{text}\n") } else { text }
}

/// What `printf` prints, and what is wrong with an argument.
///
/// # Errors
/// On a conversion that is not supported.
pub(crate) fn printf(words: &[String]) -> Result<(String, Option<String>), String> {
    let Some((format, mut arguments)) = words.split_first() else {
        return Ok((String::new(), Some("usage: printf format [arg ...]".to_owned())));
    };
    let mut text = String::new();
    let mut wrong = None;
    loop {
        let before = arguments.len();
        let ended = once(format, &mut arguments, &mut text, &mut wrong)?;
        if ended || arguments.is_empty() || arguments.len() == before {
            return Ok((text, wrong));
        }
    }
}

/// Goes through the format once; whether `\c` ended it.
fn once(
    format: &str,
    arguments: &mut &[String],
    text: &mut String,
    wrong: &mut Option<String>,
) -> Result<bool, String> {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let (plain, conversion) = rest.split_at(at);
        let (plain, ended) = unescape(plain, false);
        text.push_str(&plain);
        if ended {
            return Ok(true);
        }
        let conversion = conversion.get(1..).unwrap_or_default();
        if let Some(after) = conversion.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let end = conversion.find(|char: char| char.is_ascii_alphabetic()).ok_or("a conversion without a letter")?;
        let (flags, after) = conversion.split_at(end);
        let letter = after.chars().next().unwrap_or_default();
        rest = after.get(1..).unwrap_or_default();
        let argument = arguments.split_first().map(|(first, left)| {
            *arguments = left;
            first.as_str()
        });
        let (shown, ended) = convert(flags, letter, argument.unwrap_or_default(), wrong)?;
        text.push_str(&shown);
        if ended {
            return Ok(true);
        }
    }
    let (plain, ended) = unescape(rest, false);
    text.push_str(&plain);
    Ok(ended)
}

fn convert(flags: &str, letter: char, argument: &str, wrong: &mut Option<String>) -> Result<(String, bool), String> {
    let (flags, precision) = flags.split_once('.').map_or((flags, None), |(flags, digits)| (flags, Some(digits)));
    let precision = precision.map(|digits| digits.parse::<usize>().unwrap_or_default());
    let cut = |text: &str| match precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    };
    let mut ended = false;
    let shown = match letter {
        's' => cut(argument),
        'b' => {
            let (text, end) = unescape(argument, true);
            ended = end;
            cut(&text)
        }
        'c' => argument.chars().next().unwrap_or('\0').to_string(),
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' => whole(letter, argument, precision, wrong),
        letter => return Err(format!("printf %{letter}")),
    };
    padded(flags, &shown, "diuxXo".contains(letter)).map(|shown| (shown, ended))
}

fn whole(letter: char, argument: &str, precision: Option<usize>, wrong: &mut Option<String>) -> String {
    let trimmed = argument.trim_start();
    let number = match trimmed.strip_prefix("0x") {
        _ if trimmed.is_empty() => Some(0),
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None if trimmed.len() > 1 && trimmed.starts_with('0') => i64::from_str_radix(trimmed, 8).ok(),
        None => trimmed.parse().ok(),
    };
    if number.is_none() {
        *wrong = Some(format!("{argument}: expected numeric value"));
    }
    let number: i64 = number.unwrap_or_default();
    let digits = match letter {
        'x' => format!("{number:x}"),
        'X' => format!("{number:X}"),
        'o' => format!("{number:o}"),
        _ => number.unsigned_abs().to_string(),
    };
    let sign = if number < 0 && "di".contains(letter) { "-" } else { "" };
    format!("{sign}{digits:0>width$}", width = precision.unwrap_or(1))
}

fn padded(flags: &str, shown: &str, number: bool) -> Result<String, String> {
    let left = flags.contains('-');
    let digits = flags.trim_start_matches(['-', '0', '+', ' ', '#']);
    let zero = number && !left && flags.trim_start_matches(['-', '+', ' ']).starts_with('0');
    if flags.contains(['*', '+', ' ', '#']) {
        return Err(format!("printf with the flags {flags}"));
    }
    let width: usize = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| format!("printf %{flags}"))? };
    let missing = width.saturating_sub(shown.chars().count());
    Ok(match (left, zero) {
        (true, _) => format!("{shown}{}", " ".repeat(missing)),
        (false, true) => {
            let (sign, digits) = shown.strip_prefix('-').map_or(("", shown), |digits| ("-", digits));
            format!("{sign}{}{digits}", "0".repeat(missing))
        }
        (false, false) => format!("{}{shown}", " ".repeat(missing)),
    })
}

/// The text with its escapes read, and whether `\c` ended it. `echo`'s octal escapes begin with `\0`.
fn unescape(text: &str, zero_first: bool) -> (String, bool) {
    let mut read = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '\\' {
            read.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => read.push('\n'),
            Some('t') => read.push('\t'),
            Some('r') => read.push('\r'),
            Some('a') => read.push('\u{7}'),
            Some('b') => read.push('\u{8}'),
            Some('f') => read.push('\u{c}'),
            Some('v') => read.push('\u{b}'),
            Some('\\') => read.push('\\'),
            Some('c') if zero_first => return (read, true),
            Some('0') if zero_first => read.push(octal(&mut chars, 0, 3)),
            Some(digit @ '0'..='7') if !zero_first => {
                read.push(octal(&mut chars, digit.to_digit(8).unwrap_or_default(), 2));
            }
            Some(other) => {
                read.push('\\');
                read.push(other);
            }
            None => read.push('\\'),
        }
    }
    (read, false)
}

fn octal(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, mut value: u32, most: usize) -> char {
    for _ in 0..most {
        match chars.peek().and_then(|digit| digit.to_digit(8)) {
            Some(digit) => value = value * 8 + digit,
            None => break,
        }
        chars.next();
    }
    char::from_u32(value & 0xff).unwrap_or_default()
}
