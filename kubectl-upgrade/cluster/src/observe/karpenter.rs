//! Karpenter's NodePools, machines and NodeClasses, where it runs. Source: its API of `karpenter.sh/v1` and
//! `karpenter.k8s.aws/v1`.

use std::collections::BTreeMap;

use futures::future;
use serde::Deserialize;
use upgrade_core::ids::{NodeName, PoolName};
use upgrade_core::inventory::{DisruptionBudget, Gap, GapSubject, ImageChoice, NodeClaim, NodePool};

use super::gaps::gap;
use super::served::Served;
use crate::api::Api;
use crate::failure::Failure;
use crate::wire::Meta;

const GROUP: &str = "karpenter.sh";
const AWS: &str = "karpenter.k8s.aws";
const VERSION: &str = "v1";

/// The label of its machines that names their NodePool.
const POOL: &str = "karpenter.sh/nodepool";
const LEFT_ALONE: &str = "karpenter.sh/do-not-disrupt";

/// What holds where nothing is written.
const USUAL_BUDGET: &str = "10%";
const USUAL_EXPIRY: &str = "720h";

#[derive(Default, Deserialize)]
#[serde(default)]
struct PoolObject {
    metadata: Meta,
    spec: PoolSpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PoolSpec {
    template: Template,
    disruption: Disruption,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Template {
    spec: TemplateSpec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TemplateSpec {
    node_class_ref: ClassRef,
    expire_after: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClassRef {
    group: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Disruption {
    budgets: Option<Vec<Budget>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Budget {
    nodes: String,
    reasons: Vec<String>,
    schedule: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClaimObject {
    metadata: Meta,
    status: ClaimStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimStatus {
    node_name: Option<String>,
    conditions: Vec<Condition>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClassObject {
    metadata: Meta,
    spec: ClassSpec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClassSpec {
    ami_selector_terms: Vec<Term>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Term {
    alias: Option<String>,
    id: Option<String>,
    name: Option<String>,
    ssm_parameter: Option<String>,
    tags: BTreeMap<String, String>,
}

/// The NodePools; none where Karpenter is not served.
pub(super) async fn ask(api: &Api, served: Option<&Served>) -> (Vec<NodePool>, Option<Gap>) {
    let Some(served) = served.filter(|served| served.has(GROUP, VERSION)) else { return (Vec::new(), None) };
    let of = |group: &str, plural: &str| format!("/apis/{group}/{VERSION}/{plural}");
    let (pools, claims) = (of(GROUP, "nodepools"), of(GROUP, "nodeclaims"));
    let classes = async {
        match served.has(AWS, VERSION) {
            true => api.list::<ClassObject>(&of(AWS, "ec2nodeclasses"), "").await.map(|(classes, _)| classes),
            false => Ok(Vec::new()),
        }
    };
    let asked = future::join3(api.list::<PoolObject>(&pools, ""), api.list::<ClaimObject>(&claims, ""), classes).await;
    match asked {
        (Ok((pools, _)), Ok((claims, _)), Ok(classes)) => {
            (pools.iter().map(|object| pool(object, &claims, &classes)).collect(), None)
        }
        (Err(failure), _, _) => (Vec::new(), Some(unseen(&failure, "nodepools.karpenter.sh"))),
        (_, Err(failure), _) => (Vec::new(), Some(unseen(&failure, "nodeclaims.karpenter.sh"))),
        (_, _, Err(failure)) => (Vec::new(), Some(unseen(&failure, "ec2nodeclasses.karpenter.k8s.aws"))),
    }
}

fn unseen(failure: &Failure, what: &str) -> Gap {
    gap(GapSubject::NodePools, failure, &format!("list {what}"))
}

fn pool(object: &PoolObject, claims: &[ClaimObject], classes: &[ClassObject]) -> NodePool {
    let name = &object.metadata.name;
    let template = &object.spec.template.spec;
    let class = &template.node_class_ref;
    let found = classes.iter().find(|found| class.group == AWS && found.metadata.name == class.name);
    let usual = || vec![Budget { nodes: USUAL_BUDGET.to_owned(), ..Budget::default() }];
    let budget =
        |budget: Budget| DisruptionBudget { nodes: budget.nodes, reasons: budget.reasons, schedule: budget.schedule };
    let written = object.spec.disruption.budgets.as_ref().map(|all| all.iter().map(Budget::copied).collect());
    let own = claims.iter().filter(|claim| claim.metadata.labels.get(POOL) == Some(name));
    NodePool {
        name: PoolName::new(name),
        class: class.name.clone(),
        image: found.map_or(ImageChoice::Unknown, |class| image(&class.spec.ami_selector_terms)),
        budgets: written.unwrap_or_else(usual).into_iter().map(budget).collect(),
        expire_after: Some(template.expire_after.clone().unwrap_or_else(|| USUAL_EXPIRY.to_owned()))
            .filter(|after| after != "Never"),
        claims: own.map(claim).collect(),
    }
}

impl Budget {
    fn copied(&self) -> Self {
        Self { nodes: self.nodes.clone(), reasons: self.reasons.clone(), schedule: self.schedule.clone() }
    }
}

fn claim(object: &ClaimObject) -> NodeClaim {
    let is = |kind: &str| object.status.conditions.iter().any(|one| one.kind == kind && one.status == "True");
    NodeClaim {
        name: object.metadata.name.clone(),
        node: object.status.node_name.as_ref().filter(|name| !name.is_empty()).map(NodeName::new),
        drifted: is("Drifted"),
        left_alone: object.metadata.annotations.get(LEFT_ALONE).is_some_and(|asked| asked == "true"),
    }
}

/// Any term may choose: it is pinned only where each names an image.
fn image(terms: &[Term]) -> ImageChoice {
    let ids: Option<Vec<String>> = terms.iter().map(|term| term.id.clone()).collect();
    match ids {
        Some(ids) if !ids.is_empty() => ImageChoice::Pinned(ids),
        Some(_) => ImageChoice::Unknown,
        None => ImageChoice::By(terms.iter().map(words).collect::<Vec<_>>().join(" or ")),
    }
}

fn words(term: &Term) -> String {
    let named = |what: &str, name: &Option<String>| name.as_ref().map(|name| format!("{what} {name}"));
    let tags: Vec<String> = term.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let tags = (!tags.is_empty()).then(|| format!("tags {}", tags.join(" and ")));
    let parts = [
        named("alias", &term.alias),
        named("id", &term.id),
        named("name", &term.name),
        named("parameter", &term.ssm_parameter),
        tags,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}
