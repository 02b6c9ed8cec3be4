//! What a user of the API and an operator of etcd see while a control plane is upgraded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Namespace;
use kube::Api;

use crate::cluster::Cluster;

/// Asks the API every 200 ms for something that etcd must answer.
pub(crate) struct Probe {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Answers>,
}

/// What the probe saw.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) answered: u32,
    pub(crate) failed: u32,
    /// The longest time from one answer to the next.
    pub(crate) longest_gap: Duration,
}

impl Probe {
    pub(crate) fn start(cluster: &Cluster) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (until, client) = (Arc::clone(&stop), cluster.kube_client());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move { ask(client.await, &until).await })
        });
        Self { stop, thread }
    }

    pub(crate) fn end(self) -> Answers {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the probe")
    }
}

async fn ask(client: kube::Client, stop: &AtomicBool) -> Answers {
    let namespaces: Api<Namespace> = Api::all(client);
    let mut answers = Answers::default();
    let mut last = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        match tokio::time::timeout(Duration::from_secs(2), namespaces.get("kube-system")).await {
            Ok(Ok(_)) => {
                answers.answered += 1;
                answers.longest_gap = answers.longest_gap.max(last.elapsed());
                last = Instant::now();
            }
            Ok(Err(_)) | Err(_) => answers.failed += 1,
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    answers.longest_gap = answers.longest_gap.max(last.elapsed());
    answers
}
