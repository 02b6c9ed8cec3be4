//! Upgrades by the thousand: production code on simulated clusters in virtual time, with faults, kills and other people.
//!
//! Not a test of the usual form but a program, run by name: it breaks every promise once to see that this is noticed,
//! prints how many upgrades it told and how they ended, and for each that went wrong one command that tells it again,
//! step by step.

mod arguments;
mod breach;
mod case;
mod generate;
mod invariants;
mod jobs;
mod proof;
mod story;
mod tally;
mod told;

use std::process::ExitCode;
use std::time::Instant;

use arguments::{Arguments, One};
use jobs::Job;
use tally::Tally;

/// Stories make and drop small objects all the time, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match arguments.one {
        Some(one) => tell(one),
        None => many(&arguments),
    }
}

/// Tells one upgrade with everything that happened in it.
fn tell(one: One) -> ExitCode {
    let told = story::tell(&one.case());
    println!("{}", told.trace);
    println!("{}", told.summary());
    for wrong in &told.wrong {
        println!("WRONG: {wrong}");
    }
    ExitCode::from(u8::from(!told.wrong.is_empty()))
}

fn many(arguments: &Arguments) -> ExitCode {
    let (broken, unnoticed) = proof::unnoticed(arguments.threads);
    println!("{broken} promises broken on purpose, {} unnoticed", unnoticed.len());
    unnoticed.iter().for_each(|what| println!("  {what}"));

    let started = Instant::now();
    let mut tally = Tally::default();
    let meant = |seed: &u64| !arguments.clouds || One::whole(*seed).case().cloud().is_some();
    let mut seeds = (arguments.from..).filter(meant);
    let mut chosen = Job::at_every_record(arguments);
    chosen.extend(Job::twice(seeds.by_ref().take(arguments.twice)));
    jobs::run(&chosen, arguments.threads, &mut tally);
    // The rest once: as many as are missing.
    let missing = arguments.count.saturating_sub(tally.upgrades());
    jobs::run(&Job::once(seeds.take(missing)), arguments.threads, &mut tally);
    println!("{}", tally.summary(started.elapsed(), arguments.threads));
    for line in tally.failures() {
        println!("{line}");
    }
    ExitCode::from(u8::from(!unnoticed.is_empty() || !tally.is_sound()))
}
