//! The HTTP client under the SDK: one TLS stack, rustls with ring.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::HttpClient;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use upgrade_provider::{ErrorKind, PortError};

/// A client that trusts the system's authorities, or the one given alone.
pub(super) fn client(authority: Option<&str>) -> Result<Arc<dyn HttpClient>, PortError> {
    // Fails only when one is installed already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .connect_timeout(Duration::from_secs(20))
        .read_timeout(Duration::from_secs(60))
        .redirect(Policy::none());
    if let Some(pem) = authority {
        let trusted = Certificate::from_pem_bundle(pem.as_bytes())
            .map_err(|error| failed("read the authority to trust", error))?;
        // A proxy of the environment is meant for the real cloud.
        builder = builder.tls_certs_only(trusted).no_proxy();
    }
    let client = builder.build().map_err(|error| failed("make ready for TLS", error))?;
    Ok(Arc::new(client))
}

fn failed(doing: &str, error: reqwest::Error) -> PortError {
    PortError::new(ErrorKind::Refused, format!("failed to {doing}")).because(error)
}
