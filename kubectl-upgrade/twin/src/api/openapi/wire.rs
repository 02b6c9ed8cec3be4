//! Version 2 as protobuf, in which `kubectl` asks for it.
//!
//! Only what it reads is written: for each path the parameters of its patch and the kind they are for. The numbers of
//! the fields are those of `openapi.v2` in github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto (read 2026-11-22).

use serde_json::json;
use upgrade_core::version::Version;

use super::{parameters, patched, path_of};
use crate::api::catalogue::Entry;

/// A message of protobuf, as far as it is written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// It, with a field of text or of another message.
    fn with(mut self, field: u64, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref();
        self.number(field << 3 | 2);
        self.number(content.len() as u64);
        self.0.extend_from_slice(content);
        self
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.extend(u8::try_from(number & 0x7f | 0x80));
            number >>= 7;
        }
        self.0.extend(u8::try_from(number));
    }
}

impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The whole document.
pub(super) fn document(version: &Version) -> Vec<u8> {
    let minor = version.minor().minor;
    let info = Message::default().with(1, "Kubernetes").with(2, version.to_string());
    let paths = patched(minor).fold(Message::default(), |paths, entry| {
        let item = Message::default().with(8, patch(entry, minor));
        paths.with(2, Message::default().with(1, path_of(entry)).with(2, item))
    });
    Message::default().with(1, "2.0").with(2, info).with(8, paths).0
}

fn patch(entry: &Entry, minor: u16) -> Message {
    let kind = json!({"group": entry.group, "kind": entry.kind, "version": entry.version}).to_string();
    let operation = parameters(minor).fold(Message::default(), |operation, name| operation.with(8, parameter(name)));
    operation
        .with(13, extension("x-kubernetes-group-version-kind", &kind))
        .with(13, extension("x-kubernetes-action", "patch"))
}

/// A parameter of the query: four messages in each other, none of which says more.
fn parameter(name: &str) -> Message {
    let query = Message::default().with(2, "query").with(4, name).with(6, "string");
    let not_body = Message::default().with(3, query);
    Message::default().with(1, Message::default().with(2, not_body))
}

fn extension(name: &str, yaml: &str) -> Message {
    Message::default().with(1, name).with(2, Message::default().with(2, yaml))
}
