//! stub
/// stub
pub struct ClusterLock;
