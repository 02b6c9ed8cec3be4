//! Rehearsals of simulated clusters: what they say is held against what then happens there, and that they only read.

mod forecast;
mod hand_built;
mod managed;
mod original;
mod reads;
mod unlike;
