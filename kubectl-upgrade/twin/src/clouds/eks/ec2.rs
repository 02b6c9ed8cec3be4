//! What is asked of EC2 beside EKS: `DescribeSubnets`, in EC2's Query protocol of 2016-11-15, forms that are answered in
//! XML.

use std::fmt::Write as _;

use http::header;

use super::asked;
use super::subnets::{self, Subnet};
use crate::api::{Call, pairs};
use crate::clouds::faults::{self, Admission, Page};
use crate::clouds::wire::Answer;
use crate::clouds::{CloudWorld, of};
use crate::digest;
use crate::world::World;

const VERSION: &str = "2016-11-15";

/// A refusal: status, code and words.
type Refusal = (u16, &'static str, String);

/// Whether a request is one to EC2: its whole protocol goes to the root.
pub(super) fn is_meant(path: &[&str]) -> bool {
    path == [""]
}

/// Answers a request.
pub(super) fn answer(world: &mut World, call: &Call) -> Answer {
    let id = digest::uuid(&format!("request {}", world.random.number()));
    match answered(world, call, &id) {
        Ok(body) => Answer::xml(200, body),
        Err((status, code, words)) => {
            let (code, words) = (escaped(code), escaped(&words));
            let error = format!("<Error><Code>{code}</Code><Message>{words}</Message></Error>");
            let body = format!("<Response><Errors>{error}</Errors><RequestID>{id}</RequestID></Response>");
            Answer::xml(status, body)
        }
    }
}

fn answered(world: &mut World, call: &Call, id: &str) -> Result<String, Refusal> {
    match faults::admit(world, &call.what()) {
        Admission::Granted => {}
        Admission::Throttled => return Err((503, "RequestLimitExceeded", "Request limit exceeded.".to_owned())),
        Admission::Expired => return Err((400, "RequestExpired", "Request has expired.".to_owned())),
    }
    let region = asked::signed_for(call.header(header::AUTHORIZATION), "ec2");
    let region = region.ok_or((
        401,
        "AuthFailure",
        "AWS was not able to validate the provided access credentials".to_owned(),
    ))?;
    let form = pairs(&String::from_utf8_lossy(&call.body));
    let given = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    if given("Action") != "DescribeSubnets" || given("Version") != VERSION {
        return Err((
            400,
            "InvalidAction",
            format!("The action {} is not valid for this web service.", given("Action")),
        ));
    }
    let cloud = of(world).map_err(|refused| (500, "InternalError", refused.to_string()))?;
    let denied = cloud.now().extra.get("denied").and_then(serde_json::Value::as_array);
    if denied.is_some_and(|denied| denied.iter().any(|denied| denied == "DescribeSubnets")) {
        let words = format!(
            "You are not authorized to perform this operation. User: arn:aws:iam::{}:user/upgrader is not authorized to \
             perform: ec2:DescribeSubnets because no identity-based policy allows the ec2:DescribeSubnets action",
            cloud.place.account
        );
        return Err((403, "UnauthorizedOperation", words));
    }
    let here = region == cloud.place.region;
    let all = subnets::all(cloud, cloud.seen(world.clock().elapsed())).into_iter().filter(|_| here);
    let wanted = wanted(&form)?;
    let found: Vec<Subnet> = all.filter(|subnet| wanted.is_empty() || wanted.contains(&subnet.id.as_str())).collect();
    if let Some(missing) = by_id(&form).find(|id| found.iter().all(|subnet| subnet.id != **id)) {
        return Err((400, "InvalidSubnetID.NotFound", format!("The subnet ID '{missing}' does not exist")));
    }
    let page = faults::page(&cloud.faults, found, given("MaxResults").parse().ok(), given("NextToken"));
    let page = page.ok_or((400, "InvalidParameterValue", "Unable to parse pagination token".to_owned()))?;
    Ok(written(cloud, &page, id))
}

/// The ids asked for; empty where all are.
fn wanted(form: &[(String, String)]) -> Result<Vec<&str>, Refusal> {
    let mut wanted: Vec<&str> = by_id(form).collect();
    let filters = form.iter().filter(|(key, _)| key.starts_with("Filter.") && key.ends_with(".Name"));
    for (key, name) in filters {
        if name != "subnet-id" {
            return Err((400, "InvalidParameterValue", format!("The filter '{name}' is invalid")));
        }
        let values = format!("{}Value.", key.trim_end_matches("Name"));
        wanted.extend(form.iter().filter(|(key, _)| key.starts_with(&values)).map(|(_, value)| value.as_str()));
    }
    Ok(wanted)
}

fn by_id(form: &[(String, String)]) -> impl Iterator<Item = &str> {
    form.iter().filter(|(key, _)| key.starts_with("SubnetId.")).map(|(_, value)| value.as_str())
}

fn written(cloud: &CloudWorld, page: &Page<Subnet>, id: &str) -> String {
    let mut body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeSubnetsResponse \
         xmlns=\"http://ec2.amazonaws.com/doc/{VERSION}/\"><requestId>{id}</requestId><subnetSet>"
    );
    let vpc = super::names::id("vpc", &cloud.place.cluster);
    for Subnet { id, zone, free, nth } in &page.items {
        let third = nth * 64;
        // Writing to a String never fails.
        let _ = write!(
            body,
            "<item><subnetId>{id}</subnetId><state>available</state><ownerId>{}</ownerId><vpcId>{vpc}</vpcId>\
             <cidrBlock>10.64.{third}.0/18</cidrBlock><availableIpAddressCount>{free}</availableIpAddressCount>\
             <availabilityZone>{}</availabilityZone><defaultForAz>false</defaultForAz>\
             <mapPublicIpOnLaunch>false</mapPublicIpOnLaunch></item>",
            escaped(&cloud.place.account),
            escaped(zone)
        );
    }
    body.push_str("</subnetSet>");
    if let Some(next) = &page.next {
        let _ = write!(body, "<nextToken>{}</nextToken>", escaped(next));
    }
    body.push_str("</DescribeSubnetsResponse>");
    body
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
