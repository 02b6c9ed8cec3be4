//! How Azure Resource Manager is reached, and as whom.

mod chain;
mod transport;

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{ClientOptions, Pipeline, RetryOptions, Transport, Url};
use upgrade_provider::{Endpoint, ErrorKind, PortError};

use crate::arm::{Arm, Pace};

/// The public cloud.
const PUBLIC: &str = "https://management.azure.com";

/// What a simulated cloud takes for a token.
const SIMULATED: &str = "simulated";

/// Makes ready to call; nothing is called yet. Without an endpoint it is the public cloud's, and the caller whoever is
/// found on this machine: a workload identity, a service principal of the environment, a managed identity, the user of
/// `az` or of `azd`.
pub(crate) fn open(endpoint: Option<&Endpoint>) -> Result<Arm, PortError> {
    let url = endpoint.map_or(PUBLIC, |endpoint| endpoint.url.as_str());
    let parsed = Url::parse(url).map_err(|error| {
        let message = format!("expected the URL of Azure Resource Manager, found {url}");
        PortError::new(ErrorKind::Refused, message).because(error)
    })?;
    // A bearer token goes there.
    if parsed.scheme() != "https" {
        let message = format!("expected an https:// URL of Azure Resource Manager, found {url}");
        return Err(PortError::new(ErrorKind::Refused, message));
    }
    let transport = Transport::new(transport::client(endpoint.and_then(|endpoint| endpoint.certificate.as_deref()))?);
    let credential: Arc<dyn TokenCredential> = match endpoint {
        None => Arc::new(chain::Chain::found(&transport)),
        Some(_) => Arc::new(chain::Fixed::new(SIMULATED)),
    };
    // One scope whatever the endpoint: the sandbox asks no one for a token, sovereign clouds are not covered.
    let bearer: Arc<dyn Policy> =
        Arc::new(BearerTokenAuthorizationPolicy::new(credential, [format!("{PUBLIC}/.default")]));
    // No retries of the SDK's: it waits as long as the other side asks it to, and writes must not be repeated blindly.
    let options = ClientOptions { retry: RetryOptions::none(), transport: Some(transport), ..ClientOptions::default() };
    let pipeline = Pipeline::new(
        option_env!("CARGO_PKG_NAME"),
        option_env!("CARGO_PKG_VERSION"),
        options,
        Vec::new(),
        vec![bearer],
        None,
    );
    let pace = if endpoint.is_some() { Pace::Simulated } else { Pace::AsAsked };
    Ok(Arm::new(pipeline, parsed, pace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_goes_over_a_plain_connection() {
        let endpoint = Endpoint { url: "http://127.0.0.1:1".to_owned(), certificate: None };
        let error = open(Some(&endpoint)).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Refused);
        assert!(error.message.contains("https://"), "{error}");
    }
}
