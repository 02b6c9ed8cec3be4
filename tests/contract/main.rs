//! What every provider promises of [`upgrade_provider::Backend`], held by one suite for all of them.
//!
//! Each carries out a whole plan on its own simulated cluster, step by step. What is asked of a provider is asked of a new
//! one each time, as from a process that was started anew, and every step is begun and asked for more often than need be.

mod promises;
mod worlds;

use worlds::World;

#[test]
fn kubeadm_keeps_its_promises() {
    promises::hold(World::kubeadm);
}

#[test]
fn manual_keeps_its_promises() {
    promises::hold(World::hand_built);
}

#[test]
fn manual_keeps_its_promises_of_static_pods() {
    promises::hold(World::hand_built_pods);
}

#[test]
fn manual_keeps_its_promises_on_the_way_back() {
    promises::hold_back(World::hand_built);
}

#[test]
fn eks_keeps_its_promises() {
    promises::hold(World::eks);
}

#[test]
fn gke_keeps_its_promises() {
    promises::hold(World::gke);
}

#[test]
fn aks_keeps_its_promises() {
    promises::hold(World::aks);
}
