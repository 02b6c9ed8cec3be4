//! The forms in which lists come.

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{List, ListMeta};
use crate::api::parse;
use crate::failure::Failure;

/// How the pages of a list are asked for and read.
#[derive(Clone, Copy)]
pub(crate) struct Form<T> {
    /// The media types that are taken, the best first.
    pub(crate) accept: &'static str,
    /// The list's own metadata, where it stands before the objects and has come in.
    pub(crate) head: fn(&[u8]) -> Option<ListMeta>,
    /// A whole page.
    pub(crate) read: fn(&[u8]) -> Result<List<T>, Failure>,
}

impl<T: DeserializeOwned> Form<T> {
    /// What every API speaks.
    pub(crate) const JSON: Self = Self { accept: "application/json", head, read: |page| parse(page) };
}

/// The list's own metadata in JSON.
pub(super) fn head(page: &[u8]) -> Option<ListMeta> {
    let mut found = None;
    // The reader stops in the middle of the page, or the page ends early, which the parser then calls an error.
    let _ = Head(&mut found).deserialize(&mut serde_json::Deserializer::from_slice(page));
    found
}

/// Reads a list up to its objects.
struct Head<'a>(&'a mut Option<ListMeta>);

impl<'de> DeserializeSeed<'de> for Head<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Head<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => {
                    *self.0 = Some(map.next_value()?);
                    return Ok(());
                }
                "items" => return Ok(()),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_read_where_it_comes_first() {
        let next = |text: &str| head(text.as_bytes()).map(|meta| meta.next);
        let first = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"t"},"items":[{"metadata":{}}]}"#;
        assert_eq!(next(first), Some("t".to_owned()));
        assert_eq!(next(r#"{"metadata":{},"items":null}"#), Some(String::new()));
        assert_eq!(next(r#"{"items":[{"metadata":{"continue":"x"}}],"metadata":{"continue":"t"}}"#), None);
        assert_eq!(next("no JSON"), None);
    }

    #[test]
    fn a_head_that_is_not_there_yet_is_not_misread() {
        let page = r#"{"kind":"PodList","metadata":{"resourceVersion":"17","continue":"token"},"items":[]}"#;
        let here = page.find(",\"items").unwrap();
        for cut in 0..page.len() {
            let seen = head(&page.as_bytes()[..cut]).map(|meta| meta.next);
            assert_eq!(seen.as_deref(), (cut >= here).then_some("token"), "{cut}");
        }
    }
}
