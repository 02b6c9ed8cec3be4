//! Faults of a cloud, each met by the plugin: what the run says and how it ends, and that it ends well once they are mended.

use std::ops::Deref;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};
use upgrade_twin::world::World;

use super::person::Person;
use super::served::Served;

/// So many are played side by side: each is a cluster whose time runs, and a plugin at work on it.
const AT_ONCE: usize = 4;

/// One fault.
pub struct Case {
    /// What it is.
    pub name: &'static str,
    /// The cluster, where it takes another one.
    pub cluster: fn(&mut Blueprint),
    /// Breaks the cluster or its cloud before the run.
    pub breaks: fn(&Served),
    /// What is typed after `run --yes`.
    pub run: &'static str,
    /// The exit code of the run.
    pub exits: i32,
    /// What the run says.
    pub says: &'static [&'static str],
    /// Puts it right again, where the run did not end well.
    pub mends: fn(&Served),
    /// What is typed then; empty where the run ended well.
    pub then: &'static str,
}

impl Case {
    /// One that holds the run at a step until it is mended.
    #[must_use]
    pub const fn held(
        name: &'static str,
        run: &'static str,
        breaks: fn(&Served),
        says: &'static [&'static str],
    ) -> Self {
        Self { name, cluster: as_it_is, breaks, run, exits: 6, says, mends: mended, then: "resume --yes" }
    }

    /// One that the run bears.
    #[must_use]
    pub const fn borne(name: &'static str, run: &'static str, breaks: fn(&Served)) -> Self {
        Self { name, cluster: as_it_is, breaks, run, exits: 0, says: &[], mends: nothing, then: "" }
    }
}

/// Leaves the cluster of a case as that of the others.
pub const fn as_it_is(_: &mut Blueprint) {}

/// Breaks or mends nothing.
pub const fn nothing(_: &Served) {}

/// Takes every fault of the cloud away.
pub fn mended(served: &Served) {
    served.cloud(|cloud| cloud.faults = CloudFaults::default());
}

/// Leaves the cloud so many machines.
pub fn short_of(served: &Served, machines: u32, shortage: Shortage) {
    served.cloud(|cloud| cloud.faults.machines_left = Some((machines, shortage)));
}

/// Lets the credentials expire so many minutes from now, and somebody sign in again so many minutes later.
pub fn expiring(served: &Served, minutes: u32, again: u32) {
    let later = |minutes: u32| Duration::from_secs(u64::from(minutes) * 60);
    served.twin.with(|world| {
        let end = world.now() + jiff::SignedDuration::from_mins(minutes.into());
        signed_in_until(world, Some(end));
        world.after(later(minutes) + later(again), |world| signed_in_until(world, None));
    });
}

fn signed_in_until(world: &mut World, end: Option<jiff::Timestamp>) {
    if let Some(cloud) = &mut world.cloud {
        cloud.faults.credentials_expire = end;
    }
}

/// Plays all of them, each on a cluster of its own that is made like that one.
///
/// # Panics
/// Where one went another way; all that did are told.
pub fn play<S: Deref<Target = Served>>(cases: &[Case], like: &Blueprint, serve: impl Fn(Blueprint) -> S + Sync) {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut blueprint = like.clone();
                    (case.cluster)(&mut blueprint);
                    if let Err(what) = one(case, &serve(blueprint)) {
                        failed.lock().unwrap().push(format!("== {}: {what}", case.name));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn one(case: &Case, served: &Served) -> Result<(), String> {
    (case.breaks)(served);
    let person = Person::at(served);
    let told = person.run(&format!("run --yes {}", case.run));
    if told.code != Some(case.exits) {
        return Err(format!("expected the run to exit with {}, found {:?}:\n{}", case.exits, told.code, told.text));
    }
    // However the lines are broken.
    let flat = told.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(word) = case.says.iter().find(|word| !flat.contains(**word)) {
        return Err(format!("expected {word:?} in:\n{}", told.text));
    }
    if case.then.is_empty() {
        return Ok(());
    }
    (case.mends)(served);
    let told = person.run(case.then);
    match told.code {
        Some(0) => Ok(()),
        other => Err(format!("expected {} to end well, found {other:?}:\n{}", case.then, told.text)),
    }
}
