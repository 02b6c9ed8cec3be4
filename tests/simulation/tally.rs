//! How many upgrades ended how.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::arguments::One;
use crate::told::{End, Told};

/// Of these many failures the commands are printed; the rest is counted.
const SHOWN: usize = 20;

/// How often each reason was given, and by which seed first.
type Reasons = BTreeMap<String, (usize, u64)>;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    upgrades: usize,
    finished: usize,
    nothing: usize,
    refused: Reasons,
    held: Reasons,
    managed: usize,
    troubled: usize,
    kills: usize,
    resumes: usize,
    steps: usize,
    wrong: Vec<(One, Vec<String>)>,
}

impl Tally {
    pub(crate) fn upgrades(&self) -> usize {
        self.upgrades
    }

    pub(crate) fn add(&mut self, one: One, told: Vec<Told>) {
        for told in told {
            self.upgrades += 1;
            self.managed += usize::from(told.managed);
            self.troubled += usize::from(told.troubled);
            self.kills += told.kills;
            self.resumes += told.resumes;
            match told.end {
                End::Finished => {
                    self.finished += 1;
                    self.steps += told.steps;
                }
                End::Nothing => self.nothing += 1,
                End::Refused(why) => self.refused.entry(why).or_insert((0, one.seed)).0 += 1,
                End::Held(why) => self.held.entry(why).or_insert((0, one.seed)).0 += 1,
            }
            if !told.wrong.is_empty() {
                self.wrong.push((one, told.wrong));
            }
        }
    }

    /// Whether every promise was kept, and enough upgrades ran for that to mean anything.
    pub(crate) fn is_sound(&self) -> bool {
        self.wrong.is_empty() && self.finished * 2 > self.upgrades
    }

    pub(crate) fn summary(&self, took: Duration, threads: usize) -> String {
        let Self { upgrades, finished, nothing, managed, troubled, kills, resumes, steps, .. } = self;
        let total = |of: &Reasons| of.values().map(|(count, _)| count).sum::<usize>();
        let rate = *upgrades as f64 / took.as_secs_f64().max(0.001);
        let each = |of: &Reasons| {
            let line = |(why, (count, seed)): (&String, &(usize, u64))| format!("\n    {count:5}  {why} (seed {seed})");
            of.iter().map(line).collect::<String>()
        };
        format!(
            "{upgrades} upgrades in {:.0} s on {threads} threads, {rate:.1} a second\n  \
             {finished} finished ({steps} steps), {nothing} had nothing to do\n  {} refused by their plan{}\n  {} held{}\n  \
             {managed} of clusters that clouds run, {troubled} with faults or other people, {kills} kills, {resumes} resumes by hand\n  \
             {} went wrong",
            took.as_secs_f64(),
            total(&self.refused),
            each(&self.refused),
            total(&self.held),
            each(&self.held),
            self.wrong.len(),
        )
    }

    /// What went wrong, and how to see it happen; the shortest commands first.
    pub(crate) fn failures(&self) -> Vec<String> {
        let mut wrong: Vec<_> = self.wrong.iter().collect();
        wrong.sort_by_key(|(one, _)| (one.seed, one.plug));
        let shown = wrong.into_iter().take(SHOWN).map(|(one, wrong)| {
            let first = wrong.first().map(String::as_str).unwrap_or_default();
            format!("seed {}: {first} ({} in all)\n  {}", one.seed, wrong.len(), one.command())
        });
        shown.collect()
    }
}
