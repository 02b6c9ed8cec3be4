//! The simulated GKE against contracts that are not ours: Google's published description of the wire, which every request
//! and reply here is held to, and Google's own command line where it is installed. Then the provider and the plugin
//! themselves at work on it, their production code unchanged.
//!
//! The description comes from PyPI, pinned; `tests/run setup` fetches it.

mod faults;
mod gcloud;
mod mistakes;
mod model;
mod provider;
mod sandbox;
mod served;
mod story;
