//! What a component that comes or goes does to the cluster.

use upgrade_core::component::Component;

use super::etcd;
use super::program::Program;
use crate::controllers::kubelet as kubelets;
use crate::hosts::kubelet::sync;
use crate::tempo::Span;
use crate::world::World;

/// How long it takes until a component that was started does its work. Measured on real hand-built clusters: an API
/// server answers after 4 to 7 s, etcd after 1 to 2 s.
pub(super) fn starting(world: &World, component: Component) -> Span {
    match component {
        Component::ApiServer => Span::s(3, 5, 12),
        Component::Kubelet => world.tempo.kubelet_restart,
        Component::Etcd
        | Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => Span::ms(400, 1_000, 3_000),
    }
}

pub(super) fn up(world: &mut World, node: &str, program: &Program) {
    let version = program.version.clone();
    match program.component {
        Component::ApiServer => {
            if let Some(server) = world.control_plane.servers.get_mut(node) {
                server.version = version;
            }
            world.control_plane.serve(node, true);
        }
        Component::Etcd => etcd::up(world, node),
        Component::Kubelet => {
            if let Some(host) = world.hosts.get_mut(node) {
                host.kubelet.tell(Some(version.clone()));
            }
            kubelets::set_version(world, node, &version);
            kubelets::set_running(world, node, true);
            kubelets::set_ready(world, node, true);
            sync(world, node);
        }
        Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => {}
    }
}

pub(super) fn down(world: &mut World, node: &str, component: Component) {
    match component {
        Component::ApiServer => world.control_plane.serve(node, false),
        Component::Etcd => world.control_plane.keep(node, false),
        Component::Kubelet => {
            if let Some(host) = world.hosts.get_mut(node) {
                host.kubelet.tell(None);
            }
            kubelets::set_running(world, node, false);
        }
        Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => {}
    }
}
