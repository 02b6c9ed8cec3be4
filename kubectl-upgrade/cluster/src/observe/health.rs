//! What the API server says about itself.

use upgrade_core::inventory::Health;

use crate::api::Api;
use crate::failure::Failure;

/// Asks the health endpoint. The read that reaches etcd has been made by the time this is called with `etcd_read`.
pub(super) async fn ask(api: &Api, etcd_read: bool) -> Health {
    let mut answer = api.get_text("/readyz?verbose").await;
    if answer.as_ref().is_err_and(Failure::is_not_found) {
        // Before 1.16 there is only this one.
        answer = api.get_text("/healthz?verbose").await;
    }
    let failing = match answer {
        Ok(_) => Vec::new(),
        Err(Failure::Status(status)) if matches!(status.code, 401 | 403 | 404) => Vec::new(),
        Err(Failure::Status(status)) => failing(&status.message),
        Err(other) => vec![other.message("ask for /readyz")],
    };
    Health { etcd_read, failing }
}

/// The names in lines such as `[-]etcd-readiness failed: reason withheld`.
fn failing(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("[-]")?.split_whitespace().next());
    let names: Vec<String> = names.map(str::to_owned).collect();
    if names.is_empty() { vec!["readyz".to_owned()] } else { names }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failing_checks_are_named() {
        let text = "[+]ping ok\n[-]etcd-readiness failed: reason withheld\n[+]log ok\n[-]poststarthook/x failed: y\n";
        assert_eq!(failing(text), ["etcd-readiness", "poststarthook/x"]);
        assert_eq!(failing("apiserver not ready"), ["readyz"]);
    }
}
