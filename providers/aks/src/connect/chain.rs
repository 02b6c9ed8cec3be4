//! Who the caller is: the first of several that gives a token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{ClientOptions, Transport};
use azure_core::time::OffsetDateTime;
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use tokio::sync::OnceCell;

/// A machine outside Azure has no metadata service, and nothing refuses the connection.
const METADATA_PATIENCE: Duration = Duration::from_secs(3);

/// The sources in the order they are asked: what was set for this process before what the machine or its user is.
pub(super) struct Chain {
    sources: Vec<Source>,
    chosen: OnceCell<Arc<dyn TokenCredential>>,
}

struct Source {
    name: &'static str,
    patience: Option<Duration>,
    credential: Result<Arc<dyn TokenCredential>, String>,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sources.iter().map(|source| source.name)).finish()
    }
}

impl Chain {
    /// Those that can be on this machine.
    pub(super) fn found(transport: &Transport) -> Self {
        let options = || ClientOptions { transport: Some(transport.clone()), ..ClientOptions::default() };
        let workload = WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options: options() },
            ..WorkloadIdentityCredentialOptions::default()
        }));
        let identity = ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
            user_assigned_id: variable("AZURE_CLIENT_ID").map(UserAssignedId::ClientId),
            client_options: options(),
        }));
        let sources = vec![
            Source::new("workload identity", workload),
            Source { name: "service principal of the environment", patience: None, credential: secret(options()) },
            Source { patience: Some(METADATA_PATIENCE), ..Source::new("managed identity", identity) },
            Source::new("az", AzureCliCredential::new(None)),
            Source::new("azd", AzureDeveloperCliCredential::new(None)),
        ];
        Self { sources, chosen: OnceCell::new() }
    }

    /// The first that gives a token, and the token.
    async fn choose(&self, scopes: &[&str]) -> Result<Arc<dyn TokenCredential>, Error> {
        let mut tried = Vec::new();
        for source in &self.sources {
            match source.ask(scopes).await {
                Ok(credential) => return Ok(credential),
                Err(why) => tried.push(format!("{}: {why}", source.name)),
            }
        }
        Err(Error::with_message(ErrorKind::Credential, tried.join("; ")))
    }
}

impl Source {
    fn new<T: TokenCredential + 'static>(name: &'static str, made: azure_core::Result<Arc<T>>) -> Self {
        let credential = made.map(|made| made as Arc<dyn TokenCredential>).map_err(|error| first_line(&error));
        Self { name, patience: None, credential }
    }

    async fn ask(&self, scopes: &[&str]) -> Result<Arc<dyn TokenCredential>, String> {
        let credential = self.credential.clone()?;
        let asked = async { credential.get_token(scopes, None).await.map_err(|error| first_line(&error)) };
        let answer = match self.patience {
            Some(patience) => {
                tokio::time::timeout(patience, asked).await.unwrap_or_else(|_| Err("no answer".to_owned()))
            }
            None => asked.await,
        };
        answer.map(|_| credential)
    }
}

#[async_trait::async_trait]
impl TokenCredential for Chain {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let chosen = self.chosen.get_or_try_init(|| self.choose(scopes)).await?;
        chosen.get_token(scopes, options).await
    }
}

/// A service principal with a secret, as every tool of Azure reads it from the environment.
fn secret(client_options: ClientOptions) -> Result<Arc<dyn TokenCredential>, String> {
    let (Some(tenant), Some(client), Some(secret)) =
        (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"), variable("AZURE_CLIENT_SECRET"))
    else {
        return Err("AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set".to_owned());
    };
    let options = ClientSecretCredentialOptions { client_options };
    let credential = ClientSecretCredential::new(&tenant, client, Secret::new(secret), Some(options));
    credential.map(|made| made as Arc<dyn TokenCredential>).map_err(|error| first_line(&error))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.trim_end_matches('.').to_owned()
}

/// One token as it is.
#[derive(Debug)]
pub(super) struct Fixed(Secret);

impl Fixed {
    pub(super) fn new(token: &str) -> Self {
        Self(Secret::new(token.to_owned()))
    }
}

#[async_trait::async_trait]
impl TokenCredential for Fixed {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let hour = azure_core::time::Duration::hours(1);
        Ok(AccessToken::new(self.0.secret().to_owned(), OffsetDateTime::now_utc() + hour))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(sources: Vec<Source>) -> Chain {
        Chain { sources, chosen: OnceCell::new() }
    }

    fn away(name: &'static str, why: &str) -> Source {
        Source { name, patience: None, credential: Err(why.to_owned()) }
    }

    #[tokio::test]
    async fn the_first_that_gives_a_token_is_asked_from_then_on() {
        let fixed = Source::new("az", Ok(Arc::new(Fixed::new("t-1"))));
        let chain = chain(vec![away("workload identity", "not set"), fixed]);
        let token = chain.get_token(&["scope"], None).await.unwrap();
        assert_eq!(token.token.secret(), "t-1");
    }

    #[tokio::test]
    async fn when_none_does_each_says_why() {
        let chain = chain(vec![away("workload identity", "not set"), away("az", "not logged in")]);
        let error = chain.get_token(&["scope"], None).await.unwrap_err();
        assert_eq!(error.to_string(), "workload identity: not set; az: not logged in");
    }
}
