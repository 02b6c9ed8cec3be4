//! Whole runs against a small world in virtual time.

mod bench;
mod crash;
mod happy;
mod holds;
mod ports;
mod signals;
mod world;
