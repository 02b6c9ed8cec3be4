//! Which upgrades are told, and how they are compared.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use upgrade_twin::clouds::Cloud;

use crate::arguments::{Arguments, One};
use crate::story;
use crate::tally::Tally;
use crate::told::{End, Told};

/// A story of more records is too long to be told once for each of them. One of a cloud takes as long with half of them.
const fn longest(cloud: Option<Cloud>) -> usize {
    if cloud.is_some() { 75 } else { 150 }
}

/// What is to be told.
pub(crate) enum Job {
    /// An upgrade, once.
    Once(One),
    /// An upgrade, twice, byte for byte the same.
    Twice(One),
    /// An upgrade with the plug pulled once, to that end and leaving that.
    Ends(One, End, String),
}

impl Job {
    /// These seeds, once.
    pub(crate) fn once(seeds: impl Iterator<Item = u64>) -> Vec<Self> {
        seeds.map(|seed| Self::Once(One::whole(seed))).collect()
    }

    /// These seeds, twice.
    pub(crate) fn twice(seeds: impl Iterator<Item = u64>) -> Vec<Self> {
        seeds.map(|seed| Self::Twice(One::whole(seed))).collect()
    }

    /// The first so many seeds whose upgrade finishes when nothing goes wrong, and a sixth as many of each cloud's: with
    /// the plug pulled after every record of their journals in turn.
    pub(crate) fn at_every_record(arguments: &Arguments) -> Vec<Self> {
        let clouds = [Cloud::Eks, Cloud::Gke, Cloud::Aks];
        let of_each = arguments.every_record.div_ceil(6);
        let of_clouds = clouds.into_iter().flat_map(|cloud| Self::everywhere(arguments, of_each, Some(cloud)));
        let on_hosts = if arguments.clouds { 0 } else { arguments.every_record };
        Self::everywhere(arguments, on_hosts, None).into_iter().chain(of_clouds).collect()
    }

    fn everywhere(arguments: &Arguments, count: usize, cloud: Option<Cloud>) -> Vec<Self> {
        let mut seeds = (arguments.from..).filter(|seed| One::calm(*seed).case().cloud() == cloud);
        let mut fit = Vec::new();
        while fit.len() < count {
            let some: Vec<u64> = seeds.by_ref().take(arguments.threads).collect();
            let calm = each(&some, arguments.threads, |seed| story::tell(&One::calm(*seed).case()));
            let fits = |(_, told): &(u64, Told)| told.end == End::Finished && told.records <= longest(cloud);
            fit.extend(some.into_iter().zip(calm).filter(fits));
        }
        let pulled = |(seed, whole): (u64, Told)| {
            (1..whole.records).map(move |record| {
                let one = One { plug: Some(record), ..One::calm(seed) };
                Self::Ends(one, whole.end.clone(), whole.left.clone())
            })
        };
        fit.into_iter().take(count).flat_map(pulled).collect()
    }

    const fn one(&self) -> One {
        match self {
            Self::Once(one) | Self::Twice(one) | Self::Ends(one, ..) => *one,
        }
    }

    fn tell(&self) -> Vec<Told> {
        match self {
            Self::Once(one) => vec![story::tell(&one.case())],
            Self::Twice(one) => twice(*one),
            Self::Ends(one, end, left) => vec![ends(*one, end, left)],
        }
    }
}

fn twice(one: One) -> Vec<Told> {
    let case = one.case();
    let (first, mut second) = (story::tell(&case), story::tell(&case));
    if first.trace != second.trace {
        let differs = first.trace.lines().zip(second.trace.lines()).find(|(a, b)| a != b);
        second.wrong.push(format!("the same seed told another story: {differs:?}"));
    }
    vec![first, second]
}

fn ends(one: One, end: &End, left: &str) -> Told {
    let mut told = story::tell(&one.case());
    if told.end != *end || told.left != left {
        let (found, found_left) = (&told.end, &told.left);
        told.wrong.push(format!("expected the same end as undisturbed, {end:?} {left}, found {found:?} {found_left}"));
    }
    if told.kills != 1 {
        told.wrong.push(format!("expected the plug to be pulled once, found {} times", told.kills));
    }
    told
}

/// Tells all of them, so many side by side.
pub(crate) fn run(jobs: &[Job], threads: usize, tally: &mut Tally) {
    let shared = Mutex::new(tally);
    each(jobs, threads, |job| {
        // Whatever panics in a story is to be told with its seed.
        let told = catch_unwind(AssertUnwindSafe(|| job.tell())).unwrap_or_else(|_| vec![Told::panicked()]);
        shared.lock().expect("no teller panics while it counts").add(job.one(), told);
    });
}

/// What comes of each, so many side by side, in their order.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], threads: usize, tell: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let teller = || {
        let mut told = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return told };
            told.push((index, tell(item)));
        }
    };
    let mut told: Vec<(usize, R)> = std::thread::scope(|scope| {
        let tellers: Vec<_> = (0..threads).map(|_| scope.spawn(teller)).collect();
        tellers.into_iter().flat_map(|teller| teller.join().expect("what is told does not panic")).collect()
    });
    told.sort_by_key(|(index, _)| *index);
    told.into_iter().map(|(_, result)| result).collect()
}
