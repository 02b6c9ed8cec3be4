//! Stages and their lanes.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use upgrade_core::gate;
use upgrade_core::ids::StepId;
use upgrade_core::plan::{Action, Lane, Plan, Stage};
use upgrade_core::scope::{CloudScope, Scope};

use crate::context::Run;
use crate::look::{Blind, outline};
use crate::resume::{Turn, begun, counts, ended, lasting, reached, turn};
use crate::signals::Heed;
use crate::trouble::{Break, Trouble};

/// How long a control plane is given to show again what the journal says was reached.
const SETTLING: Duration = Duration::from_secs(60);

impl Run {
    /// Runs the lanes that are not ended side by side, in order, and returns what broke them. Once one broke no step
    /// starts in any other; steps under way end first.
    pub(crate) async fn stage(&self, stage: &Stage) -> Vec<Break> {
        let state = self.state();
        let lanes: Vec<_> =
            stage.lanes.iter().filter(|lane| !ended(lane, &state)).map(|lane| self.watched_lane(lane)).collect();
        let broken = stream::iter(lanes).buffer_unordered(stage.at_once.max(1)).filter_map(async |end| end.err());
        broken.collect().await
    }

    async fn watched_lane(&self, lane: &Lane) -> Result<(), Break> {
        let end = self.lane(lane).await;
        if end.is_err() {
            self.signals.halt();
        }
        end
    }

    async fn lane(&self, lane: &Lane) -> Result<(), Break> {
        if self.signals.has_come(Heed::Any) {
            return Err(Break::Stop);
        }
        if begun(lane, &self.state()) {
            return self.lane_again(lane).await;
        }
        for step in &lane.steps {
            self.step(step).await?;
        }
        Ok(())
    }

    async fn lane_again(&self, lane: &Lane) -> Result<(), Break> {
        for step in &lane.steps {
            self.settle(step).await?;
        }
        let holds = self.what_holds(lane).await?;
        for (index, step) in lane.steps.iter().enumerate() {
            match turn(lane, index, &self.state(), &holds) {
                Turn::Skip => {}
                Turn::PassOver => {
                    self.found_done(step, vec!["not needed: what it prepares for is done".to_owned()])?;
                }
                Turn::Gate => self.step(step).await?,
            }
        }
        Ok(())
    }

    /// The steps of the lane whose lasting goals hold now.
    async fn what_holds(&self, lane: &Lane) -> Result<BTreeSet<StepId>, Break> {
        let state = self.state();
        let mut holds = BTreeSet::new();
        for (index, step) in lane.steps.iter().enumerate() {
            let goal = lasting(step, counts(lane, index, &state));
            let scope = gate::scope(&goal, self.last_key(step));
            let fresh = match self.look(Some(step.id), &scope, self.deadline(step), Heed::Any).await {
                Ok(fresh) => fresh,
                Err(Blind::Stopped) => return Err(Break::Stop),
                Err(Blind::Error(error)) => return Err(Break::Hold(Trouble::blind(Some(step.id), &error))),
            };
            if goal.goal.is_empty() || gate::unmet(&goal, &fresh, self.clock.now()).is_empty() {
                holds.insert(step.id);
            }
        }
        Ok(holds)
    }

    /// Sees that what the ended lanes reached is still so.
    pub(crate) async fn verify_reached(&self, plan: &Plan) -> Result<(), Break> {
        let reached = reached(plan, &self.state());
        if reached.is_empty() {
            return Ok(());
        }
        let by_cloud = reached.iter().any(|step| matches!(step.action, Action::Cloud(_)));
        let cloud = if by_cloud { CloudScope::State } else { CloudScope::None };
        let scope = Scope { cloud, ..outline() };
        let deadline = self.clock.elapsed() + SETTLING;
        loop {
            let fresh = match self.look(None, &scope, deadline, Heed::Any).await {
                Ok(fresh) => fresh,
                Err(Blind::Stopped) => return Err(Break::Stop),
                Err(Blind::Error(error)) => return Err(Break::Hold(Trouble::blind(None, &error))),
            };
            let now = self.clock.now();
            let lost: Vec<_> = reached.iter().flat_map(|step| gate::unmet(step, &fresh, now)).collect();
            if lost.is_empty() {
                return Ok(());
            }
            if self.passed(deadline) {
                return Err(Break::Hold(Trouble::drifted(None, &lost)));
            }
            self.waiting(None, lost.iter().map(crate::trouble::difference).collect());
            self.breath(&scope, deadline, Heed::Any).await;
        }
    }
}
