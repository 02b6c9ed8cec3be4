//! Normal form: what differs from run to run becomes what it means.
//!
//! Identifiers become ordinals, so that sameness and order stay visible. What a request itself said stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::Exchange;

static TIME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"));
static UID: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
/// Where messages tell the server's own count of changes.
static COUNT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(current: |resource version: \d+ \(|ResourceVersion in record \()\d+"));
/// Where the server listens.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d+\.\d+\.\d+\.\d+:\d+$"));
/// Which of several bindings allowed something is chance.
static BINDING: LazyLock<Regex> = LazyLock::new(|| pattern(r"^RBAC: allowed by .*$"));
/// A cell that tells an age.
static AGE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d+[smhdy]\d*[a-z]?$|^<unknown>$"));
/// Where messages name a ReplicaSet that the case need not have seen.
static HASH: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(ReplicaSet "[a-z-]+-)[a-z0-9]+""#));
/// Where messages show whole objects, or the bytes around an error, the way Go prints them.
static DUMP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?s), error found in #\d+ byte of .*$|\n\s+core\.\w+\{.*$|\b[a-z]+\.[A-Z]\w+\{.*\}|"\{\\".*\}""#)
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// The exchanges of one case in normal form.
pub(super) fn normal(exchanges: Vec<Exchange>, namespace: &str, asked: String) -> Vec<Exchange> {
    let mut names = Names::of(&exchanges, namespace, asked);
    let normalised = exchanges.into_iter().map(|mut exchange| {
        for value in exchange.answer.headers.values_mut() {
            *value = names.text(value);
        }
        exchange.answer.body = names.value(exchange.answer.body);
        exchange
    });
    normalised.collect()
}

/// `value` with `change` applied to every string, keys excepted.
pub(super) fn map_strings(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| map_strings(item, change)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), map_strings(value, change))).collect::<Map<_, _>>().into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// What stands for what.
#[derive(Default)]
struct Names {
    /// Whole texts, longest first.
    replaced: Vec<(String, String)>,
    uids: BTreeMap<String, String>,
    /// The resource versions of objects, in order; a list's lies at or between them.
    versions: BTreeSet<u64>,
    /// The bodies of the requests: what they say stays as it is.
    asked: String,
}

impl Names {
    fn of(exchanges: &[Exchange], namespace: &str, asked: String) -> Self {
        let mut names = Self { asked, ..Self::default() };
        let mut generated = Vec::new();
        for exchange in exchanges {
            names.collect(&exchange.answer.body, &mut generated);
        }
        for (number, (name, stem)) in generated.iter().enumerate() {
            names.replaced.push((name.clone(), format!("{stem}#{}", number + 1)));
        }
        names.replaced.push((namespace.to_owned(), "NAMESPACE".to_owned()));
        names.replaced.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        names
    }

    /// Notes resource versions and generated names.
    fn collect(&mut self, value: &Value, generated: &mut Vec<(String, String)>) {
        if let Value::Array(items) = value {
            items.iter().for_each(|item| self.collect(item, generated));
        }
        let Value::Object(fields) = value else { return };
        fields.values().for_each(|field| self.collect(field, generated));
        let text = |field: &str| fields.get("metadata")?.get(field)?.as_str();
        let Some(name) = text("name") else { return };
        let own = text("namespace").and(text("resourceVersion"));
        self.versions.extend(own.and_then(|version| version.parse::<u64>().ok()));
        let mut note = |name: &str, stem: &str| {
            if !generated.iter().any(|(known, _)| known == name) {
                generated.push((name.to_owned(), stem.to_owned()));
            }
        };
        if let Some(hash) = value.pointer("/metadata/labels/pod-template-hash").and_then(Value::as_str) {
            note(hash, "hash");
        }
        if let Some(stem) = text("generateName").filter(|stem| name.starts_with(*stem)) {
            note(name, stem);
        }
    }

    fn value(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(mut fields) => {
                if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
                    self.metadata(metadata);
                }
                fields.into_iter().map(|(key, value)| (key, self.value(value))).collect::<Map<_, _>>().into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn metadata(&self, metadata: &mut Map<String, Value>) {
        metadata.remove("managedFields");
        metadata.remove("selfLink");
        // Set by a controller of the real one some time after a node came.
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations")
            && annotations.remove("node.alpha.kubernetes.io/ttl").is_some()
            && annotations.is_empty()
        {
            metadata.remove("annotations");
        }
        if let Some(Value::String(token)) = metadata.get_mut("continue") {
            *token = if token.is_empty() { String::new() } else { "CONTINUE".to_owned() };
        }
        let (of_object, of_cluster) = (metadata.contains_key("name"), !metadata.contains_key("namespace"));
        if let Some(Value::String(version)) = metadata.get_mut("resourceVersion")
            && let Ok(number) = version.parse()
        {
            // Controllers of the real one write to nodes and namespaces at times of their own.
            let unknown = of_object && of_cluster;
            *version = if unknown { "SOME".to_owned() } else { self.version(number, of_object) };
        }
    }

    /// `2` for the second change that the case saw; `2+` for a list that was read at or after it.
    fn version(&self, number: u64, of_object: bool) -> String {
        let rank = self.versions.range(..=number).count();
        if of_object { rank.to_string() } else { format!("{rank}+") }
    }

    fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.replaced {
            text = text.replace(from, to);
        }
        text = TIME.replace_all(&text, |found: &regex::Captures<'_>| self.unless_asked(&found[0], "TIME")).into_owned();
        text = ADDRESS.replace(&text, "ADDRESS").into_owned();
        text = BINDING.replace(&text, "RBAC: allowed by BINDING").into_owned();
        text = AGE.replace(&text, "AGE").into_owned();
        text = HASH.replace_all(&text, "${1}HASH\"").into_owned();
        text = COUNT.replace_all(&text, "${1}COUNT").into_owned();
        text = DUMP.replace_all(&text, "DUMP").into_owned();
        UID.replace_all(&text, |found: &regex::Captures<'_>| self.uid(&found[0])).into_owned()
    }

    fn unless_asked(&self, found: &str, name: &str) -> String {
        if self.asked.contains(found) { found.to_owned() } else { name.to_owned() }
    }

    fn uid(&mut self, found: &str) -> String {
        // One that a case made up.
        if found.starts_with("00000000") {
            return found.to_owned();
        }
        let next = self.uids.len() + 1;
        self.uids.entry(found.to_owned()).or_insert_with(|| format!("UID-{next}")).clone()
    }
}
