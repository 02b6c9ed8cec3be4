//! Insights: what EKS finds that bears on an upgrade or a rollback, as it was when it last looked.

mod gather;

use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::{Code, Fault};
use super::names;
use super::route::{page, part, seen};
use crate::clouds::operations::{self, Kind, State, Subject};
use crate::clouds::{Request, Seen, change, of};
use crate::json;
use crate::world::World;

/// What insights are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Upgrade,
    Rollback,
}

impl Readiness {
    const fn category(self) -> &'static str {
        match self {
            Self::Upgrade => "UPGRADE_READINESS",
            Self::Rollback => "ROLLBACK_READINESS",
        }
    }
}

const REFRESH: &str = "InsightsRefresh";

/// What stands in the way at this moment.
pub(super) fn errors(world: &World, readiness: Readiness) -> Result<Vec<String>, Fault> {
    let found = gather::all(world)?;
    let stands = |one: &&Value| {
        json::text(one, "/category") == readiness.category() && json::text(one, "/insightStatus/status") == "ERROR"
    };
    Ok(found.iter().filter(stands).map(|one| json::text(one, "/name").to_owned()).collect())
}

/// As they were last gathered; before the first time, as they are.
fn known(world: &World) -> Result<Vec<Value>, Fault> {
    let seen: &Seen = seen(world)?;
    match seen.extra.get("insights").and_then(Value::as_array) {
        Some(gathered) => Ok(gathered.clone()),
        None => {
            let mut found = gather::all(world)?;
            let created = names::time(of(world)?.created);
            found.iter_mut().for_each(|one| json::set(one, &["lastRefreshTime"], created.clone()));
            Ok(found)
        }
    }
}

/// `ListInsights`.
pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let filter = asked.body.get("filter").cloned().unwrap_or_default();
    let passes = |key: &str, value: &str| {
        let mut wanted = json::items(&filter, key).peekable();
        wanted.peek().is_none() || wanted.any(|wanted| wanted == value)
    };
    let mut found = known(world)?;
    found.retain(|one| {
        passes("/categories", json::text(one, "/category"))
            && passes("/kubernetesVersions", json::text(one, "/kubernetesVersion"))
            && passes("/statuses", json::text(one, "/insightStatus/status"))
    });
    for one in &mut found {
        for member in ["recommendation", "additionalInfo", "resources", "categorySpecificSummary"] {
            json::remove(one, &[member]);
        }
    }
    page(world, asked, "insights", found)
}

/// `DescribeInsight`.
pub(super) fn describe(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let id = part(asked, 3);
    let found = known(world)?.into_iter().find(|one| json::text(one, "/id") == id);
    let found = found.ok_or_else(|| Fault::new(Code::NotFound, format!("No insight found for ID: {id}")))?;
    Ok(json!({ "insight": found }))
}

/// `StartInsightsRefresh`.
pub(super) fn start_refresh(world: &mut World, _: &Asked<'_>) -> Result<Value, Fault> {
    let answer = json!({ "message": "Insights refresh is in progress", "status": "IN_PROGRESS" });
    let going_on = of(world)?.now().operations.iter().any(|one| one.kind == Kind::Other(REFRESH) && !one.state.ended());
    if !going_on {
        let span = world.tempo.pool_work;
        let subject = Subject::Other("insights".to_owned());
        operations::brief(world, REFRESH, subject, span, Request::default(), |world| {
            let found = gather::all(world).unwrap_or_default();
            change(world, |seen| seen.extra.insert("insights".to_owned(), json!(found)));
        })?;
    }
    Ok(answer)
}

/// `DescribeInsightsRefresh`.
pub(super) fn describe_refresh(world: &mut World, _: &Asked<'_>) -> Result<Value, Fault> {
    let last = seen(world)?.operations.iter().rfind(|one| one.kind == Kind::Other(REFRESH));
    let Some(last) = last else {
        return Ok(json!({ "message": "Insights were refreshed by EKS", "status": "COMPLETED" }));
    };
    let status = match last.state {
        State::Running | State::Cancelling => "IN_PROGRESS",
        State::Done => "COMPLETED",
        State::Failed | State::Cancelled => "FAILED",
    };
    let mut answer = json!({
        "message": "Insights refresh was asked for", "status": status, "startedAt": names::time(last.started),
    });
    if let Some(ended) = last.ended {
        json::set(&mut answer, &["endedAt"], names::time(ended));
    }
    Ok(answer)
}
