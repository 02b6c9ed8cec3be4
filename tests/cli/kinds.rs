//! A plan, or a polite refusal, for every kind of cluster that is told apart; and the table of versions.

use crate::session::Session;

/// A snapshot of `plan` for a fixture, and its exit code (docs/exit-codes.md). Hosts that were not asked are a blocker, so
/// a plan without them ends with 3; where this version has no backend it ends with 1.
macro_rules! plans {
    ($($test:ident: $fixture:literal, $arguments:literal => $code:literal;)+) => {$(
        #[test]
        fn $test() {
            let transcript = Session::of($fixture).run(concat!("plan --release-table calendar.tsv ", $arguments));
            insta::assert_snapshot!(stringify!($test), transcript.to_string());
            assert_eq!(transcript.code, $code);
        }
    )+};
}

plans! {
    kubeadm: "kubeadm", "--to 1.36 --no-hosts" => 3;
    kubeadm_three_control_plane_hosts: "kubeadm-ha", "--to 1.35 --no-hosts" => 3;
    kubeadm_with_a_lagging_kubelet: "kubeadm-lagging", "--to 1.35 --no-hosts" => 3;
    kubeadm_with_a_budget_that_never_allows: "kubeadm-stuck", "--to 1.35 --no-hosts" => 3;
    kubeadm_with_nothing_newer: "kubeadm-newest", "--to 1.36.3 --no-hosts" => 0;
    kubeadm_1_19: "kubeadm-1.19", "--to 1.21 --no-hosts" => 3;
    kubeadm_1_11: "kubeadm-1.11", "--to 1.13 --no-hosts" => 3;
    kubeadm_kept_by_gitops: "kubeadm-gitops", "--to 1.35 --no-hosts" => 3;
    eks: "eks", "--no-hosts" => 1;
    gke: "gke", "--no-hosts" => 1;
    aks: "aks", "--no-hosts" => 1;
    hand_built: "hand-built", "--no-hosts" => 2;
    k3s: "k3s", "" => 10;
    rke2: "rke2", "" => 10;
    rke: "rke", "" => 10;
    k0s: "k0s", "" => 10;
    microk8s: "microk8s", "" => 10;
    talos: "talos", "" => 10;
    kops: "kops", "" => 10;
    cluster_api: "cluster-api", "" => 10;
    openshift: "openshift", "" => 10;
    kubespray: "kubespray", "" => 10;
    eks_anywhere: "eks-anywhere", "" => 10;
    vcluster: "vcluster", "" => 10;
    kind: "kind", "" => 10;
    minikube: "minikube", "" => 10;
    rancher: "rancher", "" => 10;
    digitalocean: "digitalocean", "" => 10;
    provider_named_against_the_evidence: "kubespray", "--provider kubeadm --to 1.35 --no-hosts" => 3;
}

#[test]
fn what_cannot_be_upgraded_yet_is_judged_all_the_same() {
    for (fixture, evidence) in [
        ("eks", "eks.amazonaws.com/nodegroup"),
        ("gke", "cloud.google.com/gke-nodepool"),
        ("aks", "kubernetes.azure.com/cluster"),
        ("hand-built", "no ConfigMap kube-system/kubeadm-config"),
    ] {
        let text = Session::of(fixture).run("plan --no-hosts").to_string();
        for part in [evidence, "running ", "kubelet "] {
            assert!(text.contains(part), "{fixture} lacks {part:?}: {text}");
        }
    }
}

#[test]
fn every_fixture_is_shown() {
    let folders = std::fs::read_dir(upgrade_tests::plugin::root().join("tests/fixtures")).expect("the fixtures");
    let this = include_str!("kinds.rs");
    for folder in folders {
        let name = folder.expect("a folder").file_name().into_string().expect("a UTF-8 name");
        assert!(this.contains(&format!(": \"{name}\", ")), "tests/fixtures/{name} is in no snapshot");
    }
}

#[test]
fn versions_of_three_eras() {
    for fixture in ["kubeadm-ha", "kubeadm-1.19", "kubeadm-1.11"] {
        let transcript = Session::of(fixture).run("versions --no-hosts --release-table calendar.tsv");
        insta::assert_snapshot!(format!("versions_{fixture}"), transcript.to_string());
        assert_eq!(transcript.code, 0);
    }
}

#[test]
fn a_plan_for_machines_is_data_on_stdout_alone() {
    let session = Session::of("kubeadm");
    let json = session.run("plan --to 1.35 --no-hosts -o json");
    let parsed: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert!(parsed.is_object());
    let yaml = session.run("plan --to 1.35 --no-hosts -o yaml");
    let parsed: serde_json::Value = serde_saphyr::from_str(&yaml.stdout).expect("YAML");
    assert!(parsed.is_object());
    assert_eq!((json.code, yaml.code), (3, 3));
}
