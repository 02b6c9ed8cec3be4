use http::Method;
use http_body_util::BodyExt as _;

use crate::api::tests::{begin, get, twin};

#[tokio::test(start_paused = true)]
async fn documents_are_those_of_the_minor() {
    let old = twin("v1.20.15");
    assert_eq!(get(&old, "/openapi/v3").await.code, 404);
    let parameters =
        get(&old, "/openapi/v2").await.body["paths"]["/api/v1/nodes/{name}"]["patch"]["parameters"].clone();
    assert_eq!(parameters.as_array().unwrap().len(), 3);
    let new = twin("v1.35.6");
    let index = get(&new, "/openapi/v3").await.body;
    let url = index["paths"]["apis/apps/v1"]["serverRelativeURL"].as_str().unwrap();
    let document = get(&new, url).await.body;
    let path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";
    let names: Vec<&str> = document["paths"][path]["patch"]["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| parameter["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["dryRun", "fieldManager", "force", "fieldValidation"]);
    assert_eq!(get(&new, "/openapi/v3/apis/policy/v1beta1").await.code, 404);
}

#[tokio::test(start_paused = true)]
async fn protobuf_is_well_formed() {
    let accept = [("accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")];
    let twin = twin("v1.20.15");
    let response = begin(&twin, Method::GET, "/openapi/v2", "", &accept).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let mut fields = Vec::new();
    let mut rest = &bytes[..];
    while let Some((tag, after)) = rest.split_first() {
        let (length, after) = number(after);
        fields.push(tag >> 3);
        rest = &after[length..];
    }
    assert_eq!(fields, [1, 2, 8]);
    assert_eq!(bytes[..5], *b"\x0a\x032.0");
}

fn number(bytes: &[u8]) -> (usize, &[u8]) {
    let size = 1 + bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
    let number = bytes[..size].iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f));
    (number, &bytes[size..])
}
