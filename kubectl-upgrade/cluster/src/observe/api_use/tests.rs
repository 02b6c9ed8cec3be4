use serde_json::json;
use upgrade_core::inventory::Inventory;
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_provider::Observer;

use super::*;
use crate::testing::{Reply, Server, healthy};

/// From API servers of 1.19.16 and 1.36.3.
const RECORDED: &str = "\
# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested.
# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group=\"\",removed_release=\"\",resource=\"endpoints\",subresource=\"\",version=\"v1\"} 1
apiserver_requested_deprecated_apis{group=\"extensions\",removed_release=\"1.22\",resource=\"ingresses\",subresource=\"\",version=\"v1beta1\"} 1
process_start_time_seconds 1.79536840964e+09
";

async fn observed(code: u16, metrics: &'static str) -> Inventory {
    let server = Server::start(move |asked| match asked.at() {
        "/metrics" => Reply::Text(code, metrics),
        _ => healthy(asked),
    })
    .await;
    let scope = Scope { pods: PodScope::None, hosts: HostScope::None, evidence: true, cloud: CloudScope::None };
    server.cluster().observe(&scope).await.unwrap()
}

fn whys(inventory: &Inventory) -> Vec<&str> {
    assert!(inventory.gaps.iter().all(|gap| gap.subject == GapSubject::ApiUse), "{:?}", inventory.gaps);
    inventory.gaps.iter().map(|gap| gap.why.as_str()).collect()
}

fn ingresses() -> RequestedApi {
    RequestedApi {
        group: "extensions".to_owned(),
        version: "v1beta1".to_owned(),
        resource: "ingresses".to_owned(),
        subresource: None,
        removed_in: Some(Minor::new(1, 22)),
    }
}

#[tokio::test]
async fn recorded_lines_are_read() {
    let inventory = observed(200, RECORDED).await;
    assert_eq!(whys(&inventory), [""; 0]);
    let seen = inventory.api_use.unwrap();
    assert_eq!(seen.since, Some("2026-11-22T17:26:49Z".parse().unwrap()));
    let names: Vec<_> = seen.requested.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["v1 endpoints", "extensions/v1beta1 ingresses"]);
    assert_eq!(seen.requested[1], ingresses());
}

#[tokio::test]
async fn without_the_right_there_is_a_gap_that_names_it() {
    let inventory = observed(403, r#"{"kind": "Status", "status": "Failure", "code": 403, "message": "no"}"#).await;
    assert_eq!((whys(&inventory), &inventory.api_use), (vec!["you may not get /metrics"], &None));
    assert!(inventory.gaps[0].hint.as_deref().unwrap().contains("kubectl auth can-i get /metrics"));
}

#[tokio::test]
async fn an_answer_of_somebody_else_is_no_answer() {
    for (code, body, why) in [
        (404, "404 page not found", "failed to get /metrics: answer 404, "),
        (200, "<html>Sign in</html>", "the answer to /metrics holds nothing of an API server"),
        (200, "", "the answer to /metrics holds nothing of an API server"),
        (200, "process_start_time_seconds 1\n", "the answer to /metrics holds nothing of an API server"),
    ] {
        let inventory = observed(code, body).await;
        let whys = whys(&inventory);
        assert!(whys.len() == 1 && whys[0].starts_with(why), "{whys:?}");
        assert_eq!(inventory.api_use, None, "{body}");
    }
}

#[tokio::test]
async fn lines_that_are_not_understood_are_a_gap_beside_the_others() {
    let body = concat!(
        "apiserver_requested_deprecated_apis{group=\"a\"} 1\n",
        "apiserver_requested_deprecated_apis{group=\"extensions\",removed_release=\"1.22\",resource=\"ingresses\",version=\"v1beta1\"} 1\n",
    );
    let inventory = observed(200, body).await;
    assert_eq!(whys(&inventory), ["lines of apiserver_requested_deprecated_apis not understood: 1"]);
    assert_eq!(inventory.api_use, Some(ApiUse { since: None, requested: vec![ingresses()] }));
}

#[tokio::test]
async fn old_servers_are_not_asked() {
    let server = Server::start(|asked| match asked.at() {
        "/version" => Reply::ok(json!({"gitVersion": "v1.18.20"})),
        _ => healthy(asked),
    })
    .await;
    let counted = ask(&server.cluster().api, Some(Minor::new(1, 18))).await;
    let (seen, gaps) = counted.beside(1);
    assert_eq!((seen, gaps.len()), (None, 1));
    assert!(gaps[0].why.contains("API servers of 1.18 do not count"));
    assert!(server.asked("GET").is_empty());
}

#[tokio::test]
async fn nobody_is_asked_without_need() {
    let server = Server::start(healthy).await;
    let scope = Scope { pods: PodScope::None, hosts: HostScope::None, evidence: false, cloud: CloudScope::None };
    assert_eq!(server.cluster().observe(&scope).await.unwrap().api_use, None);
    assert!(server.asked("GET").iter().all(|asked| asked.at() != "/metrics"));
}

#[tokio::test]
async fn a_long_answer_is_cut() {
    let long = "apiserver_x 1\n".repeat(200_000);
    let length = long.len() as u64;
    let body: &'static str = Box::leak(long.into_boxed_str());
    let server = Server::start(move |_| Reply::Text(200, body)).await;
    let api = server.cluster().api;
    for (at_most, lines, extent) in [
        (length + 1, 200_000, Extent::Whole),
        (14 * 1_000, 1_000, Extent::Cut),
        // Half a line is none.
        (14 * 1_000 + 7, 1_000, Extent::Cut),
    ] {
        let mut seen = 0;
        let read = api.lines("/metrics", at_most, |line| seen += usize::from(line == "apiserver_x 1")).await.unwrap();
        assert_eq!((seen, read), (lines, extent), "{at_most}");
    }
    let mut reading = Reading::default();
    reading.line("apiserver_x 1");
    assert!(reading.counted(Extent::Cut).gaps[0].why.contains("not read beyond 256 MiB"));
}

#[test]
fn several_api_servers_leave_a_gap() {
    let counted = || Counted { seen: Some(ApiUse::default()), gaps: Vec::new() };
    assert_eq!(counted().beside(1).1, []);
    assert_eq!(counted().beside(0).1, []);
    assert!(counted().beside(3).1[0].why.ends_with("only 1 of 3 was asked"));
    let refused = Counted { seen: None, gaps: Vec::new() };
    assert_eq!(refused.beside(3).1, []);
}

#[test]
fn samples_are_read_strictly() {
    let good = r#"group="extensions",removed_release="1.22",resource="ingresses",subresource="",version="v1beta1""#;
    for text in [format!("{{{good}}} 1"), format!("{{{good},}} 1e+00"), format!("{{{good}}} 1 1795368409640")] {
        assert_eq!(sample(&text), Some(Sample::Requested(ingresses())), "{text}");
    }
    assert_eq!(sample(&format!("{{{good}}} 0")), Some(Sample::Not));
    for text in [
        String::new(),
        " 1".to_owned(),
        "{} 1".to_owned(),
        "{".to_owned(),
        format!("{{{good}"),
        format!("{{{good}}}"),
        format!("{{{good}}} "),
        format!("{{{good}}} one"),
        format!("_total{{{good}}} 1"),
        format!("{{{good},group=\"twice\"}} 1"),
        format!("{{{good} version=\"v1\"}} 1"),
        "{group=\"\",removed_release=\"soon\",resource=\"x\",version=\"v1\"} 1".to_owned(),
        "{group=\"\",resource=\"\",version=\"v1\"} 1".to_owned(),
        "{group=\"a\\\"b\",resource=\"x\",version=\"v1\"} 1".to_owned(),
        "{group=\"\u{1b}[2J\",resource=\"x\",version=\"v1\"} 1".to_owned(),
    ] {
        assert_eq!(sample(&text), None, "{text:?}");
    }
}

#[test]
fn a_start_that_is_none_is_none() {
    assert_eq!(started(" 1.5e+00"), Some(Timestamp::from_second(1).unwrap()));
    for text in ["", " ", " NaN", " -1", " +Inf", " 1e300", "_x 1"] {
        assert_eq!(started(text), None, "{text}");
    }
}
