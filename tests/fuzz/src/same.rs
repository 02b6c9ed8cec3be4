//! Text that reads back as what it was written from.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Holds a value that the text stands for, if it stands for one, against what its own text and JSON stand for.
///
/// # Panics
/// When they are not the same.
pub fn as_text<T>(text: &str) -> Option<T>
where
    T: FromStr + Display + PartialEq + Debug + Serialize + DeserializeOwned,
    T::Err: Debug + PartialEq,
{
    let value: T = text.parse().ok()?;
    assert_eq!(value.to_string().parse().as_ref(), Ok(&value), "read from {text:?}");
    as_json(&value);
    Some(value)
}

/// # Panics
/// When the value does not read back the same from its JSON.
pub fn as_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).expect("every value of ours can be written");
    let again: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(again, *value, "written as {text}");
}
