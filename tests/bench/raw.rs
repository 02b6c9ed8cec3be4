//! The yardstick: the lists that a plan reads, downloaded by a plain HTTP client that does nothing with them.
//!
//! As a plan may, it asks for all lists side by side, each page by page; pages of one list only follow each other, since
//! each says where the next one starts.

use std::path::Path;
use std::time::Instant;

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::Connect;
use hyper_util::rt::TokioExecutor;
use kube::client::ConfigExt;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;

use crate::measure::cpu;

/// What a plan reads of a cluster whose API serves these versions of the groups.
pub(crate) fn lists(policy: &str) -> Vec<String> {
    let kube_system = |group: &str, rest: &str| format!("/{group}/namespaces/kube-system/{rest}");
    let components = "component%20in%20%28kube-apiserver%2Ckube-controller-manager%2Ckube-scheduler%2Cetcd%29";
    vec![
        "/api/v1/nodes?limit=500".to_owned(),
        "/api/v1/pods?limit=500".to_owned(),
        format!("/apis/policy/{policy}/poddisruptionbudgets?limit=500"),
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases?limit=500".to_owned(),
        kube_system("apis/coordination.k8s.io/v1", "leases?limit=500"),
        kube_system("api/v1", &format!("pods?limit=500&labelSelector={components}")),
        kube_system("apis/apps/v1", "daemonsets?limit=500"),
        kube_system("apis/apps/v1", "deployments?limit=500"),
        kube_system("api/v1", "configmaps?limit=500"),
        "/api/v1/namespaces?limit=500".to_owned(),
    ]
}

/// What a download took.
pub(crate) struct Download {
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) bytes: usize,
}

/// Downloads the lists from the cluster of a kubeconfig.
pub(crate) fn download(kubeconfig: &Path, lists: &[String]) -> Download {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let token = bearer(kubeconfig);
        let file = Kubeconfig::read_from(kubeconfig).expect("the kubeconfig reads");
        let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.expect("it is whole");
        let base = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let connector = config.rustls_https_connector().expect("its certificates are good");
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let (started, before) = (Instant::now(), cpu().own_s);
        let reads = lists.iter().map(|list| {
            let (client, first, token) = (client.clone(), format!("{base}{list}"), token.clone());
            tokio::spawn(async move { whole(&client, &first, token.as_deref()).await })
        });
        let reads: Vec<_> = reads.collect();
        let mut bytes = 0;
        for read in reads {
            bytes += read.await.expect("no download panics");
        }
        Download { wall_s: started.elapsed().as_secs_f64(), cpu_s: cpu().own_s - before, bytes }
    })
}

/// The first user's token; none where a certificate does.
fn bearer(kubeconfig: &Path) -> Option<String> {
    let text = std::fs::read_to_string(kubeconfig).expect("the kubeconfig reads");
    let file: Value = serde_saphyr::from_str(&text).expect("it is YAML");
    let token = file.pointer("/users/0/user/token")?.as_str()?;
    Some(format!("Bearer {token}"))
}

/// Every page of a list; how many bytes they were.
async fn whole<C>(client: &Client<C, Empty<&'static [u8]>>, first: &str, token: Option<&str>) -> usize
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let (mut bytes, mut url) = (0, first.to_owned());
    loop {
        let mut request = http::Request::get(&url);
        if let Some(token) = token {
            request = request.header(http::header::AUTHORIZATION, token);
        }
        let answer = client.request(request.body(Empty::new()).expect("a request")).await.expect("the server answers");
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
        let mut body = answer.into_body();
        let mut head = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.expect("the body comes whole").into_data() else { continue };
            bytes += data.len();
            if head.len() < 4096 {
                head.extend_from_slice(&data[..data.len().min(4096)]);
            }
        }
        match next(&head) {
            Some(next) => url = format!("{first}&continue={next}"),
            None => return bytes,
        }
    }
}

/// Where the next page starts, which stands at the head of a page; none on the last.
fn next(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let metadata = head.split_once("\"items\":").map_or(&*head, |(before, _)| before);
    let (_, rest) = metadata.split_once("\"continue\":\"")?;
    let (token, _) = rest.split_once('"')?;
    (!token.is_empty()).then(|| token.replace('+', "%2B").replace('=', "%3D").replace('/', "%2F"))
}
