//! The versions of Kubernetes that EKS has.

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use upgrade_core::version::Minor;

use super::asked::Asked;
use super::fault::{Code, Fault};
use super::names;
use super::route::page;
use crate::clouds::{CloudWorld, Offer, of};
use crate::world::World;

/// The newest offer of a minor.
pub(super) fn offer(cloud: &CloudWorld, minor: Minor) -> Result<&Offer, Fault> {
    let found = cloud.offers.iter().rfind(|offer| offer.version.minor() == minor);
    found.ok_or_else(|| Fault::new(Code::InvalidParameter, format!("unsupported Kubernetes version {minor}")))
}

/// The platform that goes with a minor: a figure that rises with every change of EKS itself.
pub(super) fn platform(cloud: &CloudWorld, minor: Minor) -> String {
    let nth = cloud.offers.iter().rev().position(|offer| offer.version.minor() == minor).unwrap_or_default();
    format!("eks.{}", 4 + 6 * nth)
}

/// `DescribeClusterVersions`.
pub(super) fn describe(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let cloud = of(world)?;
    let today = world.now().to_zoned(TimeZone::UTC).date();
    let wanted: Vec<&str> = asked.all("clusterVersions").collect();
    let flag = |name: &str| asked.query(name) == "true";
    let status = [asked.query("versionStatus").to_owned(), old_word(asked.query("status"))];
    let mut newest_first: Vec<Value> = Vec::new();
    for offer in cloud.offers.iter().rev() {
        let minor = offer.version.minor();
        let support = support(offer, today);
        let default = offer.extra.get("default").and_then(Value::as_bool).unwrap_or(false);
        let named = wanted.iter().any(|wanted| *wanted == minor.to_string());
        let of_status = status.iter().all(|status| status.is_empty() || status == support);
        let left_out = support == "UNSUPPORTED" && !flag("includeAll") && !named;
        if (!wanted.is_empty() && !named) || (flag("defaultOnly") && !default) || !of_status || left_out {
            continue;
        }
        let mut version = json!({
            "clusterVersion": minor.to_string(),
            "clusterType": "eks",
            "defaultPlatformVersion": platform(cloud, minor),
            "defaultVersion": default,
            "releaseDate": names::day(offer.released),
            "status": support.to_lowercase().replace('_', "-"),
            "versionStatus": support,
            "kubernetesPatchVersion": offer.version.release().to_string().trim_start_matches('v'),
        });
        let ends =
            [("endOfStandardSupportDate", offer.standard_until), ("endOfExtendedSupportDate", offer.extended_until)];
        for (member, end) in ends {
            if let (Some(version), Some(end)) = (version.as_object_mut(), end) {
                version.insert(member.to_owned(), names::day(end));
            }
        }
        newest_first.push(version);
    }
    page(world, asked, "clusterVersions", newest_first)
}

fn support(offer: &Offer, today: jiff::civil::Date) -> &'static str {
    let within = |end: Option<jiff::civil::Date>| end.is_none_or(|end| today <= end);
    match (within(offer.standard_until), within(offer.extended_until)) {
        (true, _) => "STANDARD_SUPPORT",
        (false, true) => "EXTENDED_SUPPORT",
        (false, false) => "UNSUPPORTED",
    }
}

/// `standard-support` is the older way to write `STANDARD_SUPPORT`.
fn old_word(status: &str) -> String {
    status.to_uppercase().replace('-', "_")
}
