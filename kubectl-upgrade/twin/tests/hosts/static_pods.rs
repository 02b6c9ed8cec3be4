//! Static pods that a person wrote, and the scripts that replace them.

use upgrade_core::commands;
use upgrade_core::component::Component;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::RunsAs;
use upgrade_core::plan::{
    Action, ComponentAction, EtcdClient, EtcdRestore, Health, KeptBinary, NewManifest, NewPod, RestoredMember,
    StoppedServer, Watchers,
};
use upgrade_core::version::Version;
use upgrade_twin::Twin;
use upgrade_twin::blueprint::Scenario;

use crate::production::carry_out;
use crate::support::{file, run, version};

const LOOK: &str = include_str!("../../../../providers/hosts/src/probe/look.sh");
const PARTS: &str = include_str!("../../../../providers/hosts/src/probe/parts.sh");

const SERVER: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";

fn cluster() -> Twin {
    Twin::start(&Scenario::named("hand-built-pods").unwrap().blueprint(), 1).unwrap()
}

fn pod(component: Component, from: &str, to: &str) -> NewPod {
    let image = |version: &str| match component {
        Component::Etcd => format!("registry.k8s.io/etcd:{version}-0"),
        _ => format!("registry.k8s.io/{component}:v{version}"),
    };
    NewPod {
        component,
        version: version(to),
        manifest: format!("/etc/kubernetes/manifests/{component}.yaml"),
        replaces: image(from),
        image: image(to),
    }
}

fn prepare(pod: NewPod) -> Action {
    Action::Component(ComponentAction::PreparePod { host: NodeName::new("cp-1"), pod, ask: true })
}

fn switch(pod: NewPod, manifest: NewManifest, from: &str) -> Action {
    let health = match pod.component {
        Component::Etcd => {
            let endpoint = "https://10.20.0.1:2379".to_owned();
            Health::Etcd(EtcdClient { endpoint, cacert: None, cert: None, key: None })
        }
        _ => Health::Url("https://127.0.0.1:6443/readyz".to_owned()),
    };
    let (host, from) = (NodeName::new("cp-1"), version(from));
    Action::Component(ComponentAction::SwitchPod { host, pod, manifest, from, health, ask: false })
}

fn serves(twin: &Twin) -> (Version, bool) {
    twin.with(|world| {
        let server = &world.control_plane.servers["cp-1"];
        (server.version.clone(), server.serving)
    })
}

#[tokio::test(start_paused = true)]
async fn the_probe_tells_what_runs_from_what_is_written() {
    let twin = cluster();
    let look = format!("{LOOK}{PARTS}\nreturn 0");
    let seen = run(&twin, "cp-1", &look).await;
    for line in [
        "# static kube-apiserver /etc/kubernetes/manifests/kube-apiserver.yaml",
        "| registry.k8s.io/kube-apiserver:v1.34.5",
        "# running /etc/kubernetes/manifests/kube-apiserver.yaml",
        "| Kubernetes v1.34.5",
        "# process /etc/kubernetes/manifests/kube-controller-manager.yaml",
        "| etcd Version: 3.5.26",
        "| --authorization-mode=Node,RBAC",
        "# part kubelet kubelet.service",
    ] {
        assert!(seen.lines().any(|found| found == line), "{line:?} is not in\n{seen}");
    }
    let edited = "sed 's/v1.34.5/v1.35.6/' /etc/kubernetes/manifests/kube-scheduler.yaml > /root/s.yaml && \
                  mv /root/s.yaml /etc/kubernetes/manifests/kube-scheduler.yaml";
    run(&twin, "cp-1", edited).await;
    let seen = run(&twin, "cp-1", &look).await;
    let (_, scheduler) = seen.split_once("# static kube-scheduler").unwrap();
    assert!(scheduler.contains("kube-scheduler:v1.35.6") && scheduler.contains("Kubernetes v1.34.5"), "{scheduler}");
}

#[tokio::test(start_paused = true)]
async fn an_image_is_pulled_asked_and_its_manifest_put_in_place_and_back() {
    let twin = cluster();
    let server = Component::ApiServer;
    let before = file(&twin, "cp-1", SERVER);
    let (ended, output) = carry_out(&twin, "cp-1", "p", &prepare(pod(server, "1.34.5", "1.35.6"))).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("kube-apiserver:v1.35.6 was pulled"), "{output}");
    assert!(output.contains("takes the arguments of /etc/kubernetes/manifests/kube-apiserver.yaml"), "{output}");
    assert_eq!((serves(&twin), file(&twin, "cp-1", SERVER)), ((version("1.34.5"), true), before.clone()));

    let forward = switch(pod(server, "1.34.5", "1.35.6"), NewManifest::Edited, "1.34.5");
    let (ended, output) = carry_out(&twin, "cp-1", "s", &forward).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("observed: /etc/kubernetes/manifests/kube-apiserver.yaml runs kube-apiserver"), "{output}");
    assert_eq!(serves(&twin), (version("1.35.6"), true));
    assert_eq!(file(&twin, "cp-1", "/etc/kubernetes/manifests.kept/kube-apiserver.yaml-v1.34.5"), before);
    let (ended, output) = carry_out(&twin, "cp-1", "again", &forward).await;
    assert_eq!(ended, "ended 0", "what is done is left: {output}");
    assert_eq!(file(&twin, "cp-1", "/etc/kubernetes/manifests.kept/kube-apiserver.yaml-v1.34.5"), before);

    let back = switch(pod(server, "1.35.6", "1.34.5"), NewManifest::Kept, "1.35.6");
    let (ended, output) = carry_out(&twin, "cp-1", "b", &back).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert_eq!((serves(&twin), file(&twin, "cp-1", SERVER)), ((version("1.34.5"), true), before));
    let names = run(&twin, "cp-1", "ls /etc/kubernetes/manifests").await;
    assert_eq!(names.lines().count(), 4, "{names}");
}

#[tokio::test(start_paused = true)]
async fn the_configuration_of_a_pod_is_read_before_its_image_is_switched_in() {
    let twin = cluster();
    let (ready, at) = (prepare(pod(Component::Scheduler, "1.34.5", "1.35.6")), "/etc/kubernetes/scheduler.yaml");
    let (ended, output) = carry_out(&twin, "cp-1", "read", &ready).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("manifests/kube-scheduler.yaml and reads its configuration"), "{output}");
    run(&twin, "cp-1", &format!("sed 's/io.v1$/io\\/v1beta3/' {at} > /tmp/c && cp /tmp/c {at}")).await;
    let (ended, output) = carry_out(&twin, "cp-1", "unread", &ready).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(
        output.contains("cannot read the configuration of /etc/kubernetes/manifests/kube-scheduler.yaml"),
        "{output}"
    );
    let left = run(&twin, "cp-1", "ls /tmp").await;
    assert!(!left.contains("tmp."), "{left}");
}

#[tokio::test(start_paused = true)]
async fn a_member_of_etcd_moves_when_all_are_healthy() {
    let twin = cluster();
    let forward = switch(pod(Component::Etcd, "3.5.26", "3.6.8"), NewManifest::Edited, "3.5.26");
    let (ended, output) = carry_out(&twin, "cp-1", "s", &forward).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("runs etcd 3.6.8"), "{output}");
    twin.power_off("cp-2");
    let back = switch(pod(Component::Etcd, "3.6.8", "3.5.26"), NewManifest::Kept, "3.6.8");
    let (ended, output) = carry_out(&twin, "cp-1", "b", &back).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(
        output.contains("every member of etcd to be healthy") && output.contains("nothing was changed"),
        "{output}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_pulled_changes_nothing_and_what_does_not_start_is_taken_back_at_once() {
    let twin = cluster();
    let server = Component::ApiServer;
    let gone = NewPod { image: "registry.k8s.io/nothing:v1.35.6".to_owned(), ..pod(server, "1.34.5", "1.35.6") };
    let (ended, output) = carry_out(&twin, "cp-1", "p", &prepare(gone.clone())).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(output.contains("failed to pull registry.k8s.io/nothing:v1.35.6; nothing was changed"), "{output}");
    twin.with(|world| world.hosts.get_mut("cp-1").unwrap().api_server_fails = true);
    let forward = switch(pod(server, "1.34.5", "1.35.6"), NewManifest::Edited, "1.34.5");
    let (ended, output) = carry_out(&twin, "cp-1", "s", &forward).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(output.contains("the manifest of v1.34.5 was put back and it is healthy"), "{output}");
    assert_eq!(serves(&twin), (version("1.34.5"), true));
}

fn manifest(component: Component) -> RunsAs {
    RunsAs::StaticPod(format!("/etc/kubernetes/manifests/{component}.yaml"))
}

fn restored(number: u8) -> RestoredMember {
    let client = EtcdClient { endpoint: format!("https://10.20.0.{number}:2379"), cacert: None, cert: None, key: None };
    RestoredMember {
        host: NodeName::new(format!("cp-{number}")),
        runs: manifest(Component::Etcd),
        name: format!("cp-{number}"),
        data: "/var/lib/etcd".to_owned(),
        wal: (number == 2).then(|| "/var/wal".to_owned()),
        peers: vec![format!("https://10.20.0.{number}:2380")],
        client,
        binary: (number == 1)
            .then(|| KeptBinary { path: "/etc/kubernetes/manifests/etcd.yaml".to_owned(), version: version("3.5.26") }),
    }
}

#[tokio::test(start_paused = true)]
async fn etcd_is_put_back_to_a_snapshot_on_every_member() {
    let twin = cluster();
    let etcd = "/etc/kubernetes/manifests/etcd.yaml";
    let before = file(&twin, "cp-1", etcd);
    run(&twin, "cp-1", "etcdctl snapshot save /root/etcd.db").await;
    let forward = switch(pod(Component::Etcd, "3.5.26", "3.6.8"), NewManifest::Edited, "3.5.26");
    assert_eq!(carry_out(&twin, "cp-1", "s", &forward).await.0, "ended 0");
    run(&twin, "cp-2", "mkdir -p /var/wal && echo x > /var/wal/0.wal").await;
    let written = serde_json::json!({"metadata": {"name": "after", "namespace": "kube-system"}});
    twin.with(|world| {
        let now = world.now();
        world.store.create(upgrade_twin::store::Resource::CONFIG_MAPS, written, now).unwrap();
    });
    let hosts = ["cp-1", "cp-2", "cp-3"];
    let server = |host: &str| StoppedServer {
        host: NodeName::new(host),
        runs: manifest(Component::ApiServer),
        url: "https://127.0.0.1:6443/readyz".to_owned(),
    };
    let kinds = [Component::ControllerManager, Component::Scheduler];
    let mut runs: Vec<_> = kinds.into_iter().map(|component| (component, manifest(component))).collect();
    runs.push((Component::Kubelet, RunsAs::Unit("kubelet.service".to_owned())));
    let restore = EtcdRestore {
        file: "/root/etcd.db".to_owned(),
        taken: twin.with(|world| world.now()),
        hash: None,
        token: "again".to_owned(),
        members: (1..=3).map(restored).collect(),
        servers: hosts.map(server).to_vec(),
        watchers: vec![Watchers { host: NodeName::new("cp-1"), runs }],
    };
    for part in &commands::parts(&Action::Component(ComponentAction::RestoreEtcd(restore))).unwrap() {
        // Each can be done again, as after a kill in its middle.
        for _ in 0..2 {
            run(&twin, part.host.as_str(), &part.lines[0].as_root()).await;
        }
    }
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    assert!(twin.with(|world| world.store.get(&crate::support::map("after")).is_none()));
    assert_eq!(file(&twin, "cp-1", etcd), before, "the manifest that was kept");
    for host in hosts {
        assert!(!file(&twin, host, etcd).contains("existing"), "{host}");
        assert!(twin.with(|world| world.control_plane.servers[host].serving), "{host}");
        let left =
            run(&twin, host, "ls /etc/kubernetes/manifests.kept /var/lib/etcd; ls /etc/kubernetes/manifests").await;
        assert!(left.contains("member.before-again") && !left.contains("-stopped\n"), "{host}: {left}");
        assert_eq!(left.lines().filter(|line| line.ends_with(".yaml")).count(), 4, "{host}: {left}");
    }
    let kept = run(&twin, "cp-2", "cat /var/wal/before-again/0.wal").await;
    assert_eq!(kept, "x\n");
    let healthy = run(&twin, "cp-3", "etcdctl endpoint health --cluster").await;
    assert_eq!(healthy.matches("is healthy").count(), 3, "{healthy}");
}
