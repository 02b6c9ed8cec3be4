//! Does on a copy what a plan leaves to a person, and takes a person's time for it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::plan::{Action, ComponentAction, Step};
use upgrade_core::version::Version;
use upgrade_provider::{Person, PortError};
use upgrade_twin::Twin;
use upgrade_twin::hosts::{replace_by_hand, serving};
use upgrade_twin::store::Resource;
use upgrade_twin::world::World;

use crate::understudy::retag;

/// How often one looks whether what was restarted is there.
const LOOKS: Duration = Duration::from_secs(2);

/// Plays the person.
pub struct Stagehand {
    twin: Twin,
    job: Mutex<Job>,
}

/// What was shown last.
#[derive(Default)]
struct Job {
    /// When it is carried out, in the story's time.
    due: Duration,
    carried_out: bool,
}

impl Stagehand {
    /// For that copy.
    #[must_use]
    pub fn on(twin: Twin) -> Self {
        Self { twin, job: Mutex::default() }
    }

    fn job(&self) -> MutexGuard<'_, Job> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is time, at most so long; then does it, once.
    async fn work(&self, action: &ComponentAction, patience: Duration) {
        let left = self.job().due.saturating_sub(self.twin.clock().elapsed());
        tokio::time::sleep(left.min(patience)).await;
        if left > patience || std::mem::replace(&mut self.job().carried_out, true) {
            return;
        }
        self.twin.with(|world| carry_out(world, action));
    }
}

#[async_trait]
impl Person for Stagehand {
    async fn show(&self, _step: &Step) -> Result<(), PortError> {
        let takes = self.twin.with(|world| {
            let span = world.tempo.by_hand;
            world.random.within(span)
        });
        *self.job() = Job { due: self.twin.clock().elapsed() + takes, carried_out: false };
        Ok(())
    }

    async fn said_so(&self, step: &Step, patience: Duration) -> bool {
        let Action::Component(action) = &step.action else { return false };
        self.work(action, patience).await;
        if !self.job().carried_out {
            return false;
        }
        let done = self.twin.with(|world| is_done(world, action));
        if !done {
            tokio::time::sleep(LOOKS.min(patience)).await;
        }
        done
    }
}

fn carry_out(world: &mut World, action: &ComponentAction) {
    match action {
        ComponentAction::ByHand { host, component, to, .. } => {
            replace_by_hand(world, host.as_str(), *component, to);
        }
        ComponentAction::CoreDns { to, .. } => retag(world, Resource::DEPLOYMENTS, "coredns", &tag(to)),
        ComponentAction::SnapshotEtcd { .. }
        | ComponentAction::Prepare { .. }
        | ComponentAction::Switch { .. }
        | ComponentAction::PreparePod { .. }
        | ComponentAction::SwitchPod { .. }
        | ComponentAction::CoreDnsImage(_)
        | ComponentAction::RestoreEtcd(_) => {}
    }
}

/// As images of CoreDNS are tagged.
fn tag(version: &Version) -> String {
    if *version < Version::new(1, 8, 0) { version.to_string() } else { version.tag() }
}

/// Whether what was restarted is there. Nobody says so before.
fn is_done(world: &World, action: &ComponentAction) -> bool {
    match action {
        ComponentAction::ByHand { host, component, to, .. } => {
            serving(world, host.as_str(), *component).as_ref() == Some(to)
        }
        ComponentAction::CoreDns { .. }
        | ComponentAction::SnapshotEtcd { .. }
        | ComponentAction::Prepare { .. }
        | ComponentAction::Switch { .. }
        | ComponentAction::PreparePod { .. }
        | ComponentAction::SwitchPod { .. }
        | ComponentAction::CoreDnsImage(_)
        | ComponentAction::RestoreEtcd(_) => true,
    }
}
