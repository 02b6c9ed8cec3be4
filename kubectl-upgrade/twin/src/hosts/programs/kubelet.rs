//! The versions that the kubelet and kubectl say of themselves.

use super::Call;
use crate::hosts::shell::Ran;

fn version(call: &Call, package: &str) -> Ran<String> {
    let version = call.place.host(|host| host.version_of(package))?;
    Ok(version.map(|version| version.tag()).unwrap_or_default())
}

pub(super) fn run(call: &Call) -> Ran {
    match call.arguments() {
        [option] if option == "--version" => call.print(&format!("Kubernetes {}\n", version(call, "kubelet")?)),
        _ => call.unsupported("these words"),
    }
}

pub(super) fn kubectl(call: &Call) -> Ran {
    match call.arguments() {
        [version_word, client] if version_word == "version" && client == "--client" => {
            call.print(&format!("Client Version: {}\n", version(call, "kubectl")?))
        }
        _ => call.unsupported("these words"),
    }
}
