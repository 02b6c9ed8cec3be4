//! The simulated EKS against contracts that are not ours: AWS's published model of the wire, which every request and reply
//! here is held to, and AWS's own command line, which drives upgrades against it.
//!
//! Both come from PyPI, pinned; `tests/run setup` fetches them.

mod aws;
mod back;
mod cli;
mod clusters;
mod crash;
mod faults;
mod groupless;
mod karpenter;
mod mistakes;
mod model;
mod own_image;
mod provider;
mod query;
mod sandbox;
mod served;
mod stage;
