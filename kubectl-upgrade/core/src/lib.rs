//! Types and policy of cluster upgrades.
//!
//! Everything that can be decided without looking at the world is decided here: what was observed ([`inventory`]), how
//! components may stand to each other, what the support calendar says, which steps lead to the target and whether a
//! step may start now. This crate must stay pure: no clock, network, files, environment or randomness. Time comes in as
//! an argument.

pub mod addresses;
pub mod checks;
pub mod commands;
pub mod component;
pub mod components;
pub mod corefile;
pub mod detect;
pub mod drain;
pub mod event;
pub mod facts;
pub mod finding;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
pub mod gate;
pub mod ids;
pub mod inventory;
pub mod journal;
pub mod lint;
pub mod path;
pub mod plan;
pub mod planner;
pub mod scope;
pub mod skew;
pub mod support;
pub mod target;
pub mod transition;
pub mod version;
