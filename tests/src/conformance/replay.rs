//! Recorded requests asked again, of a server that had other identifiers for the same things.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::server::{Question, Server};
use super::transcript::Transcript;
use super::{Answer, Exchange, Identity, Recording, Step, normal, run};

/// The namespace in which the recordings were made.
const NAMESPACE: &str = "apirec";

/// Recorded exchanges in the order in which they are asked again.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    acts: Vec<Act>,
    folder: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    /// What was there when the recording was made.
    #[serde(default)]
    given: Vec<Step>,
    #[serde(default)]
    replay: Vec<Replay>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    file: String,
    /// Requests do not show who asked without impersonation.
    #[serde(default, rename = "as")]
    identity: Identity,
}

impl Scenario {
    /// Reads the scenarios of a file; what they replay is in `folder`.
    ///
    /// # Panics
    /// When the file is missing or has something else.
    #[must_use]
    pub fn read_all(file: &Path, folder: &Path) -> Vec<Self> {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let options = serde_saphyr::options! { strict_booleans: true };
        let read: BTreeMap<String, Vec<Act>> = serde_saphyr::from_str_with_options(&text, options)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        read.into_iter().map(|(name, acts)| Self { name, acts, folder: folder.to_owned() }).collect()
    }

    /// The files that it replays, without their ending.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.acts.iter().flat_map(|act| &act.replay).map(|replay| replay.file.as_str())
    }

    /// Asks everything again: what was recorded, and what `server` answers, both in normal form.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn replay(&self, server: &Server) -> (Recording, Recording) {
        let (mut expected, mut found, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let (mut said, mut same) = (String::new(), Same::default());
        failed.extend(run::namespace(server, NAMESPACE).await);
        for act in &self.acts {
            failed.extend(run::prepare(&self.name, &act.given, server, NAMESPACE).await);
            for replay in &act.replay {
                let recorded = Transcript::read(&self.folder.join(format!("{}.http", replay.file)));
                let mut sent = recorded.body.clone();
                if let Some(metadata) = sent.as_mut().and_then(|body| body.get_mut("metadata")) {
                    *metadata = Value::Null;
                }
                said += &sent.unwrap_or_default().to_string();
                let answer = ask(server, &recorded, replay.identity, &same).await;
                same.learn("", &recorded.answer.body, &answer.body);
                let request = format!("{} {}", recorded.method, recorded.path);
                expected.push(Exchange { request: request.clone(), answer: recorded.answer });
                found.push(Exchange { request, answer });
            }
        }
        found.append(&mut failed);
        let normal = |exchanges| Recording {
            case: self.name.clone(),
            exchanges: normal::normal(exchanges, NAMESPACE, said.clone()),
        };
        (normal(expected), normal(found))
    }
}

async fn ask(server: &Server, recorded: &Transcript, identity: Identity, same: &Same) -> Answer {
    let header = |name: &str| recorded.headers.get(name).map_or("application/json", String::as_str);
    let identity = match recorded.headers.get("impersonate-user").map(String::as_str) {
        Some("alice") => Identity::Alice,
        Some(other) => panic!("{other} is no user of the recordings"),
        None => identity,
    };
    let path = same.in_path(&recorded.path);
    let body = recorded.body.as_ref().map(|body| same.in_value(body).to_string().into_bytes());
    let question = Question {
        method: &recorded.method,
        path: &path,
        body,
        content_type: header("content-type"),
        accept: header("accept"),
        identity,
    };
    if !recorded.path.contains("watch=1") {
        return server.ask(question).await;
    }
    let recorded = recorded.answer.body.as_array().map_or(0, Vec::len);
    server.watch(question).await.finish(recorded).await
}

/// Which identifier of the server is which recorded one.
#[derive(Default)]
struct Same {
    found: BTreeMap<String, String>,
}

impl Same {
    /// Remembers the identifiers that stand at the same place of two answers.
    fn learn(&mut self, key: &str, recorded: &Value, found: &Value) {
        match (recorded, found) {
            (Value::Object(one), Value::Object(other)) => {
                one.iter().filter_map(|(key, value)| Some((key, value, other.get(key)?))).for_each(
                    |(key, value, other)| {
                        self.learn(key, value, other);
                    },
                );
            }
            (Value::Array(one), Value::Array(other)) => {
                one.iter().zip(other).for_each(|(one, other)| self.learn(key, one, other));
            }
            (Value::String(one), Value::String(other)) if matches!(key, "uid" | "resourceVersion" | "continue") => {
                self.found.entry(one.clone()).or_insert_with(|| other.clone());
            }
            _ => {}
        }
    }

    fn in_value(&self, value: &Value) -> Value {
        normal::map_strings(value, &|text| self.found.get(text).map_or(text, String::as_str).to_owned())
    }

    fn in_path(&self, path: &str) -> String {
        let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
        let pair = |pair: &str| match pair.split_once('=') {
            Some((key @ ("resourceVersion" | "continue"), value)) => {
                format!("{key}={}", self.found.get(value).map_or(value, String::as_str))
            }
            _ => pair.to_owned(),
        };
        format!("{path}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Same;

    #[test]
    fn later_requests_name_the_servers_own_identifiers() {
        let mut same = Same::default();
        let recorded = json!({"metadata": {"uid": "u1", "resourceVersion": "950", "name": "a", "continue": "abc"}});
        let found = json!({"metadata": {"uid": "x7", "resourceVersion": "12", "name": "b", "continue": "xyz"}});
        same.learn("", &recorded, &found);
        assert_eq!(
            same.in_path("/a?limit=950&resourceVersion=950&continue=abc"),
            "/a?limit=950&resourceVersion=12&continue=xyz"
        );
        assert_eq!(same.in_value(&json!({"uid": "u1", "name": "a"})), json!({"uid": "x7", "name": "a"}));
        assert_eq!(same.in_path("/a"), "/a");
    }
}
