//! From a request and a fixture to the answer that an API server would give.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::http::{Request, Response};
use super::resources::{self, Resource};
use super::selector;

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// Of an API server that nobody asked for a deprecated API since it started in January 2025.
const METRICS: &str = "apiserver_request_total 1\nprocess_start_time_seconds 1.7358624e+09\n";

/// Whether the request asks for a change: reviews of the user's own rights are posted, but change nothing.
pub(super) fn changes_something(request: &Request) -> bool {
    request.method != "GET" && request.path != REVIEWS
}

/// The answer.
pub(super) fn answer(fixture: &Fixture, request: &Request) -> Response {
    if fixture.unauthorized {
        return status(401, "Unauthorized", "Unauthorized");
    }
    if let Some(body) = fixture.paths.get(&request.path) {
        return json_response(200, body);
    }
    match request.path.trim_end_matches('/') {
        "/version" => json_response(200, &version(fixture)),
        "/readyz" | "/livez" | "/healthz" => text(200, "ok"),
        "/metrics" => text(200, METRICS),
        "/api" => json_response(200, &json!({"kind": "APIVersions", "versions": ["v1"]})),
        "/apis" => json_response(200, &resources::groups(fixture)),
        REVIEWS => review(fixture, request),
        path => of_resource(fixture, request, path),
    }
}

fn version(fixture: &Fixture) -> Value {
    let mut numbers = fixture.git_version.trim_start_matches('v').split('.');
    json!({
        "major": numbers.next(),
        "minor": numbers.next(),
        "gitVersion": fixture.git_version,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "",
        "goVersion": "",
        "compiler": "gc",
        "platform": "linux/amd64",
    })
}

fn review(fixture: &Fixture, request: &Request) -> Response {
    let mut body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let asked = body["spec"]["resourceAttributes"].clone();
    let resource = match asked["subresource"].as_str() {
        Some(sub) if !sub.is_empty() => format!("{}/{sub}", asked["resource"].as_str().unwrap_or_default()),
        _ => asked["resource"].as_str().unwrap_or_default().to_owned(),
    };
    let allowed = !fixture.forbids(asked["verb"].as_str().unwrap_or_default(), &resource);
    body["status"] = json!({"allowed": allowed});
    json_response(201, &body)
}

/// A path below `/api/v1` or `/apis/GROUP/VERSION`, taken apart.
struct Target<'a> {
    group_version: String,
    namespace: Option<&'a str>,
    plural: &'a str,
    name: Option<&'a str>,
    subresource: Option<&'a str>,
}

fn of_resource(fixture: &Fixture, request: &Request, path: &str) -> Response {
    let parts: Vec<_> = path.split('/').skip(1).collect();
    let (group_version, rest) = match parts.as_slice() {
        ["api", "v1", rest @ ..] => ("v1".to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return text(404, "404 page not found"),
    };
    let served = resources::served(fixture, &group_version);
    if rest.is_empty() && fixture.serves(&group_version) {
        return json_response(200, &resources::resource_list(&served, &group_version));
    }
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        _ => (None, rest),
    };
    let Some(resource) = rest.first().and_then(|plural| served.iter().find(|resource| resource.plural == *plural))
    else {
        return text(404, "404 page not found");
    };
    let target = Target {
        group_version,
        namespace,
        plural: &resource.plural,
        name: rest.get(1).copied(),
        subresource: rest.get(2).copied(),
    };
    authorized(fixture, request, resource, &target)
}

fn authorized(fixture: &Fixture, request: &Request, resource: &Resource, target: &Target<'_>) -> Response {
    let verb = match (request.method.as_str(), target.name) {
        ("GET", None) => "list",
        ("GET", Some(_)) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        _ => "delete",
    };
    let whole = target.subresource.map_or(target.plural.to_owned(), |sub| format!("{}/{sub}", target.plural));
    if fixture.forbids(verb, &whole) {
        return forbidden(verb, &whole, target);
    }
    match verb {
        "list" => list(fixture, request, resource, target),
        "get" if target.subresource.is_none() => get(fixture, resource, target),
        "create" if target.name.is_none() => create(fixture, request, resource, target),
        _ => status(405, "MethodNotAllowed", "the server of fixtures does not do this"),
    }
}

fn forbidden(verb: &str, resource: &str, target: &Target<'_>) -> Response {
    let group = target.group_version.split_once('/').map_or("", |(group, _)| group);
    let place =
        target.namespace.map_or("at the cluster scope".to_owned(), |name| format!("in the namespace \"{name}\""));
    let whose = format!("{resource}{}", if group.is_empty() { String::new() } else { format!(".{group}") });
    let message = format!(
        "{whose} is forbidden: User \"tester\" cannot {verb} resource \"{resource}\" in API group \"{group}\" {place}"
    );
    status(403, "Forbidden", &message)
}

/// The fixture's objects of a resource, in the target's namespace if it has one.
fn objects<'a>(fixture: &'a Fixture, resource: &Resource, target: &Target<'_>) -> Vec<&'a Value> {
    fixture
        .objects
        .iter()
        .filter(|object| object["kind"] == resource.kind.as_str() && same_group(object, &target.group_version))
        .filter(|object| target.namespace.is_none_or(|namespace| object["metadata"]["namespace"] == namespace))
        .collect()
}

/// An object is served in every version of its group.
fn same_group(object: &Value, group_version: &str) -> bool {
    let group = |text: &str| text.split_once('/').map_or(String::new(), |(group, _)| group.to_owned());
    group(object["apiVersion"].as_str().unwrap_or_default()) == group(group_version)
}

fn list(fixture: &Fixture, request: &Request, resource: &Resource, target: &Target<'_>) -> Response {
    let query = |key: &str| request.query.get(key).map_or("", String::as_str);
    if matches!(query("watch"), "true" | "1") {
        return status(405, "MethodNotAllowed", "the server of fixtures has no watches");
    }
    let found = objects(fixture, resource, target).into_iter().filter(|object| {
        selector::labels_match(object, query("labelSelector")) && selector::fields_match(object, query("fieldSelector"))
    });
    if request.accept.contains("as=PartialObjectMetadataList") {
        let items: Vec<_> = found.map(metadata_only).collect();
        let kind = "PartialObjectMetadataList";
        return json_response(
            200,
            &json!({"kind": kind, "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"}, "items": items}),
        );
    }
    let items: Vec<_> = found.collect();
    json_response(
        200,
        &json!({
            "kind": format!("{}List", resource.kind),
            "apiVersion": target.group_version,
            "metadata": {"resourceVersion": "1"},
            "items": items,
        }),
    )
}

fn metadata_only(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

fn get(fixture: &Fixture, resource: &Resource, target: &Target<'_>) -> Response {
    let name = target.name.unwrap_or_default();
    match objects(fixture, resource, target).into_iter().find(|object| object["metadata"]["name"] == name) {
        Some(object) => json_response(200, object),
        None => absent(target, name),
    }
}

/// Creating what exists fails as on a server; anything else is taken and forgotten.
fn create(fixture: &Fixture, request: &Request, resource: &Resource, target: &Target<'_>) -> Response {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let name = &body["metadata"]["name"];
    if objects(fixture, resource, target).into_iter().any(|object| object["metadata"]["name"] == *name) {
        return status(409, "AlreadyExists", &format!("{} {name} already exists", target.plural));
    }
    json_response(201, &body)
}

/// The server knows the resource, and names the object it has not: a group that is not served is answered without.
fn absent(target: &Target<'_>, name: &str) -> Response {
    let message = format!("{} \"{name}\" not found", target.plural);
    json_response(
        404,
        &json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": "NotFound", "code": 404,
            "details": {"name": name, "kind": target.plural},
        }),
    )
}

fn status(code: u16, reason: &str, message: &str) -> Response {
    json_response(
        code,
        &json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code,
        }),
    )
}

fn json_response(status: u16, body: &Value) -> Response {
    Response { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn text(status: u16, body: &str) -> Response {
    Response { status, content_type: "text/plain; charset=utf-8", body: body.as_bytes().to_vec() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Fixture, Request, answer, changes_something};

    fn fixture() -> Fixture {
        let node =
            json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a", "labels": {"role": "x"}}, "spec": {}});
        let pod = |namespace: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": namespace}});
        Fixture {
            about: String::new(),
            git_version: "v1.33.4".to_owned(),
            served: vec!["apps/v1".to_owned()],
            paths: [("/extra".to_owned(), json!({"is": "there"}))].into(),
            forbidden: Vec::new(),
            unauthorized: false,
            objects: vec![node, pod("one"), pod("two")],
        }
        .forbidding("list", "secrets")
    }

    /// Status and body of a GET.
    fn get(path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let request = Request { method: "GET".to_owned(), path: path.to_owned(), query, ..Request::default() };
        let response = answer(&fixture(), &request);
        (response.status, serde_json::from_slice(&response.body).unwrap_or_default())
    }

    #[test]
    fn lists_heed_namespace_and_selector() {
        let count = |path, query| get(path, query).1["items"].as_array().map(Vec::len);
        assert_eq!(count("/api/v1/pods", &[]), Some(2));
        assert_eq!(count("/api/v1/namespaces/one/pods", &[]), Some(1));
        assert_eq!(count("/api/v1/nodes", &[("labelSelector", "role=x")]), Some(1));
        assert_eq!(count("/api/v1/nodes", &[("labelSelector", "role=y")]), Some(0));
        assert_eq!(count("/apis/apps/v1/deployments", &[]), Some(0));
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        assert_eq!(get("/api/v1/nodes/b", &[]).1["reason"], "NotFound");
        assert_eq!(get("/apis/policy/v1/poddisruptionbudgets", &[]), (404, Value::Null));
        let (code, body) = get("/api/v1/secrets", &[]);
        assert_eq!((code, &body["reason"]), (403, &json!("Forbidden")));
        assert_eq!(get("/extra", &[]), (200, json!({"is": "there"})));
        assert_eq!(get("/version", &[]).1["minor"], "33");
    }

    #[test]
    fn a_review_answers_by_the_same_rules_and_is_no_change() {
        let ask = |resource: &str| {
            let spec = json!({"spec": {"resourceAttributes": {"verb": "list", "resource": resource}}});
            let request = Request {
                method: "POST".to_owned(),
                path: super::REVIEWS.to_owned(),
                body: spec.to_string().into_bytes(),
                ..Request::default()
            };
            assert!(!changes_something(&request));
            let body: Value = serde_json::from_slice(&answer(&fixture(), &request).body).expect("JSON");
            body["status"]["allowed"].clone()
        };
        assert_eq!((ask("nodes"), ask("secrets")), (json!(true), json!(false)));
    }

    #[test]
    fn any_other_post_is_a_change() {
        let request = Request { method: "POST".to_owned(), path: "/api/v1/nodes".to_owned(), ..Request::default() };
        assert!(changes_something(&request));
    }
}
