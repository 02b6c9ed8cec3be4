//! `$((…))`: whole numbers of 64 bits.

use std::collections::BTreeMap;

/// Assignments that an expression makes.
pub(super) type Assigned = BTreeMap<String, i64>;

/// Operators of two sides by how tightly they bind, loosest first.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Calculates an expression.
///
/// # Errors
/// In dash's words.
pub(super) fn calculate(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(i64, Assigned), &'static str> {
    let mut reader = Reader { rest: text, variable, assigned: Assigned::new(), skipping: 0 };
    reader.blanks();
    if reader.rest.is_empty() {
        return Ok((0, Assigned::new()));
    }
    let value = reader.assignment()?;
    if reader.rest.is_empty() { Ok((value, reader.assigned)) } else { Err("expecting EOF") }
}

struct Reader<'a> {
    rest: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
    assigned: Assigned,
    /// Inside of a side that does not count.
    skipping: u32,
}

type Value = Result<i64, &'static str>;

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn name(&self) -> &'a str {
        let end = self.rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let name = self.rest.get(..end.unwrap_or(self.rest.len())).unwrap_or_default();
        if name.starts_with(|char: char| char.is_ascii_digit()) { "" } else { name }
    }

    fn assignment(&mut self) -> Value {
        let name = self.name();
        if !name.is_empty() {
            let before = self.rest;
            self.rest = self.rest.get(name.len()..).unwrap_or_default().trim_start();
            for operator in ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="] {
                if self.rest.starts_with(operator) && !self.rest.starts_with("==") {
                    self.take(operator);
                    let right = self.assignment()?;
                    let value = match operator.strip_suffix('=') {
                        None | Some("") => right,
                        Some(operator) => apply(operator, self.value_of(name)?, right)?,
                    };
                    if self.skipping == 0 {
                        self.assigned.insert(name.to_owned(), value);
                    }
                    return Ok(value);
                }
            }
            self.rest = before;
        }
        self.ternary()
    }

    fn ternary(&mut self) -> Value {
        let test = self.level(0)?;
        if !self.take("?") {
            return Ok(test);
        }
        let first = self.unless(test == 0, Self::assignment)?;
        if !self.take(":") {
            return Err("expecting ':'");
        }
        let second = self.unless(test != 0, Self::assignment)?;
        Ok(if test == 0 { second } else { first })
    }

    fn unless(&mut self, skip: bool, read: impl FnOnce(&mut Self) -> Value) -> Value {
        self.skipping += u32::from(skip);
        let value = read(self);
        self.skipping -= u32::from(skip);
        value
    }

    fn level(&mut self, level: usize) -> Value {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.level(level + 1)?;
        loop {
            let Some(operator) = operators.iter().find(|operator| self.comes(operator)) else { return Ok(left) };
            self.take(operator);
            let skip = (*operator == "||" && left != 0) || (*operator == "&&" && left == 0);
            let right = self.unless(skip, |reader| reader.level(level + 1))?;
            left = if self.skipping > 0 { 0 } else { apply(operator, left, right)? };
        }
    }

    /// Whether this operator comes, and not a longer one that begins like it.
    fn comes(&self, operator: &str) -> bool {
        let Some(after) = self.rest.strip_prefix(operator) else { return false };
        let longer = match operator {
            "|" | "&" => after.starts_with(operator) || after.starts_with('='),
            "<" | ">" => after.starts_with(operator) || after.starts_with('='),
            "+" | "-" | "*" | "/" | "%" | "^" | "<<" | ">>" => after.starts_with('='),
            _ => false,
        };
        !longer
    }

    fn unary(&mut self) -> Value {
        for operator in ["!", "~", "-", "+"] {
            if self.take(operator) {
                let value = self.unary()?;
                return Ok(match operator {
                    "!" => i64::from(value == 0),
                    "~" => !value,
                    "-" => value.wrapping_neg(),
                    _ => value,
                });
            }
        }
        if self.take("(") {
            let value = self.assignment()?;
            return if self.take(")") { Ok(value) } else { Err("expecting ')'") };
        }
        let name = self.name();
        if !name.is_empty() {
            self.rest = self.rest.get(name.len()..).unwrap_or_default().trim_start();
            return self.value_of(name);
        }
        let end = self.rest.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        number(digits).ok_or("expecting primary")
    }

    fn value_of(&self, name: &str) -> Value {
        if let Some(value) = self.assigned.get(name) {
            return Ok(*value);
        }
        let text = (self.variable)(name).unwrap_or_default();
        let text = text.trim();
        if text.is_empty() {
            return Ok(0);
        }
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        number(digits).map(|value| if negative { -value } else { value }).ok_or("variable conversion error")
    }
}

fn number(digits: &str) -> Option<i64> {
    match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok(),
        None => digits.parse().ok(),
    }
}

fn apply(operator: &str, left: i64, right: i64) -> Value {
    Ok(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<<" => left.wrapping_shl(u32::try_from(right & 63).unwrap_or_default()),
        ">>" => left.wrapping_shr(u32::try_from(right & 63).unwrap_or_default()),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right).ok_or("division by zero")?,
        _ => left.checked_rem(right).ok_or("division by zero")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_calculated_as_in_c() {
        let variable = |name: &str| (name == "x").then(|| "3".to_owned());
        for (text, value) in [
            ("x - 1", 2),
            ("1 + 2 * 3", 7),
            ("(1 + 2) * 3", 9),
            ("x > 2 && x < 4", 1),
            ("x == 3 ? 10 : 20", 10),
            ("y", 0),
            ("-x + +1", -2),
            ("7 % 4 << 2", 12),
            ("!x | 4", 4),
            ("0x10 + 010", 24),
            ("", 0),
        ] {
            assert_eq!(calculate(text, &variable).map(|(value, _)| value), Ok(value), "{text}");
        }
        assert_eq!(calculate("z = x += 2", &variable).unwrap().1, [("x".to_owned(), 5), ("z".to_owned(), 5)].into());
        assert!(calculate("1 / 0", &variable).is_err());
        assert!(calculate("1 +", &variable).is_err());
    }
}
