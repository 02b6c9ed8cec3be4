//! Pods.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A pod. `C` is what is read of each of its containers: of most pods nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound = "C: Default + Deserialize<'de>")]
pub(crate) struct PodObject<C = IgnoredAny> {
    pub(crate) metadata: PodMeta,
    pub(crate) spec: PodSpec<C>,
    pub(crate) status: PodStatus,
}

/// A pod's metadata; of its annotations only the keys.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PodMeta {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) uid: String,
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "keys")]
    pub(crate) annotations: BTreeSet<String>,
    pub(crate) deletion_timestamp: Option<Timestamp>,
    pub(crate) owner_references: Vec<OwnerReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OwnerReference {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) controller: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound = "C: Default + Deserialize<'de>")]
pub(crate) struct PodSpec<C = IgnoredAny> {
    pub(crate) node_name: String,
    pub(crate) volumes: Vec<Volume>,
    pub(crate) containers: Vec<C>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Volume {
    pub(crate) empty_dir: Option<IgnoredAny>,
}

/// A container's image and command line.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) command: Vec<String>,
    pub(crate) args: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PodStatus {
    pub(crate) phase: String,
    /// Whether its condition Ready is true.
    #[serde(rename = "conditions", deserialize_with = "is_ready")]
    pub(crate) ready: bool,
}

/// Reads conditions for the one that is asked for, and keeps none of them.
fn is_ready<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Condition<'a> {
        #[serde(rename = "type", borrow)]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        status: Cow<'a, str>,
    }

    struct Conditions;

    impl<'de> Visitor<'de> for Conditions {
        type Value = bool;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of conditions")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
            let mut ready = false;
            while let Some(Condition { kind, status }) = list.next_element()? {
                ready |= kind == "Ready" && status == "True";
            }
            Ok(ready)
        }
    }

    deserializer.deserialize_seq(Conditions)
}

/// The keys of a map, its values skipped unread: annotations can be large.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    struct Keys;

    impl<'de> Visitor<'de> for Keys {
        type Value = BTreeSet<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut keys = BTreeSet::new();
            while let Some((key, IgnoredAny)) = map.next_entry()? {
                keys.insert(key);
            }
            Ok(keys)
        }
    }

    deserializer.deserialize_map(Keys)
}
