//! The binary under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The root of the workspace.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is inside the workspace")
}

/// The plugin built from the present sources in the tests' own profile.
///
/// A test of another package is not handed the binary by cargo, and `cargo test` alone does not build it, so the first
/// caller of each test program does.
#[must_use]
pub fn binary() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
        let test_program = std::env::current_exe().expect("the path of this test program");
        let folder = test_program.ancestors().nth(2).expect("a test program is in target/PROFILE/deps");
        let profile = match folder.file_name().and_then(|name| name.to_str()).expect("a profile's name") {
            "debug" => "dev",
            other => other,
        };
        let built = build(profile).status().expect("failed to start cargo");
        assert!(built.success(), "the plugin does not build");
        folder.join("kubectl-upgrade")
    });
    &BINARY
}

/// The build, as it would be without the package that cargo runs this test of: build scripts, ring's among them, ask to
/// run again when those variables change, and half of the dependencies would be compiled anew, here and by the next
/// `cargo` outside of a test.
fn build(profile: &str) -> Command {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--locked", "--workspace", "--bins", "--profile", profile]).current_dir(root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_this_package) {
            build.env_remove(name);
        }
    }
    build
}

fn of_this_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_") || variable.starts_with("CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_knows_nothing_of_the_package_under_test() {
        let build = build("dev");
        let removed: Vec<_> = build.get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
        for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
            assert!(std::env::var_os(name).is_some(), "cargo sets {name} for tests");
            assert!(removed.iter().any(|removed| *removed == name), "{name} is passed on");
        }
        assert!(!of_this_package("CARGO_TARGET_DIR") && !of_this_package("CARGO_HOME"));
    }
}
