//! Tells one story: look, plan, run; pull the plug and resume; let a person resume what holds.

mod mishaps;
mod providers;
mod session;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use upgrade_core::facts::Facts;
use upgrade_core::plan::{Plan, PlanFile};
use upgrade_core::planner::{self, PlanError, Request};
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_core::version::Minor;
use upgrade_engine::{RunStore, run_id};
use upgrade_provider::{Observer as _, Provider};
use upgrade_rehearsal::Stage;
use upgrade_twin::clouds::faults::CloudFaults;

use crate::breach::Moment;
use crate::case::Case;
use crate::invariants::{self, Spy};
use crate::told::{End, Told};
pub(crate) use mishaps::OTHERS;
use session::{Ended, Session};

/// How often a person resumes a run that holds before calling it held.
const PATIENCE: usize = 4;

/// How long a person takes.
const PERSON: Duration = Duration::from_secs(600);

/// What everything in a story is reached through.
struct Scene<'a> {
    case: &'a Case,
    stage: Stage,
    side: Provider,
    facts: Arc<Facts>,
    trace: String,
}

/// Tells it.
pub(crate) fn tell(case: &Case) -> Told {
    upgrade_rehearsal::runtime().expect("a runtime of one thread can always be had").block_on(Box::pin(told(case)))
}

async fn told(case: &Case) -> Told {
    let stage = Stage::open(&case.blueprint, case.seed).expect("generated blueprints are sound");
    let side = providers::made(case, &stage);
    let mut scene = Scene { case, stage, side, facts: Arc::new(Facts::embedded()), trace: String::new() };
    scene.breach(Moment::Planning).await;
    match scene.plan().await {
        Ok(mut plan) => {
            case.breach.iter().for_each(|breach| breach.plan(&mut plan));
            scene.run(plan).await
        }
        Err(end) => scene.unrun(end),
    }
}

impl Scene<'_> {
    async fn breach(&self, moment: Moment) {
        if let Some(breach) = &self.case.breach {
            breach.at(moment, &self.stage.twin).await;
        }
    }

    fn say(&mut self, line: &str) {
        let _ = writeln!(self.trace, "{} {line}", self.stage.twin.clock().now());
    }

    /// As `plan` does it.
    async fn plan(&mut self) -> Result<Plan, End> {
        let minor = self.case.blueprint.version.minor();
        let minors = (minor.minor..=minor.minor + 3).map(|number| Minor::new(1, number)).collect();
        let cloud = if self.case.cloud().is_some() { CloudScope::All } else { CloudScope::None };
        let scope = Scope { pods: PodScope::All, hosts: HostScope::All { minors }, evidence: true, cloud };
        let observer = self.stage.observer(&self.side);
        let inventory = observer.observe(&scope).await.map_err(|error| End::Refused(format!("not seen: {error}")))?;
        for gap in &inventory.gaps {
            self.say(&format!("gap {gap:?}"));
        }
        let components = self.case.blueprint.components();
        let request = Request {
            target: self.case.target.clone(),
            options: self.case.options.clone(),
            provider: providers::kind(self.case),
            today: inventory.observed_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
            tool: "simulation",
            facts: &self.facts,
            kubectl: None,
            components: components.as_ref(),
            parent: None,
        };
        let plan = planner::plan(&inventory, &request).map_err(|error| match error {
            PlanError::NothingToDo { .. } => End::Nothing,
            error => End::Refused(kind_of(&error)),
        })?;
        let blockers: Vec<String> = plan.blockers().map(|finding| format!("{:?}", finding.code)).collect();
        match blockers.first() {
            None => Ok(plan),
            Some(first) => Err(End::Refused(first.clone())),
        }
    }

    fn unrun(self, end: End) -> Told {
        let left = invariants::left(&self.stage.twin);
        let wrong = invariants::untouched(&self.stage.twin);
        Told {
            end,
            trace: self.trace,
            left,
            records: 0,
            kills: 0,
            resumes: 0,
            managed: self.case.cloud().is_some(),
            troubled: false,
            steps: 0,
            took_s: 0,
            wrong,
        }
    }

    /// As `run` and `resume` do it.
    async fn run(mut self, plan: Plan) -> Told {
        let began = self.stage.twin.clock().elapsed();
        let file = PlanFile::seal(plan);
        let scratch =
            tempfile::Builder::new().prefix("simulation-").tempdir_in(scratch()).expect("a place for a journal");
        let store = RunStore::at(scratch.path().to_owned());
        let run = run_id(self.stage.twin.clock().now(), &file.digest);
        self.stage.twin.with(|world| {
            world.faults = self.case.faults.clone();
            if let Some(cloud) = &mut world.cloud {
                cloud.faults = self.case.cloud_faults.clone();
                cloud.exchanges = Some(Vec::new());
            }
        });
        mishaps::schedule(&self.stage.twin, &self.case.mishaps);
        let spy = Spy::of(&self.stage.twin, &file.plan, self.case);
        self.breach(Moment::Running).await;
        let mut session = Session::new(store, &run, file.clone(), &self.case.plugs);
        let end = loop {
            match session.go(&mut self).await {
                Ended::Finished => break End::Finished,
                Ended::Killed => self.away().await,
                Ended::Held(why) if session.resumes >= PATIENCE => break End::Held(why),
                Ended::Held(_) => self.person().await,
                Ended::Error(why) => break End::Held(format!("error: {why}")),
            }
        };
        let took = self.stage.twin.clock().elapsed().saturating_sub(began);
        // What others do, and what pods do afterwards, is over when the end is looked at.
        tokio::time::sleep(PERSON * 3).await;
        self.breach(Moment::Over).await;
        let mut records = session.records();
        self.case.breach.iter().for_each(|breach| breach.journal(&mut records));
        let wrong = invariants::broken(&self.stage.twin, &spy, &file.plan, self.case, &records, &end);
        self.finish(&records);
        Told {
            end,
            left: invariants::left(&self.stage.twin),
            records: records.len(),
            kills: session.kills,
            resumes: session.resumes,
            managed: self.case.cloud().is_some(),
            troubled: self.case.is_troubled(),
            steps: file.plan.steps().count(),
            took_s: took.as_secs(),
            trace: self.trace,
            wrong,
        }
    }

    /// A person looks at what holds, waits for the trouble to pass, and resumes.
    async fn person(&mut self) {
        self.stage.twin.with(|world| {
            world.faults = upgrade_twin::Faults::default();
            if let Some(cloud) = &mut world.cloud {
                cloud.faults = CloudFaults::default();
            }
            mishaps::clear(world);
        });
        tokio::time::sleep(PERSON).await;
        self.side = providers::made(self.case, &self.stage);
    }

    /// The plug stays out for a while; then another process begins.
    async fn away(&mut self) {
        tokio::time::sleep(self.case.downtime).await;
        self.side = providers::made(self.case, &self.stage);
    }

    fn finish(&mut self, records: &[upgrade_core::journal::Record]) {
        for record in records {
            let line = serde_json::to_string(record).expect("a record is JSON");
            let _ = writeln!(self.trace, "{line}");
        }
        self.trace.push_str(&invariants::log(&self.stage.twin));
    }
}

/// The beginning of the error's name, to count by.
fn kind_of(error: &PlanError) -> String {
    let text = format!("{error:?}");
    text.split(|char: char| !char.is_alphanumeric() && char != '(').next().unwrap_or_default().to_owned()
}

/// In memory where there is such a place: the disk's own speed is not what is simulated.
fn scratch() -> std::path::PathBuf {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}
