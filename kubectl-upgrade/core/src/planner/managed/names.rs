//! Names for pools that take an old one's place, as each cloud allows them.

use crate::ids::PoolName;
use crate::plan::ProviderKind;
use crate::version::Minor;

/// AKS: lower-case letters and digits, twelve at most.
const AKS_LONGEST: usize = 12;

/// GKE: forty characters; EKS allows more.
const LONGEST: usize = 40;

/// `web` becomes `web-1-34`, and that `web-1-35`; on AKS `web` becomes `web134`.
pub(super) fn successor(provider: ProviderKind, old: &PoolName, minor: Minor) -> PoolName {
    let (suffix, longest) = match provider {
        ProviderKind::Aks => (format!("{}{}", minor.major, minor.minor), AKS_LONGEST),
        ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Kubeadm | ProviderKind::Manual => {
            (format!("-{}-{}", minor.major, minor.minor), LONGEST)
        }
    };
    let base = base(old.as_str(), provider == ProviderKind::Aks);
    let kept: String = base.chars().take(longest.saturating_sub(suffix.len())).collect();
    PoolName::new(format!("{kept}{suffix}"))
}

/// The name without the suffix of an earlier upgrade.
fn base(name: &str, compact: bool) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if compact {
        let cut = name.len().saturating_sub(3);
        return match name.split_at_checked(cut) {
            Some((base, suffix)) if !base.is_empty() && suffix.starts_with('1') && digits(suffix) => base,
            Some(_) | None => name,
        };
    }
    let mut parts = name.rsplitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(minor), Some("1"), Some(base)) if digits(minor) && !base.is_empty() => base,
        (_, _, _) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_is_named_for_its_minor_however_often() {
        let minor = Minor::new(1, 35);
        for (provider, old, new) in [
            (ProviderKind::Eks, "web", "web-1-35"),
            (ProviderKind::Eks, "web-1-34", "web-1-35"),
            (ProviderKind::Gke, "a-pool-with-a-name-of-exactly-40-letters", "a-pool-with-a-name-of-exactly-40-le-1-35"),
            (ProviderKind::Aks, "web", "web135"),
            (ProviderKind::Aks, "web134", "web135"),
            (ProviderKind::Aks, "nodepool1", "nodepool1135"),
            (ProviderKind::Aks, "averylongnam", "averylong135"),
        ] {
            assert_eq!(successor(provider, &PoolName::new(old), minor).as_str(), new, "{old}");
        }
    }
}
