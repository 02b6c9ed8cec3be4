//! The way to GKE: credentials and endpoint.
//!
//! Credentials are Google's application default ones: `GOOGLE_APPLICATION_CREDENTIALS`, those of `gcloud auth
//! application-default login`, or those of the machine or workload. At an endpoint of its own none are looked for.

use std::time::Duration;

use google_cloud_auth::credentials::anonymous;
use google_cloud_container_v1::client::ClusterManager;
use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::exponential_backoff::ExponentialBackoffBuilder;
use google_cloud_gax::retry_policy::{Aip194Strict, RetryPolicy, RetryPolicyExt as _};
use google_cloud_gax::retry_result::RetryResult;
use google_cloud_gax::retry_state::RetryState;
use upgrade_provider::{Endpoint, ErrorKind, PortError};

/// A single try of a call: far above what GKE takes, far below a person's patience.
const ATTEMPT: Duration = Duration::from_secs(30);

/// Tries of a call. Calls that change something are tried once, throttling aside: what became of them is looked at.
const TRIES: u32 = 5;

/// The wait before a call is tried again, at a simulated cloud: it is not overwhelmed, and its time does not pass
/// meanwhile.
const SIMULATED_BACKOFF: Duration = Duration::from_millis(5);

/// Calls that GKE throttles are tried again, which Google's own policy leaves to callers: they were not even begun. Those
/// that only read are tried again where it is away for a moment, too.
#[derive(Clone, Copy, Debug)]
struct Again;

impl RetryPolicy for Again {
    fn on_error(&self, state: &RetryState, error: Error) -> RetryResult {
        let throttled = error.status().is_some_and(|status| status.code == Code::ResourceExhausted)
            || error.http_status_code() == Some(429);
        if throttled {
            return RetryResult::Continue(error);
        }
        Aip194Strict.on_error(state, error)
    }
}

/// Makes the client. Asks nobody yet, but reads the configuration of the credentials.
pub(crate) async fn client(endpoint: Option<&Endpoint>) -> Result<ClusterManager, PortError> {
    // The SDK brings none, and panics without. Fails only when one is installed already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder =
        ClusterManager::builder().with_retry_policy(Again.with_attempt_limit(TRIES)).with_attempt_timeout(ATTEMPT);
    if let Some(endpoint) = endpoint {
        if endpoint.certificate.is_some() {
            let message =
                "expected an endpoint without a certificate of its own: the way to GKE trusts those of the system";
            return Err(PortError::new(ErrorKind::Refused, message));
        }
        let waits = ExponentialBackoffBuilder::new();
        builder = builder.with_backoff_policy(waits.with_initial_delay(SIMULATED_BACKOFF).with_scaling(1.0).clamp());
        builder = builder.with_endpoint(&endpoint.url).with_credentials(anonymous::Builder::new().build());
    }
    builder.build().await.map_err(|error| {
        let kind = if error.is_default_credentials() { ErrorKind::Unauthorized } else { ErrorKind::Away };
        PortError::new(kind, "failed to find credentials for Google Cloud").hint(super::error::LOG_IN).because(error)
    })
}
