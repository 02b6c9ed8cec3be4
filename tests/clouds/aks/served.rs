//! A simulated AKS on a loopback socket, over TLS as Azure's clients insist, every request and reply of which is held to
//! the models.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use upgrade_tests::clouds::{self, Authority, Exchange, Judge, Setting, Verdict};
use upgrade_twin::blueprint::Blueprint;

use crate::model::{Asked, Model};

impl Judge for Model {
    fn judge(&self, exchange: &Exchange<'_>) -> Verdict {
        let &Exchange { method, path, query, asked, status, answered, .. } = exchange;
        let method = method.as_str();
        let mut broken = self.check_request(&Asked { method, path, query, body: asked });
        broken.extend(self.check_reply(method, path, status, answered));
        Verdict { operation: self.operation(method, path).map(|operation| operation.name.clone()), broken }
    }
}

/// A cluster that is served, and whom its clients have to trust for that.
pub(crate) struct Served {
    inner: clouds::Served,
    /// The certificate of the authority, in PEM.
    pub(crate) authority: String,
    folder: tempfile::TempDir,
}

impl Deref for Served {
    type Target = clouds::Served;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl Served {
    pub(crate) fn begin(blueprint: Blueprint, model: Arc<Model>) -> Self {
        Self::with(Setting::quick(), blueprint, model)
    }

    pub(crate) fn with(setting: Setting, blueprint: Blueprint, model: Arc<Model>) -> Self {
        let trusted = Authority::new();
        let authority = trusted.certificate.clone();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), &authority).unwrap();
        Self { inner: clouds::Served::with(setting.over_tls(trusted), blueprint, model), authority, folder }
    }

    /// A file with the authority's certificate.
    pub(crate) fn authority_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The API server's address as a kubeconfig of AKS has it.
    pub(crate) fn server(&self) -> String {
        let place = self.cloud(|cloud| cloud.place.clone());
        format!("https://{}:443", upgrade_twin::clouds::aks_fqdn(&place))
    }
}
