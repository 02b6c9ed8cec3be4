//! Another image for CoreDNS.

use serde_json::json;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::NewDns;
use upgrade_provider::{ErrorKind, OperationStatus, PortError};

use crate::cluster::Cluster;
use crate::wire::Workload;

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";

/// Changes the image, if it is still the one that the plan was made with and nobody wrote in between.
pub(super) async fn change(cluster: &Cluster, dns: &NewDns) -> Result<OperationRef, PortError> {
    let found = cluster.api.get::<Workload>(DEPLOYMENT).await;
    let found = found.map_err(|failure| failure.port("get deployment coredns in namespace kube-system"))?;
    let containers = &found.spec.template.spec.containers;
    let image = containers.iter().find(|one| one.name == dns.container).map_or("", |one| one.image.as_str());
    let begun = OperationRef(format!("image/{}", dns.image));
    if image == dns.image {
        return Ok(begun);
    }
    if image != dns.replaces {
        let (container, before) = (&dns.container, &dns.replaces);
        let message =
            format!("expected container {container} of deployment coredns with image {before}, found {image:?}");
        return Err(PortError::new(ErrorKind::Conflict, message));
    }
    let containers = json!([{"name": dns.container, "image": dns.image}]);
    let patch = json!({
        "metadata": {"resourceVersion": found.metadata.resource_version},
        "spec": {"template": {"spec": {"containers": containers}}},
    });
    match cluster.api.merge(DEPLOYMENT, &patch).await {
        Ok(_) => Ok(begun),
        Err(failure) => Err(failure.port("patch deployment coredns in namespace kube-system")),
    }
}

/// It is done by the time it has begun; that its pods have it is looked for.
pub(super) fn outcome(dns: &NewDns) -> OperationStatus {
    let observed = vec![format!("deployment coredns has image {}", dns.image)];
    OperationStatus::Succeeded { output: String::new(), observed }
}
