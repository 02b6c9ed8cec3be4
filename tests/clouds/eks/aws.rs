//! AWS's own command line, and the models it carries.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

pub(crate) use upgrade_tests::clouds::Said;
use upgrade_tests::clouds::client;
use upgrade_tests::vendor;

use crate::model::Model;
use crate::query::Query;
use crate::served::{Models, REGION};

/// Where `tests/run setup` puts the packages of the list.
static HOME: LazyLock<Option<PathBuf>> = LazyLock::new(|| vendor::packages("eks", include_bytes!("requirements.txt")));

/// Whether the contracts are there to be held to.
pub(crate) fn home() -> Option<&'static Path> {
    HOME.as_deref()
}

static MODELS: LazyLock<Option<Arc<Models>>> = LazyLock::new(|| {
    let home = home()?;
    let text = |path: &str| fs::read_to_string(home.join("awscli/botocore/data").join(path)).unwrap();
    let eks = Model::read(&text("eks/2017-11-01/service-2.json"));
    Some(Arc::new(Models { eks, ec2: Query::read(&text("ec2/2016-11-15/service-2.json")) }))
});

/// The published models.
pub(crate) fn model() -> Option<Arc<Models>> {
    MODELS.clone()
}

/// `aws eks …`, or of another service, against a served EKS.
pub(crate) fn aws(endpoint: &str, service: &str, arguments: &[&str]) -> Said {
    let home = home().expect("asked for before");
    let mut aws = client("python3", home);
    aws.arg(home.join("bin/aws"))
        .args(["--endpoint-url", endpoint, "--region", REGION, "--output", "json", service])
        .args(arguments)
        .env("PYTHONPATH", home)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "1");
    Said::by(&mut aws)
}
