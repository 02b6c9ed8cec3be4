//! Exchanges with real servers as files: `>` before the lines of the request, `<` before the head of the answer.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::Answer;
use super::exchange::HEADERS;
use super::server::{events, json_or_text};

/// One exchange as it was.
#[derive(Clone, Debug)]
pub(super) struct Transcript {
    pub(super) method: String,
    pub(super) path: String,
    /// By their names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Value>,
    pub(super) answer: Answer,
}

impl Transcript {
    /// Reads a file.
    ///
    /// # Panics
    /// When it is missing or is no transcript.
    pub(super) fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self::parsed(&text).unwrap_or_else(|| panic!("{} is no transcript", file.display()))
    }

    fn parsed(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n").and_then(|(request, answer)| {
            let (head, body) = answer.split_once("\n\n")?;
            Some(((request, head), body.trim_end_matches('\n')))
        })?;
        let mut request = head.0.lines().map(|line| line.strip_prefix('>').map(str::trim_start));
        let (method, path) = request.next()??.split_once(' ')?;
        let lines: Vec<&str> = request.collect::<Option<_>>()?;
        let (headers, sent) = match lines.iter().position(|line| line.is_empty()) {
            Some(end) => (&lines[..end], lines[end + 1..].join("\n")),
            None => (&lines[..], String::new()),
        };
        let mut answer = head.1.lines().map(|line| line.strip_prefix("< "));
        let status = answer.next()??.split(' ').next()?.parse().ok()?;
        let answered = pairs(answer.collect::<Option<Vec<_>>>()?);
        let is_watch = path.contains("watch=1");
        Some(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: pairs(headers.iter().copied()),
            body: if sent.is_empty() { None } else { Some(serde_json::from_str(&sent).ok()?) },
            answer: Answer {
                status,
                headers: answered.into_iter().filter(|(name, _)| HEADERS.contains(&name.as_str())).collect(),
                body: if is_watch { events(body.as_bytes()).collect() } else { json_or_text(body) },
            },
        })
    }
}

fn pairs<'a>(lines: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let pair = |line: &'a str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    lines.into_iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Transcript;

    #[test]
    fn a_request_with_a_body_is_read() {
        let text = "> POST /a?b=c\n> Accept: application/json\n> Content-Type: x/y\n>\n> {\"k\": 1}\n\n\
            < 429 Too Many Requests\n< Retry-After: 1\n< Date: today\n\n{\n \"code\": 429\n}\n";
        let read = Transcript::parsed(text).expect("a transcript");
        assert_eq!((read.method.as_str(), read.path.as_str()), ("POST", "/a?b=c"));
        assert_eq!(read.headers["content-type"], "x/y");
        assert_eq!(read.body, Some(json!({"k": 1})));
        assert_eq!(read.answer.status, 429);
        assert_eq!(read.answer.headers, [("retry-after".to_owned(), "1".to_owned())].into());
        assert_eq!(read.answer.body, json!({"code": 429}));
    }

    #[test]
    fn the_answer_to_a_watch_is_a_list_of_events_even_of_none() {
        let text = "> GET /a?watch=1\n\n< 200 OK\n\n";
        assert_eq!(Transcript::parsed(text).expect("a transcript").answer.body, json!([]));
        let one = format!("{text}{{\"type\": \"ADDED\"}}\n{{\"type\": \"DELETED\"}}\n");
        let read = Transcript::parsed(&one).expect("a transcript");
        assert_eq!(read.answer.body, json!([{"type": "ADDED"}, {"type": "DELETED"}]));
    }

    #[test]
    fn anything_else_is_refused() {
        assert!(Transcript::parsed("").is_none());
        assert!(Transcript::parsed("> GET /\n\n< many OK\n\n").is_none());
        assert!(Transcript::parsed("> POST /\n>\n> no JSON\n\n< 200 OK\n\n").is_none());
    }
}
