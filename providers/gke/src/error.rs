//! What GKE's refusals mean for a run, and what to do about them.

use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::{Code, Status, StatusDetails};
use upgrade_core::inventory::CloudNames;
use upgrade_provider::{ErrorKind, PortError};

/// What to type when there are no credentials, or they have expired.
pub(crate) const LOG_IN: &str = "gcloud auth application-default login";

/// A call, for its errors.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// What it was for, as in `failed to …`.
    pub(crate) purpose: &'a str,
    /// The right it takes.
    pub(crate) right: &'static str,
    /// The cluster it was about.
    pub(crate) names: &'a CloudNames,
}

/// Rights, by their names in roles.
pub(crate) const GET: &str = "container.clusters.get";
pub(crate) const LIST: &str = "container.clusters.list";
pub(crate) const UPDATE: &str = "container.clusters.update";
pub(crate) const OPERATIONS: &str = "container.operations.list";
pub(crate) const OPERATION: &str = "container.operations.get";

impl Call<'_> {
    /// What became of it.
    pub(crate) fn failed(self, error: Error) -> PortError {
        let (kind, found, hint) = match error.status() {
            Some(status) => self.refused(status),
            None => unanswered(&error),
        };
        let message = format!("failed to {}: {found}", self.purpose);
        let failed = PortError::new(kind, message).because(error);
        match hint {
            Some(hint) => failed.hint(hint),
            None => failed,
        }
    }

    fn refused(self, status: &Status) -> (ErrorKind, String, Option<String>) {
        let CloudNames { account, region, cluster, .. } = self.names;
        let said = status.message.trim_end_matches('.').to_owned();
        let plain = |kind| (kind, said.clone(), None);
        match status.code {
            Code::PermissionDenied => {
                let right = permission(status).unwrap_or_else(|| self.right.to_owned());
                let hint = format!(
                    "have {right} granted in project {account}: docs/providers/gke.md has a role with all that is needed"
                );
                (ErrorKind::Forbidden, format!("the right {right} is missing: {said}"), Some(hint))
            }
            Code::NotFound => {
                let hint = format!(
                    "see where {cluster} is: gcloud container clusters list --project {account}; then name it: \
                     --cloud-region, --cloud-cluster (asked in {region})"
                );
                (ErrorKind::NotFound, said.clone(), Some(hint))
            }
            Code::Unauthenticated => (ErrorKind::Unauthorized, said.clone(), Some(LOG_IN.to_owned())),
            Code::ResourceExhausted
            | Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::Internal
            | Code::Unknown => plain(ErrorKind::Away),
            Code::FailedPrecondition if is_busy(status) || is_stale(status) => plain(ErrorKind::Away),
            Code::AlreadyExists => plain(ErrorKind::Conflict),
            Code::InvalidArgument => (ErrorKind::Refused, said.clone(), advice(&said).map(str::to_owned)),
            _ => plain(ErrorKind::Refused),
        }
    }
}

fn unanswered(error: &Error) -> (ErrorKind, String, Option<String>) {
    if error.is_authentication() {
        return (ErrorKind::Unauthorized, "no usable credentials".to_owned(), Some(LOG_IN.to_owned()));
    }
    if error.is_deserialization() || error.is_serialization() || error.is_binding() {
        return (ErrorKind::Malformed, "the answer could not be understood".to_owned(), None);
    }
    match error.http_status_code() {
        Some(401) => (ErrorKind::Unauthorized, "the credentials were refused".to_owned(), Some(LOG_IN.to_owned())),
        Some(status @ 400..=499) if status != 429 => (ErrorKind::Refused, format!("status {status}"), None),
        Some(status) => (ErrorKind::Away, format!("status {status}"), None),
        None => (ErrorKind::Away, "GKE could not be reached".to_owned(), None),
    }
}

/// The right that GKE says is missing.
fn permission(status: &Status) -> Option<String> {
    let told = status.details.iter().find_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => info.metadata.get("permission").cloned(),
        _ => None,
    });
    told.or_else(|| {
        let (_, rest) = status.message.split_once("Required \"")?;
        rest.split_once('"').map(|(right, _)| right.to_owned())
    })
}

/// Whether something ended or changed between the look and the call: the next try looks again.
fn is_stale(status: &Status) -> bool {
    status.message.contains("etag")
}

/// Whether something else is going on, which ends by itself.
pub(crate) fn is_busy(status: &Status) -> bool {
    let told = status.details.iter().any(|detail| match detail {
        StatusDetails::ErrorInfo(info) => info.reason == "CLUSTER_ALREADY_HAS_OPERATION",
        _ => false,
    });
    told || ["currently operating on this cluster", "incompatible operation"]
        .iter()
        .any(|words| status.message.contains(words))
}

/// What to do about an error of an operation, or a refusal, by what is said in it.
pub(crate) fn advice(said: &str) -> Option<&'static str> {
    const ADVICE: [(&[&str], &str); 9] = [
        (
            &["QUOTA_EXCEEDED", "quota"],
            "have the quota raised (gcloud compute regions describe REGION shows it), or give the pool room with \
             --max-surge 0 --max-unavailable 1",
        ),
        (
            &["STOCKOUT", "ZONE_RESOURCE_POOL_EXHAUSTED", "enough resources"],
            "try again later, or replace nodes without more of them: --max-surge 0 --max-unavailable 1",
        ),
        (
            &["IP_SPACE_EXHAUSTED", "IP space"],
            "add a range to the cluster's subnetwork, or replace nodes without more of them: --max-surge 0 \
             --max-unavailable 1",
        ),
        (&["registered"], "look at the new machines: gcloud compute instances list; then kubectl upgrade resume"),
        (&["evict", "drain"], "kubectl get pdb -A shows what does not allow an eviction; then kubectl upgrade resume"),
        (&["two minor versions older"], "take the pools along first: plan without --pool"),
        (&["more than one minor"], "make a new plan: it goes one minor at a time"),
        (
            &["on offer", "not supported", "invalid version"],
            "kubectl upgrade versions shows what is on offer; make a new plan",
        ),
        (&["deprecated"], "kubectl upgrade check names who still asks for the APIs that end"),
    ];
    let fits = |words: &[&str]| words.iter().any(|word| said.contains(word));
    ADVICE.iter().find(|(words, _)| fits(words)).map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(code: Code, message: &str) -> PortError {
        let names =
            CloudNames { account: "p".to_owned(), region: "r".to_owned(), group: None, cluster: "c".to_owned() };
        let call = Call { purpose: "ask for the cluster", right: GET, names: &names };
        call.failed(Error::service(Status::default().set_code(code).set_message(message)))
    }

    #[test]
    fn each_refusal_has_its_kind_and_says_what_to_do() {
        for (code, message, kind, hint) in [
            (Code::PermissionDenied, "no", ErrorKind::Forbidden, "container.clusters.get"),
            (Code::PermissionDenied, "Required \"a.b.c\" permission(s)", ErrorKind::Forbidden, "a.b.c"),
            (Code::NotFound, "Not found: x", ErrorKind::NotFound, "clusters list"),
            (Code::Unauthenticated, "expired", ErrorKind::Unauthorized, "login"),
            (Code::InvalidArgument, "it is not on offer", ErrorKind::Refused, "versions"),
        ] {
            let error = failed(code, message);
            assert_eq!(error.kind, kind);
            assert!(error.hint.as_ref().unwrap().contains(hint), "{error:?}");
            assert!(error.message.starts_with("failed to ask for the cluster: "), "{error:?}");
        }
        assert_eq!(failed(Code::ResourceExhausted, "slow down").kind, ErrorKind::Away);
        assert_eq!(failed(Code::AlreadyExists, "there").kind, ErrorKind::Conflict);
        let busy = "Operation operation-1 is currently operating on this cluster";
        assert_eq!(failed(Code::FailedPrecondition, busy).kind, ErrorKind::Away);
        let stale = "The etag provided does not match the current one.";
        assert_eq!(failed(Code::FailedPrecondition, stale).kind, ErrorKind::Away);
        assert_eq!(failed(Code::FailedPrecondition, "nothing to do").kind, ErrorKind::Refused);
    }

    #[test]
    fn errors_of_operations_come_with_advice() {
        assert!(advice("[GCE_QUOTA_EXCEEDED]: Instance creation failed").unwrap().contains("quota"));
        assert!(advice("IP space of x is exhausted").unwrap().contains("subnetwork"));
        assert_eq!(advice("Internal error"), None);
    }
}
