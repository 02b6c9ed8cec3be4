//! A run in a cluster simulated in this process: its pace, and what is noted for its report.

use std::sync::Arc;

use upgrade_core::ids::StepId;
use upgrade_core::plan::{Action, Plan};
use upgrade_engine::Ports;
use upgrade_rehearsal::{DrainBook, Pacer, Speed, Stage, workloads};

use crate::report::played::{DrainFigures, Figures, Played, WorkloadFigures, took_s, worst_first};
use crate::report::story::Story;

/// How a run in a sandbox is played.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    /// The scenario.
    pub(crate) scenario: String,
    /// The seed of chance.
    pub(crate) seed: u64,
    /// How fast time runs.
    pub(crate) speed: Speed,
}

/// A run under way.
pub(super) struct Play {
    score: Score,
    drains: Arc<DrainBook>,
    stage: Stage,
    _pacer: Pacer,
}

impl Play {
    /// Lets time run at the score's speed, and takes notes from now on.
    pub(super) fn begin(score: Score, stage: &Stage, ports: &mut Ports) -> Self {
        let drains = Arc::new(DrainBook::over(Arc::clone(&ports.cluster), Arc::clone(&stage.clock)));
        ports.cluster = drains.clone();
        Self { drains, stage: stage.clone(), _pacer: Pacer::start(score.speed), score }
    }

    /// The report.
    pub(super) fn end(self, plan: &Plan, story: &Story) -> Played {
        let notes = self.drains.notes();
        let pods = self.stage.twin.with(|world| world.witness.evicted).into();
        let drained = |step: &StepId| plan.step(*step).is_some_and(|step| matches!(step.action, Action::Drain { .. }));
        let happened = Figures {
            steps: story.finished_steps().count(),
            drains: story.finished_steps().filter(drained).count(),
            pods,
        };
        let mut drains: Vec<DrainFigures> = notes
            .iter()
            .filter_map(|(step, drain)| {
                let waits = drain.waits.iter().map(|((_, budget), wait)| (budget.clone(), wait.as_secs())).collect();
                let node = drain.subject.node()?.to_string();
                Some(DrainFigures { node, step: step.0, took_s: drain.took.as_secs(), waits })
            })
            .collect();
        drains.sort_by_key(|drain| (std::cmp::Reverse(drain.took_s), drain.step));
        let mut workloads: Vec<WorkloadFigures> = workloads(&self.stage.twin)
            .into_iter()
            .map(|(name, seen)| WorkloadFigures {
                name,
                at_first: seen.at_first,
                lowest: seen.lowest,
                below_s: seen.below.as_secs(),
            })
            .collect();
        worst_first(&mut workloads);
        Played {
            scenario: self.score.scenario,
            seed: self.score.seed,
            from: plan.from.to_string(),
            target: plan.target.to_string(),
            finished: story.finished,
            took_s: took_s(story),
            planned: Figures::of_plan(plan),
            happened,
            drains,
            workloads,
        }
    }
}
