//! What EKS found that bears on an upgrade.

use aws_sdk_eks::types::{Category, Insight as Described, InsightStatusValue, InsightSummary, InsightsFilter};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use upgrade_core::inventory::{Insight, InsightStatus};
use upgrade_core::scope::CloudScope;
use upgrade_provider::PortError;

use super::AT_ONCE;
use super::text::moment;
use crate::provider::Eks;

/// All of them.
pub(super) struct Found {
    pub(super) insights: Vec<Insight>,
    /// When the oldest was gathered.
    pub(super) at: Option<Timestamp>,
}

/// What is not passing is asked for in detail where a plan is made of it.
pub(super) async fn all(eks: &Eks, scope: CloudScope) -> Result<Found, PortError> {
    let call = eks.call("list the insights", "ListInsights");
    let filter = InsightsFilter::builder().categories(Category::UpgradeReadiness).build();
    let pages =
        eks.client.list_insights().cluster_name(&eks.names.cluster).filter(filter).into_paginator().items().send();
    let summaries: Vec<InsightSummary> = pages.collect::<Result<_, _>>().await.map_err(|error| call.failed(error))?;
    let at = match summaries.iter().filter_map(|one| moment(one.last_refresh_time())).min() {
        Some(at) => Some(at),
        None => last_refresh(eks).await?,
    };
    let insights: Vec<Insight> = summaries.iter().map(of_summary).collect();
    let found = futures::stream::iter(insights).map(|insight| async move {
        let detailed = scope == CloudScope::All && insight.status != InsightStatus::Passing;
        if detailed { describe(eks, insight).await } else { Ok(insight) }
    });
    Ok(Found { insights: found.buffered(AT_ONCE).try_collect().await?, at })
}

/// Where there is nothing to find, the refresh itself says when.
async fn last_refresh(eks: &Eks) -> Result<Option<Timestamp>, PortError> {
    let call = eks.call("ask when insights were gathered", "DescribeInsightsRefresh");
    let asked = eks.client.describe_insights_refresh().cluster_name(&eks.names.cluster).send().await;
    Ok(moment(asked.map_err(|error| call.failed(error))?.ended_at()))
}

fn of_summary(summary: &InsightSummary) -> Insight {
    let status = summary.insight_status();
    Insight {
        id: summary.id().unwrap_or_default().to_owned(),
        name: summary.name().unwrap_or_default().to_owned(),
        status: match status.and_then(|status| status.status()) {
            Some(InsightStatusValue::Passing) => InsightStatus::Passing,
            Some(InsightStatusValue::Warning) => InsightStatus::Warning,
            Some(InsightStatusValue::Error) => InsightStatus::Error,
            Some(_) | None => InsightStatus::Unknown,
        },
        minor: summary.kubernetes_version().and_then(|text| text.parse().ok()),
        reason: status.and_then(|status| status.reason()).unwrap_or_default().to_owned(),
        advice: String::new(),
        found_on: Vec::new(),
    }
}

async fn describe(eks: &Eks, insight: Insight) -> Result<Insight, PortError> {
    let call = eks.call("look at an insight", "DescribeInsight");
    let asked = eks.client.describe_insight().cluster_name(&eks.names.cluster).id(&insight.id).send().await;
    let answer = asked.map_err(|error| call.failed(error))?;
    let Some(details) = answer.insight() else { return Ok(insight) };
    Ok(Insight {
        advice: details.recommendation().unwrap_or_default().to_owned(),
        found_on: found_on(details),
        ..insight
    })
}

/// The objects, the APIs with who uses them, and the add-ons.
fn found_on(insight: &Described) -> Vec<String> {
    let resources = insight.resources().iter().filter_map(|one| one.kubernetes_resource_uri().or(one.arn()));
    let mut found: Vec<String> = resources.map(str::to_owned).collect();
    let Some(summary) = insight.category_specific_summary() else { return found };
    for api in summary.deprecation_details() {
        let clients = api.client_stats().iter().map(|client| {
            let agent = client.user_agent().unwrap_or("an unknown client");
            format!("{agent}: {} requests in 30 days", client.number_of_requests_last30_days())
        });
        let clients: Vec<String> = clients.collect();
        let instead = api.replaced_with().map(|instead| format!(", replaced by {instead}")).unwrap_or_default();
        found.push(format!("{}{instead} ({})", api.usage().unwrap_or_default(), clients.join(", ")));
    }
    for addon in summary.addon_compatibility_details() {
        let fitting = addon.compatible_versions().join(", ");
        found.push(format!("add-on {}: {fitting} would go with it", addon.name().unwrap_or_default()));
    }
    found
}
