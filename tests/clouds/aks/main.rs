//! The simulated AKS against contracts that are not ours: Azure's published models of the wire, which every request and
//! reply here is held to, and Azure's own command line, which drives upgrades against it.
//!
//! Both come from PyPI, pinned; `tests/run setup` fetches them. Of the command line only the parts are fetched that clusters
//! have use for: 222 MB instead of 730.

mod az;
mod clusters;
mod conversation;
mod faults;
mod mistakes;
mod model;
mod provider;
mod python;
mod served;
mod story;
mod wire;
