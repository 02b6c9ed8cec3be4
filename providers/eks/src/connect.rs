//! The way to EKS, and to EC2 beside it: credentials, region and endpoint.
//!
//! Credentials come from the chain that every AWS program uses (environment, profiles with SSO, processes and roles, web
//! identity, the machine's or the container's role), with the profile and role of the kubeconfig's own command. So do
//! `AWS_ENDPOINT_URL_EKS`, `AWS_ENDPOINT_URL_EC2` and the proxy of the environment. One TLS stack: rustls with ring.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_eks::Client;
use aws_sdk_eks::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_eks::config::{Credentials, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use upgrade_provider::{Endpoint, ErrorKind, PortError};

use crate::ec2::Ec2;

/// How EKS is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    /// The region.
    pub(crate) region: String,
    /// The profile whose credentials are used, where one is named.
    pub(crate) profile: Option<String>,
    /// The role that is taken on, where one is named.
    pub(crate) role: Option<String>,
    /// Another address than the region's own, where no credentials are needed.
    pub(crate) endpoint: Option<Endpoint>,
}

/// A single try of a call: far above what EKS takes, far below a person's patience.
const ATTEMPT: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);

/// Tries of a call that was throttled or lost. Every call that changes something carries a token, so that EKS takes the
/// tries for one; what is still refused then is for the run's own patience.
const TRIES: u32 = 4;

/// The first wait before a call is tried again, at a simulated cloud.
const SIMULATED_BACKOFF: Duration = Duration::from_millis(1);

/// Of the allowance of tries, so much is given back each second, and for each call that went well: a try costs 5 to 14.
const REFILL: f32 = 5.0;
const REWARD: f32 = 5.0;

/// Makes the clients of EKS and EC2. Asks nobody yet, but reads the configuration of the AWS programs.
pub(crate) async fn clients(access: &Access) -> Result<(Client, Ec2), PortError> {
    let http = http(access.endpoint.as_ref().and_then(|endpoint| endpoint.certificate.as_deref()))?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(access.region.clone()))
        .retry_config(tries(access.endpoint.is_some()))
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build());
    if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &access.endpoint {
        loader = loader.endpoint_url(&endpoint.url);
        loader = loader.credentials_provider(Credentials::new("anonymous", "anonymous", None, None, "anonymous"));
    }
    let config = loader.load().await;
    // The allowance of tries is for all calls of a client and is not given back by itself: without a refill a run of some hours
    // would end up with none.
    let allowance = TokenBucket::builder().refill_rate(REFILL).success_reward(REWARD).build();
    let partition = RetryPartition::custom("kubectl-upgrade").token_bucket(allowance).build();
    let role = access.role.as_ref().filter(|_| access.endpoint.is_none());
    let config = match role {
        None => config,
        Some(role) => in_role(config, role, &access.region).await,
    };
    let eks = aws_sdk_eks::config::Builder::from(&config).retry_partition(partition).build();
    Ok((Client::from_conf(eks), Ec2::new(&config, &access.region)))
}

/// How calls are tried again. A simulated cloud is not overwhelmed, and its time does not pass meanwhile.
fn tries(simulated: bool) -> RetryConfig {
    let tries = RetryConfig::standard().with_max_attempts(TRIES);
    if simulated { tries.with_initial_backoff(SIMULATED_BACKOFF) } else { tries }
}

async fn in_role(config: SdkConfig, role: &str, region: &str) -> SdkConfig {
    let region = Region::new(region.to_owned());
    let role = AssumeRoleProvider::builder(role).session_name("kubectl-upgrade").region(region).configure(&config);
    let provider = role.build().await;
    config.into_builder().credentials_provider(aws_sdk_eks::config::SharedCredentialsProvider::new(provider)).build()
}

fn http(certificate: Option<&str>) -> Result<SharedHttpClient, PortError> {
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    let Some(certificate) = certificate else { return Ok(builder.build_https()) };
    let trust = TrustStore::empty().with_pem_certificate(certificate.as_bytes());
    let context = TlsContext::builder().with_trust_store(trust).build();
    let context = context.map_err(|error| {
        PortError::new(ErrorKind::Malformed, "failed to use the certificate given for EKS").because(error)
    })?;
    Ok(builder.tls_context(context).build_https())
}
