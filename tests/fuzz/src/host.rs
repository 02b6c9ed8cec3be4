//! A host that answers with what it is given, behind the real provider.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use upgrade_core::ids::{NodeName, RunId, StepId};
use upgrade_core::inventory::{Host, Node, OperationOutcome, Readiness};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, Limits, Reversal, Step};
use upgrade_core::scope::{HostScope, OperationKey};
use upgrade_core::version::{Minor, Version};
use upgrade_provider::{Backend as _, Hosts as _, OperationStatus, PortError, TimeOfDay};
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_ssh::{HostsFile, Output, Script, SshError, Target, Transport};

use crate::block_on;

/// Gives its answers one after the other, the last one ever after.
struct Says(Mutex<Vec<String>>);

#[async_trait]
impl Transport for Says {
    async fn run(&self, _: &Target, _: &Script) -> Result<Output, SshError> {
        let mut left = self.0.lock().expect("no other thread");
        let stdout = if left.len() > 1 { left.remove(0) } else { left.first().cloned().unwrap_or_default() };
        Ok(Output { status: 0, stdout, stderr: String::new() })
    }
}

fn provider(answers: Vec<String>) -> Kubeadm {
    let time = TimeOfDay::told_by(|| Timestamp::UNIX_EPOCH);
    Kubeadm::new(Arc::new(Says(Mutex::new(answers))), HostsFile::default()).in_time_of(time)
}

fn node() -> Node {
    Node {
        name: NodeName::new("cp1"),
        control_plane: true,
        kubelet: Version::new(1, 33, 13),
        ready: Readiness::Ready,
        lease_renewed: None,
        unschedulable: false,
        cordoned_by: None,
        runtime: "containerd://1.7.24".to_owned(),
        os_image: "Debian 12".to_owned(),
        addresses: vec!["10.0.0.11".to_owned()],
        zone: None,
        pool: None,
        ready_since: None,
    }
}

fn one(provider: &Kubeadm, scope: &HostScope) -> Result<(Host, Option<OperationOutcome>), PortError> {
    block_on(provider.look(&[node()], scope)).remove(0).seen
}

/// Looks at a host that answers so, and for other minors' packages so.
///
/// # Errors
/// As the provider says.
pub fn look(answer: &str, index: &str, minors: &[Minor]) -> Result<Host, PortError> {
    let provider = provider(vec![answer.to_owned(), index.to_owned()]);
    one(&provider, &HostScope::All { minors: minors.to_vec() }).map(|(host, _)| host)
}

/// Looks at a host that answers so, with an operation in mind.
///
/// # Errors
/// As the provider says.
pub fn look_for_operation(answer: &str) -> Result<(Host, Option<OperationOutcome>), PortError> {
    let operation = OperationKey { run: RunId::new("r"), step: StepId(1), attempt: 1 };
    one(&provider(vec![answer.to_owned()]), &HostScope::One { node: NodeName::new("cp1"), operation: Some(operation) })
}

/// Asks how an operation stands on a host that prints this.
///
/// # Errors
/// As the provider says.
pub fn poll(printed: &str) -> Result<OperationStatus, PortError> {
    let step = Step {
        id: StepId(1),
        action: Action::RestartKubelet { node: NodeName::new("cp1"), version: Version::new(1, 34, 2) },
        expects: Vec::new(),
        goal: Vec::new(),
        limits: Limits { deadline_s: 60, quiet_s: 60 },
        reversal: Reversal::Nothing,
        interrupts: None,
    };
    let operation = OperationRef("kubectl-upgrade-r-step-1-attempt-1".to_owned());
    block_on(provider(vec![printed.to_owned()]).poll(&step, &operation, Duration::ZERO))
}
