//! A story as it was told.

/// What came of one upgrade.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) end: End,
    /// Everything that happened, line by line.
    pub(crate) trace: String,
    /// What the cluster was left as, in one line.
    pub(crate) left: String,
    /// How many records the journal has.
    pub(crate) records: usize,
    /// How many times the plug was pulled.
    pub(crate) kills: usize,
    /// How many times a person resumed a run that held.
    pub(crate) resumes: usize,
    /// Whether a cloud ran the cluster.
    pub(crate) managed: bool,
    /// Whether faults or other people were part of it.
    pub(crate) troubled: bool,
    /// The steps of the plan.
    pub(crate) steps: usize,
    /// Time in the cluster, in seconds.
    pub(crate) took_s: u64,
    /// Every promise that was broken.
    pub(crate) wrong: Vec<String>,
}

/// How an upgrade ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The plan said that nothing is to be done.
    Nothing,
    /// There was no plan, or it had blockers; nothing was changed.
    Refused(String),
    /// The target is reached.
    Finished,
    /// It holds, and a person has to decide.
    Held(String),
}

impl Told {
    /// One that was not told to its end.
    pub(crate) fn panicked() -> Self {
        Self {
            end: End::Held("panicked".to_owned()),
            trace: String::new(),
            left: String::new(),
            records: 0,
            kills: 0,
            resumes: 0,
            managed: false,
            troubled: false,
            steps: 0,
            took_s: 0,
            wrong: vec!["it panicked".to_owned()],
        }
    }

    pub(crate) fn summary(&self) -> String {
        format!(
            "{:?} after {} records, {} steps, {} kills, {} resumes, {} s in the cluster; {}",
            self.end, self.records, self.steps, self.kills, self.resumes, self.took_s, self.left
        )
    }
}
