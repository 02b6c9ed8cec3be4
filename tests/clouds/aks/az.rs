//! Azure's own command line, and the models it carries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::model::Model;

const LIST: &[u8] = include_bytes!("requirements.txt");

/// Where `tests/run setup` puts the packages of the list. None, said by name, where it was not run and does not have to be.
static HOME: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let user = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let cache = variable("KUBECTL_UPGRADE_CACHE").or_else(|| Some(user()?.join("kubectl-upgrade")))?;
    let hash: String = Sha256::digest(LIST).iter().map(|byte| format!("{byte:02x}")).collect();
    let home = cache.join("clouds").join(format!("aks-{}", &hash[..16]));
    if home.join(".complete").exists() {
        return Some(home);
    }
    assert!(std::env::var_os("CI").is_none(), "tests/run setup has to run first: {} is missing", home.display());
    println!("skipped: Azure's command line and models are not there; tests/run setup fetches them");
    None
});

static MODEL: LazyLock<Option<Arc<Model>>> = LazyLock::new(|| {
    let folder = HOME.as_ref()?.join("azure/mgmt/containerservice");
    let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
    let model = Model::read(&read("models/_models.py"), &read("models/_enums.py"), &read("operations/_operations.py"));
    Some(Arc::new(model))
});

/// The published models; none where they are not there to be held to.
pub(crate) fn model() -> Option<Arc<Model>> {
    MODEL.clone()
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

/// The command line, logged in at a served AKS.
pub(crate) struct Az {
    endpoint: String,
    folder: tempfile::TempDir,
}

impl Az {
    /// Logs in as a managed identity.
    pub(crate) fn log_in(endpoint: &str, authority: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(authority, folder.path().join("ca.pem")).unwrap();
        let this = Self { endpoint: endpoint.to_owned(), folder };
        let register = ["cloud", "register", "-n", "Sandbox", "--endpoint-resource-manager", endpoint];
        for words in [&register[..], &["cloud", "set", "-n", "Sandbox"], &["login", "--identity"]] {
            let said = this.run(words);
            assert!(said.ok, "{words:?}: {}", said.err);
        }
        this
    }

    pub(crate) fn run(&self, words: &[&str]) -> Said {
        let home = HOME.as_deref().expect("asked for before");
        let output = Command::new("python3")
            .args(["-m", "azure.cli"])
            .args(words)
            .args(["--output", "json", "--only-show-errors"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("AZURE_CONFIG_DIR", self.folder.path().join("azure"))
            .env("AZURE_CORE_COLLECT_TELEMETRY", "no")
            .env("REQUESTS_CA_BUNDLE", self.folder.path().join("ca.pem"))
            .env("IDENTITY_ENDPOINT", format!("{}/msi/token", self.endpoint))
            .env("IDENTITY_HEADER", "sandbox")
            .env("PYTHONPATH", home)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// `az aks …` on the named cluster.
    pub(crate) fn aks(&self, words: &str) -> Said {
        let words: Vec<&str> = std::iter::once("aks").chain(words.split_whitespace()).collect();
        self.run(&words)
    }
}
