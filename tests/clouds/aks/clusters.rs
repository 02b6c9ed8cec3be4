//! The cluster of these tests: the named one, changed.

use upgrade_twin::blueprint::{Blueprint, Form, Scenario};
use upgrade_twin::clouds::Managed;
use upgrade_twin::clouds::faults::CloudFaults;

/// Its resource.
pub(crate) const CLUSTER: &str = "/subscriptions/5f2c9a10-7d1e-4c0b-9a57-0d3f4b6e8c21/resourceGroups/shop/providers/\
                                  Microsoft.ContainerService/managedClusters/shop";

/// The named cluster.
pub(crate) fn named() -> Blueprint {
    Scenario::named("aks").unwrap().blueprint()
}

/// The named cluster with its cloud changed.
pub(crate) fn with(change: impl FnOnce(&mut Managed)) -> Blueprint {
    let mut blueprint = named();
    let Form::Managed(managed) = &mut blueprint.form else { panic!("the named cluster is managed") };
    change(managed);
    blueprint
}

/// The named cluster with these faults.
pub(crate) fn faulty(faults: CloudFaults) -> Blueprint {
    with(|managed| managed.faults = faults)
}
