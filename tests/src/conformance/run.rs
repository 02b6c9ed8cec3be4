//! Runs one case on one server.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use regex::{Captures, Regex};
use serde_json::{Value, json};

use super::server::{Question, Server};
use super::{Case, Exchange, Recording, Step, normal};

/// How long and how often a step's `until` is tried. Controllers need a moment; a real one under load several seconds.
const TRIES: usize = 300;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// The conversation with `server`, in normal form. `run_name` makes the namespace differ from those of other runs on the
/// same server.
///
/// # Panics
/// When the server cannot be reached.
pub async fn run(case: &Case, server: &Server, run_name: &str) -> Recording {
    let namespace = format!("{}-{run_name}", case.name);
    let mut talk = Talk::new(&case.name, server, &namespace);
    talk.failed = self::namespace(server, &namespace).await;
    talk.steps(&case.steps).await;
    // Last, so that the others keep their places.
    talk.exchanges.append(&mut talk.failed);
    Recording { case: case.name.clone(), exchanges: normal::normal(talk.exchanges, &namespace, talk.asked) }
}

/// Does what only prepares; tells what failed.
pub(super) async fn prepare(name: &str, steps: &[Step], server: &Server, namespace: &str) -> Vec<Exchange> {
    let mut talk = Talk { only_prepares: true, ..Talk::new(name, server, namespace) };
    talk.steps(steps).await;
    talk.failed
}

/// Makes the namespace; tells when that failed.
pub(super) async fn namespace(server: &Server, name: &str) -> Vec<Exchange> {
    let made = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    let question = Question { body: Some(made.to_string().into_bytes()), ..plain("POST", "/api/v1/namespaces") };
    let answer = server.ask(question).await;
    if answer.status == 201 {
        return Vec::new();
    }
    vec![Exchange { request: "failed to prepare: a namespace".to_owned(), answer }]
}

fn plain<'a>(method: &'a str, path: &'a str) -> Question<'a> {
    let json = "application/json";
    Question { method, path, body: None, content_type: json, accept: json, identity: super::Identity::Admin }
}

struct Talk<'a> {
    /// What it is about, for complaints.
    name: &'a str,
    server: &'a Server,
    only_prepares: bool,
    words: BTreeMap<String, String>,
    exchanges: Vec<Exchange>,
    /// What should have prepared and could not.
    failed: Vec<Exchange>,
    /// All bodies that were sent.
    asked: String,
}

impl<'a> Talk<'a> {
    fn new(name: &'a str, server: &'a Server, namespace: &str) -> Self {
        let words = BTreeMap::from([("ns".to_owned(), namespace.to_owned())]);
        Self {
            name,
            server,
            only_prepares: false,
            words,
            exchanges: Vec::new(),
            failed: Vec::new(),
            asked: String::new(),
        }
    }

    fn steps<'b>(&'b mut self, steps: &'b [Step]) -> LocalBoxFuture<'b, ()> {
        Box::pin(async move {
            for step in steps {
                self.step(step).await;
            }
        })
    }

    async fn step(&mut self, step: &Step) {
        let request = self.filled(&step.request);
        let body = step.body.as_ref().map_or(Value::Null, |body| self.filled_value(body));
        let mut answer = match step.events {
            None => self.asked(step, &request, &body).await,
            Some(count) => {
                let watch = self.server.watch(question(step, &request, &body)).await;
                self.steps(&step.meanwhile).await;
                watch.finish(count).await
            }
        };
        if step.any_order {
            sort(&mut answer.body);
        }
        for (name, pointer) in &step.save {
            let value = answer.body.pointer(pointer).unwrap_or(&Value::Null);
            self.words.insert(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        if !(step.setup || self.only_prepares) {
            self.asked.push_str(&body.to_string());
            self.exchanges.push(Exchange { request: step.request.clone(), answer });
        } else if answer.status >= 300 {
            self.failed.push(Exchange { request: format!("failed to prepare: {}", step.request), answer });
        }
    }

    async fn asked(&self, step: &Step, request: &str, body: &Value) -> super::Answer {
        let mut answer = self.server.ask(question(step, request, body)).await;
        for _ in 0..TRIES {
            let holds = |(pointer, wanted): (&String, &Value)| {
                answer.body.pointer(pointer).unwrap_or(&Value::Null) == &self.filled_value(wanted)
            };
            if step.until.iter().all(holds) {
                return answer;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
            answer = self.server.ask(question(step, request, body)).await;
        }
        answer
    }

    /// `$name` replaced by what was saved under the name.
    fn filled(&self, text: &str) -> String {
        let word = Regex::new(r"\$([a-z]+)").expect("a valid pattern");
        let value = |found: &Captures<'_>| {
            let name = &found[1];
            self.words.get(name).unwrap_or_else(|| panic!("{}: nothing was saved as {name}", self.name)).clone()
        };
        word.replace_all(text, value).into_owned()
    }

    fn filled_value(&self, value: &Value) -> Value {
        normal::map_strings(value, &|text| self.filled(text))
    }
}

/// The items of a list, or the events of a watch, by name.
fn sort(body: &mut Value) {
    let name = |value: &Value, pointer: &str| value.pointer(pointer).map(Value::to_string);
    if let Some(events) = body.as_array_mut() {
        events.sort_by_key(|event| name(event, "/object/metadata/name"));
    } else if let Some(items) = body.pointer_mut("/items").and_then(Value::as_array_mut) {
        items.sort_by_key(|item| name(item, "/metadata/name"));
    }
}

fn question<'a>(step: &'a Step, request: &'a str, body: &Value) -> Question<'a> {
    let (method, path) = request.split_once(' ').unwrap_or_else(|| panic!("{request:?} needs a method and a path"));
    let body = step.body.as_ref().map(|_| match body {
        // A body that is no JSON, as it stands.
        Value::String(text) => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    });
    let content_type = step.content_type.as_deref().unwrap_or("application/json");
    let accept = step.accept.as_deref().unwrap_or("application/json");
    Question { method, path, body, content_type, accept, identity: step.identity }
}
