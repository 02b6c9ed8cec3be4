//! AWS's own command line, and the model it carries.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

pub(crate) use upgrade_tests::clouds::Said;
use upgrade_tests::clouds::client;
use upgrade_tests::vendor;

use crate::model::Model;
use crate::served::REGION;

/// Where `tests/run setup` puts the packages of the list.
static HOME: LazyLock<Option<PathBuf>> = LazyLock::new(|| vendor::packages("eks", include_bytes!("requirements.txt")));

/// Whether the contracts are there to be held to.
pub(crate) fn home() -> Option<&'static Path> {
    HOME.as_deref()
}

/// The published model.
pub(crate) fn model() -> Option<Arc<Model>> {
    let path = home()?.join("awscli/botocore/data/eks/2017-11-01/service-2.json");
    Some(Arc::new(Model::read(&fs::read_to_string(path).unwrap())))
}

/// `aws eks …` against a served EKS.
pub(crate) fn eks(endpoint: &str, arguments: &[&str]) -> Said {
    let home = home().expect("asked for before");
    let mut aws = client("python3", home);
    aws.arg(home.join("bin/aws"))
        .args(["--endpoint-url", endpoint, "--region", REGION, "--output", "json", "eks"])
        .args(arguments)
        .env("PYTHONPATH", home)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "1");
    Said::by(&mut aws)
}
