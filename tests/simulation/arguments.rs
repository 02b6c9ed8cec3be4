//! What the program is asked for.

use std::time::Duration;

use crate::case::Plug;

pub(crate) const USAGE: &str = "\
usage: cargo test --profile simulation --workspace --test simulation -- [OPTION…]
  --count N         how many upgrades in all (2000)
  --from N          the first seed (1)
  --threads N       side by side (two for each core)
  --every-record N  in so many stories, and a sixth as many of each cloud's, the plug is pulled after every record of
                    the journal in turn (6)
  --twice N         so many stories are told twice and compared byte by byte (40)
  --clouds          of clusters alone that a cloud runs
to tell one upgrade again, step by step:
  --seed N          the seed
  --calm            without its faults, other people and pulled plugs
  --plug N          pull the plug after that record of the journal";

/// Stories told on each core: one waits, for a simulated cloud or for the journal's file, while another goes on.
const BESIDE: usize = 2;

/// What is asked for.
pub(crate) struct Arguments {
    pub(crate) from: u64,
    pub(crate) count: usize,
    pub(crate) threads: usize,
    pub(crate) every_record: usize,
    pub(crate) twice: usize,
    pub(crate) clouds: bool,
    pub(crate) one: Option<One>,
}

/// One upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct One {
    pub(crate) seed: u64,
    pub(crate) calm: bool,
    pub(crate) plug: Option<usize>,
}

impl Arguments {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from) * BESIDE;
        let mut read = Self { from: 1, count: 2000, threads, every_record: 6, twice: 40, clouds: false, one: None };
        let (mut seed, mut calm, mut plug) = (None, false, None);
        while let Some(word) = words.next() {
            let mut number = || -> Result<usize, String> {
                let text = words.next().ok_or_else(|| format!("expected a number after {word}"))?;
                text.parse().map_err(|_| format!("expected a number after {word}, found {text}"))
            };
            match word.as_str() {
                "--count" => read.count = number()?,
                "--from" => read.from = number()? as u64,
                "--threads" => read.threads = number()?.max(1),
                "--every-record" => read.every_record = number()?,
                "--twice" => read.twice = number()?,
                "--seed" => seed = Some(number()? as u64),
                "--clouds" => read.clouds = true,
                "--calm" => calm = true,
                "--plug" => plug = Some(number()?),
                other => return Err(format!("expected one of the options below, found {other}\n{USAGE}")),
            }
        }
        read.one = seed.map(|seed| One { seed, calm, plug });
        match (seed, calm || plug.is_some()) {
            (None, true) => Err(format!("expected --seed beside --calm and --plug\n{USAGE}")),
            (Some(_), _) | (None, false) => Ok(read),
        }
    }
}

impl One {
    /// The seed as it is.
    pub(crate) const fn whole(seed: u64) -> Self {
        Self { seed, calm: false, plug: None }
    }

    /// Without anything going wrong.
    pub(crate) const fn calm(seed: u64) -> Self {
        Self { seed, calm: true, plug: None }
    }

    pub(crate) fn case(self) -> crate::case::Case {
        let case = crate::generate::case(self.seed);
        let case = if self.calm { case.calm() } else { case };
        match self.plug {
            None => case,
            Some(record) => {
                crate::case::Case { plugs: vec![Plug::Record(record)], downtime: Duration::from_secs(30), ..case }
            }
        }
    }

    /// The command that tells it again.
    pub(crate) fn command(self) -> String {
        let Self { seed, calm, plug } = self;
        let calm = if calm { " --calm" } else { "" };
        let plug = plug.map_or_else(String::new, |record| format!(" --plug {record}"));
        format!("cargo test --profile simulation --workspace --test simulation -- --seed {seed}{calm}{plug}")
    }
}
