//! AWS's own command line, and the model it carries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::model::Model;
use crate::served::REGION;

const LIST: &[u8] = include_bytes!("requirements.txt");

/// Where `tests/run setup` puts the packages of the list. None, said by name, where it was not run and does not have to be.
static HOME: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let user = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let cache = variable("KUBECTL_UPGRADE_CACHE").or_else(|| Some(user()?.join("kubectl-upgrade")))?;
    let hash: String = Sha256::digest(LIST).iter().map(|byte| format!("{byte:02x}")).collect();
    let home = cache.join("clouds").join(format!("eks-{}", &hash[..16]));
    if home.join(".complete").exists() {
        return Some(home);
    }
    assert!(std::env::var_os("CI").is_none(), "tests/run setup has to run first: {} is missing", home.display());
    println!("skipped: AWS's command line is not there; tests/run setup fetches it");
    None
});

/// Whether the contracts are there to be held to.
pub(crate) fn home() -> Option<&'static Path> {
    HOME.as_deref()
}

/// The published model.
pub(crate) fn model() -> Option<Arc<Model>> {
    let path = home()?.join("awscli/botocore/data/eks/2017-11-01/service-2.json");
    Some(Arc::new(Model::read(&fs::read_to_string(path).unwrap())))
}

/// What the command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// What it printed, as JSON.
    pub(crate) fn json(&self) -> Value {
        assert!(self.ok, "{}", self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// `aws eks …` against a served EKS.
pub(crate) fn eks(endpoint: &str, arguments: &[&str]) -> Said {
    let home = home().expect("asked for before");
    let output = Command::new("python3")
        .arg(home.join("bin/aws"))
        .args(["--endpoint-url", endpoint, "--region", REGION, "--output", "json", "eks"])
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("PYTHONPATH", home)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}
