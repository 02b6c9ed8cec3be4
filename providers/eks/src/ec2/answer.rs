//! What EC2 answers: XML, whose elements are named in the API model of 2016-11-15.

use aws_sdk_eks::config::http::HttpResponse;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};
use upgrade_core::inventory::Subnet;

use super::Page;

/// A page, or the refusal.
pub(super) fn read(response: &HttpResponse) -> Result<Page, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    let text = std::str::from_utf8(body).map_err(OrchestratorError::other)?;
    if response.status().is_success() {
        return page(text).map_err(OrchestratorError::other);
    }
    // Whoever stands between may answer in other words: then the status alone counts.
    Err(OrchestratorError::operation(refusal(text).unwrap_or_default()))
}

fn page(text: &str) -> Result<Page, XmlDecodeError> {
    let mut document = Document::new(text);
    let mut root = document.root_element()?;
    if root.start_el().local() != "DescribeSubnetsResponse" {
        return Err(XmlDecodeError::custom(format!("expected subnets, found {}", root.start_el().local())));
    }
    let mut page = Page::default();
    while let Some(mut part) = root.next_tag() {
        match part.start_el().local() {
            "nextToken" => page.next = Some(try_data(&mut part)?.into_owned()).filter(|token| !token.is_empty()),
            "subnetSet" => {
                while let Some(mut item) = part.next_tag() {
                    page.subnets.push(subnet(&mut item)?);
                }
            }
            _ => {}
        }
    }
    Ok(page)
}

fn subnet(item: &mut ScopedDecoder<'_, '_>) -> Result<Subnet, XmlDecodeError> {
    let (mut id, mut zone, mut free) = (String::new(), String::new(), None);
    while let Some(mut member) = item.next_tag() {
        match member.start_el().local() {
            "subnetId" => id = try_data(&mut member)?.into_owned(),
            "availabilityZone" => zone = try_data(&mut member)?.into_owned(),
            "availableIpAddressCount" => free = try_data(&mut member)?.parse().ok(),
            _ => {}
        }
    }
    match free {
        Some(free) if !id.is_empty() => Ok(Subnet { id, zone, free }),
        Some(_) | None => Err(XmlDecodeError::custom("expected a subnet with an id and a count of free addresses")),
    }
}

/// `Response/Errors/Error` with a code and words.
fn refusal(text: &str) -> Option<ErrorMetadata> {
    let mut document = Document::new(text);
    let mut root = document.root_element().ok()?;
    let mut errors = root.next_tag()?;
    let mut error = errors.next_tag()?;
    let mut refusal = ErrorMetadata::builder();
    while let Some(mut member) = error.next_tag() {
        match member.start_el().local() {
            "Code" => refusal = refusal.code(try_data(&mut member).ok()?),
            "Message" => refusal = refusal.message(try_data(&mut member).ok()?),
            _ => {}
        }
    }
    Some(refusal.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r-1</requestId>
          <subnetSet>
            <item><subnetId>subnet-1</subnetId><tagSet><item><key>Name</key><value>a &amp; b</value></item></tagSet>
              <availabilityZone>eu-west-1a</availabilityZone><availableIpAddressCount>4</availableIpAddressCount></item>
            <item><subnetId>subnet-2</subnetId><availableIpAddressCount>0</availableIpAddressCount></item>
          </subnetSet><nextToken>more</nextToken></DescribeSubnetsResponse>"#;

    #[test]
    fn subnets_are_read_with_what_they_have_left() {
        let subnet = |id: &str, zone: &str, free| Subnet { id: id.to_owned(), zone: zone.to_owned(), free };
        let subnets = vec![subnet("subnet-1", "eu-west-1a", 4), subnet("subnet-2", "", 0)];
        assert_eq!(page(ANSWER).unwrap(), Page { subnets, next: Some("more".to_owned()) });
        assert!(page(&ANSWER.replace("<availableIpAddressCount>0</availableIpAddressCount>", "")).is_err());
        assert!(page("<html/>").is_err() && page("gone").is_err());
    }

    #[test]
    fn a_refusal_says_its_code() {
        let text = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors>\
                    <RequestID>r</RequestID></Response>";
        let refusal = refusal(text).unwrap();
        assert_eq!((refusal.code(), refusal.message()), (Some("UnauthorizedOperation"), Some("no")));
    }
}
