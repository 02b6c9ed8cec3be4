//! Azure's own command line, and the models it carries.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

pub(crate) use upgrade_tests::clouds::Said;
use upgrade_tests::clouds::client;
use upgrade_tests::vendor;

use crate::model::Model;

/// Where `tests/run setup` puts the packages of the list.
static HOME: LazyLock<Option<PathBuf>> = LazyLock::new(|| vendor::packages("aks", include_bytes!("requirements.txt")));

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
        let mut az = client("python3", self.folder.path());
        az.args(["-m", "azure.cli"])
            .args(words)
            .args(["--output", "json", "--only-show-errors"])
            .env("AZURE_CONFIG_DIR", self.folder.path().join("azure"))
            .env("AZURE_CORE_COLLECT_TELEMETRY", "no")
            .env("REQUESTS_CA_BUNDLE", self.folder.path().join("ca.pem"))
            .env("IDENTITY_ENDPOINT", format!("{}/msi/token", self.endpoint))
            .env("IDENTITY_HEADER", "sandbox")
            .env("PYTHONPATH", home);
        Said::by(&mut az)
    }

    /// `az aks …` on the named cluster.
    pub(crate) fn aks(&self, words: &str) -> Said {
        let words: Vec<&str> = std::iter::once("aks").chain(words.split_whitespace()).collect();
        self.run(&words)
    }
}
