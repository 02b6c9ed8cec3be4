//! A kubeconfig, and after a line of dashes: a list as in `NO_PROXY`, a host, a time limit and a URL, one a line. The
//! number says after which line of the kubeconfig a secret stands.
#![no_main]

use std::error::Error;

use libfuzzer_sys::fuzz_target;
use upgrade_cluster::connect_fuzzing::{applied, bypassed, shown};
use upgrade_cluster::{Connection, RequestTimeout};

const SECRET: &str = "c2VjcmV0LXRva2Vu";

fuzz_target!(|input: (u8, &str)| {
    let (at, text) = input;
    let (file, rest) = text.split_once("\n---\n").unwrap_or((text, ""));
    let flags = Connection { server: Some("https://flag.example".to_owned()), ..Connection::default() };
    for flags in [Connection::default(), flags] {
        // A file may spell the secret where it is none: in a name.
        if !file.contains(SECRET) {
            chosen(file, &flags);
            chosen(&planted(file, usize::from(at)), &flags);
        }
    }
    let mut lines = rest.lines();
    let mut next = || lines.next().unwrap_or_default();
    proxies(next(), next());
    timeout(next());
    url(next());
});

/// One entry of each kind is left, and no failure tells a secret.
fn chosen(file: &str, flags: &Connection) {
    match applied(file, flags) {
        Ok((file, _)) => {
            assert_eq!((file.contexts.len(), file.clusters.len(), file.auth_infos.len()), (1, 1, 1));
            let server = file.clusters[0].cluster.as_ref().and_then(|cluster| cluster.server.as_ref());
            assert!(flags.server.is_none() || flags.server.as_ref() == server);
        }
        Err(error) => {
            let mut next: Option<&dyn Error> = Some(&error);
            while let Some(error) = next {
                assert!(!error.to_string().contains(SECRET), "{error}");
                next = error.source();
            }
        }
    }
}

fn planted(file: &str, at: usize) -> String {
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    let at = at.min(lines.len());
    let indent = lines.get(at.saturating_sub(1)).map_or(0, |line| line.len() - line.trim_start().len());
    lines.insert(at, format!("{:indent$}token: {SECRET}", ""));
    lines.join("\n")
}

fn proxies(list: &str, host: &str) {
    assert!(bypassed(list, "localhost") && bypassed(list, "127.0.0.1") && bypassed(list, "[::1]"));
    assert!(bypassed("*", host));
    // A name in a list stands for itself and for what is below it.
    if bypassed(list, "api.example") {
        assert!(bypassed(list, "api.example") == bypassed(list, "API.example"));
        assert!(list.contains('*') || list.to_ascii_lowercase().contains("example"), "{list:?}");
    }
}

fn timeout(text: &str) {
    let Ok(timeout) = text.parse::<RequestTimeout>() else { return };
    assert!(text.starts_with(|char: char| char.is_ascii_digit() || char == '.'), "{text:?}");
    if let Some(limit) = timeout.limit() {
        let written = format!("{}s", limit.as_secs_f64());
        assert!(written.parse::<RequestTimeout>().is_ok(), "{written}");
    }
}

/// No user and no password is shown.
fn url(text: &str) {
    if let Ok(url) = text.parse::<http::Uri>() {
        let shown = shown(&url);
        let host = shown.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
        assert!(!host.contains('@'), "{shown}");
    }
}
