//! Findings, gravest first; those that say the same of several subjects are said once.

use upgrade_core::finding::{Finding, FindingCode, Severity};

use crate::report::text::{Page, Tone, count, hang, paint};

/// Findings that differ in their subject only.
struct Group<'a> {
    finding: &'a Finding,
    subjects: Vec<&'a str>,
}

/// Adds the findings under a heading for each severity.
pub(crate) fn findings(page: &mut Page, findings: &[Finding], accepted: &[FindingCode], columns: usize) {
    for severity in [Severity::Blocker, Severity::Warning, Severity::Note] {
        let of_severity: Vec<&Finding> = findings.iter().filter(|finding| finding.severity == severity).collect();
        let (waived, standing): (Vec<&Finding>, Vec<&Finding>) =
            of_severity.into_iter().partition(|f| severity == Severity::Blocker && accepted.contains(&f.code));
        let (tone, meaning) = meaning(severity);
        section(page, &standing, &severity.to_string(), meaning, tone, columns);
        section(page, &waived, "accepted blocker", "run goes on in spite of it", Tone::Caution, columns);
    }
}

const fn meaning(severity: Severity) -> (Tone, &'static str) {
    match severity {
        Severity::Blocker => (Tone::Bad, "run refuses to start while it stands"),
        Severity::Warning => (Tone::Caution, "look before you run"),
        Severity::Note => (Tone::Heading, "good to know"),
    }
}

fn section(page: &mut Page, findings: &[&Finding], what: &str, meaning: &str, tone: Tone, columns: usize) {
    if findings.is_empty() {
        return;
    }
    let heading = paint(tone, &count(findings.len(), what));
    page.line(format!("{heading}   {}", paint(Tone::Faint, meaning)));
    for group in grouped(findings) {
        let Finding { code, found, remedy, .. } = group.finding;
        page.lines(hang(&format!("  {code}  "), &format!("{}: {found}", group.subjects.join(", ")), columns));
        if let Some(remedy) = remedy {
            page.lines(hang("          → ", remedy, columns));
        }
    }
    page.gap();
}

fn grouped<'a>(findings: &[&'a Finding]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for finding in findings {
        let same = |group: &&mut Group<'_>| {
            let other = group.finding;
            (other.code, &other.found, &other.remedy) == (finding.code, &finding.found, &finding.remedy)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.subjects.push(&finding.subject),
            None => groups.push(Group { finding, subjects: vec![&finding.subject] }),
        }
    }
    groups
}
