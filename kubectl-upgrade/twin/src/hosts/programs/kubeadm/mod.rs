//! kubeadm, as recorded runs of it went.

use super::Call;
use crate::hosts::shell::Ran;

pub(super) async fn run(call: &Call) -> Ran {
    let words: Vec<&str> = call.arguments().iter().map(String::as_str).collect();
    let version = call.place.host(|host| host.version_of("kubeadm"))?;
    let Some(version) = version else { return call.unsupported("a version without a number") };
    match words.as_slice() {
        ["version", "-o", "short"] => call.print(&format!("{}\n", version.tag())),
        _ => call.unsupported("these words"),
    }
}
