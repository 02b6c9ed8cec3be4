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
        let build = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--workspace", "--bins", "--profile", profile])
            .current_dir(root())
            .status()
            .expect("failed to start cargo");
        assert!(build.success(), "the plugin does not build");
        folder.join("kubectl-upgrade")
    });
    &BINARY
}
