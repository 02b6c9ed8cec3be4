//! An inventory as JSON: everything that is decided from one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use upgrade_core::checks::{self, CheckContext};
use upgrade_core::detect::detect;
use upgrade_core::facts::Facts;
use upgrade_core::gate::{self, decide};
use upgrade_core::ids::RunId;
use upgrade_core::inventory::Inventory;
use upgrade_core::lint::lint;
use upgrade_core::plan::{Options, PlanFile, ProviderKind};
use upgrade_core::planner::{self, Request, stale};
use upgrade_core::target::Target;
use upgrade_core::version::{Minor, Version};
use upgrade_fuzz::same;

static FACTS: LazyLock<Facts> = LazyLock::new(Facts::embedded);

fuzz_target!(|text: &str| {
    let Ok(inventory) = serde_json::from_str::<Inventory>(text) else { return };
    same::as_json(&inventory);
    let detection = detect(&inventory.evidence, &inventory.cluster.server);
    assert!(!detection.marks.is_empty());
    findings(&inventory);
    let targets = [Target::NewestReachable, Target::LatestPatch, Target::Minor(Minor::new(1, 36))];
    targets.into_iter().for_each(|target| planned(&inventory, target));
});

fn findings(inventory: &Inventory) {
    let context = CheckContext {
        hops: vec![(Version::new(1, 34, 2), Version::new(1, 35, 3))],
        today: jiff::civil::date(2026, 11, 22),
        options: &Options::default(),
        kubectl: None,
        facts: &FACTS,
    };
    let findings = checks::findings(inventory, &context);
    assert!(findings.is_sorted_by_key(|finding| finding.severity));
    findings.iter().for_each(same::as_json);
}

fn planned(inventory: &Inventory, target: Target) {
    let request = Request {
        target,
        options: Options::default(),
        provider: ProviderKind::Kubeadm,
        today: jiff::civil::date(2026, 11, 22),
        tool: "fuzz",
        facts: &FACTS,
        kubectl: None,
        components: None,
        parent: None,
    };
    let plan = match planner::plan(inventory, &request) {
        Ok(plan) => plan,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert_eq!(lint(&plan, inventory, &FACTS), []);
    assert_eq!(stale(&plan, inventory), []);
    let file = PlanFile::seal(plan);
    assert_eq!(PlanFile::read(&serde_json::to_string(&file).expect("JSON")).ok().as_ref(), Some(&file));
    let (plan, run) = (&file.plan, RunId::new("r"));
    for step in plan.steps() {
        let context = gate::Context {
            plan,
            step,
            fresh: inventory,
            run: &run,
            accepted: &[],
            facts: &FACTS,
            now: inventory.observed_at,
        };
        // The same look gives the same decision.
        assert_eq!(format!("{:?}", decide(&context)), format!("{:?}", decide(&context)));
    }
}
