//! What the clouds' vendors publish, as `tests/run setup` fetched it: their own clients, and the models of their wires.

use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

/// Where the packages of a cloud's list are: `tests/clouds/CLOUD/requirements.txt`, given by its text. None, said by name,
/// where they were not fetched and do not have to be.
///
/// # Panics
/// Where they have to be there, which is wherever `CI` is set.
#[must_use]
pub fn packages(cloud: &str, list: &[u8]) -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let user = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let cache = variable("KUBECTL_UPGRADE_CACHE").or_else(|| Some(user()?.join("kubectl-upgrade")))?;
    let hash: String = Sha256::digest(list).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let home = cache.join("clouds").join(format!("{cloud}-{hash}"));
    if home.join(".complete").exists() {
        return Some(home);
    }
    assert!(std::env::var_os("CI").is_none(), "tests/run setup has to run first: {} is missing", home.display());
    println!("skipped: the packages of {cloud} are not there; tests/run setup fetches them");
    None
}
