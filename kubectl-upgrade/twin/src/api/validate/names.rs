//! Names and labels.

use serde_json::Value;

use crate::api::catalogue::Entry;
use crate::api::refusal::Cause;
use crate::json::{entries, text};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
                         and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
                         validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start \
                     and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
                     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SERVICE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
                       alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex \
                       used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const KEY: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                   alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                   '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
                     start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
                     for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// What is wrong with the metadata of a new object.
pub(super) fn metadata(entry: &Entry, value: &Value) -> Vec<Cause> {
    let mut causes: Vec<Cause> = name(entry, value).into_iter().collect();
    causes.extend(labels(value));
    causes
}

/// What is wrong with labels.
pub(super) fn labels(value: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (key, label) in entries(value, "/metadata/labels") {
        let bare = key.rsplit_once('/').map_or(key.as_str(), |(_, bare)| bare);
        if bare.is_empty() || !is_word(bare, b"-_.") {
            causes.push(Cause::invalid("metadata.labels", &key.clone().into(), KEY));
        }
        let text = label.as_str().unwrap_or_default();
        if !text.is_empty() && !is_word(text, b"-_.") {
            causes.push(Cause::invalid("metadata.labels", label, VALUE));
        }
        if text.len() > 63 {
            causes.push(Cause::invalid("metadata.labels", label, "must be no more than 63 characters"));
        }
    }
    causes
}

fn name(entry: &Entry, value: &Value) -> Option<Cause> {
    const FIELD: &str = "metadata.name";
    let name = text(value, "/metadata/name");
    if name.is_empty() {
        return Some(Cause::required(FIELD, "name or generateName is required"));
    }
    let parts_are_labels = || name.split('.').all(|part| !part.is_empty() && is_lower(part));
    let (right, why) = match entry.resource.plural() {
        "namespaces" => (is_lower(name) && name.len() <= 63, LABEL),
        "services" => (is_lower(name) && name.starts_with(|c: char| c.is_ascii_lowercase()), SERVICE),
        "roles" | "rolebindings" | "clusterroles" | "clusterrolebindings" => {
            (!name.contains(['/', '%']) && name != "." && name != "..", "may not contain '/' or '%'")
        }
        _ => (parts_are_labels() && name.len() <= 253, SUBDOMAIN),
    };
    (!right).then(|| Cause::invalid(FIELD, &name.into(), why))
}

/// Letters and digits, with others only inside.
fn is_word(text: &str, inside: &[u8]) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || inside.contains(&byte))
}

fn is_lower(text: &str) -> bool {
    is_word(text, b"-") && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}
