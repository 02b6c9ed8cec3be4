//! Findings, gravest first; those that say the same of several subjects are said once.

use std::collections::BTreeMap;

use upgrade_core::finding::{Finding, FindingCode, Severity};

use crate::report::text::{Page, Tone, count, hang, paint};

/// So many subjects of one finding, and so many findings of one code, are shown; the others are counted.
const MANY: usize = 12;

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
    let mut shown: BTreeMap<FindingCode, usize> = BTreeMap::new();
    for Group { finding, subjects } in grouped(findings) {
        let Finding { code, found, remedy, .. } = finding;
        let so_far = shown.entry(*code).or_default();
        *so_far += 1;
        if *so_far > MANY {
            continue;
        }
        page.lines(hang(&format!("  {code}  "), &format!("{}: {found}", listed(&subjects)), columns));
        if let Some(remedy) = remedy {
            page.lines(hang("          → ", remedy, columns));
        }
    }
    for (code, number) in shown {
        if let Some(more) = number.checked_sub(MANY).filter(|more| *more > 0) {
            page.lines(hang(
                &format!("  {code}  "),
                &format!("and {more} more such; --output json has them all"),
                columns,
            ));
        }
    }
    page.gap();
}

fn listed(subjects: &[&str]) -> String {
    match subjects.split_at_checked(MANY).filter(|(_, more)| !more.is_empty()) {
        Some((named, more)) => format!("{} and {} more", named.join(", "), more.len()),
        None => subjects.join(", "),
    }
}

fn grouped<'a>(findings: &[&'a Finding]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: BTreeMap<(FindingCode, &str, Option<&str>), usize> = BTreeMap::new();
    for finding in findings {
        let key = (finding.code, finding.found.as_str(), finding.remedy.as_deref());
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.subjects.push(&finding.subject),
            None => groups.push(Group { finding, subjects: vec![&finding.subject] }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_findings_some_are_shown_and_all_counted() {
        let each = |number| Finding {
            code: FindingCode::NodeNotReady,
            severity: Severity::Blocker,
            subject: format!("node w-{number}"),
            found: "not Ready".to_owned(),
            remedy: Some(format!("kubectl describe node w-{number}")),
        };
        let alike = |number| Finding { code: FindingCode::SwapOn, remedy: None, ..each(number) };
        let all: Vec<Finding> = (0..1000).map(each).chain((0..1000).map(alike)).collect();
        let mut page = Page::default();
        findings(&mut page, &all, &[], 100);
        let text = page.into_text();
        assert!(text.contains("2000 blockers"), "{text}");
        assert!(text.contains("KU0406  and 988 more such"), "{text}");
        assert!(text.contains("node w-11 and 988 more: not Ready"), "{text}");
        assert!(text.lines().count() < 40, "{text}");
    }
}
