//! From a blueprint to a world in which everything has settled: nothing starts up while a story is told.

mod addons;
mod nodes;
mod objects;
mod records;

use std::collections::BTreeSet;

use serde_json::json;

pub(crate) use nodes::{kube_proxy_version, node};
pub(crate) use records::kubelet_config;

use super::{Blueprint, Form, HandBuilt, Machine};
use crate::clouds::{self, Managed};
use crate::controllers::{kubelet, settle};
use crate::hosts::Host;
use crate::store::Resource;
use crate::world::{ApiServer, World};

/// Why a blueprint cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlueprintError {
    /// Two machines of one name.
    #[error("expected machines of different names, found {0} twice")]
    Twice(String),
    /// No host of the control plane.
    #[error("expected a host of the control plane, found none")]
    NoControlPlane,
    /// A host of the control plane in a cluster whose control plane the cloud runs.
    #[error("expected no host of the control plane in a managed cluster, found one")]
    OwnControlPlane,
    /// A member of etcd on no machine.
    #[error("expected machines with members of etcd, found none named {0}")]
    NoSuchMachine(String),
    /// An object without what names it.
    #[error("expected apiVersion, kind and a name in every object, found {0}")]
    Nameless(String),
    /// An object of a kind that is not simulated.
    #[error("expected an object of a kind that is simulated, found {0}")]
    Unknown(String),
}

/// Builds it.
pub(crate) fn build(blueprint: &Blueprint, world: &mut World) -> Result<(), BlueprintError> {
    check(blueprint)?;
    let minor = blueprint.version.minor();
    for object in &blueprint.objects {
        objects::put(world, minor, object)?;
    }
    for name in namespaces(blueprint) {
        objects::add(world, minor, Resource::NAMESPACES, json!({ "metadata": { "name": name } }));
    }
    match &blueprint.form {
        Form::Kubeadm => by_kubeadm(blueprint, world),
        Form::HandBuilt(built) => by_hand(blueprint, built, world)?,
        Form::Managed(managed) => by_cloud(blueprint, managed, world)?,
    }
    for machine in &blueprint.machines {
        add_machine(blueprint, world, machine);
    }
    let dead = blueprint.machines.iter().filter(|machine| !machine.ready);
    let dead: Vec<String> = dead.map(|machine| machine.name.clone()).collect();
    settle::settle(world, &dead);
    Ok(())
}

fn by_kubeadm(blueprint: &Blueprint, world: &mut World) {
    let minor = blueprint.version.minor();
    for map in records::config_maps(blueprint) {
        objects::add(world, minor, Resource::CONFIG_MAPS, map);
    }
    objects::add(world, minor, Resource::DAEMON_SETS, addons::kube_proxy(&blueprint.version));
    objects::add(world, minor, Resource::DEPLOYMENTS, addons::coredns(&blueprint.version));
    world.hosts = Host::of_all(blueprint);
}

fn by_hand(blueprint: &Blueprint, built: &HandBuilt, world: &mut World) -> Result<(), BlueprintError> {
    let minor = blueprint.version.minor();
    if let Some(unknown) = built
        .members
        .iter()
        .chain(&built.stopped)
        .find(|name| blueprint.machines.iter().all(|machine| machine.name != **name))
    {
        return Err(BlueprintError::NoSuchMachine(unknown.clone()));
    }
    if built.found.is_none() {
        objects::add(world, minor, Resource::CONFIG_MAPS, records::coredns(minor));
        objects::add(world, minor, Resource::DEPLOYMENTS, addons::coredns(&blueprint.version));
    }
    world.control_plane.members = built.members.iter().cloned().collect();
    built.stopped.iter().for_each(|member| world.control_plane.keep(member, false));
    world.hosts = Host::of_all(blueprint);
    Ok(())
}

fn by_cloud(blueprint: &Blueprint, managed: &Managed, world: &mut World) -> Result<(), BlueprintError> {
    let minor = blueprint.version.minor();
    if managed.members.is_empty() {
        for object in clouds::objects(managed.place.cloud, &blueprint.version) {
            objects::put(world, minor, &object)?;
        }
    }
    for (machine, node) in clouds::build(world, managed, &blueprint.version) {
        objects::add(world, minor, Resource::NODES, node);
        kubelet::register(world, &machine.name, &machine.kubelet);
    }
    Ok(())
}

fn check(blueprint: &Blueprint) -> Result<(), BlueprintError> {
    let mut names = BTreeSet::new();
    if let Some(twice) = blueprint.machines.iter().find(|machine| !names.insert(&machine.name)) {
        return Err(BlueprintError::Twice(twice.name.clone()));
    }
    let hosts = blueprint.machines.iter().filter(|machine| machine.control_plane).count();
    match (&blueprint.form, hosts) {
        (Form::Kubeadm | Form::HandBuilt(_), 0) => Err(BlueprintError::NoControlPlane),
        (Form::Managed(_), 1..) => Err(BlueprintError::OwnControlPlane),
        (Form::Kubeadm | Form::HandBuilt(_), _) | (Form::Managed(_), 0) => Ok(()),
    }
}

/// The namespaces every cluster has, and those that objects live in.
fn namespaces(blueprint: &Blueprint) -> BTreeSet<String> {
    let own = ["default", "kube-node-lease", "kube-public", "kube-system"].map(str::to_owned);
    let of_objects = blueprint.objects.iter().map(|object| crate::json::text(object, "/metadata/namespace").to_owned());
    own.into_iter().chain(of_objects).filter(|name| !name.is_empty()).collect()
}

fn add_machine(blueprint: &Blueprint, world: &mut World, machine: &Machine) {
    let minor = blueprint.version.minor();
    let by_hand = matches!(blueprint.form, Form::HandBuilt(_));
    if blueprint.has_node(machine) {
        let node = node(machine, minor, world.now());
        let node = if by_hand { nodes::without_kubeadm(node) } else { node };
        objects::add(world, minor, Resource::NODES, node);
        kubelet::register(world, &machine.name, &machine.kubelet);
    }
    if machine.control_plane {
        let version = machine.static_pods.as_ref().unwrap_or(&blueprint.version);
        let server = ApiServer { version: version.clone(), serving: true };
        world.control_plane.servers.insert(machine.name.clone(), server);
        add_static_pods(world, &machine.name);
    }
}

fn add_static_pods(world: &mut World, node: &str) {
    let pods = world.hosts.get(node).map(Host::static_pods).unwrap_or_default();
    for (component, image, command) in pods {
        kubelet::set_static_pod(world, node, &component, &image, command, true);
    }
}

#[cfg(test)]
mod tests;
