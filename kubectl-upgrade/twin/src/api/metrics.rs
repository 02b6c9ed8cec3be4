//! `/metrics`: what was asked of the server, and what it is.
//!
//! Requests are counted for all servers together: a client cannot tell which one it meets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use upgrade_core::version::Minor;

use super::health::{BUILD_DATE, GIT_COMMIT, GO_VERSION};
use super::lifecycle;
use super::reply::Reply;
use super::route::{Asked, Verb};
use super::server;
use super::target::Target;
use crate::world::World;

/// The requests that were answered.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    requests: BTreeMap<Request, u64>,
    deprecated: BTreeSet<Deprecated>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Request {
    code: u16,
    dry_run: bool,
    group: &'static str,
    resource: &'static str,
    scope: &'static str,
    subresource: &'static str,
    verb: Verb,
    version: &'static str,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deprecated {
    group: &'static str,
    removed: Option<Minor>,
    resource: &'static str,
    subresource: &'static str,
    version: &'static str,
}

impl Counts {
    /// Counts a request to a resource.
    pub(crate) fn add(&mut self, asked: &Asked<'_>, target: &Target, verb: Verb, code: u16) {
        let entry = target.entry;
        let (group, resource, version) = (entry.group, entry.resource.plural(), entry.version);
        let subresource = entry.subresource.unwrap_or_default();
        let scope = match (&target.name, &target.namespace) {
            (Some(_), _) => "resource",
            (None, Some(_)) => "namespace",
            (None, None) => "cluster",
        };
        let dry_run = asked.call.query("dryRun") == "All";
        let request = Request { code, dry_run, group, resource, scope, subresource, verb, version };
        *self.requests.entry(request).or_default() += 1;
        if let Some(api) = lifecycle::deprecated(target.parent, asked.version.minor()) {
            self.deprecated.insert(Deprecated { group, removed: api.removed, resource, subresource, version });
        }
    }
}

/// The answer to `/metrics`.
pub(crate) fn answer(world: &World, asked: &Asked<'_>) -> Reply {
    let mut text = String::new();
    let counts = &world.api.counts;
    if asked.minor() >= lifecycle::TOLD_SINCE {
        head(&mut text, "apiserver_requested_deprecated_apis", "gauge", "Deprecated APIs that have been requested.");
        for one in &counts.deprecated {
            let removed = one.removed.map(|minor| minor.to_string()).unwrap_or_default();
            let _ = writeln!(
                text,
                "apiserver_requested_deprecated_apis{{group={:?},removed_release={removed:?},resource={:?},\
                 subresource={:?},version={:?}}} 1",
                one.group, one.resource, one.subresource, one.version
            );
        }
    }
    head(&mut text, "apiserver_request_total", "counter", "Requests to the API server.");
    for (one, count) in &counts.requests {
        let dry_run = if one.dry_run { "All" } else { "" };
        let _ = writeln!(
            text,
            "apiserver_request_total{{code=\"{}\",component=\"apiserver\",dry_run={dry_run:?},group={:?},\
             resource={:?},scope={:?},subresource={:?},verb={:?},version={:?}}} {count}",
            one.code,
            one.group,
            one.resource,
            one.scope,
            one.subresource,
            one.verb.name().to_uppercase(),
            one.version
        );
    }
    about(&mut text, world, asked);
    Reply { media_type: "text/plain; version=0.0.4; charset=utf-8", ..Reply::text(200, text) }
}

fn about(text: &mut String, world: &World, asked: &Asked<'_>) {
    let minor = asked.version.minor();
    head(text, "kubernetes_build_info", "gauge", "What the server was built from.");
    let _ = writeln!(
        text,
        "kubernetes_build_info{{build_date={BUILD_DATE:?},compiler=\"gc\",git_commit={GIT_COMMIT:?},\
         git_tree_state=\"clean\",git_version=\"v{}\",go_version={GO_VERSION:?},major=\"{}\",minor=\"{}\",\
         platform=\"linux/amd64\"}} 1",
        asked.version.to_string().trim_start_matches('v'),
        minor.major,
        minor.minor
    );
    head(text, "process_start_time_seconds", "gauge", "When the server started, in seconds since 1970.");
    let _ = writeln!(text, "process_start_time_seconds {}", server::started(world, asked.host).as_second());
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use crate::api::tests::{get, twin};

    #[tokio::test(start_paused = true)]
    async fn requests_are_counted_and_deprecated_ones_named() {
        let twin = twin("v1.22.17");
        get(&twin, "/apis/policy/v1beta1/poddisruptionbudgets").await;
        get(&twin, "/api/v1/namespaces/shop/pods/absent").await;
        let text = get(&twin, "/metrics").await.text;
        let has = |line: &str| assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        has("apiserver_requested_deprecated_apis{group=\"policy\",removed_release=\"1.25\",\
             resource=\"poddisruptionbudgets\",subresource=\"\",version=\"v1beta1\"} 1");
        has("apiserver_request_total{code=\"404\",component=\"apiserver\",dry_run=\"\",group=\"\",resource=\"pods\",\
             scope=\"resource\",subresource=\"\",verb=\"GET\",version=\"v1\"} 1");
        assert!(text.contains("git_version=\"v1.22.17\""), "{text}");
    }
}
