//! The way to the hosts of a simulated cluster.

use async_trait::async_trait;
use upgrade_ssh::{Output, Script, SshError, Target, Transport};
use upgrade_twin::Twin;
use upgrade_twin::hosts::HostUnreachable;

/// Runs scripts on simulated hosts, where they run as root.
pub struct TwinTransport(Twin);

impl TwinTransport {
    /// To the hosts of that cluster.
    #[must_use]
    pub const fn to(twin: Twin) -> Self {
        Self(twin)
    }
}

#[async_trait]
impl Transport for TwinTransport {
    async fn run(&self, target: &Target, script: &Script) -> Result<Output, SshError> {
        let answer = tokio::time::timeout(script.timeout, self.0.shell(&target.address, &script.text)).await;
        let node = target.node.to_string();
        match answer {
            Err(_) => Err(SshError::Timeout { node, after_s: script.timeout.as_secs() }),
            Ok(Err(error)) => Err(failed(target, error)),
            Ok(Ok(output)) => Ok(Output {
                status: output.status,
                stdout: start(output.stdout, script.keep),
                stderr: start(output.stderr, script.keep),
            }),
        }
    }
}

/// As SSH would put it.
fn failed(target: &Target, error: HostUnreachable) -> SshError {
    let node = target.node.to_string();
    let unreachable = |found: String| SshError::Unreachable {
        node: node.clone(),
        address: target.address.clone(),
        by_hand: target.by_hand(),
        found,
    };
    match error {
        HostUnreachable::Unknown(_) => unreachable("no such host in this simulation".to_owned()),
        HostUnreachable::Silent(_) => unreachable("it does not answer".to_owned()),
        HostUnreachable::Lost(_) => SshError::Lost { node, source: None },
        defect @ HostUnreachable::NotSimulated { .. } => unreachable(defect.to_string()),
    }
}

/// The first so many bytes, or a few less where a character would be cut.
fn start(mut text: String, keep: usize) -> String {
    text.truncate(text.floor_char_boundary(keep));
    text
}
