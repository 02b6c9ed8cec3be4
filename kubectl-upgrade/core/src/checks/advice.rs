//! What to do about each code, in general; a finding's own remedy is more exact.

use crate::finding::FindingCode;

/// One sentence of advice.
#[must_use]
pub const fn advice(code: FindingCode) -> &'static str {
    match code {
        FindingCode::ForeignOwner => "Upgrade with the tool that owns the cluster; the finding names its command.",
        FindingCode::ProviderOverridden => "Leave `--provider` away, unless the marks found are known to be leftovers.",
        FindingCode::DeclaredElsewhere => "Change the declared version too, or it is put back after the upgrade.",
        FindingCode::SkewViolated => "Bring the component back into its window first.",
        FindingCode::VersionUnknown => "Make the component visible; rules that need its version cannot pass without.",
        FindingCode::KubectlSkew => "Use a kubectl within one minor of every API server on the path.",
        FindingCode::HalfDone => "Finish the earlier upgrade: plan to the newest version found.",
        FindingCode::EtcdTooOld => "Go to the last patch of the running minor first, or pin a newer etcd image.",
        FindingCode::BudgetNever => "Add a replica or widen the budget; no eviction will ever be allowed as it is.",
        FindingCode::BudgetNow => "Get the workload healthy; a drain waits for the budget until its time is up.",
        FindingCode::BudgetsOverlap => "Leave one budget over each pod; the API refuses to evict under two.",
        FindingCode::UnmanagedPod => "Give the pod a controller, or accept its loss with `--force-unmanaged`.",
        FindingCode::LocalData => "Save the data, or accept its loss with `--delete-emptydir-data`.",
        FindingCode::SingleReplica => "Run two replicas, or plan for the gap while the pod moves.",
        FindingCode::WorkloadsUnknown => "Grant the right to list pods and PodDisruptionBudgets.",
        FindingCode::DnsTogether => "Give it a PodDisruptionBudget, so that its pods move one after another.",
        FindingCode::HostUnknown => "Say how to reach the host; what was not looked at is not changed.",
        FindingCode::PackageMissing => "Bring the repository or mirror up to date, or choose another version.",
        FindingCode::DiskRoom => {
            "Free room; kubeadm copies etcd's data under `/etc/kubernetes/tmp` at each etcd upgrade."
        }
        FindingCode::ClockSkew => "Synchronise the clocks; Leases and logs are judged by them.",
        FindingCode::SwapOn => "Turn swap off, unless the kubelet is set up for it.",
        FindingCode::NodeNotReady => "Put the node right, or leave it out with `--exclude`.",
        FindingCode::ForeignCordon => "Uncordon it if nobody needs it cordoned; it is left as it was found.",
        FindingCode::RemovedFlag => "Remove the flag or gate where it is set; the component would exit at start.",
        FindingCode::CgroupV1 => {
            "Move the host to cgroup v2, or set `failCgroupV1: false` and ignore `SystemVerification`, both."
        }
        FindingCode::StaticPodReferences => "Rewrite the static pods to use files of the host.",
        FindingCode::Dockershim => "Move the node to containerd, CRI-O or cri-dockerd first.",
        FindingCode::RuntimeTooOld => "Upgrade the container runtime on the drained node first.",
        FindingCode::RemovedApi => "Move clients and manifests to the API that replaces it.",
        FindingCode::KubeadmConfigApi => "Migrate the stored configuration with the kubeadm of the running minor.",
        FindingCode::CurrentSupport => "Upgrade soon; no corrections come any more, or will soon stop coming.",
        FindingCode::TargetSupport => "Choose a newer target.",
        FindingCode::PathSupport => "Go through it without a stop; do not stay there.",
        FindingCode::CalendarStale => "Update this tool, or give it a newer release calendar.",
        FindingCode::CloudUnknown => "Grant the right that the finding names, or ask again later.",
        FindingCode::CloudBusy => "Wait for what goes on; put right what failed.",
        FindingCode::CloudInsight => "Do as the cloud advises, or override its checks with `--force checks`.",
        FindingCode::PoolImage => "Move the pool's pods to a pool of another kind of image.",
        FindingCode::PoolOfOthers => "Have whoever replaces these nodes ready; the run waits for them.",
        FindingCode::WayBack => "Know it before the run, and keep backups of what matters.",
        FindingCode::CloudSettings => "See that none of it moves the cluster while the run does.",
        FindingCode::MaintenanceExclusion => "Wait until it ends; or ask who set it, and accept it.",
        FindingCode::AddonUnfit => "Replace or remove the add-on before the hop.",
        FindingCode::NoDrift => "Let the NodePool's images and disruption budgets allow its nodes to drift and go.",
        FindingCode::MaintenanceClosed => "Leave the run waiting; or accept it, and have it go on at any time.",
        FindingCode::FreeAddresses => "Free addresses in the subnets named, or give the pool others.",
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/checks.md");

    fn document() -> String {
        let mut text = "# Findings\n\nWhat the checks can report. Generated from the code: `UPDATE_DOCS=1 cargo test -p upgrade-core advice`.\n\n\
            A blocker keeps `run` from starting; `--accept CODE` lets it start all the same. What could not be seen is\n\
            reported too: an unknown is never taken for a yes.\n\n| code | finding | what to do |\n|---|---|---|\n"
            .to_owned();
        for code in FindingCode::ALL {
            writeln!(text, "| {code} | {} | {} |", code.title(), advice(*code)).unwrap();
        }
        text
    }

    #[test]
    fn the_list_in_the_documents_is_up_to_date() {
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(std::path::Path::new(FILE).parent().unwrap()).unwrap();
            std::fs::write(FILE, document()).unwrap();
        }
        let found = std::fs::read_to_string(FILE).unwrap_or_default();
        assert_eq!(found, document(), "run: UPDATE_DOCS=1 cargo test -p upgrade-core advice");
    }
}
