//! KU0201 and KU0203: the version-skew policy, as the cluster stands and for the operator's kubectl along the path.

use super::CheckContext;
use super::words::{finding, names};
use crate::component::Component;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::Inventory;
use crate::skew::{ApiServers, SkewRule, allowed, judge};
use crate::transition::picture;
use crate::version::Minor;

/// KU0201. A warning: steps may mend a violation, and the gate lets none add to it or make it worse.
pub(super) fn violated(inventory: &Inventory, _: &CheckContext<'_>) -> Vec<Finding> {
    judge(&picture(inventory))
        .into_iter()
        .map(|issue| {
            let remedy = match issue.rule {
                SkewRule::TooOldForApiServer => {
                    format!("bring it to {}; the plan moves it where it can", issue.allowed)
                }
                SkewRule::TooNewForApiServer => format!("put it back to {}", issue.allowed),
                SkewRule::ApiServersApart => "bring the oldest API server up first".to_owned(),
                SkewRule::KubeProxyApartFromKubelet => {
                    "bring the kubelets up; kube-proxy follows the control plane".to_owned()
                }
            };
            let subject = format!("{} on {}", issue.component, issue.at);
            finding(FindingCode::SkewViolated, Severity::Warning, subject, issue.to_string(), remedy)
        })
        .collect()
}

/// KU0203. A note: this tool is not kubectl, but the person will type kubectl commands on the way.
pub(super) fn kubectl(_: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(kubectl) = context.kubectl else { return Vec::new() };
    let minor = kubectl.minor();
    let outside = |server: &Minor| {
        allowed(Component::Kubectl, ApiServers::all(*server)).is_some_and(|range| !range.contains(minor))
    };
    let on_path = context.hops.iter().flat_map(|(from, to)| [from.minor(), to.minor()]);
    let servers: Vec<Minor> = on_path.filter(outside).collect();
    if servers.is_empty() {
        return Vec::new();
    }
    let found = format!("kubectl {kubectl} is outside its window beside API servers of {}", names(servers));
    let remedy = "keep a kubectl within one minor of the API server at hand for each hop";
    vec![finding(FindingCode::KubectlSkew, Severity::Note, "kubectl (yours)", found, remedy)]
}
