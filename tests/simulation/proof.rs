//! No invariant is worth anything that cannot fail: each is broken once on purpose, and has to say so.

mod clouds;
mod deeds;

use std::time::Duration;

use serde_json::json;
use upgrade_core::plan::{Amount, DrainPolicy, Options, Strategy};
use upgrade_core::target::Target;
use upgrade_core::version::{Minor, Version};
use upgrade_twin::blueprint::{Blueprint, Form, Machine, Packages, Workload};
use upgrade_twin::clouds::faults::CloudFaults;
use upgrade_twin::{Faults, Tempo};

use crate::breach::{Breach, Moment};
use crate::case::Case;
use crate::{jobs, story};

/// How many promises are broken, and those of which nothing was noticed.
pub(crate) fn unnoticed(threads: usize) -> (usize, Vec<String>) {
    let (on_hosts, of_clouds) = (deeds::all(), clouds::deeds());
    let mut unnoticed = of(&on_hosts, case, threads);
    unnoticed.extend(of(&of_clouds, clouds::case, threads));
    (on_hosts.len() + of_clouds.len(), unnoticed)
}

fn of(deeds: &[Deed], case: fn(Option<Breach>) -> Case, threads: usize) -> Vec<String> {
    let sound = story::tell(&case(None));
    let for_nothing = sound.wrong.iter().map(|wrong| format!("nothing was broken, and yet: {wrong}"));
    let missed = jobs::each(deeds, threads, |(expected, breach)| {
        let told = story::tell(&case(Some(breach.clone())));
        let noticed = told.wrong.iter().any(|wrong| wrong.contains(expected));
        (!noticed).then(|| format!("expected that {expected:?} is noticed, found {:?} and {:?}", told.end, told.wrong))
    });
    for_nothing.chain(missed.into_iter().flatten()).collect()
}

/// The words in which it has to be noticed, and what is done.
type Deed = (&'static str, Breach);

/// Three control planes, and four workers of which someone else has cordoned one; a workload with a budget.
fn case(breach: Option<Breach>) -> Case {
    let version = Version::new(1, 33, 2);
    let control_plane = (1..=3).map(|number| {
        Machine::new(&format!("cp-{number}"), &format!("10.0.0.{}", 10 + number), &version).control_plane()
    });
    let workers = (1..=4).map(|number| {
        let machine = Machine::new(&format!("w-{number}"), &format!("10.0.1.{}", 10 + number), &version);
        Machine { cordoned: number == 4, ..machine }
    });
    let mut objects = vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})];
    objects.extend(Workload::deployment("shop", "web", 3).min_available(2).objects());
    objects.extend(Workload::stateful_set("shop", "db", 2).objects());
    let offered = (32..=36).flat_map(|minor| (0..4).map(move |patch| Version::new(1, minor, patch))).collect();
    // Only what was asked of the planning differs: then there is nothing to do, and nothing may be done.
    let idle = matches!(breach, Some(Breach::Client(Moment::Planning, ..)));
    Case {
        seed: 0,
        blueprint: Blueprint {
            name: "proof".to_owned(),
            // Some weeks after 1.34 came out.
            epoch: "2025-10-01T12:00:00Z".parse().expect("a time"),
            form: Form::Kubeadm,
            version: version.clone(),
            machines: control_plane.chain(workers).collect(),
            packages: Packages { offered, exact: Vec::new(), per_minor: true },
            objects,
            tempo: Tempo::default(),
            faults: Faults::default(),
        },
        target: if idle { Target::Exact(version) } else { Target::Minor(Minor::new(1, 34)) },
        options: Options {
            strategy: Strategy::Rolling { max_unavailable: Amount::Count(1) },
            drain: DrainPolicy { timeout_s: 300, ..DrainPolicy::default() },
            ..Options::default()
        },
        faults: Faults::default(),
        cloud_faults: CloudFaults::default(),
        mishaps: Vec::new(),
        plugs: Vec::new(),
        downtime: Duration::from_secs(30),
        can_drain: true,
        breach,
    }
}
