//! `/statusz`: what the server is and how long it has been running.

use jiff::Timestamp;
use serde_json::json;

use super::health::GO_VERSION;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::Asked;
use super::server;
use super::zpages::{Page, head};
use crate::world::World;

const PATHS: &[&str] = &["/flagz", "/healthz", "/livez", "/metrics", "/readyz", "/statusz", "/version"];

/// The answer; none where the server has no such page.
pub(super) fn answer(world: &World, asked: &Asked<'_>) -> Result<Option<Reply>, Refusal> {
    let page = Page::accepted(asked, "Statusz")?;
    let (started, now) = (server::started(world, asked.host), world.now());
    Ok(page.map(|page| match page {
        Page::Text => Reply::text(200, text(asked, started, now)),
        Page::Structured(version) => Page::structured(version, "statusz", structured(asked, version, started, now)),
    }))
}

fn text(asked: &Asked<'_>, started: Timestamp, now: Timestamp) -> String {
    let up = now.duration_since(started).as_secs();
    format!(
        "{}\nStarted: {}\nUp: {} hr {:02} min {:02} sec\nGo version: {GO_VERSION}\nBinary version: {}\nEmulation \
         version: {}\nPaths: {}\n",
        head("statusz"),
        started.strftime("%a %b %e %H:%M:%S UTC %Y"),
        up / 3600,
        up / 60 % 60,
        up % 60,
        bare(asked),
        asked.version.minor(),
        PATHS.join(" "),
    )
}

fn structured(asked: &Asked<'_>, version: &str, started: Timestamp, now: Timestamp) -> String {
    let page = json!({
        "kind": "Statusz",
        "apiVersion": format!("config.k8s.io/{version}"),
        "metadata": {"name": "apiserver"},
        "startTime": started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "uptimeSeconds": now.duration_since(started).as_secs(),
        "goVersion": GO_VERSION,
        "binaryVersion": bare(asked),
        "emulationVersion": asked.version.minor().to_string(),
        "paths": PATHS,
    });
    format!("{page}\n")
}

/// The version without `v`.
fn bare(asked: &Asked<'_>) -> String {
    asked.version.to_string().trim_start_matches('v').to_owned()
}

#[cfg(test)]
mod tests {
    use http::Method;

    use crate::api::tests::{ask, get, twin};

    #[tokio::test(start_paused = true)]
    async fn the_page_is_there_from_the_minor_that_has_it() {
        assert_eq!(get(&twin("v1.35.6"), "/statusz").await.text, "404 page not found\n");
        let twin = twin("v1.36.3");
        let asked = async |page: &str, accept: &str| ask(&twin, Method::GET, page, "", &[("accept", accept)]).await;
        let text = asked("/statusz", "text/plain").await.text;
        assert!(text.starts_with("\napiserver statusz\nWarning: "), "{text}");
        assert!(text.contains("Binary version: 1.36.3\nEmulation version: 1.36\n"), "{text}");
        let page = asked("/statusz", "application/json;v=v1beta1;g=config.k8s.io;as=Statusz").await.body;
        assert_eq!((page["kind"].as_str(), page["binaryVersion"].as_str()), (Some("Statusz"), Some("1.36.3")));
        for refused in ["application/json", "application/json;v=v1;g=config.k8s.io;as=Statusz"] {
            let answer = asked("/statusz", refused).await;
            assert_eq!((answer.code, answer.body["reason"].as_str()), (406, Some("NotAcceptable")));
        }
        let flags = asked("/flagz", "application/json;v=v1alpha1;g=config.k8s.io;as=Flagz").await.body;
        assert_eq!(flags["flags"]["etcd-prefix"], "/registry");
        assert!(asked("/flagz", "text/plain").await.text.contains("\nsecure-port 6443\n"));
    }
}
