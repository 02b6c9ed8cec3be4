//! Which deprecated APIs were requested: read from the metrics of the API server that answers.
//!
//! Metrics of a large cluster are tens of megabytes, so they are read line by line and only the lines wanted are looked
//! at. Each API server counts for itself, from its start on, and a request through a load balancer reaches one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use upgrade_core::inventory::{API_USE_COUNTED_FROM, ApiUse, Gap, GapSubject, RequestedApi};
use upgrade_core::version::Minor;

use super::gaps::gap;
use crate::api::{Api, Extent};
use crate::failure::Failure;

const PATH: &str = "/metrics";

/// More than any API server was seen to answer; what comes after is not read.
const AT_MOST: u64 = 256 * 1024 * 1024;

/// Gauge, 1 for each deprecated API requested at least once (Kubernetes 1.19 and later).
const REQUESTED: &str = "apiserver_requested_deprecated_apis";

/// Gauge without labels: seconds since 1970.
const STARTED: &str = "process_start_time_seconds";

/// What nothing but an API server answers; without it, the answer is somebody else's.
const OWN: &str = "apiserver_";

/// What the metrics say, and what they do not.
pub(super) struct Counted {
    seen: Option<ApiUse>,
    gaps: Vec<Gap>,
}

/// Asks the API server, whose minor is `minor` if it said so.
pub(super) async fn ask(api: &Api, minor: Option<Minor>) -> Counted {
    if let Some(minor) = minor.filter(|minor| *minor < API_USE_COUNTED_FROM) {
        let why = format!("API servers of {minor} do not count requests for deprecated APIs");
        return Counted { seen: None, gaps: vec![unseen(why)] };
    }
    let mut reading = Reading::default();
    let extent = api.lines(PATH, AT_MOST, |line| reading.line(line)).await;
    match extent {
        Ok(extent) => reading.counted(extent),
        Err(failure) => Counted { seen: None, gaps: vec![refused(&failure)] },
    }
}

impl Counted {
    /// What was seen, with a gap where it is the count of only one of several API servers.
    pub(super) fn beside(self, api_servers: usize) -> (Option<ApiUse>, Vec<Gap>) {
        let Self { seen, mut gaps } = self;
        if seen.is_some() && api_servers > 1 {
            let why = format!("each API server counts for itself, and only 1 of {api_servers} was asked");
            gaps.push(Gap { subject: GapSubject::ApiUse, why, hint: Some(BY_HAND.to_owned()) });
        }
        (seen, gaps)
    }
}

const BY_HAND: &str = "ask each: kubectl --server https://HOST:6443 get --raw /metrics | grep requested_deprecated";

fn unseen(why: impl Into<String>) -> Gap {
    let hint = Some("look for old manifests by hand".to_owned());
    Gap { subject: GapSubject::ApiUse, why: why.into(), hint }
}

fn refused(failure: &Failure) -> Gap {
    let gap = gap(GapSubject::ApiUse, failure, "get /metrics");
    match failure.code() {
        Some(403) => Gap { hint: Some("have it granted, and see: kubectl auth can-i get /metrics".to_owned()), ..gap },
        _ => gap,
    }
}

/// What the lines have said so far.
#[derive(Default)]
struct Reading {
    since: Option<Timestamp>,
    requested: BTreeSet<RequestedApi>,
    /// Whether an API server speaks.
    own: bool,
    /// Lines of the metric that could not be read.
    broken: usize,
}

impl Reading {
    fn line(&mut self, line: &str) {
        self.own |= line.starts_with(OWN);
        if let Some(labels) = line.strip_prefix(REQUESTED) {
            match sample(labels) {
                Some(Sample::Requested(api)) => {
                    self.requested.insert(api);
                }
                Some(Sample::Not) => {}
                None => self.broken += 1,
            }
        } else if let Some(value) = line.strip_prefix(STARTED) {
            self.since = started(value);
        }
    }

    fn counted(self, extent: Extent) -> Counted {
        let mut gaps = Vec::new();
        if !self.own {
            let gaps = vec![unseen("the answer to /metrics holds nothing of an API server")];
            return Counted { seen: None, gaps };
        }
        if self.broken > 0 {
            gaps.push(unseen(format!("lines of {REQUESTED} not understood: {}", self.broken)));
        }
        if extent == Extent::Cut {
            gaps.push(unseen(format!("the answer to /metrics was not read beyond {} MiB", AT_MOST >> 20)));
        }
        let seen = ApiUse { since: self.since, requested: self.requested.into_iter().collect() };
        Counted { seen: Some(seen), gaps }
    }
}

/// One line of the metric.
#[derive(Debug, PartialEq, Eq)]
enum Sample {
    /// This API was requested.
    Requested(RequestedApi),
    /// Its gauge is 0.
    Not,
}

/// Reads `{group="…",…} 1`, what follows the metric's name; none when that is not what stands there.
fn sample(text: &str) -> Option<Sample> {
    let mut rest = text.strip_prefix('{')?;
    let mut labels = BTreeMap::new();
    while !rest.starts_with('}') {
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        // Nothing in the name of an API needs escaping, and what is no name is not to reach a screen.
        let plain = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if !plain || labels.insert(name, value).is_some() {
            return None;
        }
        rest = match after.strip_prefix(',') {
            Some(next) => next,
            None if after.starts_with('}') => after,
            None => return None,
        };
    }
    // A time may follow the value.
    let value: f64 = rest.strip_prefix("} ")?.split(' ').next()?.parse().ok()?;
    let text = |name: &str| labels.get(name).map(|value| (*value).to_owned());
    let some = |name: &str| text(name).filter(|value| !value.is_empty());
    let removed_in = match some("removed_release") {
        Some(minor) => Some(minor.parse().ok()?),
        None => None,
    };
    let api = RequestedApi {
        group: text("group")?,
        version: some("version")?,
        resource: some("resource")?,
        subresource: some("subresource"),
        removed_in,
    };
    Some(if value > 0.0 { Sample::Requested(api) } else { Sample::Not })
}

/// Reads ` 1.79536840964e+09`.
fn started(value: &str) -> Option<Timestamp> {
    let since_1970 = Duration::try_from_secs_f64(value.trim().parse().ok()?).ok()?;
    Timestamp::from_second(i64::try_from(since_1970.as_secs()).ok()?).ok()
}

#[cfg(test)]
mod tests;
