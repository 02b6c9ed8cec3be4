//! What the tests of the whole share: the binary under test, an API server that serves fixtures, and conversations with
//! any API server.
//!
//! Only for tests: everything here may panic, and nothing here may know the plugin's insides.

pub mod api;
pub mod clouds;
pub mod conformance;
pub mod plugin;
pub mod policy;
pub mod vendor;
