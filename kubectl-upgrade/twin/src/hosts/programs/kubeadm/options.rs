//! The command line of `kubeadm upgrade`.

use crate::hosts::programs::Call;
use crate::hosts::shell::Ran;

/// Options of `apply` and `node`.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) words: Vec<String>,
    pub(super) yes: bool,
    pub(super) force: bool,
    pub(super) etcd: bool,
    pub(super) renewal: bool,
    pub(super) unstable: bool,
    pub(super) kubelet_version: Option<String>,
    ignored: Vec<String>,
}

const KNOWN: [&str; 12] = [
    "yes",
    "y",
    "force",
    "f",
    "ignore-preflight-errors:",
    "etcd-upgrade:",
    "certificate-renewal:",
    "kubelet-version:",
    "allow-experimental-upgrades",
    "allow-release-candidate-upgrades",
    "v:",
    "patches:",
];

pub(super) fn read(call: &Call, words: &[&str]) -> Ran<Options> {
    let argv = std::iter::once("kubeadm").chain(words.iter().copied()).map(str::to_owned);
    let given = call.of(argv.collect()).options(&KNOWN)?;
    let on = |name: &str| given.value(name) != Some("false");
    let ignored = given.values("ignore-preflight-errors").flat_map(|list| list.split(',')).map(str::to_lowercase);
    Ok(Options {
        words: given.operands.clone(),
        yes: given.has("yes") || given.has("y"),
        force: given.has("force") || given.has("f"),
        etcd: on("etcd-upgrade"),
        renewal: on("certificate-renewal"),
        unstable: given.has("allow-experimental-upgrades") || given.has("allow-release-candidate-upgrades"),
        kubelet_version: given.value("kubelet-version").map(str::to_owned),
        ignored: ignored.collect(),
    })
}

impl Options {
    /// Whether a failure of that preflight check is only warned about.
    pub(super) fn ignores(&self, check: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored == "all" || *ignored == check.to_lowercase())
    }
}
