//! Takes out of a text what differs from run to run and from day to day.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// The texts that stand for whatever matches.
static CHANGING: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "[time]"),
        (r"[0-9]{8}t[0-9]{6}z-[0-9a-f]{6}\b", "[run]"),
        (r"[0-9]{8}t[0-9]{6}z", "[time]"),
        (r"\b[0-9,]+\s+days?\b", "[days]"),
        (r"\b[0-9a-f]{64}\b", "[digest]"),
        (r"\b[0-9a-f]{4,16}…[0-9a-f]{2,16}\b", "[digest]"),
        (r"digest +[0-9a-f]{6,}", "digest [digest]"),
    ]
    .map(|(pattern, text)| (Regex::new(pattern).expect("a pattern"), text))
    .into()
});

/// The text with server, home, times, days and digests replaced.
pub(crate) fn redacted(text: &str, url: &str, home: &Path) -> String {
    let mut text = text.to_owned();
    if !url.is_empty() {
        text = text.replace(url, "[server]");
    }
    text = text.replace(home.to_str().expect("a UTF-8 path"), "[home]");
    for (pattern, replacement) in CHANGING.iter() {
        text = pattern.replace_all(&text, *replacement).into_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Path, redacted};

    #[test]
    fn what_changes_is_replaced_and_the_rest_stays() {
        let text = "http://127.0.0.1:4711 /tmp/x/kubeconfig etcd-20261122t170000z.db 2026-11-22T17:00:00.123Z: 218 days left of 1.34.8";
        let expected = "[server] [home]/kubeconfig etcd-[time].db [time]: [days] left of 1.34.8";
        assert_eq!(redacted(text, "http://127.0.0.1:4711", Path::new("/tmp/x")), expected);
    }
}
