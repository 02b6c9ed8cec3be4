//! Google's published description of the wire, and what breaks it. Nothing of it is repeated here.

use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::Value;
use upgrade_tests::vendor;

/// The description: methods with paths and parameters, schemas with types, formats and enumerations.
pub(crate) struct Model {
    document: Value,
    methods: Vec<(Regex, Value)>,
}

/// A request as it came over the wire.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

/// In which direction a value goes.
#[derive(Clone, Copy)]
struct Way {
    request: bool,
    /// The client said that its enumerations are numbers, which the description does not list.
    numbers: bool,
}

impl Model {
    /// As it was fetched; none where it was not and does not have to be.
    pub(crate) fn fetched() -> Option<Arc<Self>> {
        let home = vendor::packages("gke", include_bytes!("requirements.txt"))?;
        let path = home.join("googleapiclient/discovery_cache/documents/container.v1.json");
        Some(Arc::new(Self::read(&std::fs::read_to_string(path).unwrap())))
    }

    fn read(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut methods = Vec::new();
        gather(&document, &mut methods);
        Self { document, methods }
    }

    fn method(&self, asked: &Asked<'_>) -> Option<&Value> {
        let fits = |(path, method): &&(Regex, Value)| {
            method["httpMethod"].as_str() == Some(asked.method.as_str()) && path.is_match(asked.path)
        };
        self.methods.iter().find(fits).map(|(_, method)| method)
    }

    /// The method that a request is for, by its id.
    pub(crate) fn name(&self, asked: &Asked<'_>) -> Option<String> {
        self.method(asked)?["id"].as_str().map(str::to_owned)
    }

    /// What in a request breaks the description.
    pub(crate) fn check_request(&self, asked: &Asked<'_>) -> Vec<String> {
        let Some(method) = self.method(asked) else {
            return vec![format!("{} {} is no method", asked.method, asked.path)];
        };
        let id = method["id"].as_str().unwrap();
        let mut wrong = Vec::new();
        let mut way = Way { request: true, numbers: false };
        for (key, value) in pairs(asked.query) {
            // System parameters may be written with a dollar.
            let plain = key.trim_start_matches('$');
            let known = method["parameters"].get(&key).is_some() || self.document["parameters"].get(plain).is_some();
            if !known {
                wrong.push(format!("{key} is no parameter"));
            }
            way.numbers |= plain == "alt" && value.contains("enum-encoding=int");
        }
        match (method["request"]["$ref"].as_str(), asked.body) {
            (_, b"") => {}
            (None, _) => wrong.push("it has a body".to_owned()),
            (Some(schema), body) => match serde_json::from_slice(body) {
                Ok(value) => self.object(schema, &value, "", way, &mut wrong),
                Err(error) => wrong.push(format!("the body is no JSON: {error}")),
            },
        }
        wrong.into_iter().map(|what| format!("{id} request: {what}")).collect()
    }

    /// What in a reply breaks the description.
    pub(crate) fn check_reply(&self, asked: &Asked<'_>, status: u16, body: &[u8]) -> Vec<String> {
        let Some(method) = self.method(asked) else { return Vec::new() };
        let id = method["id"].as_str().unwrap();
        let mut wrong = Vec::new();
        match serde_json::from_slice::<Value>(body) {
            Err(error) => wrong.push(format!("the body is no JSON: {error}")),
            Ok(body) if status == 200 => {
                let schema = method["response"]["$ref"].as_str().unwrap();
                self.object(schema, &body, "", Way { request: false, numbers: false }, &mut wrong);
            }
            // https://cloud.google.com/apis/design/errors#http_mapping
            Ok(body) => {
                let error = &body["error"];
                if error["code"].as_u64() != Some(u64::from(status)) {
                    wrong.push(format!("expected the code {status}, found {}", error["code"]));
                }
                if error["message"].as_str().is_none_or(str::is_empty) || error["status"].as_str().is_none() {
                    wrong.push(format!("an error without a message or status: {body}"));
                }
            }
        }
        wrong.into_iter().map(|what| format!("{id} reply: {what}")).collect()
    }

    fn object(&self, schema: &str, value: &Value, at: &str, way: Way, wrong: &mut Vec<String>) {
        self.value(&self.document["schemas"][schema], value, at, way, wrong);
    }

    fn value(&self, of: &Value, value: &Value, at: &str, way: Way, wrong: &mut Vec<String>) {
        if let Some(schema) = of["$ref"].as_str() {
            return self.object(schema, value, at, way, wrong);
        }
        let mut expected = |what: &str| wrong.push(format!("{at}: expected {what}, found {value}"));
        match of["type"].as_str().unwrap_or("any") {
            "string" => match value.as_str() {
                Some(text) => {
                    if let Some(what) = text_breaks(of, text) {
                        expected(&what);
                    }
                }
                None if way.numbers && of["enum"].is_array() && value.is_u64() => {}
                None => expected("text"),
            },
            "integer" if value.as_i64().is_none_or(|number| i32::try_from(number).is_err()) => expected("an integer"),
            "number" if !value.is_number() => expected("a number"),
            "boolean" if !value.is_boolean() => expected("true or false"),
            "array" => match value.as_array() {
                None => expected("a list"),
                Some(items) => {
                    for (nth, item) in items.iter().enumerate() {
                        self.value(&of["items"], item, &format!("{at}[{nth}]"), way, wrong);
                    }
                }
            },
            "object" => self.members(of, value, at, way, wrong),
            _ => {}
        }
    }

    fn members(&self, of: &Value, value: &Value, at: &str, way: Way, wrong: &mut Vec<String>) {
        let Some(members) = value.as_object() else {
            return wrong.push(format!("{at}: expected an object, found {value}"));
        };
        for (key, value) in members {
            let at = format!("{at}.{key}");
            match (of["properties"].get(key), of.get("additionalProperties")) {
                (Some(member), _) if way.request && member["readOnly"] == true => {
                    wrong.push(format!("{at} is not for requests"));
                }
                (Some(member), _) | (None, Some(member)) => self.value(member, value, &at, way, wrong),
                (None, None) => wrong.push(format!("{at} is no member")),
            }
        }
    }
}

/// What text should have been.
fn text_breaks(of: &Value, text: &str) -> Option<String> {
    if let Some(all) = of["enum"].as_array() {
        return (!all.iter().any(|one| one == text)).then(|| format!("one of {all:?}"));
    }
    let (pattern, what) = match of["format"].as_str()? {
        "int64" | "uint64" => (r"^-?[0-9]+$", "a number as text"),
        "google-datetime" => (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$", "a moment"),
        "google-duration" => (r"^-?[0-9]+(\.[0-9]{1,9})?s$", "a duration in seconds"),
        _ => return None,
    };
    (!Regex::new(pattern).unwrap().is_match(text)).then(|| what.to_owned())
}

fn gather(resource: &Value, methods: &mut Vec<(Regex, Value)>) {
    let parameter = Regex::new(r"\\\{[^}]*\\\}").unwrap();
    for method in resource["methods"].as_object().into_iter().flat_map(|all| all.values()) {
        let path = method["flatPath"].as_str().or(method["path"].as_str()).unwrap();
        let escaped = regex::escape(path);
        let pattern = format!("^/{}$", parameter.replace_all(&escaped, "[^/:]+"));
        methods.push((Regex::new(&pattern).unwrap(), method.clone()));
    }
    for inner in resource["resources"].as_object().into_iter().flat_map(|all| all.values()) {
        gather(inner, methods);
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pair = |pair: &str| {
        pair.split_once('=')
            .map_or_else(|| (decoded(pair), String::new()), |(key, value)| (decoded(key), decoded(value)))
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

#[test]
fn what_breaks_the_description_is_noticed() {
    let Some(model) = Model::fetched() else { return };
    let cluster = "/v1/projects/p/locations/l/clusters/c";
    let broken = |method: Method, path: &str, query: &str, body: &str| {
        model.check_request(&Asked { method: &method, path, query, body: body.as_bytes() })
    };
    let fine: [&[&str]; 2] =
        [&["", ""], &["$alt=json;enum-encoding=int", r#"{"upgradeSettings":{"strategy":3,"maxSurge":1}}"#]];
    for [query, body] in fine.map(|pair| [pair[0], pair[1]]) {
        let path = format!("{cluster}/nodePools/p");
        assert_eq!(broken(Method::PUT, &path, query, body), Vec::<String>::new());
    }
    for (query, body, word) in [
        ("other=1", "", "no parameter"),
        ("", r#"{"upgradeSettings":{"strategy":3}}"#, "expected text"),
        ("", r#"{"upgradeSettings":{"strategy":"SURE"}}"#, "expected one of"),
        ("", r#"{"upgradeSettings":{"maxSurge":"1"}}"#, "an integer"),
        ("", r#"{"maxSurge":1}"#, "no member"),
        ("", r#"{"nodeDrainConfig":{"pdbTimeoutDuration":"1h"}}"#, "a duration"),
    ] {
        let found = broken(Method::PUT, &format!("{cluster}/nodePools/p"), query, body);
        assert!(found.len() == 1 && found[0].contains(word), "{body}: {found:?}");
    }
    assert!(broken(Method::GET, "/v1/else", "", "")[0].contains("no method"));
    let asked = Asked { method: &Method::GET, path: cluster, query: "", body: b"" };
    assert_eq!(model.name(&asked).as_deref(), Some("container.projects.locations.clusters.get"));
    assert_eq!(model.check_reply(&asked, 200, br#"{"name":"c"}"#), Vec::<String>::new());
    for (status, body) in [(200, r#"{"name":1}"#), (200, r#"{"naem":"c"}"#), (404, "{}"), (200, "")] {
        assert!(!model.check_reply(&asked, status, body.as_bytes()).is_empty(), "{body}");
    }
}
