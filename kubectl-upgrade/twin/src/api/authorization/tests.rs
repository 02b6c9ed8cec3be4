use http::Method;
use serde_json::json;

use super::{Rule, User};
use crate::Twin;
use crate::api::tests::{ask, twin};

/// A twin with an administrator, and alice who may look at nodes and at what is in the namespace shop.
fn guarded() -> Twin {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let nodes =
        Rule { verbs: words(&["get", "list"]), groups: words(&[""]), resources: words(&["nodes"]), ..Rule::default() };
    let shop = Rule {
        verbs: words(&["*"]),
        groups: words(&["*"]),
        resources: words(&["*"]),
        namespace: Some("shop".to_owned()),
        ..Rule::default()
    };
    let alice = User { name: "alice".to_owned(), groups: Vec::new(), token: "a".to_owned(), rules: vec![nodes, shop] };
    let twin = twin("v1.35.6");
    twin.with(|world| {
        world.api.token = Some("admin".to_owned());
        world.api.users.push(alice);
    });
    twin
}

async fn get(twin: &Twin, path: &str, token: &str) -> (u16, String) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let headers = if token.is_empty() { &[][..] } else { &headers[..] };
    let answer = ask(twin, Method::GET, path, "", headers).await;
    (answer.code, answer.body["message"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn rights_are_those_of_the_one_who_asks() {
    let twin = guarded();
    assert_eq!(get(&twin, "/api/v1/secrets", "admin").await.0, 200);
    assert_eq!(get(&twin, "/api/v1/nodes", "a").await.0, 200);
    assert_eq!(get(&twin, "/api/v1/namespaces/shop/secrets", "a").await.0, 200);
    let (code, message) = get(&twin, "/apis/apps/v1/deployments", "a").await;
    let expected = "deployments.apps is forbidden: User \"alice\" cannot list resource \"deployments\" in API group \
                    \"apps\" at the cluster scope";
    assert_eq!((code, message.as_str()), (403, expected));
    let (_, message) = get(&twin, "/api/v1/namespaces/x/pods/y/log", "a").await;
    let expected = "pods \"y\" is forbidden: User \"alice\" cannot get resource \"pods/log\" in API group \"\" in the \
                    namespace \"x\"";
    assert_eq!(message, expected);
    assert_eq!(get(&twin, "/version", "b").await, (401, "Unauthorized".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_unknown_see_what_is_public() {
    let twin = guarded();
    assert_eq!(get(&twin, "/version", "").await.0, 200);
    assert_eq!(get(&twin, "/livez/ping", "").await.0, 200);
    let (code, message) = get(&twin, "/apis", "").await;
    let expected = "forbidden: User \"system:anonymous\" cannot get path \"/apis\"";
    assert_eq!((code, message.as_str()), (403, expected));
    let (code, message) = get(&twin, "/api/v1/nodes", "").await;
    assert_eq!(code, 403);
    assert!(message.starts_with("nodes is forbidden: User \"system:anonymous\" cannot list"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn rights_can_be_asked_for() {
    let twin = guarded();
    let may = async |token: &str, verb: &str, as_user: &str| {
        let body = json!({"spec": {"resourceAttributes": {"verb": verb, "resource": "nodes"}}}).to_string();
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("impersonate-user", as_user)];
        let headers = &headers[..if as_user.is_empty() { 1 } else { 2 }];
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = ask(&twin, Method::POST, path, &body, headers).await;
        assert_eq!((answer.code, &answer.body["kind"]), (201, &json!("SelfSubjectAccessReview")));
        answer.body["status"]["allowed"].as_bool().unwrap()
    };
    assert!(may("admin", "delete", "").await);
    assert!(may("a", "list", "").await);
    assert!(!may("a", "patch", "").await);
    assert!(may("admin", "list", "alice").await);
    assert!(!may("admin", "delete", "bob").await);
}
