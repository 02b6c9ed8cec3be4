//! An error as Azure Resource Manager writes it, in an answer or as the end of an operation.

use serde_json::Value;
use upgrade_provider::{ErrorKind, PortError};

use super::advice;

/// Longer texts of Azure repeat themselves.
const LONGEST: usize = 1_500;

/// One error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The HTTP status; 0 for the end of an operation.
    pub(crate) status: u16,
    /// Azure's code.
    pub(crate) code: String,
    /// The code below it, where there is one: it says more.
    pub(crate) subcode: Option<String>,
    /// Azure's words.
    pub(crate) message: String,
}

impl Fault {
    /// Of an answer that is no success.
    pub(crate) fn of_answer(status: u16, body: &Value) -> Self {
        // Most errors lie in an envelope; those of the provider itself come without.
        let error = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
        let mut fault = Self::of_error(error);
        fault.status = status;
        if fault.message.is_empty() {
            fault.message = body.as_str().unwrap_or("no reason given").trim().to_owned();
        }
        fault
    }

    /// Of an error object: the end of an operation, or what a resource keeps of it.
    pub(crate) fn of_error(error: &Value) -> Self {
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let details = error.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let inner = details.iter().find_map(|detail| detail.get("code")?.as_str());
        let subcode = error.get("subcode").and_then(Value::as_str).or(inner).filter(|code| !code.is_empty());
        let mut message = text("message");
        for detail in details.iter().filter_map(|detail| detail.get("message")?.as_str()) {
            if !message.contains(detail.trim()) {
                message = format!("{message} {}", detail.trim());
            }
        }
        Self { status: 0, code: text("code"), subcode: subcode.map(str::to_owned), message: shorten(&message) }
    }

    /// Whether one of its codes is this.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code == code || self.subcode.as_deref() == Some(code)
    }

    /// The codes and the words, on one line.
    pub(crate) fn text(&self) -> String {
        let code = match (&self.subcode, self.code.as_str()) {
            (Some(sub), "") => sub.clone(),
            (Some(sub), code) if sub != code => format!("{code}/{sub}"),
            (_, "") => format!("HTTP {}", self.status),
            (_, code) => code.to_owned(),
        };
        let words: Vec<&str> = self.message.split_whitespace().collect();
        format!("{code}: {}", words.join(" "))
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match (self.missing_right(), advice::of(self)) {
            (Some(right), _) => Some(format!("have this action granted: {right}; see docs/providers/aks.md")),
            (None, advice) => advice.filter(|row| !row.hint.is_empty()).map(|row| row.hint.to_owned()),
        }
    }

    /// As the port tells it.
    pub(crate) fn port_error(&self, doing: &str) -> PortError {
        let kind = advice::of(self).map_or_else(|| kind_of(self.status), |advice| advice.kind);
        let error = PortError::new(kind, format!("failed to {doing}: {}", self.text()));
        match self.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// The action that the caller may not take, as Azure names it between quotes.
    fn missing_right(&self) -> Option<&str> {
        if self.status != 403 {
            return None;
        }
        let after = self.message.split_once("perform action '")?.1;
        after.split_once('\'').map(|(action, _)| action)
    }
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 | 412 => ErrorKind::Conflict,
        408 | 429 | 500..=599 => ErrorKind::Away,
        _ => ErrorKind::Refused,
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missing_right_is_named() {
        let body = json!({"error": {"code": "AuthorizationFailed", "message": "The client 'x' with object id 'y' does not \
            have authorization to perform action 'Microsoft.ContainerService/managedClusters/write' over scope '/z'."}});
        let error = Fault::of_answer(403, &body).port_error("upgrade the control plane");
        assert_eq!(error.kind, ErrorKind::Forbidden);
        assert!(error.hint.unwrap().contains("Microsoft.ContainerService/managedClusters/write"));
    }

    #[test]
    fn the_block_on_deprecated_apis_is_known_by_its_subcode() {
        let body = json!({"code": "ValidationError", "message": "Control Plane upgrade is blocked.\n\t* usage",
            "subcode": "UpgradeBlockedOnDeprecatedAPIUsage"});
        let fault = Fault::of_answer(400, &body);
        assert!(fault.is("UpgradeBlockedOnDeprecatedAPIUsage"));
        assert_eq!(
            fault.text(),
            "ValidationError/UpgradeBlockedOnDeprecatedAPIUsage: Control Plane upgrade is blocked. * usage"
        );
        assert!(fault.hint().unwrap().contains("12 hours"));
    }

    #[test]
    fn a_busy_cluster_may_pass_and_a_changed_one_does_not() {
        let busy = json!({"code": "OperationNotAllowed", "message": "Operation is not allowed: Another operation \
            (Upgrading) is in progress, please wait for it to finish before starting a new operation."});
        assert_eq!(Fault::of_answer(409, &busy).port_error("x").kind, ErrorKind::Away);
        let quota = json!({"error": {"code": "OperationNotAllowed", "message": "exceeding approved Cores quota"}});
        assert_eq!(Fault::of_answer(409, &quota).port_error("x").kind, ErrorKind::Refused);
        assert_eq!(Fault::of_answer(412, &Value::Null).port_error("x").kind, ErrorKind::Conflict);
        assert_eq!(Fault::of_answer(503, &json!("<html>")).port_error("x").kind, ErrorKind::Away);
    }

    #[test]
    fn details_are_told_once() {
        let error = json!({"code": "UpgradeFailed", "message": "Drain node a failed.",
            "details": [{"code": "PodDrainFailure", "message": "Drain node a failed."}, {"message": "more"}]});
        let fault = Fault::of_error(&error);
        assert_eq!(fault.text(), "UpgradeFailed/PodDrainFailure: Drain node a failed. more");
        assert!(fault.hint().unwrap().contains("kubectl get pdb"));
    }
}
