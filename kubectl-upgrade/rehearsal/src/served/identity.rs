//! What a sandbox proves itself by, and what it asks of its clients: both made anew for each.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Bytes of a token: nobody guesses 256 bits.
const TOKEN: usize = 32;

/// A certificate for this machine's loopback, its key, and a token.
pub struct Identity {
    pub(crate) certificate: String,
    pub(super) token: String,
    pub(crate) tls: Arc<ServerConfig>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The system gave no random bytes.
    #[error("failed to make a token")]
    Random,
    /// No certificate could be made.
    #[error("failed to make a certificate")]
    Certificate(#[source] rcgen::Error),
    /// The certificate could not be used.
    #[error("failed to use the certificate made")]
    Tls(#[source] rustls::Error),
}

impl Identity {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new() -> Result<Self, IdentityError> {
        let provider = Arc::new(ring::default_provider());
        let mut bytes = [0; TOKEN];
        provider.secure_random.fill(&mut bytes).map_err(|_| IdentityError::Random)?;
        let names = ["127.0.0.1", "localhost"].map(str::to_owned);
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(names).map_err(IdentityError::Certificate)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key))
            .map_err(IdentityError::Tls)?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { certificate: cert.pem(), token, tls: Arc::new(tls) })
    }
}
