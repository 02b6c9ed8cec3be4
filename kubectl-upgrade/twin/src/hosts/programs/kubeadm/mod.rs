//! kubeadm, as recorded runs of it went: what it prints, checks, writes and waits for.
//!
//! Recorded: 1.34.9 and 1.35.6. What older ones do otherwise follows the facts on their releases; their words are theirs
//! only where something reads them.

mod apply;
mod cluster;
mod configure;
mod node;
mod options;
mod preflight;
mod statics;

use upgrade_core::version::{Minor, Version};

use super::Call;
use crate::hosts::shell::Ran;
use options::Options;

/// One run of kubeadm.
struct Run<'a> {
    call: &'a Call,
    options: Options,
    /// Its own version.
    kubeadm: Version,
}

/// How a phase went: on to the next, or the end with this status.
enum Phase<T = ()> {
    Done(T),
    Ended(i32),
}

pub(super) async fn run(call: &Call) -> Ran {
    let words: Vec<&str> = call.arguments().iter().map(String::as_str).collect();
    let Some(kubeadm) = call.place.host(|host| host.version_of("kubeadm"))? else {
        return call.unsupported("a package of kubeadm without a version");
    };
    match words.as_slice() {
        ["version", "-o", "short"] => call.print(&format!("{}\n", kubeadm.tag())),
        ["upgrade", "apply", rest @ ..] => {
            let options = options::read(call, rest)?;
            call.place.note(&call.line())?;
            apply::apply(&Run { call, options, kubeadm }).await
        }
        ["upgrade", "node", rest @ ..] => {
            let options = options::read(call, rest)?;
            call.place.note(&call.line())?;
            node::node(&Run { call, options, kubeadm }).await
        }
        _ => call.unsupported("these words"),
    }
}

impl Run<'_> {
    fn say(&self, line: &str) -> Ran<()> {
        self.call.out(&format!("{line}\n"))
    }

    fn warn(&self, line: &str) -> Ran<()> {
        self.call.err(&format!("{line}\n"))
    }

    /// Ends with an error on standard error.
    fn fail<T>(&self, error: &str) -> Ran<Phase<T>> {
        self.warn(&format!("error: {error}\nTo see the stack trace of this error execute with --v=5 or higher"))?;
        Ok(Phase::Ended(1))
    }

    fn from(&self, minor: u16) -> bool {
        self.kubeadm.minor() >= Minor::new(1, minor)
    }

    fn node(&self) -> &str {
        self.call.place.node()
    }

    /// Whether this host is of the control plane.
    fn is_control_plane(&self) -> Ran<bool> {
        self.call.place.files(|files| files.text("/etc/kubernetes/manifests/kube-apiserver.yaml").is_some())
    }

    /// The time, as kubeadm puts it in names.
    fn stamp(&self) -> String {
        self.call.place.world(|world| world.now()).strftime("%Y-%m-%d-%H-%M-%S").to_string()
    }

    /// A number, as Go puts it at the end of names.
    fn random(&self) -> u64 {
        self.call.place.world(|world| world.random.below(4_000_000_000))
    }
}
