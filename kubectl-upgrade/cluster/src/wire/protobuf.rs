//! Pods in Protocol Buffers, as every kube-apiserver offers them.
//!
//! Most of what a look at a large cluster takes is its pods: the server writes them with less work than in JSON, they are
//! two thirds of the bytes, and what is not wanted is skipped unread. Who does not offer this form answers in JSON, and
//! that is read as ever.
//!
//! The numbers are those of `generated.proto` in k8s.io/api and k8s.io/apimachinery, which may never change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use prost::Message;
use serde::de::{Error, IgnoredAny};

use super::pod::{OwnerReference, PodMeta, PodObject, PodSpec, PodStatus, Volume};
use super::{Form, List, ListMeta, form};
use crate::api::parse;
use crate::failure::Failure;

/// What an answer in this form begins with.
const MAGIC: &[u8] = b"k8s\0";

/// Before a message that is its envelope's first field.
const FIRST: u8 = 0x0a;

/// Before a message that is its envelope's second field.
const SECOND: u8 = 0x12;

impl Form<PodObject> {
    /// Pods, of whose containers nothing is read.
    pub(crate) const PODS: Self = Self { accept: "application/vnd.kubernetes.protobuf,application/json", head, read };
}

fn head(page: &[u8]) -> Option<ListMeta> {
    let Some(envelope) = page.strip_prefix(MAGIC) else { return form::head(page) };
    let (_, list) = message(envelope, FIRST)?;
    let (start, list) = length(list, SECOND)?;
    let (metadata, _) = message(list.get(..start).unwrap_or(list), FIRST)?;
    RawListMeta::decode(metadata).ok().map(ListMeta::from)
}

fn read(page: &[u8]) -> Result<List<PodObject>, Failure> {
    let Some(envelope) = page.strip_prefix(MAGIC) else { return parse(page) };
    let list = Envelope::decode(envelope).map_err(garbled)?.list;
    let list = list.ok_or_else(|| garbled("expected a list, found none"))?;
    let items = list.items.into_iter().map(PodObject::try_from).collect::<Result<_, _>>().map_err(garbled)?;
    Ok(List { metadata: list.metadata.unwrap_or_default().into(), items: Some(items) })
}

fn garbled(why: impl std::fmt::Display) -> Failure {
    Failure::Malformed(serde_json::Error::custom(why))
}

/// The message after that tag, and what follows it; none where it has not come in whole.
fn message(text: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, text) = length(text, tag)?;
    text.split_at_checked(length)
}

/// How long the message after that tag is, and what is here of it.
fn length(text: &[u8], tag: u8) -> Option<(usize, &[u8])> {
    let mut text = text.strip_prefix(&[tag])?;
    let length = prost::decode_length_delimiter(&mut text).ok()?;
    Some((length, text))
}

#[derive(Message)]
struct Envelope {
    #[prost(message, optional, tag = "2")]
    list: Option<RawList>,
}

#[derive(Message)]
struct RawList {
    #[prost(message, optional, tag = "1")]
    metadata: Option<RawListMeta>,
    #[prost(message, repeated, tag = "2")]
    items: Vec<RawPod>,
}

#[derive(Message)]
struct RawListMeta {
    #[prost(string, tag = "2")]
    resource_version: String,
    #[prost(string, tag = "3")]
    next: String,
}

#[derive(Message)]
struct RawPod {
    #[prost(message, optional, tag = "1")]
    metadata: Option<RawMeta>,
    #[prost(message, optional, tag = "2")]
    spec: Option<RawSpec>,
    #[prost(message, optional, tag = "3")]
    status: Option<RawStatus>,
}

#[derive(Message)]
struct RawMeta {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "3")]
    namespace: String,
    #[prost(string, tag = "5")]
    uid: String,
    #[prost(message, optional, tag = "9")]
    deletion_timestamp: Option<RawTime>,
    #[prost(btree_map = "string, string", tag = "11")]
    labels: BTreeMap<String, String>,
    #[prost(message, repeated, tag = "12")]
    annotations: Vec<RawKey>,
    #[prost(message, repeated, tag = "13")]
    owner_references: Vec<RawOwner>,
}

/// An entry of a map, its value skipped.
#[derive(Message)]
struct RawKey {
    #[prost(string, tag = "1")]
    key: String,
}

#[derive(Message)]
struct RawTime {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Message)]
struct RawOwner {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(bool, tag = "6")]
    controller: bool,
}

#[derive(Message)]
struct RawSpec {
    #[prost(message, repeated, tag = "1")]
    volumes: Vec<RawVolume>,
    #[prost(string, tag = "10")]
    node_name: String,
}

#[derive(Message)]
struct RawVolume {
    #[prost(message, optional, tag = "2")]
    source: Option<RawSource>,
}

#[derive(Message)]
struct RawSource {
    #[prost(message, optional, tag = "2")]
    empty_dir: Option<Empty>,
}

#[derive(Message)]
struct Empty {}

#[derive(Message)]
struct RawStatus {
    #[prost(string, tag = "1")]
    phase: String,
    #[prost(message, repeated, tag = "2")]
    conditions: Vec<RawCondition>,
}

#[derive(Message)]
struct RawCondition {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "2")]
    status: String,
}

impl From<RawListMeta> for ListMeta {
    fn from(RawListMeta { resource_version, next }: RawListMeta) -> Self {
        Self { resource_version, next }
    }
}

impl TryFrom<RawPod> for PodObject {
    type Error = jiff::Error;

    fn try_from(RawPod { metadata, spec, status }: RawPod) -> Result<Self, jiff::Error> {
        Ok(Self {
            metadata: metadata.unwrap_or_default().try_into()?,
            spec: spec.unwrap_or_default().into(),
            status: status.unwrap_or_default().into(),
        })
    }
}

impl TryFrom<RawMeta> for PodMeta {
    type Error = jiff::Error;

    fn try_from(raw: RawMeta) -> Result<Self, jiff::Error> {
        let RawMeta { name, namespace, uid, deletion_timestamp, labels, annotations, owner_references } = raw;
        let moment = |RawTime { seconds, nanos }| Timestamp::new(seconds, nanos);
        let owner = |RawOwner { kind, name, controller }| OwnerReference { kind, name, controller };
        Ok(Self {
            name,
            namespace,
            uid,
            labels,
            annotations: annotations.into_iter().map(|RawKey { key }| key).collect(),
            deletion_timestamp: deletion_timestamp.map(moment).transpose()?,
            owner_references: owner_references.into_iter().map(owner).collect(),
        })
    }
}

impl From<RawSpec> for PodSpec {
    fn from(RawSpec { volumes, node_name }: RawSpec) -> Self {
        let empty_dir = |volume: &RawVolume| volume.source.as_ref()?.empty_dir.as_ref().map(|Empty {}| IgnoredAny);
        let volumes = volumes.iter().map(|volume| Volume { empty_dir: empty_dir(volume) }).collect();
        Self { node_name, volumes, containers: Vec::new() }
    }
}

impl From<RawStatus> for PodStatus {
    fn from(RawStatus { phase, conditions }: RawStatus) -> Self {
        let ready = conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True");
        Self { phase, ready }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three of four pods, as a kube-apiserver 1.20 wrote them in both forms: one that is going, a mirror, and
    /// one that is ready, has an owner and an emptyDir.
    const JSON: &[u8] = include_bytes!("recorded/pods.json");
    const PROTOBUF: &[u8] = include_bytes!("recorded/pods.pb");

    #[test]
    fn both_forms_read_the_same() {
        let (json, protobuf) = (read(JSON).unwrap(), read(PROTOBUF).unwrap());
        assert_eq!(protobuf.metadata.resource_version, json.metadata.resource_version);
        let told = |list: List<PodObject>| {
            let told = |PodObject { metadata, spec: PodSpec { node_name, volumes, containers: _ }, status }| {
                format!("{metadata:?} {node_name} {volumes:?} {status:?}")
            };
            list.items.unwrap().into_iter().map(told)
        };
        let (json, protobuf): (Vec<_>, Vec<_>) = (told(json).collect(), told(protobuf).collect());
        assert_eq!(protobuf, json);
        for telling in ["deletion_timestamp: Some(", "config.mirror", "empty_dir: Some(", "ReplicaSet", "ready: true"] {
            assert!(protobuf.iter().any(|pod| pod.contains(telling)), "{telling}");
        }
    }

    #[test]
    fn a_head_is_read_as_soon_as_it_is_there() {
        let whole = head(PROTOBUF).unwrap();
        assert_eq!(whole.next, form::head(JSON).unwrap().next);
        assert!(!whole.next.is_empty());
        for cut in 0..PROTOBUF.len() {
            let early = head(&PROTOBUF[..cut]);
            assert!(early.is_none_or(|early| early.next == whole.next), "{cut}");
        }
        assert!(head(&PROTOBUF[..400]).is_some());
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        // Two empty fields stand behind the list.
        for cut in 0..PROTOBUF.len() - 4 {
            assert!(read(&PROTOBUF[..cut]).is_err(), "{cut}");
        }
        assert!(read(PROTOBUF).is_ok());
    }
}
