//! Looking at the world, and waiting for it to change.

use std::time::Duration;

use upgrade_core::ids::StepId;
use upgrade_core::inventory::Inventory;
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_provider::PortError;

use crate::context::Run;
use crate::observe::with_sources;
use crate::signals::Heed;

/// The longest anything is waited for without looking again, in case a watch went deaf.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The least time between two looks: a watch that fails at once must not become a storm of requests.
pub(crate) const BREATH: Duration = Duration::from_millis(500);

/// Why nothing was seen.
#[derive(Debug)]
pub(crate) enum Blind {
    /// A signal came first.
    Stopped,
    /// It will not pass by itself, or did not in time.
    Error(PortError),
}

impl Run {
    /// Looks, and keeps trying through what may pass by itself until the deadline.
    pub(crate) async fn look(
        &self,
        step: Option<StepId>,
        scope: &Scope,
        deadline: Duration,
        heed: Heed,
    ) -> Result<Inventory, Blind> {
        loop {
            let seen = tokio::select! {
                biased;
                () = self.signals.come(heed) => return Err(Blind::Stopped),
                seen = self.ports.observer.observe(scope) => seen,
            };
            match seen {
                Ok(inventory) => return Ok(inventory),
                Err(error) if self.may_pass(error.kind) && !self.passed(deadline) => {
                    self.waiting(step, vec![with_sources(&error)]);
                    self.breath(scope, deadline, heed).await;
                }
                Err(error) => return Err(Blind::Error(error)),
            }
        }
    }

    /// Waits that long, whatever changes.
    pub(crate) async fn pause(&self, how_long: Duration, heed: Heed) {
        tokio::select! {
            biased;
            () = self.signals.come(heed) => {}
            () = self.clock.sleep(how_long) => {}
        }
    }

    /// Waits until something in scope may have changed.
    pub(crate) async fn breath(&self, scope: &Scope, deadline: Duration, heed: Heed) {
        let left = deadline.saturating_sub(self.clock.elapsed()).max(BREATH);
        let change = async {
            tokio::join!(self.ports.observer.changed(scope, PATIENCE.min(left)), self.clock.sleep(BREATH));
        };
        tokio::select! {
            biased;
            () = self.signals.come(heed) => {}
            () = change => {}
        }
    }
}

/// Nodes, versions and health, which are always seen, and nothing more.
pub(crate) const fn outline() -> Scope {
    Scope { pods: PodScope::None, hosts: HostScope::None, evidence: false, cloud: CloudScope::None }
}
