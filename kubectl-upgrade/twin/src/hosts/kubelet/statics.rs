//! Static pods: what the manifests say, and what runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use upgrade_core::component::Component;
use upgrade_core::version::Version;

use super::refusal::removed;
use crate::controllers::kubelet as kubelets;
use crate::hosts::Host;
use crate::hosts::services::etcd;
use crate::tempo::{LINGERING, Span};
use crate::world::World;

/// Where manifests are.
const DIRECTORY: &str = "/etc/kubernetes/manifests";

/// When an API server is tried again that failed to start: after kubeadm has given it up.
const COMES_LATE: Duration = Duration::from_secs(330);

/// A static pod as the kubelet keeps it.
#[derive(Clone, Debug, Default)]
pub(in crate::hosts) struct StaticPod {
    /// The manifest it is to become.
    wanted: Arc<String>,
    /// The manifest of the containers that run.
    pub(in crate::hosts) runs: Option<Arc<String>>,
    pub(in crate::hosts) container: String,
    pub(in crate::hosts) image: String,
}

impl StaticPod {
    /// One that runs by its manifest.
    pub(in crate::hosts) fn running(manifest: Arc<String>, container: String) -> Self {
        let image = image(&manifest);
        Self { wanted: Arc::clone(&manifest), runs: Some(manifest), container, image }
    }

    /// Whether it runs by that manifest.
    pub(in crate::hosts) fn follows(&self, manifest: &str) -> bool {
        self.runs.as_ref().is_some_and(|runs| runs.as_str() == manifest)
    }
}

/// The manifests of a host by their components.
pub(in crate::hosts) fn manifests(files: &crate::hosts::Files) -> BTreeMap<String, Arc<String>> {
    let names = files.list(DIRECTORY).into_iter().filter(|name| !name.starts_with('.'));
    let read = |name: String| {
        let text = files.text(&format!("{DIRECTORY}/{name}"))?;
        Some((name.strip_suffix(".yaml").unwrap_or(&name).to_owned(), text))
    };
    names.filter_map(read).collect()
}

/// A manifest was written or went.
pub(in crate::hosts) fn manifests_changed(world: &mut World, node: &str) {
    if world.hosts.get(node).is_some_and(|host| host.kubelet.running().is_some()) {
        sync(world, node);
    }
}

/// Brings the pods after the manifests.
pub(in crate::hosts) fn sync(world: &mut World, node: &str) {
    let Some(host) = world.hosts.get(node) else { return };
    let manifests = manifests(&host.files);
    let all: BTreeSet<String> = manifests.keys().chain(host.pods.keys()).cloned().collect();
    for component in all {
        match manifests.get(&component) {
            Some(manifest) => replace(world, node, &component, manifest),
            None => {
                stop(world, node, &component);
                kubelets::remove_static_pod(world, node, &component);
                if let Some(host) = world.hosts.get_mut(node) {
                    host.pods.remove(&component);
                }
            }
        }
    }
}

/// Replaces a pod by one of the same manifest.
pub(in crate::hosts) fn restart_pod(world: &mut World, node: &str, component: &str) {
    if let Some(pod) = world.hosts.get_mut(node).and_then(|host| host.pods.get_mut(component)) {
        pod.wanted = Arc::default();
    }
    manifests_changed(world, node);
}

fn replace(world: &mut World, node: &str, component: &str, manifest: &Arc<String>) {
    let Some(host) = world.hosts.get_mut(node) else { return };
    let pod = host.pods.entry(component.to_owned()).or_default();
    if pod.wanted == *manifest && pod.runs.is_some() {
        return;
    }
    pod.wanted = Arc::clone(manifest);
    let (total, away) = times(world, node, component);
    let (first, second) = (node.to_owned(), node.to_owned());
    let (stopping, starting) = (component.to_owned(), component.to_owned());
    let (old, new) = (Arc::clone(manifest), Arc::clone(manifest));
    world.after(total.saturating_sub(away), move |world| {
        if wants(world, &first, &stopping, &old) {
            stop(world, &first, &stopping);
        }
    });
    world.after(total, move |world| {
        if wants(world, &second, &starting, &new) {
            start(world, &second, &starting, &new);
        }
    });
}

/// How long it takes to replace a component's pod, and how much of that it is away.
fn times(world: &mut World, node: &str, component: &str) -> (Duration, Duration) {
    let kubelet = world.hosts.get(node).and_then(|host| host.kubelet.running()).map(Version::minor);
    let pods = world.tempo.static_pods_under(kubelet.unwrap_or(LINGERING));
    let (total, away): (Span, Span) = match component {
        "etcd" => (pods.etcd, pods.etcd_away),
        "kube-apiserver" => (pods.api_server, pods.api_server_away),
        _ => (pods.other, Span::s(1, 2, 5)),
    };
    let total = world.random.within(total);
    (total, world.random.within(away).min(total))
}

fn wants(world: &World, node: &str, component: &str, manifest: &Arc<String>) -> bool {
    let host = world.hosts.get(node).filter(|host| host.up && host.kubelet.running().is_some());
    host.and_then(|host| host.pods.get(component)).is_some_and(|pod| pod.wanted == *manifest)
}

fn stop(world: &mut World, node: &str, component: &str) {
    let Some(host) = world.hosts.get_mut(node) else { return };
    let Some(pod) = host.pods.get_mut(component) else { return };
    if pod.runs.take().is_none() {
        return;
    }
    let manifest = Arc::clone(&pod.wanted);
    host.pod_ended(component);
    serves(world, node, component, None);
    if is_component(component) {
        kubelets::set_static_pod(world, node, component, &image(&manifest), command(&manifest), false);
    }
}

fn start(world: &mut World, node: &str, component: &str, manifest: &Arc<String>) {
    let image = image(manifest);
    let version = version(&image);
    let old = world.control_plane.servers.get(node).map(|server| server.version.clone());
    let broken = world.hosts.get(node).is_some_and(|host| host.api_server_fails);
    if (component == "kube-apiserver" && broken && old != version)
        || starts_never(component, version.as_ref(), manifest)
        || world.hosts.get(node).is_some_and(|host| host.has_no_home(manifest))
    {
        return;
    }
    if component == "kube-apiserver" && world.faults.at_command(&mut world.random) {
        let (node, component, manifest) = (node.to_owned(), component.to_owned(), Arc::clone(manifest));
        world.after(COMES_LATE, move |world| {
            if wants(world, &node, &component, &manifest) {
                start(world, &node, &component, &manifest);
            }
        });
        return;
    }
    let container: String = (0..3).map(|_| world.random.suffix()).collect();
    let Some(host) = world.hosts.get_mut(node) else { return };
    let Some(pod) = host.pods.get_mut(component) else { return };
    pod.runs = Some(Arc::clone(manifest));
    pod.container = container.chars().take(13).collect();
    pod.image.clone_from(&image);
    host.pod_began(component, manifest);
    serves(world, node, component, version);
    if is_component(component) {
        kubelets::set_static_pod(world, node, component, &image, command(manifest), true);
    }
}

/// The pods that the API knows a component by.
fn is_component(name: &str) -> bool {
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].contains(&name)
}

/// What the control plane is left with while the component runs in that version, or does not run.
fn serves(world: &mut World, node: &str, component: &str, version: Option<Version>) {
    match component {
        "kube-apiserver" => {
            world.control_plane.serve(node, version.is_some());
            if let (Some(server), Some(version)) = (world.control_plane.servers.get_mut(node), version) {
                server.version = version;
            }
        }
        // On others nobody puts it back to what it was.
        "etcd" if version.is_some() && world.hosts.get(node).is_some_and(Host::is_by_hand) => etcd::up(world, node),
        "etcd" => world.control_plane.keep(node, version.is_some()),
        _ => {}
    }
}

fn starts_never(component: &str, version: Option<&Version>, manifest: &str) -> bool {
    let of = match component {
        "kube-apiserver" => Component::ApiServer,
        "kube-controller-manager" => Component::ControllerManager,
        "kube-scheduler" => Component::Scheduler,
        _ => return false,
    };
    let Some(version) = version else { return true };
    let command = command(manifest);
    removed(of, version.minor(), &command).is_some() || command.iter().any(|word| word.starts_with("--no-such-flag"))
}

/// All static pods died with the host; they start again with its kubelet.
pub(super) fn all_died(world: &mut World, node: &str) {
    let Some(host) = world.hosts.get(node) else { return };
    let components: Vec<String> = host.pods.keys().cloned().collect();
    for component in components {
        // No kubelet is left to say so in the API.
        if let Some(pod) = world.hosts.get_mut(node).and_then(|host| host.pods.get_mut(&component)) {
            pod.runs = None;
        }
        if let Some(host) = world.hosts.get_mut(node) {
            host.pod_ended(&component);
        }
        serves(world, node, &component, None);
    }
}

/// The first image in a manifest.
pub(in crate::hosts) fn image(manifest: &str) -> String {
    let lines = manifest.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("image:"));
    lines.map(|image| image.trim().to_owned()).next().unwrap_or_default()
}

/// The version that an image's tag says.
fn version(image: &str) -> Option<Version> {
    let tag = image.rsplit_once(':')?.1;
    tag.trim_start_matches('v').split('-').next()?.parse().ok()
}

/// The command of the first container.
pub(in crate::hosts) fn command(manifest: &str) -> Vec<String> {
    let lines =
        manifest.lines().skip_while(|line| !line.trim().trim_start_matches("- ").starts_with("command:")).skip(1);
    lines.map_while(|line| line.trim().strip_prefix("- ")).map(str::to_owned).collect()
}
