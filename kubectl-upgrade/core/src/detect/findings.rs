//! What a detection means for someone about to upgrade.

use super::kind::ClusterKind;
use super::owner::Ownership;
use super::{Detection, Mark};
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::Evidence;
use crate::plan::ProviderKind;

/// KU0102: a provider given by hand against what the marks say; none when they agree.
///
/// A blocker where someone else runs the control plane or owns its versions, a warning between kubeadm and by hand.
#[must_use]
pub fn overridden(detection: &Detection, given: ProviderKind) -> Option<Finding> {
    if detection.provider() == Some(given) {
        return None;
    }
    let severity = match (detection.kind, given) {
        (ClusterKind::Kubeadm, ProviderKind::Manual) | (ClusterKind::HandBuilt, ProviderKind::Kubeadm) => {
            Severity::Warning
        }
        (
            ClusterKind::Eks
            | ClusterKind::Gke
            | ClusterKind::Aks
            | ClusterKind::Kubeadm
            | ClusterKind::HandBuilt
            | ClusterKind::Foreign(_),
            ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks | ProviderKind::Kubeadm | ProviderKind::Manual,
        ) => Severity::Blocker,
    };
    Some(Finding {
        code: FindingCode::ProviderOverridden,
        severity,
        subject: format!("provider {given}"),
        found: format!("recognised as {}: {}", detection.kind, listed(&detection.marks)),
        remedy: Some(match detection.kind {
            ClusterKind::Foreign(owner) => Ownership::of(owner).how.to_owned(),
            ClusterKind::Eks | ClusterKind::Gke | ClusterKind::Aks | ClusterKind::Kubeadm | ClusterKind::HandBuilt => {
                "leave --provider away".to_owned()
            }
        }),
    })
}

/// KU0101: a foreign owner, and marks of others that do not belong here.
#[must_use]
pub fn owned(detection: &Detection) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let ClusterKind::Foreign(owner) = detection.kind {
        let ownership = Ownership::of(owner);
        findings.push(Finding {
            code: FindingCode::ForeignOwner,
            severity: Severity::Blocker,
            subject: format!("cluster of {}", ownership.name),
            found: format!("{}: {}", ownership.why, listed(&detection.marks)),
            remedy: Some(ownership.how.to_owned()),
        });
    }
    findings.extend(detection.disagreeing.iter().map(|mark| Finding {
        code: FindingCode::ForeignOwner,
        severity: Severity::Warning,
        subject: format!("mark of {}", mark.kind),
        found: format!("does not belong in a cluster of kind {}: {mark}", detection.kind),
        remedy: Some(
            "find out who set it; if the recognised kind is wrong, say the right one with --provider".to_owned(),
        ),
    }));
    findings
}

/// Field managers of tools that hold an object at what is declared elsewhere.
const DECLARING: [(&str, &str); 6] = [
    ("argocd-controller", "Argo CD"),
    ("argocd-application-controller", "Argo CD"),
    ("kustomize-controller", "Flux"),
    ("flux-client-side-apply", "Flux"),
    ("Terraform", "Terraform"),
    ("HashiCorp", "Terraform"),
];

/// KU0103: tools that apply kube-system's objects from a declaration, which an upgrade would leave behind.
#[must_use]
pub fn declared(evidence: &Evidence) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (manager, tool) in DECLARING.iter().filter(|(manager, _)| evidence.managers.contains(*manager)) {
        let subject = format!("objects of kube-system, by {tool}");
        if findings.iter().any(|finding| finding.subject == subject) {
            continue;
        }
        findings.push(Finding {
            code: FindingCode::DeclaredElsewhere,
            severity: Severity::Warning,
            subject,
            found: format!("field manager {manager}"),
            remedy: Some(format!("change the version in what {tool} applies too, or it will put the old one back")),
        });
    }
    findings
}

fn listed(marks: &[Mark]) -> String {
    marks.iter().map(|mark| mark.found.as_str()).collect::<Vec<_>>().join("; ")
}
