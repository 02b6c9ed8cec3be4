//! Real clusters upgraded by the plugin, end to end.
//!
//! Each scenario has a cluster of its own from `tests/testbed`: real etcd, kube-apiserver, kubeadm and kubelets on hosts
//! reached over SSH. Where the machine cannot run that, each scenario says so by name; with `CI` set that is a failure.

mod blocked;
mod cluster;
mod forecast;
mod hand_built;
mod high_availability;
mod journal;
mod killed;
mod links;
mod plugin;
mod probe;
mod real_hosts;
mod recorder;
mod refused;
mod static_pods;
mod two_hops;
mod workload;
