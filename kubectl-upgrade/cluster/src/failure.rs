//! What went wrong with one request, and what that means for the run.

use std::error::Error;
use std::io;
use std::time::Duration;

use kube::core::Status;
use upgrade_provider::{ErrorKind, PortError};

/// Why a request was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server answered with a status that is not success.
    #[error("answer {}: {}", .0.code, .0.message)]
    Status(Box<Status>),
    /// Nothing came in time.
    #[error("no answer within {:?}", .0)]
    Timeout(Duration),
    /// The request or its answer did not get through.
    #[error("the connection failed")]
    Transport(#[source] kube::Error),
    /// The answer was not what the API promises.
    #[error("the answer is not understood")]
    Malformed(#[source] serde_json::Error),
    /// A list that leads nowhere: its server said every time that there is more.
    #[error("the list does not end: {0}")]
    Endless(&'static str),
    /// The request could not be written down.
    #[error("the request is not valid")]
    Request(#[source] http::Error),
}

impl Failure {
    /// The HTTP status code, where there was an answer.
    pub(crate) fn code(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.code),
            Self::Timeout(_) | Self::Transport(_) | Self::Malformed(_) | Self::Endless(_) | Self::Request(_) => None,
        }
    }

    /// Whether the object or the API is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// Whether the server knows the resource and says that it has no object of that name. While an API server starts, it
    /// also answers 404 for whole groups that it does not serve yet, but then it names no object.
    pub(crate) fn is_absent_object(&self) -> bool {
        match self {
            Self::Status(status) if status.code == 404 => {
                status.details.as_ref().is_some_and(|details| !details.name.is_empty())
            }
            Self::Status(_)
            | Self::Timeout(_)
            | Self::Transport(_)
            | Self::Malformed(_)
            | Self::Endless(_)
            | Self::Request(_) => false,
        }
    }

    /// What it means for the run.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Status(status) => kind_of_status(status.code),
            Self::Timeout(_) => ErrorKind::Away,
            Self::Transport(error) => kind_of_transport(error),
            Self::Malformed(_) | Self::Endless(_) => ErrorKind::Malformed,
            Self::Request(_) => ErrorKind::Refused,
        }
    }

    /// What was attempted and what came of it; `what` continues "failed to …" and "you may not …".
    pub(crate) fn message(&self, what: &str) -> String {
        match self {
            Self::Status(status) if status.code == 403 => format!("you may not {what}{}", as_user(&status.message)),
            Self::Status(status) if status.code == 401 => {
                format!("failed to {what}: the API server does not accept these credentials")
            }
            Self::Status(status) => format!("failed to {what}: answer {}, {}", status.code, one_line(&status.message)),
            Self::Timeout(limit) => {
                format!("failed to {what}: the API server did not answer within {limit:?}")
            }
            Self::Transport(error) => format!("failed to {what}: {}", transport_words(error)),
            Self::Malformed(error) => format!("failed to {what}: the answer is not understood, {error}"),
            Self::Endless(why) => format!("failed to {what}: the list does not end, {why}"),
            Self::Request(_) => format!("failed to {what}: the request is not valid"),
        }
    }

    /// What to type next, where something helps.
    pub(crate) fn hint(&self) -> Option<String> {
        match self.kind() {
            ErrorKind::Away => Some("see whether the API server answers: kubectl get --raw /readyz".to_owned()),
            ErrorKind::Unauthorized => Some("see who you are: kubectl auth whoami".to_owned()),
            ErrorKind::Forbidden => Some("see what you may do: kubectl auth can-i --list".to_owned()),
            ErrorKind::Refused => certificate_hint(self),
            ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Malformed => None,
        }
    }

    /// The error of the ports.
    pub(crate) fn port(self, what: &str) -> PortError {
        let error = PortError::new(self.kind(), self.message(what));
        let error = match self.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        };
        match self {
            // The failure of a credential plugin carries its output, which may hold a token: never passed on.
            Self::Transport(source) if is_auth(&source) => error,
            Self::Transport(source) => error.because(source),
            Self::Malformed(source) => error.because(source),
            Self::Request(source) => error.because(source),
            Self::Status(_) | Self::Timeout(_) | Self::Endless(_) => error,
        }
    }
}

/// Whom the server took us for, where its refusal says so: `nodes is forbidden: User "jane" cannot list resource …`.
fn as_user(message: &str) -> String {
    let user = message.split_once("User \"").and_then(|(_, rest)| rest.split_once('"')).map(|(user, _)| user);
    user.map_or_else(String::new, |user| format!(" as user {user}"))
}

/// What a status code means. 5xx and 429 pass by themselves; so does 408.
fn kind_of_status(code: u16) -> ErrorKind {
    match code {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 | 410 | 412 => ErrorKind::Conflict,
        408 | 429 | 500.. => ErrorKind::Away,
        _ => ErrorKind::Refused,
    }
}

fn kind_of_transport(error: &kube::Error) -> ErrorKind {
    if is_auth(error) {
        ErrorKind::Unauthorized
    } else if is_certificate(error) {
        ErrorKind::Refused
    } else {
        ErrorKind::Away
    }
}

fn transport_words(error: &kube::Error) -> String {
    if is_auth(error) {
        return "no credentials could be had from the kubeconfig's user".to_owned();
    }
    match find_source::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "the API server refuses connections".to_owned(),
        Some(io::ErrorKind::TimedOut) => "the API server does not answer".to_owned(),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof) => {
            "the connection to the API server broke".to_owned()
        }
        _ => one_line(&deepest(error)),
    }
}

fn certificate_hint(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Transport(error) if is_certificate(error) => {
            Some("name the authority that signed it: --certificate-authority FILE".to_owned())
        }
        _ => None,
    }
}

fn is_auth(error: &kube::Error) -> bool {
    find_source::<kube::client::AuthError>(error).is_some()
}

/// rustls' errors are only recognisable by their words from here, as its crate is not a dependency of this one.
fn is_certificate(error: &kube::Error) -> bool {
    deepest(error).contains("certificate")
}

/// The first error of a type among an error and its sources. I/O errors wrap their cause without naming it a source.
fn find_source<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

fn deepest(error: &dyn Error) -> String {
    let mut current = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}

/// The first line, cut to what fits a screen.
fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}
