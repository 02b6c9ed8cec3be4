//! A plan as a runbook: where the cluster stands, what stands in the way, every step, the way back, what to type next.

use std::time::Duration;

use upgrade_core::ids::PlanDigest;
use upgrade_core::inventory::Gap;
use upgrade_core::plan::{Action, Amount, CloudAction, DrainPolicy, Plan, PlanKind, ProviderKind, Step, Strategy};
use upgrade_rehearsal::estimate;
use upgrade_twin::Tempo;

use super::components::{component_table, other_gaps, support_line};
use super::findings::findings;
use super::reversal::way_back;
use super::saved::saved_words;
use super::steps::{steps, totals};
use crate::report::standing::{Standing, Supported};
use crate::report::text::{Page, Tone, count, duration, hang, paint};

/// What is shown of a plan.
pub(crate) struct PlanView<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// Its digest.
    pub(crate) digest: &'a PlanDigest,
    /// Where the cluster stands.
    pub(crate) standing: &'a Standing,
    /// The target and the support of its minor.
    pub(crate) target: &'a Supported,
    /// Whether every lane is written out, with its command lines.
    pub(crate) details: bool,
    /// What to type next: a word for what it does, and the command.
    pub(crate) next: &'a [(String, String)],
}

/// The whole text.
pub(crate) fn plan(view: &PlanView<'_>, columns: usize) -> String {
    let mut page = Page::default();
    header(&mut page, view, columns);
    page.gap();
    component_table(&mut page, view.standing, false, columns);
    // A gap that a finding tells of is not told twice.
    let told = |gap: &&Gap| view.plan.findings.iter().any(|finding| finding.found.ends_with(&gap.why));
    other_gaps(&mut page, view.standing.gaps.iter().filter(|gap| !told(gap)), columns);
    page.gap();
    findings(&mut page, &view.plan.findings, &view.plan.options.accepted, columns);
    if view.plan.steps().next().is_none() {
        page.line(format!("Nothing to do: every component is where {} wants it.", view.plan.target));
        return page.into_text();
    }
    body(&mut page, view, columns);
    footer(&mut page, view, columns);
    page.into_text()
}

/// Cluster, running, target and path.
fn header(page: &mut Page, view: &PlanView<'_>, columns: usize) {
    let (plan, standing) = (view.plan, view.standing);
    cluster_lines(page, standing, columns);
    if let Some(running) = &standing.running {
        version_line(page, "running", running, columns);
    }
    version_line(page, "target", view.target, columns);
    page.lines(hang(&label("path"), &path_words(plan), columns));
}

/// `1.34.8 → 1.35.9 → 1.36.5, 2 hops`.
fn path_words(plan: &Plan) -> String {
    if plan.hops.is_empty() {
        return format!("the control plane stays at {}; nodes that lag behind follow", plan.target);
    }
    let mut path = vec![plan.from.to_string()];
    path.extend(plan.hops.iter().map(|hop| hop.to.to_string()));
    let kind = match plan.kind {
        PlanKind::Upgrade => "",
        PlanKind::Rollback => ", back to an older version",
    };
    format!("{}, {}{kind}", path.join(" → "), count(plan.hops.len(), "hop"))
}

/// The cluster, its kind and the evidence that decided it.
pub(crate) fn cluster_lines(page: &mut Page, standing: &Standing, columns: usize) {
    let nodes = format!("{} control-plane + {}", standing.control_plane_nodes, count(standing.worker_nodes, "worker"));
    let name = paint(Tone::Heading, &standing.cluster.name);
    page.lines(hang(&label("cluster"), &format!("{name}, {}, {nodes}", standing.kind), columns));
    if !standing.evidence.is_empty() {
        page.lines(hang(&label(""), &format!("by {}", standing.evidence.join("; ")), columns));
    }
}

/// `running  1.34.8   supported until …`.
pub(crate) fn version_line(page: &mut Page, what: &str, supported: &Supported, columns: usize) {
    let (support, tone) = support_line(supported);
    let first = format!("{}{}   ", label(what), supported.version);
    let lines = hang(&first, &support, columns);
    let painted = |line: String| line.replace(&support, &paint(tone, &support));
    page.lines(lines.into_iter().map(painted));
}

fn label(what: &str) -> String {
    format!("{what:<9}")
}

/// The steps and the rules they follow.
fn body(page: &mut Page, view: &PlanView<'_>, columns: usize) {
    let plan = view.plan;
    page.line(format!("{}   {}", paint(Tone::Heading, "Steps"), totals(plan)));
    let mut rule = |name: &str, text: &str| page.lines(hang(&format!("  {name:<9}"), text, columns));
    rule("order", "as shown; before each step, run looks again and holds if the step may not start");
    rule("workers", &workers_words(plan));
    if let Some(takes) = takes_words(plan) {
        rule("takes", &takes);
    }
    if let Some(saved) = saved_words(plan) {
        rule("saves", &saved);
    }
    if plan.steps().any(|step| {
        matches!(
            step.action,
            Action::Drain { .. } | Action::Cloud(CloudAction::DrainPool { .. } | CloudAction::RenewPool { .. })
        )
    }) {
        rule("drains", &drain_words(&plan.options.drain));
    }
    steps(page, plan, view.details, columns);
    page.gap();
    way_back(page, plan, columns);
    page.gap();
}

/// How the workers move: where a cloud replaces nodes in place it does so as each pool is set.
fn workers_words(plan: &Plan) -> String {
    let in_place = |step: &Step| matches!(step.action, Action::Cloud(CloudAction::UpgradePool { .. }));
    if plan.steps().any(in_place) {
        return "by the cloud, a pool at a time, as each pool is set".to_owned();
    }
    strategy_words(plan)
}

/// From the steps alone: what drains meet is a rehearsal's to say. How long clouds take was not measured.
fn takes_words(plan: &Plan) -> Option<String> {
    if plan.steps().any(|step| matches!(step.action, Action::Cloud(_))) {
        return None;
    }
    let takes = estimate(plan, &Tempo::default());
    let minutes = |time: Duration| time.as_secs().saturating_add(30) / 60;
    let either_way = minutes(takes.high.saturating_sub(takes.middle)).max(1);
    let about = duration(minutes(takes.middle).max(1) * 60);
    let more = match plan.provider {
        ProviderKind::Kubeadm => "; kubectl upgrade rehearse says more",
        ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks | ProviderKind::Manual => "",
    };
    Some(format!("about {about} ± {either_way}, waits for budgets aside{more}"))
}

fn strategy_words(plan: &Plan) -> String {
    let workers = match plan.options.strategy {
        Strategy::AllAtOnce => "all at once".to_owned(),
        Strategy::Rolling { max_unavailable: Amount::Count(number) } => {
            format!("at most {number} unavailable at a time")
        }
        Strategy::Rolling { max_unavailable: Amount::Percent(percent) } => {
            format!("at most {percent}% unavailable at a time")
        }
        Strategy::NewPools { at_once, soak_s } => format!(
            "a new pool beside each, ready for {}; then the old one's nodes drained, {at_once} at a time, and deleted",
            duration(u64::from(soak_s))
        ),
    };
    if plan.options.excluded.is_empty() {
        return workers;
    }
    let excluded: Vec<&str> = plan.options.excluded.iter().map(|node| node.as_str()).collect();
    format!("{workers}; left alone: {}", excluded.join(", "))
}

/// What every drain does; which pods it meets is known only when it starts.
fn drain_words(policy: &DrainPolicy) -> String {
    let consent = match (policy.force, policy.delete_empty_dir_data) {
        (false, false) => "pods without a controller or with emptyDir data hold the run",
        (true, false) => "pods without a controller go too; those with emptyDir data hold the run",
        (false, true) => "emptyDir data is deleted; pods without a controller hold the run",
        (true, true) => "pods without a controller and emptyDir data go too",
    };
    let grace = policy.grace_period_s.map(|s| format!(", {s} s to end")).unwrap_or_default();
    format!(
        "pods are evicted under their budgets, within {}{grace}; DaemonSet and mirror pods stay; {consent}; \
         which pods, is seen when the drain starts",
        duration(u64::from(policy.timeout_s))
    )
}

/// The digest and what to type next.
fn footer(page: &mut Page, view: &PlanView<'_>, columns: usize) {
    page.lines(hang(&label("digest"), view.digest.as_str(), columns));
    next_lines(page, view.next);
}

/// Commands stand alone on their line, so that they can be copied.
pub(crate) fn next_lines(page: &mut Page, next: &[(String, String)]) {
    let column = next.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
    for (index, (what, command)) in next.iter().enumerate() {
        page.line(format!("{}{what:<column$}  {command}", label(if index == 0 { "next" } else { "" })));
    }
}
