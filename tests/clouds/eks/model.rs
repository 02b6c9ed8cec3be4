//! The published model of the service's wire, and what breaks it.
//!
//! The model is AWS's own, as its command line carries it: operations with their paths, shapes with members, types,
//! ranges, patterns and enumerations. Nothing of it is repeated here.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::{Map, Value};

/// The model.
pub(crate) struct Model {
    document: Value,
}

/// A request as it came over the wire.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

/// The parameters of a request, by the places they are taken from.
struct Parameters {
    uri: BTreeMap<String, String>,
    query: Vec<(String, String)>,
    body: Value,
}

impl Model {
    pub(crate) fn read(text: &str) -> Self {
        Self { document: serde_json::from_str(text).unwrap() }
    }

    /// The operation that a request is for, with its path parameters.
    pub(crate) fn operation(&self, asked: &Asked<'_>) -> Option<String> {
        self.route(asked).map(|(name, _)| name)
    }

    fn route(&self, asked: &Asked<'_>) -> Option<(String, BTreeMap<String, String>)> {
        let operations = self.document["operations"].as_object().unwrap();
        operations.iter().find_map(|(name, operation)| {
            let http = &operation["http"];
            let fits = http["method"].as_str() == Some(asked.method.as_str());
            let uri = fits.then(|| bind(http["requestUri"].as_str().unwrap(), asked.path)).flatten()?;
            Some((name.clone(), uri))
        })
    }

    /// What in a request breaks the model.
    pub(crate) fn check_request(&self, asked: &Asked<'_>) -> Vec<String> {
        let Some((name, uri)) = self.route(asked) else {
            return vec![format!("{} {} is no operation", asked.method, asked.path)];
        };
        let Some(shape) = self.document["operations"][&name]["input"]["shape"].as_str() else { return Vec::new() };
        let body = if asked.body.is_empty() {
            Value::Object(Map::new())
        } else {
            serde_json::from_slice(asked.body).unwrap_or(Value::Null)
        };
        let parameters = Parameters { uri, query: pairs(asked.query), body };
        let mut wrong = Vec::new();
        self.input(shape, &parameters, &mut wrong);
        wrong.into_iter().map(|what| format!("{name} request: {what}")).collect()
    }

    fn input(&self, shape: &str, given: &Parameters, wrong: &mut Vec<String>) {
        let shape = &self.document["shapes"][shape];
        let members = shape["members"].as_object().unwrap();
        let mut in_body = Vec::new();
        for (name, member) in members {
            let wire = member["locationName"].as_str().unwrap_or(name);
            let of = member["shape"].as_str().unwrap();
            let required = requires(shape, name);
            match member["location"].as_str() {
                Some("uri") => match given.uri.get(wire) {
                    Some(value) => self.text(of, value, name, wrong),
                    None => wrong.push(format!("{name} is not in the path")),
                },
                Some("querystring") => {
                    let values: Vec<&String> =
                        given.query.iter().filter(|(key, _)| key == wire).map(|(_, value)| value).collect();
                    if required && values.is_empty() {
                        wrong.push(format!("{name} is missing"));
                    }
                    values.into_iter().for_each(|value| self.text(of, value, name, wrong));
                }
                Some(other) => wrong.push(format!("{name} is in {other}, which is not checked")),
                None => {
                    in_body.push(wire);
                    match given.body.get(wire) {
                        Some(value) => self.value(of, value, name, wrong),
                        None if required => wrong.push(format!("{name} is missing")),
                        None => {}
                    }
                }
            }
        }
        for (key, _) in &given.query {
            if !members.iter().any(|(name, member)| {
                member["location"] == "querystring" && member["locationName"].as_str().unwrap_or(name) == key
            }) {
                wrong.push(format!("{key} is no parameter"));
            }
        }
        match given.body.as_object() {
            Some(body) => wrong.extend(
                body.keys().filter(|key| !in_body.contains(&key.as_str())).map(|key| format!("{key} is no member")),
            ),
            None => wrong.push("the body is no JSON object".to_owned()),
        }
    }

    /// What in a reply breaks the model. `error` is the code in the reply's header.
    pub(crate) fn check_reply(&self, operation: &str, status: u16, error: Option<&str>, body: &[u8]) -> Vec<String> {
        let of = &self.document["operations"][operation];
        let wrong = match (serde_json::from_slice::<Value>(body), error) {
            (Err(_), _) => vec!["the body is no JSON".to_owned()],
            (Ok(body), None) => self.success(of, status, &body),
            (Ok(body), Some(code)) => self.failure(of, status, code, &body),
        };
        wrong.into_iter().map(|what| format!("{operation} reply: {what}")).collect()
    }

    fn success(&self, operation: &Value, status: u16, body: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let expected = operation["http"]["responseCode"].as_u64().unwrap_or(200);
        if u64::from(status) != expected {
            wrong.push(format!("expected the status {expected}, found {status}"));
        }
        if let Some(shape) = operation["output"]["shape"].as_str() {
            self.value(shape, body, "", &mut wrong);
        }
        wrong
    }

    fn failure(&self, operation: &Value, status: u16, code: &str, body: &Value) -> Vec<String> {
        // Credentials and rights are judged before the service is asked: no operation lists these, every service has them.
        // https://docs.aws.amazon.com/eks/latest/APIReference/CommonErrors.html
        let common = [
            ("ExpiredTokenException", 403),
            ("AccessDeniedException", 403),
            ("UnrecognizedClientException", 403),
            ("MissingAuthenticationTokenException", 403),
            ("ThrottlingException", 429),
            ("InvalidSignatureException", 403),
        ];
        let mut wrong = Vec::new();
        let listed = operation["errors"].as_array().unwrap().iter().any(|error| error["shape"] == code);
        let of_all = common.iter().find(|(name, _)| *name == code);
        if !listed && of_all.is_none() {
            wrong.push(format!("{code} is no error of it"));
        }
        let shape = &self.document["shapes"][code];
        let expected = shape["error"]["httpStatusCode"].as_u64().or(of_all.map(|(_, status)| *status));
        if expected != Some(u64::from(status)) {
            wrong.push(format!("expected the status {expected:?} for {code}, found {status}"));
        }
        if body["message"].as_str().is_none_or(str::is_empty) {
            wrong.push(format!("{code} has no message"));
        }
        if shape.is_object() {
            self.value(code, body, "", &mut wrong);
        }
        wrong
    }

    fn value(&self, shape: &str, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let of = &self.document["shapes"][shape];
        match (of["type"].as_str().unwrap(), value) {
            ("structure", Value::Object(object)) => self.structure(of, object, at, wrong),
            ("list", Value::Array(items)) => {
                range(of, items.len() as f64, at, wrong);
                let member = of["member"]["shape"].as_str().unwrap();
                items.iter().for_each(|item| self.value(member, item, &format!("{at}[]"), wrong));
            }
            ("map", Value::Object(entries)) => {
                let (key, member) = (of["key"]["shape"].as_str().unwrap(), of["value"]["shape"].as_str().unwrap());
                for (name, item) in entries {
                    self.text(key, name, &format!("{at}{{}}"), wrong);
                    self.value(member, item, &format!("{at}.{name}"), wrong);
                }
            }
            ("string", Value::String(text)) => self.text(shape, text, at, wrong),
            ("boolean", Value::Bool(_)) => {}
            ("integer" | "long", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                range(of, number.as_f64().unwrap(), at, wrong);
            }
            // Seconds since the epoch, as this protocol has them in bodies.
            ("timestamp" | "double" | "float", Value::Number(_)) => {}
            (expected, found) => wrong.push(format!("expected {expected} at {at}, found {found}")),
        }
    }

    fn structure(&self, of: &Value, object: &Map<String, Value>, at: &str, wrong: &mut Vec<String>) {
        let members = of["members"].as_object().unwrap();
        let wire = |name: &str| members[name]["locationName"].as_str().unwrap_or(name).to_owned();
        for name in members.keys() {
            let at = format!("{at}.{name}");
            match object.get(&wire(name)) {
                Some(value) => self.value(members[name]["shape"].as_str().unwrap(), value, &at, wrong),
                None if requires(of, name) => wrong.push(format!("{at} is missing")),
                None => {}
            }
        }
        for key in object.keys().filter(|key| !members.keys().any(|name| wire(name) == **key)) {
            wrong.push(format!("{at}.{key} is no member"));
        }
    }

    /// Text, or in a path or query another scalar as text.
    fn text(&self, shape: &str, text: &str, at: &str, wrong: &mut Vec<String>) {
        let of = &self.document["shapes"][shape];
        match of["type"].as_str().unwrap() {
            "string" => {
                range(of, text.chars().count() as f64, at, wrong);
                if let Some(words) = of["enum"].as_array()
                    && !words.iter().any(|word| word == text)
                {
                    wrong.push(format!("expected one of {words:?} at {at}, found {text}"));
                }
                if let Some(pattern) = of["pattern"].as_str()
                    && !Regex::new(&format!("^(?:{pattern})$")).unwrap().is_match(text)
                {
                    wrong.push(format!("expected {pattern} at {at}, found {text}"));
                }
            }
            "integer" | "long" => match text.parse::<i64>() {
                Ok(number) => range(of, number as f64, at, wrong),
                Err(_) => wrong.push(format!("expected a number at {at}, found {text}")),
            },
            "boolean" if matches!(text, "true" | "false") => {}
            // In a query, a list is its items one by one.
            "list" => self.text(of["member"]["shape"].as_str().unwrap(), text, at, wrong),
            other => wrong.push(format!("expected {other} at {at}, found {text}")),
        }
    }
}

fn requires(shape: &Value, member: &str) -> bool {
    shape["required"].as_array().is_some_and(|required| required.iter().any(|name| name == member))
}

fn range(of: &Value, size: f64, at: &str, wrong: &mut Vec<String>) {
    if of["min"].as_f64().is_some_and(|min| size < min) || of["max"].as_f64().is_some_and(|max| size > max) {
        wrong.push(format!("expected {} to {} at {at}, found {size}", of["min"], of["max"]));
    }
}

/// The parameters of a path, if it is of that form.
fn bind(form: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (form, path): (Vec<&str>, Vec<&str>) = (form.split('/').collect(), path.split('/').collect());
    if form.len() != path.len() {
        return None;
    }
    let mut bound = BTreeMap::new();
    for (part, found) in form.into_iter().zip(path) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if !found.is_empty() => {
                bound.insert(name.to_owned(), decode(found));
            }
            Some(_) => return None,
            None if part == found => {}
            None => return None,
        }
    }
    Some(bound)
}

/// What a query or a form says, decoded.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model of its own, small enough to break each rule once.
    const SMALL: &str = r#"{"operations": {"Look": {"http": {"method": "POST", "requestUri": "/things/{name}"},
        "input": {"shape": "In"}, "output": {"shape": "Out"}, "errors": [{"shape": "GoneException"}]}},
      "shapes": {"In": {"type": "structure", "required": ["name", "size"], "members": {
          "name": {"shape": "Name", "location": "uri", "locationName": "name"},
          "limit": {"shape": "Size", "location": "querystring", "locationName": "max"},
          "size": {"shape": "Size"}}},
        "Out": {"type": "structure", "members": {"kind": {"shape": "Kind"}, "at": {"shape": "Time"}, "names": {"shape": "Names"}}},
        "GoneException": {"type": "structure", "members": {"message": {"shape": "Text"}}, "exception": true, "error": {"httpStatusCode": 404}},
        "Name": {"type": "string", "pattern": "[a-z]+"}, "Text": {"type": "string"}, "Size": {"type": "integer", "min": 1, "max": 9},
        "Kind": {"type": "string", "enum": ["A", "B"]}, "Time": {"type": "timestamp"}, "Names": {"type": "list", "member": {"shape": "Name"}}}}"#;

    fn request(path: &str, query: &str, body: &str) -> Vec<String> {
        let asked = Asked { method: &Method::POST, path, query, body: body.as_bytes() };
        Model::read(SMALL).check_request(&asked)
    }

    #[test]
    fn what_breaks_a_request_is_seen() {
        assert_eq!(request("/things/a", "max=3", r#"{"size": 2}"#), Vec::<String>::new());
        for (path, query, body, wrong) in [
            ("/things", "", "{}", "no operation"),
            ("/things/A1", "", r#"{"size": 2}"#, "[a-z]+"),
            ("/things/a", "max=10", r#"{"size": 2}"#, "1 to 9"),
            ("/things/a", "max=x", r#"{"size": 2}"#, "a number"),
            ("/things/a", "page=1", r#"{"size": 2}"#, "no parameter"),
            ("/things/a", "", "{}", "size is missing"),
            ("/things/a", "", r#"{"size": "2"}"#, "expected integer"),
            ("/things/a", "", r#"{"size": 2, "more": 1}"#, "more is no member"),
            ("/things/a", "", "[]", "no JSON object"),
        ] {
            let found = request(path, query, body);
            assert!(found.iter().any(|found| found.contains(wrong)), "{path}?{query} {body}: {found:?}");
        }
    }

    #[test]
    fn what_breaks_a_reply_is_seen() {
        let model = Model::read(SMALL);
        let check = |status, code, body: &str| model.check_reply("Look", status, code, body.as_bytes());
        assert_eq!(check(200, None, r#"{"kind": "A", "at": 1.5, "names": ["a"]}"#), Vec::<String>::new());
        assert_eq!(check(404, Some("GoneException"), r#"{"message": "gone"}"#), Vec::<String>::new());
        for (status, code, body, wrong) in [
            (201, None, "{}", "status 200"),
            (200, None, r#"{"kind": "C"}"#, "expected one of"),
            (200, None, r#"{"at": "2026-01-01T00:00:00Z"}"#, "expected timestamp"),
            (200, None, r#"{"names": ["a", "B"]}"#, "[a-z]+"),
            (200, None, r#"{"names": null}"#, "expected list"),
            (200, None, r#"{"other": 1}"#, "other is no member"),
            (400, Some("GoneException"), r#"{"message": "gone"}"#, "status Some(404)"),
            (404, Some("GoneException"), "{}", "no message"),
            (404, Some("LostException"), r#"{"message": "lost"}"#, "no error of it"),
            (200, None, "x", "no JSON"),
        ] {
            let found = check(status, code, body);
            assert!(found.iter().any(|found| found.contains(wrong)), "{status} {body}: {found:?}");
        }
    }
}
