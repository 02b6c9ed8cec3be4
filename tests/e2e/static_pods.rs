//! A component that is a static pod of a kubelet which no kubeadm set up: to the next minor and back.

use crate::cluster::Cluster;
use crate::hand_built::{assert_everything_at, found};
use crate::journal;
use crate::plugin::Plugin;

const MANIFEST: &str = "/etc/kubernetes/manifests/kube-scheduler.yaml";

/// A third scheduler, on a node: as a person would write it.
const SCHEDULER: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: spare-scheduler
  namespace: kube-system
spec:
  hostNetwork: true
  containers:
  - name: scheduler
    image: k8s.gcr.io/kube-scheduler:v1.19.16
    command:
    - kube-scheduler
    - --bind-address=127.0.0.1
    - --config=/var/lib/kubernetes/scheduler.yaml
    volumeMounts:
    - {name: place, mountPath: /var/lib/kubernetes, readOnly: true}
  volumes:
  - {name: place, hostPath: {path: /var/lib/kubernetes}}
";

/// Its configuration, of a version that 1.20 reads too.
const CONFIGURATION: &str = "\
apiVersion: kubescheduler.config.k8s.io/v1beta1
kind: KubeSchedulerConfiguration
clientConnection: {kubeconfig: /var/lib/kubernetes/kube-scheduler.kubeconfig}
leaderElection: {leaderElect: true}
";

/// What the scheduler's process on the node says that it is.
fn running(cluster: &Cluster) -> String {
    let script =
        "for at in $(grep -lx kube-scheduler /proc/[0-9]*/comm 2>/dev/null); do \"${at%/comm}/exe\" --version; done";
    cluster.exec("w1", &["sh", "-c", script]).trim().to_owned()
}

fn lay(cluster: &Cluster) {
    let kubeconfig = cluster.exec("cp1", &["cat", "/var/lib/kubernetes/kube-scheduler.kubeconfig"]);
    let script = format!(
        "set -eu; mkdir -p /var/lib/kubernetes /etc/kubernetes/manifests\n\
         cat > /var/lib/kubernetes/kube-scheduler.kubeconfig <<'END'\n{kubeconfig}\nEND\n\
         cat > /var/lib/kubernetes/scheduler.yaml <<'END'\n{CONFIGURATION}END\n\
         cat > {MANIFEST} <<'END'\n{SCHEDULER}END\n\
         echo 'staticPodPath: /etc/kubernetes/manifests' >> /etc/kubelet/config.yaml\n\
         systemctl restart kubelet"
    );
    cluster.exec("w1", &["sh", "-c", &script]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while running(cluster) != "Kubernetes v1.19.16" {
        assert!(std::time::Instant::now() < deadline, "{:?} on w1", running(cluster));
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

#[test]
fn a_static_pod_goes_to_the_next_minor_and_back() {
    let Some(cluster) = Cluster::hand_built("static-pods", 64) else { return };
    lay(&cluster);
    let plugin = Plugin::on(&cluster);
    let file = found(14, &cluster, &plugin, "components.yaml", |text| {
        assert!(text.contains("image: \"k8s.gcr.io/kube-scheduler:{version}\""), "{text}");
        // The images of this testbed and the binaries of its mirror have one version of 1.20 in common.
        text.replace("versions: [1.20.2,", "versions: [1.20.15,")
    });
    let before = cluster.exec("w1", &["cat", MANIFEST]);
    let file = file.to_str().expect("a plain path");

    // No new one reads this; the one that runs has read its own long since.
    let rewrite = |from, to| {
        let script = format!("sed -i 's|{from}$|{to}|' /var/lib/kubernetes/scheduler.yaml");
        cluster.exec("w1", &["sh", "-c", &script])
    };
    rewrite("v1beta1", "v1alpha2");
    let held = plugin.call(&["run", "--components", file, "--to", "1.20", "--yes"]).expect(6);
    held.complains_of(&["cannot read the configuration of", "v1alpha2"]);
    assert_eq!(
        (running(&cluster), cluster.exec("w1", &["cat", MANIFEST])),
        ("Kubernetes v1.19.16".to_owned(), before.clone())
    );
    rewrite("v1alpha2", "v1beta1");

    let plugin = Plugin::on(&cluster);
    let run = plugin.call(&["run", "--components", file, "--to", "1.20", "--yes", "--details"]).expect(0);
    println!("{}", run.stdout);
    assert_everything_at(&cluster, "1.20.15");
    assert_eq!(running(&cluster), "Kubernetes v1.20.15");
    assert_eq!(cluster.exec("w1", &["cat", MANIFEST]), before.replace("v1.19.16", "v1.20.15"));
    let kept = "/etc/kubernetes/manifests.kept/kube-scheduler.yaml-v1.19.16";
    assert_eq!(cluster.exec("w1", &["cat", kept]), before);
    assert_eq!(cluster.exec("w1", &["ls", "/etc/kubernetes/manifests"]).trim(), "kube-scheduler.yaml");
    let asked = cluster.exec("w1", &["sh", "-c", "grep -h observed: /var/lib/kubectl-upgrade/*/output"]);
    let of_pod = "the new kube-scheduler takes the arguments of /etc/kubernetes/manifests/kube-scheduler.yaml";
    for words in [of_pod, "the new kubelet takes the arguments of kubelet.service"] {
        assert!(asked.contains(&format!("{words} and reads its configuration")), "{words:?} is not in {asked}");
    }
    journal::assert_equals_plan(plugin.state());

    plugin.call(&["rollback", "--yes"]).expect(0);
    assert_everything_at(&cluster, "1.19.16");
    assert_eq!((running(&cluster), cluster.exec("w1", &["cat", MANIFEST])), ("Kubernetes v1.19.16".to_owned(), before));
}
