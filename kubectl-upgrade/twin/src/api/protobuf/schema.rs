//! What the messages of the Kubernetes API are made of.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The messages as data; its head says where it is from.
static TABLE: &str = include_str!("../../../data/protobuf.tsv");

static MESSAGES: LazyLock<BTreeMap<&'static str, Message>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).map(|(name, fields)| (name, read(name, fields))).collect()
});

/// The fields of a message by their numbers.
pub(super) type Message = BTreeMap<u64, Field>;

/// One field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// The type of its values, with their package where they are messages.
    pub(super) kind: String,
    /// How many values there are, and where they go.
    pub(super) shape: Shape,
}

/// How many values a field has, and where they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One, which is as good as none when it is empty.
    One,
    /// One or none, and an empty one is not none.
    Optional,
    /// Many.
    List,
    /// Many, by text.
    Map,
    /// A message whose fields are those of the one around it.
    Inline,
}

/// A message by its name, such as `core.v1.Pod`.
pub(super) fn message(name: &str) -> Option<&'static Message> {
    MESSAGES.get(name)
}

fn read(name: &str, fields: &'static str) -> Message {
    let package = name.rsplit_once('.').map_or("", |(package, _)| package);
    fields.split(' ').filter_map(|field| read_field(package, field)).collect()
}

fn read_field(package: &str, field: &'static str) -> Option<(u64, Field)> {
    let mut parts = field.splitn(3, ':');
    let (number, name, kind) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
    let shapes = [("*", Shape::Optional), ("[]", Shape::List), ("{}", Shape::Map), ("^", Shape::Inline)];
    let (kind, shape) = shapes
        .into_iter()
        .find_map(|(mark, shape)| kind.strip_suffix(mark).map(|kind| (kind, shape)))
        .unwrap_or((kind, Shape::One));
    let kind = if kind.starts_with('.') { format!("{package}{kind}") } else { kind.to_owned() };
    Some((number, Field { name, kind, shape }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_that_is_named_is_there_or_known_otherwise() {
        let known = |kind: &str| message(kind).is_some() || super::super::is_plain(kind);
        assert_eq!(MESSAGES.len(), TABLE.lines().filter(|line| !line.starts_with('#')).count());
        for (name, fields) in MESSAGES.iter() {
            for field in fields.values() {
                assert!(known(&field.kind), "{name}.{}: {}", field.name, field.kind);
            }
        }
    }
}
