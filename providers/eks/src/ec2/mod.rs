//! The one thing that is asked of EC2: how many addresses subnets have left (`DescribeSubnets`, its Query API of
//! 2016-11-15).
//!
//! EC2's SDK would be the largest part of the program, for one call. So the call is made on the runtime that EKS's SDK
//! stands on: with its credentials, signatures, tries and TLS.

mod answer;
mod endpoint;

use std::fmt::Write as _;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_eks::config::http::HttpResponse;
use aws_sdk_eks::error::SdkError;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use upgrade_core::inventory::Subnet;
use upgrade_provider::PortError;

use crate::error::{Call, Service};

const VERSION: &str = "2016-11-15";

/// Values that one filter may have. Source: EC2's API reference on filtering.
const AT_ONCE: usize = 200;

/// A page of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Page {
    subnets: Vec<Subnet>,
    next: Option<String>,
}

/// EC2 in the cluster's region; none where there are no credentials to ask it with.
pub(crate) struct Ec2(Option<Operation<String, Page, ErrorMetadata>>);

impl Ec2 {
    /// Reached as EKS is, but where its own endpoint is named.
    pub(crate) fn new(config: &SdkConfig, region: &str) -> Self {
        let (Some(http), Some(credentials)) = (config.http_client(), config.credentials_provider()) else {
            return Self(None);
        };
        let mut layer = Layer::new("ec2");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(aws_config::Region::new(region.to_owned()))),
            name: Some(SigningName::from_static("ec2")),
            ..SigV4OperationSigningConfig::default()
        });
        let signed = SharedAuthSchemeOptionResolver::new(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]));
        let mut components = RuntimeComponentsBuilder::new("ec2")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(signed));
        components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
        let plugin = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components);
        let operation = Operation::builder()
            .service_name("EC2")
            .operation_name("DescribeSubnets")
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(&endpoint::url(config, region))
            .standard_retry(&config.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
            .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .runtime_plugin(plugin)
            .serializer(request)
            .deserializer(answer::read)
            .build();
        Self(Some(operation))
    }

    /// The subnets of these ids, as far as EC2 shows them.
    pub(crate) async fn subnets(&self, ids: &[String], profile: Option<&str>) -> Result<Vec<Subnet>, PortError> {
        let Some(operation) = &self.0 else { return Ok(Vec::new()) };
        let purpose = "ask how many addresses are free";
        let call = Call { purpose, service: Service::Ec2, operation: "DescribeSubnets", profile };
        let mut found = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let mut next = None;
            loop {
                let asked: Result<Page, SdkError<ErrorMetadata, HttpResponse>> =
                    operation.invoke(form(ids, next.as_deref())).await;
                let page = asked.map_err(|error| call.failed(error))?;
                found.extend(page.subnets);
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }
}

/// A filter, as one unknown id among those asked for by id would be an error.
fn form(ids: &[String], next: Option<&str>) -> String {
    let mut form = format!("Action=DescribeSubnets&Version={VERSION}&Filter.1.Name=subnet-id");
    for (nth, id) in (1..).zip(ids) {
        // Writing to a String never fails.
        let _ = write!(form, "&Filter.1.Value.{nth}={}", escaped(id));
    }
    if let Some(next) = next {
        let _ = write!(form, "&NextToken={}", escaped(next));
    }
    form
}

fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let write = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(write).collect()
}

fn request(form: String) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(form));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_filters_by_id_and_follows_pages() {
        let ids = ["subnet-1".to_owned(), "subnet-2".to_owned()];
        assert_eq!(
            form(&ids, Some("a b=")),
            "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=subnet-id&Filter.1.Value.1=subnet-1\
             &Filter.1.Value.2=subnet-2&NextToken=a%20b%3D"
        );
    }
}
