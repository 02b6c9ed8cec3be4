//! The hosts: a model of files, packages, units, static pods and etcd, and the shell that scripts meet there.

/// One host.
#[derive(Debug, Default)]
pub struct Host {}
