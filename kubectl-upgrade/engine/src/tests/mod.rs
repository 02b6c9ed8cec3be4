//! Whole runs against a small world in virtual time.

mod bench;
mod crash;
mod damage;
mod happy;
mod holds;
mod ports;
mod signals;
mod world;
