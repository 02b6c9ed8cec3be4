//! stub
/// stub
pub const CORDONED_BY: &str = "kubectl-upgrade.io/cordoned-by";
