//! KU0507: the configuration API that kubeadm's record is written in.

use super::CheckContext;
use super::words::finding;
use crate::facts::{Capability, KubeadmSyntax};
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::Inventory;
use crate::version::Minor;

/// The first minor whose kubeadm writes a beta.
const ALPHAS_UNTIL: Minor = Minor::new(1, 13);

/// KU0507. Only the first hop's kubeadm reads the record as it is: each one writes it back in its own newest API.
pub(super) fn api(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let (Some(record), Some((from, to))) = (&inventory.kubeadm, context.hops.first()) else { return Vec::new() };
    let known = match record.api_version.strip_prefix("kubeadm.k8s.io/") {
        // Alphas changed with each minor up to 1.13, and each kubeadm of that time read the one before its own.
        Some("v1alpha1" | "v1alpha2" | "v1alpha3") if to.minor() <= ALPHAS_UNTIL => return Vec::new(),
        Some("v1beta1") => Some(Capability::ConfigV1Beta1),
        Some("v1beta2") => Some(Capability::ConfigV1Beta2),
        Some("v1beta3") => Some(Capability::ConfigV1Beta3),
        Some("v1beta4") => Some(Capability::ConfigV1Beta4),
        Some(_) | None => None,
    };
    let (severity, found) = match known {
        Some(capability) if KubeadmSyntax::of(to.minor()).can(capability) => return Vec::new(),
        Some(_) => {
            (Severity::Blocker, format!("written in {}, which kubeadm {} cannot read", record.api_version, to.minor()))
        }
        None => (Severity::Warning, format!("written in {}, which is not known here", record.api_version)),
    };
    let remedy = format!(
        "on a control-plane host, with kubeadm {}: kubeadm config migrate on the ClusterConfiguration of \
         kube-system/kubeadm-config, then kubeadm init phase upload-config kubeadm --config FILE",
        from.minor()
    );
    vec![finding(FindingCode::KubeadmConfigApi, severity, "ConfigMap kube-system/kubeadm-config", found, remedy)]
}
