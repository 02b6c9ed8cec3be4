//! Objects that come in as protobuf: newer kubectls send what they make themselves so.
//!
//! Only reading: every client that sends protobuf takes JSON for an answer.

mod schema;
mod wire;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::json;
use schema::{Field, Message, Shape};
use wire::Content;

/// The media type.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// What every such body begins with.
const MAGIC: &[u8] = b"k8s\0";

/// It is no message of a kind that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an object of a known kind in protobuf, found something else")]
pub(crate) struct Malformed;

/// The object in a body.
pub(crate) fn object(body: &[u8]) -> Result<Value, Malformed> {
    let envelope = wire::fields(body.strip_prefix(MAGIC).ok_or(Malformed)?)?;
    let named = wire::fields(wire::bytes(&envelope, 1))?;
    let (api_version, kind) = (text(wire::bytes(&named, 1)), text(wire::bytes(&named, 2)));
    let message = schema::message(&message_of(&api_version, &kind)).ok_or(Malformed)?;
    let mut object = Value::Object(read(message, wire::bytes(&envelope, 2))?);
    json::set(&mut object, &["apiVersion"], api_version);
    json::set(&mut object, &["kind"], kind);
    Ok(object)
}

/// `apps/v1`, `Deployment` → `apps.v1.Deployment`
fn message_of(api_version: &str, kind: &str) -> String {
    if kind == "DeleteOptions" {
        return "meta.v1.DeleteOptions".to_owned();
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("core", api_version));
    format!("{}.{version}.{kind}", group.split('.').next().unwrap_or_default())
}

fn read(message: &Message, bytes: &[u8]) -> Result<Map<String, Value>, Malformed> {
    let mut object = Map::new();
    for (number, content) in wire::fields(bytes)? {
        // Clients may be newer than the table.
        if let Some(field) = message.get(&number) {
            put(&mut object, field, content)?;
        }
    }
    Ok(object)
}

fn put(object: &mut Map<String, Value>, field: &Field, content: Content<'_>) -> Result<(), Malformed> {
    let name = field.name.to_owned();
    match field.shape {
        Shape::One | Shape::Optional => {
            let value = value(&field.kind, content)?;
            if !value.is_null() && (field.shape == Shape::Optional || !is_empty(&value)) {
                object.insert(name, value);
            }
        }
        Shape::Inline => {
            if let Value::Object(inner) = value(&field.kind, content)? {
                object.extend(inner);
            }
        }
        Shape::List => {
            let value = value(&field.kind, content)?;
            if let Value::Array(list) = object.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                list.push(value);
            }
        }
        Shape::Map => {
            let Content::Bytes(bytes) = content else { return Err(Malformed) };
            let entry = wire::fields(bytes)?;
            let value = value(&field.kind, Content::Bytes(wire::bytes(&entry, 2)))?;
            if let Value::Object(map) = object.entry(name).or_insert_with(|| Value::Object(Map::new())) {
                map.insert(text(wire::bytes(&entry, 1)), value);
            }
        }
    }
    Ok(())
}

/// Whether values of that type are read without a message of the table.
#[cfg(test)]
fn is_plain(kind: &str) -> bool {
    value(kind, Content::Bytes(b"")).is_ok() || value(kind, Content::Number(0)).is_ok()
}

fn value(kind: &str, content: Content<'_>) -> Result<Value, Malformed> {
    let bytes = match (kind, content) {
        ("bool", Content::Number(number)) => return Ok((number != 0).into()),
        ("int32" | "int64" | "uint32", Content::Number(number)) => return Ok(number.cast_signed().into()),
        (_, Content::Number(_)) | ("bool" | "int32" | "int64" | "uint32", _) => return Err(Malformed),
        (_, Content::Bytes(bytes)) => bytes,
    };
    let fields = || wire::fields(bytes);
    match kind {
        "string" => Ok(text(bytes).into()),
        "bytes" => Ok(STANDARD.encode(bytes).into()),
        "meta.v1.Time" => time(bytes, "%Y-%m-%dT%H:%M:%SZ"),
        "meta.v1.MicroTime" => time(bytes, "%Y-%m-%dT%H:%M:%S.%6fZ"),
        "resource.Quantity" => Ok(text(wire::bytes(&fields()?, 1)).into()),
        "intstr.IntOrString" => {
            let fields = fields()?;
            let is_number = wire::int(&fields, 1) == 0;
            Ok(if is_number { wire::int(&fields, 2).into() } else { text(wire::bytes(&fields, 3)).into() })
        }
        "meta.v1.FieldsV1" | "runtime.RawExtension" => {
            Ok(serde_json::from_slice(wire::bytes(&fields()?, 1)).unwrap_or_default())
        }
        "authorization.v1.ExtraValue" | "authentication.v1.ExtraValue" => {
            let words = fields()?.into_iter().map(|(_, content)| value("string", content));
            Ok(Value::Array(words.collect::<Result<_, _>>()?))
        }
        message => Ok(Value::Object(read(schema::message(message).ok_or(Malformed)?, bytes)?)),
    }
}

/// A time, written so; null for none.
fn time(bytes: &[u8], form: &str) -> Result<Value, Malformed> {
    let fields = wire::fields(bytes)?;
    if fields.is_empty() {
        return Ok(Value::Null);
    }
    let nanoseconds = i32::try_from(wire::int(&fields, 2)).map_err(|_| Malformed)?;
    let time = Timestamp::new(wire::int(&fields, 1), nanoseconds).map_err(|_| Malformed)?;
    Ok(time.strftime(form).to_string().into())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A field with text, bytes or a message of at most 127 bytes.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
        let named = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
        [MAGIC.to_vec(), field(1, &named), field(2, raw)].concat()
    }

    #[test]
    fn a_config_map_is_read() {
        let metadata = [field(1, b"settings"), field(2, b""), field(8, b"")].concat();
        let entry = [field(1, b"a"), field(2, b"1")].concat();
        let raw = [field(1, &metadata), field(2, &entry), vec![4 << 3, 0]].concat();
        let expected = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}, "immutable": false
        });
        assert_eq!(object(&body("v1", "ConfigMap", &raw)), Ok(expected));
    }

    #[test]
    fn numbers_shares_times_and_inlined_messages_are_read() {
        let spec = field(2, &field(1, &[[1 << 3, 1].to_vec(), field(3, b"50%")].concat()));
        let budget = object(&body("policy/v1", "PodDisruptionBudget", &spec)).unwrap();
        assert_eq!(budget["spec"]["minAvailable"], "50%");
        let volume = [field(1, b"tmp"), field(2, &field(2, b""))].concat();
        let pod = object(&body("v1", "Pod", &field(2, &field(1, &volume)))).unwrap();
        assert_eq!(pod["spec"]["volumes"], json!([{"name": "tmp", "emptyDir": {}}]));
        let metadata = field(1, &field(8, &[1 << 3, 60]));
        let pod = object(&body("v1", "Pod", &metadata)).unwrap();
        assert_eq!(pod["metadata"]["creationTimestamp"], "1970-01-01T00:01:00Z");
    }

    #[test]
    fn what_is_cut_or_unknown_is_refused() {
        let whole = body("v1", "ConfigMap", &field(1, &field(1, b"settings")));
        for end in [0, 3, 5, whole.len() - 1] {
            assert_eq!(object(&whole[..end]), Err(Malformed), "cut at {end}");
        }
        assert_eq!(object(&body("example.com/v1", "Thing", b"")), Err(Malformed));
    }
}
