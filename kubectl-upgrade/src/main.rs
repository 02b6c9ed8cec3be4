//! The `kubectl upgrade` plugin.
fn main() {}
