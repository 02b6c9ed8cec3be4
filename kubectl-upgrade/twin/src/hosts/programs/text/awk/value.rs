//! Values: numbers, texts, and texts from outside that may be numbers.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
    /// From input: a number in comparisons when it looks like one.
    Read(String),
    Unset,
}

impl Value {
    pub(super) fn truth(&self) -> bool {
        match self {
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Read(text) => looks_like(text).map_or(!text.is_empty(), |number| number != 0.0),
            Self::Unset => false,
        }
    }

    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) | Self::Read(text) => prefix(text),
            Self::Unset => 0.0,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Number(number) => shown(*number),
            Self::Text(text) | Self::Read(text) => text.clone(),
            Self::Unset => String::new(),
        }
    }

    /// The number that it counts as in a comparison.
    fn comparable(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
            Self::Read(text) => looks_like(text),
            Self::Unset => Some(0.0),
        }
    }

    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self.comparable(), other.comparable()) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            _ => self.text().cmp(&other.text()),
        }
    }
}

fn looks_like(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.chars().all(|char| char.is_ascii_digit() || "+-.eE".contains(char));
    if plain { text.parse().ok() } else { None }
}

/// The number that a text begins with.
fn prefix(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, char)| !(char.is_ascii_digit() || *char == '.' || (*at == 0 && "+-".contains(*char))));
    let digits = text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default();
    digits.parse().or_else(|_| digits.trim_end_matches('.').parse()).unwrap_or_default()
}

/// A number as `print` shows it: whole ones as such, others as `%.6g`.
pub(super) fn shown(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e16 {
        return format!("{number:.0}").replace("-0", if number == 0.0 { "0" } else { "-0" });
    }
    let digits = number.abs().log10().floor();
    if !(-5.0..6.0).contains(&digits) {
        let text = format!("{number:.5e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10 by the test above")]
    let places = (5.0 - digits).max(0.0) as usize;
    trimmed(&format!("{number:.places$}"))
}

fn trimmed(digits: &str) -> String {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits.to_owned() }
}
