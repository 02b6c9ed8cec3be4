//! Faults of a cloud, each met by the plugin: what the run says and how it ends, and that it ends well once they are mended.

use std::ops::Deref;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};
use upgrade_twin::clouds::pools::{self, PoolSpec};
use upgrade_twin::clouds::{Request, change};
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

/// Something typed that cannot be.
pub struct Mistake {
    /// Breaks the cluster or its cloud before.
    pub breaks: fn(&Served),
    /// What is typed.
    pub typed: &'static str,
    /// The exit code.
    pub exits: i32,
    /// What is said of it, and of what to type instead.
    pub says: &'static [&'static str],
}

/// Makes them at a cluster, one after the other.
///
/// # Panics
/// Where one is not told as it should be.
pub fn refuse(mistakes: &[Mistake], served: &Served) {
    let (person, mut wrong) = (Person::at(served), Vec::new());
    for Mistake { breaks, typed, exits, says } in mistakes {
        breaks(served);
        let told = person.run(typed);
        let flat = told.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if told.code != Some(*exits) || !says.iter().all(|word| flat.contains(word)) {
            wrong.push(format!("== {typed}: expected {exits} and {says:?}, found {:?}:\n{}", told.code, told.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What somebody chose of a pool.
pub type Choice = fn(&mut PoolSpec);

/// Saves a plan that sets a pool up for itself. It is stale once somebody has set the pool up in a way that the plan does not
/// know, which is said; an autoscaler that adds a node makes it none.
///
/// # Panics
/// Where it is otherwise.
pub fn save_and_run(served: &Served, pool: &str, words: &str, [otherwise, as_it_was]: [Choice; 2], says: &str) {
    let person = Person::at(served);
    let set = |how: Choice| {
        served.twin.with(|world| change(world, |seen| how(&mut seen.pools.get_mut(pool).unwrap().spec)));
    };
    let _ = person.run(&format!("plan --to 1.34 --pool {pool} {words} --out plan.json")).exits(0);
    set(otherwise);
    let stale = person.run("run --yes --plan plan.json").exits(4);
    let flat = stale.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(says) && flat.contains("kubectl upgrade plan --out FILE"), "{says}: {flat}");
    set(as_it_was);
    served.twin.with(|world| {
        let mut size = world.cloud.as_ref().unwrap().now().pools[pool].spec.size;
        (size.desired, size.max) = (size.desired + 1, size.max.max(size.desired + 1));
        pools::resize(world, pool, size, Request::default()).unwrap();
    });
    served.until("one more node", || {
        served.cloud(|cloud| cloud.now().operations.iter().all(|one| one.state.ended())).then_some(())
    });
    let _ = person.run("run --yes --plan plan.json").exits(0);
}

/// Takes that right away from the caller, in the cloud's word for it.
pub fn denied(served: &Served, right: &str) {
    served.twin.with(|world| change(world, |seen| seen.extra.insert("denied".to_owned(), json!([right]))));
}

/// Lets the credentials expire now.
pub fn expired(served: &Served) {
    served.twin.with(|world| {
        let now = world.now();
        signed_in_until(world, Some(now));
    });
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
