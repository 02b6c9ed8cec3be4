//! Which operation a request asks for, and whether it is let in.

use http::Method;
use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::{Code, Fault};
use super::{addons, clusters, fargate, insights, nodegroups, updates, versions};
use crate::clouds::faults::{self, Admission, Page};
use crate::clouds::{CloudWorld, Seen, of};
use crate::world::World;

/// An operation: its name, what of it is in the path, and what carries it out.
type Operation = (&'static str, fn(&mut World, &Asked<'_>) -> Result<Value, Fault>);

/// Answers a request.
pub(super) fn answer(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    match faults::admit(world, &asked.what()) {
        Admission::Granted => {}
        Admission::Throttled => return Err(Fault::new(Code::Throttling, "Rate exceeded")),
        Admission::Expired => {
            return Err(Fault::new(Code::ExpiredToken, "The security token included in the request is expired"));
        }
    }
    let Some((name, carry_out)) = operation(asked) else {
        return Err(Fault::new(Code::NotFound, format!("no operation {} /{}", asked.method(), asked.path.join("/"))));
    };
    let cloud = of(world)?;
    if list(&cloud.now().extra, "denied").any(|denied| denied == name) {
        let place = &cloud.place;
        let message = format!(
            "User: arn:aws:iam::{}:user/upgrader is not authorized to perform: eks:{name} on resource: {}",
            place.account,
            super::names::arn(place, &format!("cluster/{}", place.cluster))
        );
        return Err(Fault::new(Code::AccessDenied, message));
    }
    of_the_cluster(cloud, asked, name)?;
    carry_out(world, asked)
}

/// Everything below `/clusters/NAME` is about a cluster that exists in the region.
fn of_the_cluster(cloud: &CloudWorld, asked: &Asked<'_>, operation: &str) -> Result<(), Fault> {
    let Some(name) = asked.path.get(1).filter(|_| asked.path.first() == Some(&"clusters")) else {
        return Ok(());
    };
    if *name == cloud.place.cluster.as_str() && asked.region == cloud.place.region {
        return Ok(());
    }
    // Of all operations on a cluster, this one alone has no word for one that is not there.
    match operation {
        "CreateNodegroup" => Err(Fault::new(Code::InvalidParameter, format!("No cluster found for name: {name}."))),
        _ => Err(Fault::no_cluster(name)),
    }
}

fn operation(asked: &Asked<'_>) -> Option<Operation> {
    const GET: &Method = &Method::GET;
    const POST: &Method = &Method::POST;
    const DELETE: &Method = &Method::DELETE;
    Some(match (asked.method(), asked.path) {
        (m, ["clusters"]) if m == GET => ("ListClusters", clusters::list),
        (m, ["clusters", _]) if m == GET => ("DescribeCluster", clusters::describe),
        (m, ["clusters", _, "updates"]) if m == POST => ("UpdateClusterVersion", clusters::update_version),
        (m, ["clusters", _, "updates"]) if m == GET => ("ListUpdates", updates::list),
        (m, ["clusters", _, "updates", _]) if m == GET => ("DescribeUpdate", updates::describe),
        (m, ["clusters", _, "updates", _, "cancel-update"]) if m == POST => ("CancelUpdate", updates::cancel),
        (m, ["clusters", _, "node-groups"]) if m == GET => ("ListNodegroups", nodegroups::list),
        (m, ["clusters", _, "node-groups"]) if m == POST => ("CreateNodegroup", nodegroups::create),
        (m, ["clusters", _, "node-groups", _]) if m == GET => ("DescribeNodegroup", nodegroups::describe),
        (m, ["clusters", _, "node-groups", _]) if m == DELETE => ("DeleteNodegroup", nodegroups::delete),
        (m, ["clusters", _, "node-groups", _, "update-version"]) if m == POST => {
            ("UpdateNodegroupVersion", nodegroups::update_version)
        }
        (m, ["clusters", _, "node-groups", _, "update-config"]) if m == POST => {
            ("UpdateNodegroupConfig", nodegroups::update_config)
        }
        (m, ["clusters", _, "addons"]) if m == GET => ("ListAddons", addons::list),
        (m, ["clusters", _, "addons", _]) if m == GET => ("DescribeAddon", addons::describe),
        (m, ["clusters", _, "addons", _, "update"]) if m == POST => ("UpdateAddon", addons::update),
        (m, ["addons", "supported-versions"]) if m == GET => ("DescribeAddonVersions", addons::versions),
        (m, ["cluster-versions"]) if m == GET => ("DescribeClusterVersions", versions::describe),
        (m, ["clusters", _, "insights"]) if m == POST => ("ListInsights", insights::list),
        (m, ["clusters", _, "insights", _]) if m == GET => ("DescribeInsight", insights::describe),
        (m, ["clusters", _, "insights-refresh"]) if m == POST => ("StartInsightsRefresh", insights::start_refresh),
        (m, ["clusters", _, "insights-refresh"]) if m == GET => ("DescribeInsightsRefresh", insights::describe_refresh),
        (m, ["clusters", _, "fargate-profiles"]) if m == GET => ("ListFargateProfiles", fargate::list),
        (m, ["clusters", _, "fargate-profiles", _]) if m == GET => ("DescribeFargateProfile", fargate::describe),
        (_, _) => return None,
    })
}

/// What a reader may see by now.
pub(super) fn seen(world: &World) -> Result<&Seen, Fault> {
    Ok(of(world)?.seen(world.clock().elapsed()))
}

/// A page of a list, under that member.
pub(super) fn page(world: &World, asked: &Asked<'_>, member: &str, items: Vec<Value>) -> Result<Value, Fault> {
    let page = faults::page(&of(world)?.faults, items, asked.page_size(), asked.page());
    let Page { items, next } =
        page.ok_or_else(|| Fault::new(Code::InvalidParameter, "the nextToken is not one that was given out"))?;
    let mut answer = json!({ member: items });
    if let (Some(answer), Some(next)) = (answer.as_object_mut(), next) {
        answer.insert("nextToken".to_owned(), json!(next));
    }
    Ok(answer)
}

/// A part of the path.
pub(super) fn part<'a>(asked: &Asked<'a>, nth: usize) -> &'a str {
    asked.path.get(nth).copied().unwrap_or_default()
}

fn list<'a>(extra: &'a crate::clouds::Extra, key: &str) -> impl Iterator<Item = &'a str> {
    extra.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
