//! Programs of components: a file says which, at which version, and for which machine.

use sha2::{Digest as _, Sha256};
use upgrade_core::component::Component;
use upgrade_core::components::flag;
use upgrade_core::version::{Minor, Version};

use crate::hosts::Files;
use crate::hosts::kubelet::removed;

/// What the text of a program's file begins with: up to where the kind of machine stands.
const MAGIC: &str = "\u{7f}ELF\u{2}\u{1}\u{1}\0\0\0\0\0\0\0\0\0\u{2}\0";

/// What it ends with: a file that was cut short has none.
const END: &str = "end of the program\n";

/// The admission plugins that an API server's help names, and the minor in which one went.
const PLUGINS: [(&str, Option<Minor>); 6] = [
    ("LimitRanger", None),
    ("NamespaceLifecycle", None),
    ("NodeRestriction", None),
    ("PodSecurityPolicy", Some(Minor::new(1, 25))),
    ("ResourceQuota", None),
    ("SecurityContextDeny", Some(Minor::new(1, 30))),
];

/// The kinds of configuration files that a flag may name: version, and the first minor that does not read it any more.
/// From the release notes of each.
const CONFIGURATIONS: [(&str, Minor); 4] = [
    ("kubescheduler.config.k8s.io/v1alpha2", Minor::new(1, 20)),
    ("kubescheduler.config.k8s.io/v1beta1", Minor::new(1, 23)),
    ("kubescheduler.config.k8s.io/v1beta2", Minor::new(1, 28)),
    ("kubescheduler.config.k8s.io/v1beta3", Minor::new(1, 29)),
];

/// A feature gate that no kubelet knows.
const NO_SUCH_GATE: &str = "NoSuchGate";

/// A component's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::hosts) struct Program {
    pub(in crate::hosts) component: Component,
    pub(in crate::hosts) version: Version,
    arch: String,
    /// The SHA-256 that the real one has, where somebody knows it.
    sum: Option<String>,
}

impl Program {
    pub(in crate::hosts) fn new(component: Component, version: &Version, arch: &str) -> Self {
        Self { component, version: version.clone(), arch: arch.to_owned(), sum: None }
    }

    /// The same, in place of a real one with that SHA-256.
    pub(in crate::hosts) fn pinned(self, sum: Option<String>) -> Self {
        Self { sum, ..self }
    }

    /// What its file is called.
    pub(in crate::hosts) const fn name(&self) -> &'static str {
        self.component.name()
    }

    /// What is in its file.
    pub(in crate::hosts) fn text(&self) -> String {
        let machine = if self.arch == "amd64" { '\u{3e}' } else { '\u{37}' };
        let sum = self.sum.as_ref().map_or_else(String::new, |sum| format!(" {sum}"));
        format!("{MAGIC}{machine}\0{}\n{} {}{sum}\n{END}", self.arch, self.component.name(), self.version)
    }

    /// The program in a file; none where it is another file, or not whole.
    pub(in crate::hosts) fn read(text: &str) -> Option<Self> {
        let (head, rest) = text.strip_prefix(MAGIC)?.strip_suffix(END)?.split_once('\n')?;
        let (_machine, arch) = head.split_once('\0')?;
        let mut words = rest.split_whitespace();
        let (name, version, sum) = (words.next()?, words.next()?, words.next());
        let component = Component::ON_HOSTS.into_iter().find(|component| component.name() == name)?;
        Some(Self { component, version: version.parse().ok()?, arch: arch.to_owned(), sum: sum.map(str::to_owned) })
    }

    /// Whether the file would be a program, were it whole and for this machine.
    pub(in crate::hosts) fn is_like(text: &str) -> bool {
        text.starts_with(MAGIC)
    }

    /// Whether machines of that kind run it.
    pub(in crate::hosts) fn is_of(&self, arch: &str) -> bool {
        self.arch == arch
    }

    /// What it says of its version.
    pub(in crate::hosts) fn says(&self) -> String {
        match self.component {
            Component::Etcd => {
                format!(
                    "etcd Version: {}\nGit SHA: 5d1a2b3\nGo Version: go1.24.13\nGo OS/Arch: linux/{}\n",
                    self.version, self.arch
                )
            }
            Component::ApiServer
            | Component::ControllerManager
            | Component::Scheduler
            | Component::CloudControllerManager
            | Component::Kubelet
            | Component::KubeProxy
            | Component::CoreDns
            | Component::ContainerRuntime
            | Component::Kubeadm
            | Component::Kubectl => format!("Kubernetes {}\n", self.version.tag()),
        }
    }

    /// Its help, after it has read all of its arguments.
    pub(in crate::hosts) fn help(&self) -> String {
        let name = self.component.name();
        let mut help = format!("Usage:\n  {name} [flags]\n\nFlags:\n  -h, --help   help for {name}\n");
        if self.writes_configuration() {
            help.push_str(
                "      --write-config-to string   If set, write the configuration values to this file and exit.\n",
            );
        }
        if self.component == Component::Kubelet {
            help.push_str("      --exit-on-lock-contention   Whether kubelet should exit upon lock-file contention.\n");
        }
        if self.component == Component::ApiServer {
            let there = PLUGINS.iter().filter(|(_, gone)| gone.is_none_or(|gone| self.version.minor() < gone));
            let names: Vec<&str> = there.map(|(name, _)| *name).collect();
            help.push_str(&format!(
                "      --enable-admission-plugins strings   admission plugins that should be enabled in addition to default \
                 enabled ones. Comma-delimited list of admission plugins: {}.\n",
                names.join(", ")
            ));
        }
        help
    }

    /// Whether it can be told to read its configuration file, write it out and end.
    pub(in crate::hosts) const fn writes_configuration(&self) -> bool {
        matches!(self.component, Component::KubeProxy | Component::Scheduler)
    }

    /// Why it cannot read the configuration file that its arguments name; none when it can, or there is none.
    pub(in crate::hosts) fn unreadable(&self, arguments: &[String], files: &Files) -> Option<String> {
        let path = flag(arguments, "config")?;
        let Some(text) = files.text(path) else {
            return Some(format!("Error: failed to load config file {path}: open {path}: no such file or directory"));
        };
        if self.component == Component::Kubelet && text.contains(NO_SUCH_GATE) {
            return Some(format!(
                "Error: failed to set feature gates from initial flags-based config: unrecognized feature gate: {NO_SUCH_GATE}"
            ));
        }
        let version = text.lines().find_map(|line| line.strip_prefix("apiVersion:"))?.trim();
        let gone = CONFIGURATIONS.iter().find(|(known, gone)| *known == version && self.version.minor() >= *gone);
        gone.map(|(known, _)| {
            format!("Error: no kind \"KubeSchedulerConfiguration\" is registered for version \"{known}\" in scheme")
        })
    }
}

/// The SHA-256 of a file; of a program in place of a real one, that of the real one.
pub(in crate::hosts) fn sum(text: &str) -> String {
    let own = || Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Program::read(text).and_then(|program| program.sum).unwrap_or_else(own)
}

/// Why a program does not start with the arguments; none when it does. It says so even when it is only asked for help.
pub(in crate::hosts) fn refused(program: &Program, arguments: &[String]) -> Option<String> {
    let unknown = arguments.iter().find(|argument| argument.starts_with("--no-such-flag"));
    let unknown = unknown.map(|argument| argument.split('=').next().unwrap_or(argument).to_owned());
    let gone = removed(program.component, program.version.minor(), arguments).or(unknown);
    gone.map(|flag| format!("Error: unknown flag: {flag}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_cut_short_is_no_program() {
        let program = Program::new(Component::KubeProxy, &Version::new(1, 34, 5), "amd64");
        let text = program.text();
        assert_eq!(Program::read(&text), Some(program));
        let cut = text.get(..30).unwrap();
        assert!(Program::is_like(cut) && Program::read(cut).is_none());
        assert!(!Program::is_like("#!/bin/sh\n"));
    }

    #[test]
    fn what_a_minor_no_longer_takes_is_refused() {
        let at = |minor| Program::new(Component::Kubelet, &Version::new(1, minor, 0), "amd64");
        let arguments = ["--container-runtime=remote".to_owned()];
        assert_eq!(refused(&at(26), &arguments), None);
        assert_eq!(refused(&at(27), &arguments).unwrap(), "Error: unknown flag: --container-runtime");
        let server = |minor| Program::new(Component::ApiServer, &Version::new(1, minor, 0), "amd64").help();
        assert!(server(24).contains("PodSecurityPolicy") && !server(25).contains("PodSecurityPolicy"));
    }
}
