//! The component table: what runs where, what the skew policy allows there, and what could not be seen.

use upgrade_core::component::Component;
use upgrade_core::inventory::{Gap, GapSubject, Place};
use upgrade_core::support::{Phase, SupportStatus};

use crate::report::standing::{ComponentRow, Judgement, Standing, Supported};
use crate::report::text::{Page, Tone, count, hang, pad, paint, width};

/// More places than this are counted instead of named.
const NAMED_PLACES: usize = 3;

/// Between columns.
const GUTTER: usize = 2;

/// One line of the table before it is laid out.
struct Line {
    cells: [String; 4],
    verdict: String,
    tone: Tone,
}

/// Adds the table, wrapped to `columns`. With `support`, the verdict says how long the version is supported.
pub(crate) fn component_table(page: &mut Page, standing: &Standing, support: bool, columns: usize) {
    let mut lines = Vec::new();
    for component in Component::ALL {
        let rows = standing.components.iter().filter(|row| row.component == component);
        lines.extend(rows.map(|row| row_line(row, support)));
        lines.extend(standing.gaps.iter().filter_map(|gap| gap_line(component, gap)));
    }
    let headings = ["COMPONENT", "WHERE", "VERSION", "ALLOWED NOW"];
    let widths: [usize; 4] = std::array::from_fn(|column| {
        let cell = |line: &Line| line.cells.get(column).map_or(0, |cell| width(cell));
        lines.iter().map(cell).chain([headings.get(column).map_or(0, |heading| heading.len())]).max().unwrap_or(0)
    });
    page.line(paint(Tone::Heading, &format!("{}VERDICT", columns_of(&headings, &widths))));
    for line in &lines {
        let cells: Vec<&str> = line.cells.iter().map(String::as_str).collect();
        page.lines(hang_painted(&columns_of(&cells, &widths), &line.verdict, line.tone, columns));
    }
}

/// Cells padded to their columns, with a gutter after each.
fn columns_of(cells: &[&str], widths: &[usize]) -> String {
    cells.iter().zip(widths).map(|(cell, columns)| pad(cell, columns + GUTTER)).collect()
}

/// Like [`hang`], with the hung text painted line by line.
fn hang_painted(first: &str, text: &str, tone: Tone, columns: usize) -> Vec<String> {
    let indent = first.len();
    let lines = hang(first, text, columns);
    let painted = |line: String| match (line.get(..indent), line.get(indent..)) {
        (Some(head), Some(tail)) => format!("{head}{}", paint(tone, tail)),
        (_, _) => line,
    };
    lines.into_iter().map(painted).collect()
}

fn row_line(row: &ComponentRow, support: bool) -> Line {
    let (verdict, tone) = match &row.verdict {
        Judgement::Ok => ("ok".to_owned(), Tone::Good),
        Judgement::Outside(how) => (how.clone(), Tone::Bad),
        Judgement::Unknown(why) => (format!("unknown: {why}"), Tone::Caution),
        Judgement::NotJudged => ("no rule".to_owned(), Tone::Faint),
    };
    let verdict = match row.support.as_ref().filter(|_| support) {
        Some(support) => format!("{verdict}; {}", days(support)),
        None => verdict,
    };
    let allowed = row.allowed.clone().unwrap_or_else(|| "–".to_owned());
    Line { cells: [name(row.component).to_owned(), places(row), row.version.to_string(), allowed], verdict, tone }
}

/// Names as short as they are unmistakable.
const fn name(component: Component) -> &'static str {
    match component {
        Component::ControllerManager => "controller-manager",
        Component::Scheduler => "scheduler",
        Component::CloudControllerManager => "cloud-controller",
        Component::ContainerRuntime => "runtime",
        Component::Kubectl => "kubectl (yours)",
        Component::ApiServer
        | Component::Etcd
        | Component::Kubelet
        | Component::KubeProxy
        | Component::CoreDns
        | Component::Kubeadm => component.name(),
    }
}

fn places(row: &ComponentRow) -> String {
    match row.places.as_slice() {
        [one @ (Place::DaemonSet(_) | Place::Deployment(_))] => match one {
            Place::DaemonSet(_) => "DaemonSet".to_owned(),
            Place::Deployment(_) | Place::Node(_) | Place::Endpoint | Place::Here => "Deployment".to_owned(),
        },
        few if few.len() <= NAMED_PLACES => few.iter().map(Place::to_string).collect::<Vec<_>>().join(" "),
        many => count(many.len(), "node"),
    }
}

/// The line of a component that could not be seen, everywhere or at one place.
fn gap_line(component: Component, gap: &Gap) -> Option<Line> {
    let GapSubject::Component(of, place) = &gap.subject else { return None };
    let place = place.as_ref().map_or_else(|| "–".to_owned(), Place::to_string);
    (*of == component).then(|| Line {
        cells: [name(component).to_owned(), place, "–".to_owned(), "–".to_owned()],
        verdict: format!("not seen: {}", with_hint(gap)),
        tone: Tone::Caution,
    })
}

/// What could not be seen and is not a component.
pub(crate) fn other_gaps<'a>(page: &mut Page, gaps: impl IntoIterator<Item = &'a Gap>, columns: usize) {
    let mut first = true;
    for gap in gaps {
        let Some(subject) = other_subject(&gap.subject) else { continue };
        if first {
            page.gap();
            page.line(paint(Tone::Caution, "Not seen"));
            first = false;
        }
        page.lines(hang("  ", &format!("{subject}: {}", with_hint(gap)), columns));
    }
}

fn other_subject(subject: &GapSubject) -> Option<String> {
    match subject {
        // What is in use matters only on a way that ends it: a finding then says so.
        GapSubject::Component(_, _) | GapSubject::ApiUse => None,
        GapSubject::Host(node) => Some(format!("host {node}")),
        GapSubject::Pods => Some("pods".to_owned()),
        GapSubject::Budgets => Some("PodDisruptionBudgets".to_owned()),
        GapSubject::KubeadmRecord => Some("kubeadm's record".to_owned()),
        GapSubject::Cloud => Some("the cloud's view".to_owned()),
        GapSubject::NodePools => Some("NodePools of Karpenter".to_owned()),
        GapSubject::Evidence => Some("marks of the cluster's kind".to_owned()),
    }
}

fn with_hint(gap: &Gap) -> String {
    gap.hint.as_ref().map_or_else(|| gap.why.clone(), |hint| format!("{} → {hint}", gap.why))
}

/// The support of a version in words, and how grave that is.
pub(crate) fn support_line(supported: &Supported) -> (String, Tone) {
    (supported.support.to_string(), support_tone(&supported.support))
}

fn support_tone(support: &SupportStatus) -> Tone {
    match support.phase {
        Phase::Ended => Tone::Bad,
        Phase::NotReleased | Phase::Unknown => Tone::Caution,
        Phase::Supported | Phase::Maintenance if support.is_due() => Tone::Caution,
        Phase::Supported | Phase::Maintenance => Tone::Good,
    }
}

/// As short as a table needs it.
fn days(support: &SupportStatus) -> String {
    match (support.phase, support.days_left) {
        (Phase::Supported | Phase::Maintenance, Some(days)) => format!("support: {} left", day_count(days)),
        (Phase::Supported | Phase::Maintenance, None) => "supported".to_owned(),
        (Phase::Ended, Some(days)) => format!("support ended {} ago", day_count(days.saturating_neg())),
        (Phase::Ended, None) => "support ended long ago".to_owned(),
        (Phase::NotReleased, _) => "not released yet".to_owned(),
        (Phase::Unknown, _) => "support unknown".to_owned(),
    }
}

fn day_count(days: i64) -> String {
    count(usize::try_from(days).unwrap_or_default(), "day")
}
