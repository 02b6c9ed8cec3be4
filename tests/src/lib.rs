//! What the tests of the whole share: the binary under test and an API server that serves fixtures.
//!
//! Only for tests: everything here may panic, and nothing here may know the plugin's insides.

pub mod api;
pub mod plugin;
