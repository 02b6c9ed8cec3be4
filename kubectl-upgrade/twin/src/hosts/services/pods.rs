//! Static pods of hosts that were set up by hand: manifests that a person wrote, and the processes of what runs by them.

use std::sync::Arc;

use upgrade_core::component::Component;
use upgrade_core::version::Version;

use super::Program;
use crate::hosts::Host;
use crate::hosts::kubelet::{command, image};

/// Where the kubelets of such hosts are told to look.
pub(in crate::hosts) const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// Where the images of components are.
const REGISTRY: &str = "registry.k8s.io";

/// How many letters of a program's name the kernel keeps.
const COMM: usize = 15;

/// The image of a component; of etcd's, builds are counted.
pub(super) fn image_of(component: Component, version: &Version) -> String {
    match component {
        Component::Etcd => format!("{REGISTRY}/etcd:{version}-0"),
        Component::ApiServer
        | Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager
        | Component::Kubelet
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => format!("{REGISTRY}/{}:{}", component.name(), version.tag()),
    }
}

/// The manifest of a component, with what it needs of the host.
pub(super) fn manifest(component: Component, image: &str, arguments: &[String]) -> String {
    let name = component.name();
    let words: String = arguments.iter().map(|word| format!("    - {word}\n")).collect();
    let mounts: [&str; 4] = ["/etc/etcd", "/var/lib/etcd", "/etc/kubernetes", "/var/lib/kubernetes"];
    let mounts = mounts.iter().filter(|path| (component == Component::Etcd) == path.contains("etcd"));
    let (mut inside, mut outside) = (String::new(), String::new());
    for (number, path) in mounts.enumerate() {
        inside.push_str(&format!("    - {{name: host-{number}, mountPath: {path}}}\n"));
        outside.push_str(&format!("  - {{name: host-{number}, hostPath: {{path: {path}}}}}\n"));
    }
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: kube-system\nspec:\n  hostNetwork: true\n  \
         containers:\n  - name: {name}\n    command:\n    - {name}\n{words}    image: {image}\n    volumeMounts:\n{inside}  \
         volumes:\n{outside}"
    )
}

/// The program in an image; none where the image has none that is known.
pub(in crate::hosts) fn program_in(image: &str) -> Option<Program> {
    let (name, tag) = image.rsplit('/').next()?.split_once(':')?;
    let component = Component::ON_HOSTS.into_iter().find(|component| component.name() == name)?;
    let version: Version = tag.trim_start_matches('v').split('-').next()?.parse().ok()?;
    Some(Program::new(component, &version, super::ARCH))
}

/// Whether hosts here run the component by a manifest of that path, with that image; of the version, where that is known.
#[must_use]
pub fn can_be_static_pod(component: Component, manifest: &str, image: &str, version: Option<&Version>) -> bool {
    let fits =
        |program: Program| program.component == component && version.is_none_or(|known| program.version == *known);
    manifest == format!("{MANIFESTS}/{}.yaml", component.name()) && program_in(image).is_some_and(fits)
}

impl Host {
    /// Whether its static pods are a person's: only there somebody looks for their processes.
    pub(in crate::hosts) fn is_by_hand(&self) -> bool {
        self.origin.by_hand()
    }

    /// Whether it is an etcd that founds no cluster and joins none.
    pub(in crate::hosts) fn has_no_home(&self, manifest: &str) -> bool {
        let program = program_in(&image(manifest)).filter(|_| self.is_by_hand());
        program.is_some_and(|program| super::etcd::homeless(&program, &command(manifest), &self.files).is_some())
    }

    /// Puts the process of a static pod where processes are looked for.
    pub(in crate::hosts) fn pod_began(&mut self, name: &str, manifest: &str) {
        self.pod_ended(name);
        let Some(program) = program_in(&image(manifest)).filter(|_| self.is_by_hand()) else { return };
        self.last_pid += 7;
        let pid = self.last_pid;
        let argv: String = command(manifest).iter().flat_map(|word| [word.as_str(), "\0"]).collect();
        let comm: String = name.chars().take(COMM).collect();
        self.files.appear(&format!("/proc/{pid}/exe"), &program.text(), 0o755);
        self.files.appear(&format!("/proc/{pid}/cmdline"), &argv, 0o444);
        self.files.appear(&format!("/proc/{pid}/comm"), &format!("{comm}\n"), 0o444);
        self.pod_processes.insert(name.to_owned(), pid);
    }

    /// The process of a static pod is gone.
    pub(in crate::hosts) fn pod_ended(&mut self, name: &str) {
        if let Some(pid) = self.pod_processes.remove(name) {
            // It was put there when it began.
            let _ = self.files.remove_all(&format!("/proc/{pid}"));
        }
    }

    /// The arguments of the component that runs here and answers, whatever started it.
    pub(in crate::hosts) fn answering(&self, component: Component) -> Option<Vec<String>> {
        let unit = self.serving(component).map(|service| service.arguments.clone());
        let pod = || self.pods.get(component.name())?.runs.as_ref().map(|manifest: &Arc<String>| command(manifest));
        unit.or_else(pod)
    }
}
