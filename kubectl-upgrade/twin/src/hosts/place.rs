//! Where a script runs: one host of the world, for as long as it is not switched off.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Host;
use super::files::Files;
use super::shell::{Flow, Ran};
use crate::Twin;
use crate::world::World;

/// How many commands one script may run: more is a loop without an end.
const STEPS: u64 = 2_000_000;

/// A host, seen from a script that runs on it.
#[derive(Clone)]
pub(crate) struct Place {
    twin: Twin,
    node: Arc<str>,
    /// Which start of the host the script runs in.
    boot: u64,
    steps: Arc<AtomicU64>,
    /// After how many commands the connection breaks.
    cut_after: Option<u64>,
}

impl Place {
    pub(crate) fn new(twin: &Twin, node: &str, boot: u64) -> Self {
        Self { twin: twin.clone(), node: node.into(), boot, steps: Arc::default(), cut_after: None }
    }

    /// It, where the connection breaks after so many commands.
    pub(crate) fn cut_after(self, commands: u64) -> Self {
        Self { cut_after: Some(commands), ..self }
    }

    /// It, for a script of its own that no connection holds.
    pub(crate) fn detached(&self) -> Self {
        Self { steps: Arc::default(), cut_after: None, ..self.clone() }
    }

    pub(crate) fn node(&self) -> &str {
        &self.node
    }

    /// Looks at the world or changes it.
    pub(crate) fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.twin.with(look)
    }

    /// Looks at the host or changes it.
    pub(crate) fn host<T>(&self, look: impl FnOnce(&mut Host) -> T) -> Ran<T> {
        self.world(|world| {
            let now = world.now();
            let elapsed = world.clock().elapsed();
            let host = world.hosts.get_mut(&*self.node).filter(|host| host.runs(self.boot)).ok_or(Flow::Cut)?;
            host.tick(now, elapsed);
            let seen = look(host);
            if std::mem::take(&mut host.files.manifests_touched) {
                super::kubelet::manifests_changed(world, &self.node);
            }
            Ok(seen)
        })
    }

    pub(crate) fn files<T>(&self, look: impl FnOnce(&mut Files) -> T) -> Ran<T> {
        self.host(|host| look(&mut host.files))
    }

    /// Counts a command; the connection may break over it.
    pub(crate) fn count(&self) -> Ran<()> {
        let done = self.steps.fetch_add(1, Ordering::Relaxed);
        if self.cut_after.is_some_and(|limit| done >= limit) { Err(Flow::Cut) } else { Ok(()) }
    }

    /// Ends a script that would go on for ever.
    pub(crate) fn breathe(&self) -> Ran<()> {
        if self.steps.load(Ordering::Relaxed) > STEPS {
            return Err(Flow::Unsupported(format!("a script of more than {STEPS} commands")));
        }
        Ok(())
    }

    /// Lets time pass.
    pub(crate) async fn sleep(&self, time: Duration) -> Ran<()> {
        tokio::time::sleep(time).await;
        self.host(|_| ())
    }

    /// Notes a command that changed something.
    pub(crate) fn note(&self, line: &str) -> Ran<()> {
        let at = self.world(|world| world.clock().elapsed());
        self.host(|host| host.note(at, line))
    }
}
