//! Versions out of support are moved to only when the plan says so.

use jiff::tz::TimeZone;

use super::broken::{Broken, Law};
use crate::facts::Facts;
use crate::finding::FindingCode;
use crate::plan::Plan;
use crate::support::{self, Phase};

pub(super) fn check(plan: &Plan, facts: &Facts) -> Vec<Broken> {
    let today = plan.made_at.to_zoned(TimeZone::UTC).date();
    let said = plan
        .findings
        .iter()
        .any(|finding| matches!(finding.code, FindingCode::TargetSupport | FindingCode::PathSupport));
    plan.hops
        .iter()
        .filter(|hop| support::status(hop.to.minor(), today, facts).phase == Phase::Ended)
        .filter(|hop| hop.notes.is_empty() && !said)
        .map(|hop| Broken::whole(Law::Support, format!("{} is out of support and the plan does not say so", hop.to)))
        .collect()
}
