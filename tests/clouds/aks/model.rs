//! The published models of the wire, and what breaks them. Nothing of them is repeated here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::python::{self, Answers, Field, Operation, Type};

/// The models.
pub(crate) struct Model {
    classes: BTreeMap<String, BTreeMap<String, Field>>,
    enumerations: BTreeMap<String, BTreeSet<String>>,
    operations: Vec<Operation>,
}

/// A request or a reply as it came over the wire.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

/// What is Azure's and not AKS's, so that these models know nothing of it: a login, subscriptions, operations.
const AZURES: [&str; 5] = ["/metadata/endpoints", "/msi/token", "/subscriptions", "/tenants", "/operations/"];

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

impl Model {
    pub(crate) fn read(models: &str, enumerations: &str, operations: &str) -> Self {
        Self {
            classes: python::classes(models),
            enumerations: python::enumerations(enumerations),
            operations: python::operations(operations),
        }
    }

    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub(crate) fn class(&self, name: &str) -> &BTreeMap<String, Field> {
        &self.classes[name]
    }

    /// The operation that a request is for; none for what is Azure's.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations.iter().find(|one| one.method == method && fits(&one.path, path))
    }

    /// What in a request breaks the model.
    pub(crate) fn check_request(&self, asked: &Asked<'_>) -> Vec<String> {
        let Some(operation) = self.operation(asked.method, asked.path) else {
            return if azures(asked.path) {
                Vec::new()
            } else {
                vec![format!("{} {} is no operation", asked.method, asked.path)]
            };
        };
        let mut wrong = Vec::new();
        for key in asked.query.split('&').filter_map(|pair| pair.split('=').next()).filter(|key| !key.is_empty()) {
            // A link to a next page may hold what it wants.
            if !operation.parameters.contains(&key.to_ascii_lowercase())
                && !matches!(key, "%24skiptoken" | "$skiptoken")
            {
                wrong.push(format!("{key} is no parameter"));
            }
        }
        match (&operation.asks, asked.body.is_empty()) {
            (None, true) => {}
            (None, false) => wrong.push("it takes no body".to_owned()),
            (Some(of), _) => match serde_json::from_slice(asked.body) {
                Ok(body) => self.value(&Type::Object(of.clone()), &body, of, Way::In, &mut wrong),
                Err(error) => wrong.push(format!("the body is no JSON: {error}")),
            },
        }
        wrong.into_iter().map(|what| format!("{} request: {what}", operation.name)).collect()
    }

    /// What in a reply breaks the model.
    pub(crate) fn check_reply(&self, method: &str, path: &str, status: u16, body: &[u8]) -> Vec<String> {
        let operation = self.operation(method, path);
        let name = operation.map_or("azure", |operation| operation.name.as_str());
        let mut wrong = Vec::new();
        match (operation, status) {
            (_, 400..) => self.error(body, &mut wrong),
            (None, _) => {}
            (Some(operation), _) => self.success(operation, status, body, &mut wrong),
        }
        wrong.into_iter().map(|what| format!("{name} reply {status}: {what}")).collect()
    }

    fn success(&self, operation: &Operation, status: u16, body: &[u8], wrong: &mut Vec<String>) {
        if !operation.statuses.contains(&status) {
            wrong.push(format!("expected a status of {:?}", operation.statuses));
        }
        if body.is_empty() {
            if status == 200 || status == 201 {
                wrong.push("it has no body".to_owned());
            }
            return;
        }
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return wrong.push("the body is no JSON".to_owned());
        };
        match &operation.answers {
            Some(Answers::One(of)) => self.value(&Type::Object(of.clone()), &body, of, Way::Out, wrong),
            Some(Answers::Many(of)) => match body["value"].as_array() {
                Some(items) => {
                    items.iter().for_each(|item| self.value(&Type::Object(of.clone()), item, of, Way::Out, wrong))
                }
                None => wrong.push("there is no list under value".to_owned()),
            },
            None => {}
        }
    }

    /// Errors of Azure lie under `error`; those of AKS itself come without, and clients of both kinds understand both.
    fn error(&self, body: &[u8], wrong: &mut Vec<String>) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut error = body.get("error").filter(|error| error.is_object()).unwrap_or(&body).clone();
        for key in ["code", "message"] {
            if error[key].as_str().is_none_or(str::is_empty) {
                wrong.push(format!("the error has no {key}"));
            }
        }
        if let Some(map) = error.as_object_mut() {
            map.remove("subcode");
        }
        self.value(&Type::Object("ErrorDetail".to_owned()), &error, "error", Way::Out, wrong);
    }

    fn value(&self, of: &Type, value: &Value, at: &str, way: Way, wrong: &mut Vec<String>) {
        match (of, value) {
            (Type::Any, _)
            | (Type::Text, Value::String(_))
            | (Type::Truth, Value::Bool(_))
            | (Type::Number, Value::Number(_)) => {}
            (Type::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            (Type::Moment, Value::String(text)) if text.parse::<Timestamp>().is_ok() => {}
            (Type::Date, Value::String(text)) if text.parse::<Date>().is_ok() => {}
            (Type::Word(name), Value::String(word)) => {
                let words = &self.enumerations[name];
                if !words.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                    wrong.push(format!("{at} is {word}, which is none of {words:?}"));
                }
            }
            (Type::List(inner), Value::Array(items)) => {
                items.iter().for_each(|item| self.value(inner, item, &format!("{at}[]"), way, wrong));
            }
            (Type::Map(inner), Value::Object(entries)) => {
                entries.iter().for_each(|(key, item)| self.value(inner, item, &format!("{at}.{key}"), way, wrong));
            }
            (Type::Object(name), Value::Object(object)) => self.object(name, object, at, way, wrong),
            // Clients of other languages write what they do not set as null.
            (_, Value::Null) if way == Way::In => {}
            (expected, found) => wrong.push(format!("expected {expected:?} at {at}, found {found}")),
        }
    }

    fn object(&self, name: &str, object: &Map<String, Value>, at: &str, way: Way, wrong: &mut Vec<String>) {
        let fields = &self.classes[name];
        for (key, value) in object {
            let at = format!("{at}.{key}");
            match fields.get(key) {
                None => wrong.push(format!("{at} is no field of {name}")),
                Some(field) if field.read_only && way == Way::In => {
                    wrong.push(format!("{at} is for Azure alone to set"))
                }
                Some(field) => self.value(&field.of, value, &at, way, wrong),
            }
        }
        for (key, field) in fields {
            if field.required && !object.contains_key(key) && !(field.read_only && way == Way::In) {
                wrong.push(format!("{at}.{key} is missing"));
            }
        }
    }
}

fn azures(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let provider = path.contains("/providers/microsoft.containerservice/") && !path.contains("/operations/");
    AZURES.iter().any(|known| path.contains(known)) && !provider
}

/// Whether a path is one of a template; its fixed words are of any case.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let word = |(expected, found): (&&str, &&str)| {
        expected.starts_with('{') && !found.is_empty() || expected.eq_ignore_ascii_case(found)
    };
    template.len() == path.len() && template.iter().zip(&path).all(word)
}
