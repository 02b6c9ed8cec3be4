//! A sandbox whose cloud the test has in its hands: the plugin finds it by its kubeconfig, as any sandbox that is up.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use upgrade_rehearsal::{Factor, Identity, Sandbox, kubeconfig, open_cloud, serve_time};
use upgrade_twin::Twin;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::CloudFaults;
use upgrade_twin::clouds::operations::Operation;

use crate::person::Person;

/// Ten minutes of the cluster between two looks of the provider, which are ten seconds apart.
const SPEED: f64 = 60.0;

/// A sandbox that is up, until it is dropped.
pub(crate) struct Stage {
    pub(crate) twin: Twin,
    path: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Stage {
    /// Puts it up, its kubeconfig in the person's home.
    pub(crate) fn begin(person: &Person, blueprint: Blueprint) -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let path = person.home().join("kubeconfig");
        let file = path.clone();
        let thread = std::thread::spawn(move || {
            let runtime = upgrade_rehearsal::runtime().unwrap();
            runtime.block_on(async {
                let twin = Twin::start(&blueprint, 1).unwrap();
                let identity = Identity::new().unwrap();
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let cloud = open_cloud(&twin, &identity).await.unwrap();
                let text = kubeconfig("eks", listener.local_addr().unwrap(), &identity, cloud.as_ref(), None);
                std::fs::write(file, text).unwrap();
                tell.send(twin.clone()).unwrap();
                let factor = Factor::new(SPEED).unwrap();
                tokio::select! {
                    _ = stopped => {}
                    () = serve_time(factor) => {}
                    never = Sandbox::of(twin, factor, &identity).serve(listener) => panic!("{never:?}"),
                }
            });
        });
        let twin = told.recv().expect("the sandbox did not come up");
        Self { twin, path, stop: Some(stop), thread: Some(thread) }
    }

    /// A command of the plugin's on this cluster.
    pub(crate) fn words(&self, words: &str) -> String {
        format!("{words} --kubeconfig {}", self.path.display())
    }

    /// Makes something go wrong from now on, or go well again.
    pub(crate) fn fault(&self, set: impl FnOnce(&mut CloudFaults)) {
        self.twin.with(|world| set(&mut world.cloud.as_mut().unwrap().faults));
    }

    /// What was begun in the cloud of that type, on a pool.
    pub(crate) fn begun(&self, kind: &str) -> Vec<Operation> {
        let of_kind = |one: &&Operation| one.extra.get("type").is_some_and(|found| found == kind);
        let all = self.twin.with(|world| world.cloud.as_ref().unwrap().now().operations.clone());
        let on_pool =
            |one: &&Operation| one.subject == upgrade_twin::clouds::operations::Subject::Pool("main".to_owned());
        all.iter().filter(of_kind).filter(on_pool).cloned().collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))), "the sandbox broke");
    }
}
