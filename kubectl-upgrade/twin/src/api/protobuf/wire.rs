//! The fields of a message as they lie on the wire.

use super::Malformed;

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// A number.
    Number(u64),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
}

/// The fields of a message in order: their numbers and values.
pub(super) fn fields(mut message: &[u8]) -> Result<Vec<(u64, Content<'_>)>, Malformed> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = number(&mut message)?;
        let content = match tag & 7 {
            0 => Content::Number(number(&mut message)?),
            1 => Content::Bytes(take(&mut message, 8)?),
            2 => {
                let length = number(&mut message)?;
                Content::Bytes(take(&mut message, length)?)
            }
            5 => Content::Bytes(take(&mut message, 4)?),
            _ => return Err(Malformed),
        };
        found.push((tag >> 3, content));
    }
    Ok(found)
}

/// The first value of that field, where it is text, bytes or a message.
pub(super) fn bytes<'a>(fields: &[(u64, Content<'a>)], wanted: u64) -> &'a [u8] {
    let found = fields.iter().find_map(|(number, content)| match content {
        Content::Bytes(bytes) if *number == wanted => Some(*bytes),
        Content::Bytes(_) | Content::Number(_) => None,
    });
    found.unwrap_or_default()
}

/// The first value of that field, where it is a number; otherwise 0.
pub(super) fn int(fields: &[(u64, Content<'_>)], wanted: u64) -> i64 {
    let found = fields.iter().find_map(|(number, content)| match content {
        Content::Number(value) if *number == wanted => Some(value.cast_signed()),
        Content::Bytes(_) | Content::Number(_) => None,
    });
    found.unwrap_or_default()
}

fn number(message: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first().ok_or(Malformed)?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Malformed)
}

fn take<'a>(message: &mut &'a [u8], length: u64) -> Result<&'a [u8], Malformed> {
    let length = usize::try_from(length).map_err(|_| Malformed)?;
    let (taken, rest) = message.split_at_checked(length).ok_or(Malformed)?;
    *message = rest;
    Ok(taken)
}
