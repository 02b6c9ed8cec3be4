//! What EKS and EC2 refuse, in the words of the ports: what it means for the run, which right is missing, what to do.

use aws_sdk_eks::config::http::HttpResponse;
use aws_sdk_eks::error::{ProvideErrorMetadata, SdkError};
use upgrade_provider::{ErrorKind, PortError};

/// A call, for its errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// What it is for, continuing "failed to".
    pub(crate) purpose: &'a str,
    /// Who is asked.
    pub(crate) service: Service,
    /// Its name in the API and among the rights.
    pub(crate) operation: &'static str,
    /// The profile whose credentials are used.
    pub(crate) profile: Option<&'a str>,
}

/// Whose call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Eks,
    Ec2,
}

impl Service {
    const fn name(self) -> &'static str {
        match self {
            Self::Eks => "EKS",
            Self::Ec2 => "EC2",
        }
    }

    /// What allows an operation. EC2's descriptions are of everything or nothing.
    fn right(self, operation: &str) -> String {
        match self {
            Self::Eks => format!("allow eks:{operation} on the cluster to this user or role"),
            Self::Ec2 => format!("allow ec2:{operation} to this user or role"),
        }
    }
}

impl Call<'_> {
    /// The error of a port for an error of the SDK.
    pub(crate) fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> PortError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match &error {
            SdkError::ServiceError(refused) => {
                let code = refused.err().code().unwrap_or_default();
                let said = refused.err().message().unwrap_or_default();
                self.refused(code, said, refused.raw().status().as_u16())
            }
            SdkError::ConstructionFailure(_) => self.without_credentials(&error),
            SdkError::DispatchFailure(lost) if lost.is_user() || lost.is_other() => self.without_credentials(&error),
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => {
                let message = format!(
                    "failed to {}: {} could not be reached ({})",
                    self.purpose,
                    self.service.name(),
                    innermost(&error)
                );
                PortError::new(ErrorKind::Away, message)
            }
            SdkError::ResponseError(answer) if answer.raw().status().as_u16() >= 500 => PortError::new(
                ErrorKind::Away,
                format!("failed to {}: {} is not well", self.purpose, self.service.name()),
            ),
            _ => {
                let message = format!(
                    "failed to {}: the answer of {} could not be understood",
                    self.purpose,
                    self.service.name()
                );
                PortError::new(ErrorKind::Malformed, message)
            }
        }
    }

    fn refused(&self, code: &str, said: &str, status: u16) -> PortError {
        let kind = kind(code, status);
        let failed = format!("failed to {}", self.purpose);
        match kind {
            // The words of such a refusal can hold the request as it was signed, with its token.
            ErrorKind::Unauthorized => {
                PortError::new(kind, format!("{failed}: AWS did not accept the credentials ({code})"))
                    .hint(self.sign_in())
            }
            ErrorKind::Forbidden => {
                PortError::new(kind, format!("{failed}: {said}")).hint(self.service.right(self.operation))
            }
            ErrorKind::Away | ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Refused | ErrorKind::Malformed => {
                PortError::new(kind, format!("{failed}: {said} ({code})"))
            }
        }
    }

    fn without_credentials(&self, error: &(dyn std::error::Error + 'static)) -> PortError {
        let message = format!("failed to {}: no AWS credentials could be had ({})", self.purpose, innermost(error));
        PortError::new(ErrorKind::Unauthorized, message).hint(self.sign_in())
    }

    fn sign_in(&self) -> String {
        match self.profile {
            Some(profile) => {
                format!("aws sso login --profile {profile}, then: aws sts get-caller-identity --profile {profile}")
            }
            None => "sign in or name a profile (AWS_PROFILE), then: aws sts get-caller-identity".to_owned(),
        }
    }
}

/// What a refusal means. Sources: the service's API model of 2017-11-01, and the errors common to all AWS services.
fn kind(code: &str, status: u16) -> ErrorKind {
    match code {
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestTimeout"
        | "ServerException"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "ResourcePropagationDelayException"
        // Another change is going on: it ends.
        | "ResourceInUseException" => ErrorKind::Away,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "AuthFailure"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => ErrorKind::Unauthorized,
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" | "OptInRequired" => ErrorKind::Forbidden,
        "ResourceNotFoundException" | "NotFoundException" => ErrorKind::NotFound,
        _ => match status {
            401 => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            429 | 500..=599 => ErrorKind::Away,
            _ => ErrorKind::Refused,
        },
    }
}

/// The error at the bottom: the ones above it only say that there is one below.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call<'static> = Call {
        purpose: "upgrade the control plane",
        service: Service::Eks,
        operation: "UpdateClusterVersion",
        profile: Some("work"),
    };

    #[test]
    fn each_refusal_says_what_it_means() {
        for (code, status, expected) in [
            ("ThrottlingException", 429, ErrorKind::Away),
            ("SlowDown", 429, ErrorKind::Away),
            ("ServerException", 500, ErrorKind::Away),
            ("ResourceInUseException", 409, ErrorKind::Away),
            ("ExpiredTokenException", 403, ErrorKind::Unauthorized),
            ("UnrecognizedClientException", 403, ErrorKind::Unauthorized),
            ("AccessDeniedException", 403, ErrorKind::Forbidden),
            ("ResourceNotFoundException", 404, ErrorKind::NotFound),
            ("InvalidParameterException", 400, ErrorKind::Refused),
            ("InvalidRequestException", 400, ErrorKind::Refused),
            ("InvalidStateException", 400, ErrorKind::Refused),
        ] {
            assert_eq!(kind(code, status), expected, "{code}");
        }
    }

    #[test]
    fn a_missing_right_is_named_and_a_signed_request_is_not_repeated() {
        let denied = CALL.refused("AccessDeniedException", "User: arn:x is not authorized", 403);
        assert_eq!(denied.hint.unwrap(), "allow eks:UpdateClusterVersion on the cluster to this user or role");
        let signed = "The Canonical String should have been x-amz-security-token:SECRET";
        let refused = CALL.refused("InvalidSignatureException", signed, 403);
        assert_eq!(
            refused.message,
            "failed to upgrade the control plane: AWS did not accept the credentials (InvalidSignatureException)"
        );
        assert!(refused.hint.unwrap().starts_with("aws sso login --profile work"));
    }
}
