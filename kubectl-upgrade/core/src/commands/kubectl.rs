//! What a person would type for what is done through the Kubernetes API.

use super::quote;
use crate::plan::{Action, ComponentAction, DrainPolicy};

/// The line; none for what is done elsewhere, or has no such line.
#[must_use]
pub fn by_kubectl(action: &Action) -> Option<String> {
    match action {
        Action::Cordon { node } => Some(format!("kubectl cordon {}", quote(node.as_str()))),
        Action::Uncordon { node } => Some(format!("kubectl uncordon {}", quote(node.as_str()))),
        Action::Drain { node, policy, seen: _ } => {
            let DrainPolicy { delete_empty_dir_data, force, timeout_s, grace_period_s } = policy;
            let mut line = format!("kubectl drain {} --ignore-daemonsets --timeout={timeout_s}s", quote(node.as_str()));
            line.push_str(if *delete_empty_dir_data { " --delete-emptydir-data" } else { "" });
            line.push_str(if *force { " --force" } else { "" });
            line.push_str(&grace_period_s.map_or(String::new(), |seconds| format!(" --grace-period={seconds}")));
            Some(line)
        }
        Action::Component(ComponentAction::CoreDnsImage(dns)) => Some(set_image(&dns.container, &dns.image)),
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::UpgradeApply { .. }
        | Action::UpgradeNode { .. }
        | Action::RestartKubelet { .. }
        | Action::Cloud(_)
        | Action::Component(_) => None,
    }
}

/// Changes the image of CoreDNS.
pub(crate) fn set_image(container: &str, image: &str) -> String {
    format!("kubectl -n kube-system set image deployment/coredns {}", quote(&format!("{container}={image}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeName;
    use crate::plan::DrainForecast;

    #[test]
    fn a_drain_may_do_by_hand_what_it_may_do_in_the_plan() {
        let line = |policy| {
            let (node, seen) = (NodeName::new("w-1"), DrainForecast::default());
            by_kubectl(&Action::Drain { node, policy, seen }).unwrap()
        };
        assert_eq!(line(DrainPolicy::default()), "kubectl drain w-1 --ignore-daemonsets --timeout=900s");
        let all = DrainPolicy { delete_empty_dir_data: true, force: true, timeout_s: 60, grace_period_s: Some(5) };
        let flags = "--timeout=60s --delete-emptydir-data --force --grace-period=5";
        assert_eq!(line(all), format!("kubectl drain w-1 --ignore-daemonsets {flags}"));
    }
}
