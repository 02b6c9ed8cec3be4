//! The tokens with which a list goes on: opaque to clients, and as real servers make them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::api::refusal::Refusal;
use crate::store::{ObjectKey, Resource};

const KIND: &str = "meta.k8s.io/v1";

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    v: String,
    /// The version of the list; -1 for the latest, whatever it is.
    rv: i64,
    /// The last key read, with a NUL at its end: everything after it follows.
    start: String,
    /// How many objects follow, so that they are counted once for a whole list; real tokens do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<usize>,
}

impl Token {
    /// After that object, at that version or the latest. `namespace` is the one that is listed; none for all of them.
    pub(super) fn after(key: &ObjectKey, namespace: Option<&str>, version: Option<u64>) -> Self {
        let place = match namespace {
            None if !key.namespace.is_empty() => format!("{}/{}", key.namespace, key.name),
            _ => key.name.clone(),
        };
        let rv = version.and_then(|version| i64::try_from(version).ok()).unwrap_or(-1);
        Self { v: KIND.to_owned(), rv, start: format!("{place}\0"), left: None }
    }

    /// It, where so many objects follow.
    pub(super) fn with_left(self, left: Option<usize>) -> Self {
        Self { left, ..self }
    }

    /// How many objects follow, where it says so.
    pub(super) fn left(&self) -> Option<usize> {
        self.left
    }

    /// The version it goes on at; none for the latest.
    pub(super) fn version(&self) -> Option<u64> {
        u64::try_from(self.rv).ok()
    }

    /// The key it goes on after.
    pub(super) fn key(&self, resource: Resource, namespace: Option<&str>, namespaced: bool) -> ObjectKey {
        let start = self.start.trim_start_matches('/').trim_end_matches('\0');
        match namespace {
            None if namespaced => {
                let (namespace, name) = start.split_once('/').unwrap_or((start, ""));
                ObjectKey::new(resource, namespace, name)
            }
            namespace => ObjectKey::new(resource, namespace.unwrap_or_default(), start),
        }
    }

    /// As text.
    pub(super) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_string(self).unwrap_or_default())
    }

    /// From text.
    pub(super) fn decode(text: &str) -> Result<Self, Refusal> {
        let refuse =
            |why: String| Refusal::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|error| match error {
            base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _) => {
                refuse(format!("illegal base64 data at input byte {at}"))
            }
            _ => refuse(format!("illegal base64 data at input byte {}", text.len())),
        })?;
        let token: Self = serde_json::from_slice(&bytes).map_err(|_| {
            let first = bytes.first().map_or(' ', |byte| char::from(*byte));
            refuse(format!("invalid character '{first}' looking for beginning of value"))
        })?;
        match token.v.as_str() {
            KIND => Ok(token),
            other => Err(refuse(format!("server does not recognize this encoded version {other:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back() {
        let key = ObjectKey::new(Resource::PODS, "shop", "web");
        for namespace in [None, Some("shop")] {
            let token = Token::decode(&Token::after(&key, namespace, Some(7)).with_left(Some(3)).encode()).unwrap();
            assert_eq!((token.key(Resource::PODS, namespace, true), token.version()), (key.clone(), Some(7)));
            assert_eq!(token.left(), Some(3));
        }
        assert_eq!(Token::after(&key, None, None).version(), None);
    }

    #[test]
    fn a_real_token_is_read_and_a_made_up_one_refused() {
        let real =
            Token::decode("eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTUwLCJzdGFydCI6Ii9wYWdlLTAyXHUwMDAwIn0").unwrap();
        assert_eq!(real.key(Resource::CONFIG_MAPS, Some("x"), true).name, "page-02");
        let message = Token::decode("abc").unwrap_err().message;
        assert_eq!(
            message,
            "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value"
        );
    }
}
