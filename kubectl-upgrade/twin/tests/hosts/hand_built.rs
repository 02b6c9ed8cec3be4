//! The scripts that production code sends to hosts of a hand-built cluster.

use upgrade_core::commands;
use upgrade_core::component::Component;
use upgrade_core::components::Source;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::RunsAs;
use upgrade_core::plan::{
    Action, ComponentAction, EtcdClient, EtcdRestore, Health, KeptBinary, NewBinary, RestoredMember, StoppedServer,
    Watchers,
};

use upgrade_core::version::Version;
use upgrade_twin::Twin;
use upgrade_twin::blueprint::{Blueprint, Form, HandBuilt, Scenario};
use upgrade_twin::store::Resource;

use crate::production::carry_out;
use crate::support::{file, map, run, version};

const LOOK: &str = include_str!("../../../../providers/hosts/src/probe/look.sh");
const PARTS: &str = include_str!("../../../../providers/hosts/src/probe/parts.sh");

/// What a real host answered.
const REAL: &str = include_str!("../../../../providers/hosts/tests/fixtures/hand-built-cp1.stdout");

fn cluster() -> Twin {
    Twin::start(&Scenario::named("hand-built").unwrap().blueprint(), 1).unwrap()
}

fn binary(component: Component, version: &str) -> NewBinary {
    NewBinary {
        component,
        version: self::version(version),
        unit: format!("{component}.service"),
        path: format!("/usr/local/bin/{component}"),
    }
}

fn prepare(host: &str, component: Component, version: &str, source: Source) -> Action {
    let (host, binary) = (NodeName::new(host), binary(component, version));
    Action::Component(ComponentAction::Prepare { host, binary, source, sha256: None, ask: true })
}

fn from_mirror(component: Component, version: &str) -> Source {
    Source::Url(format!("https://mirror.example.com/v{version}/bin/linux/amd64/{component}"))
}

fn switch(host: &str, component: Component, from: &str, to: &str, health: Health) -> Action {
    let (host, binary) = (NodeName::new(host), binary(component, to));
    Action::Component(ComponentAction::Switch { host, binary, from: version(from), health, ask: true })
}

fn readyz() -> Health {
    Health::Url("https://127.0.0.1:6443/readyz".to_owned())
}

fn member(address: &str) -> Health {
    let endpoint = format!("https://{address}:2379");
    Health::Etcd(EtcdClient { endpoint, cacert: None, cert: None, key: None })
}

fn serves(twin: &Twin, host: &str) -> (Version, bool) {
    twin.with(|world| {
        let server = &world.control_plane.servers[host];
        (server.version.clone(), server.serving)
    })
}

/// Sections and the words in front of each line; what lies behind is the cluster's own.
fn shape(answer: &str) -> Vec<String> {
    let sections = answer.lines().filter(|line| line.starts_with("# ") || ["active", "x86_64"].contains(line));
    sections.map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn the_probe_finds_each_component_as_on_a_real_host() {
    let twin = cluster();
    let seen = twin.shell("10.20.0.1", &format!("{LOOK}{PARTS}\nreturn 0")).await.unwrap();
    assert_eq!((seen.status, seen.stderr.as_str()), (0, ""), "{}", seen.stdout);
    let parts = seen.stdout.split_once("# arch").map(|(_, parts)| format!("# arch{parts}")).unwrap();
    assert_eq!(shape(&parts), shape(REAL));
    for line in [
        "| etcd Version: 3.5.26",
        "| Kubernetes v1.34.5",
        "| --config=/etc/kubernetes/scheduler.yaml",
        "| /etc/default/kube-scheduler",
        "| --enable-admission-plugins=NodeRestriction",
    ] {
        assert!(parts.lines().any(|found| found == line), "{line:?} is not in\n{parts}");
    }
    let on_worker = run(&twin, "w-3", &format!("{LOOK}{PARTS}\nreturn 0")).await;
    assert!(on_worker.contains("# part kubelet kubelet.service") && !on_worker.contains("etcd"), "{on_worker}");
}

#[tokio::test(start_paused = true)]
async fn a_new_binary_is_fetched_asked_and_switched_in() {
    let twin = cluster();
    let server = Component::ApiServer;
    let (ended, output) =
        carry_out(&twin, "cp-1", "p", &prepare("cp-1", server, "1.35.6", from_mirror(server, "1.35.6"))).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("takes the arguments of kube-apiserver.service"), "{output}");
    assert_eq!(serves(&twin, "cp-1"), (version("1.34.5"), true));
    let (ended, output) = carry_out(&twin, "cp-1", "s", &switch("cp-1", server, "1.34.5", "1.35.6", readyz())).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("observed: kube-apiserver.service runs kube-apiserver v1.35.6"), "{output}");
    assert_eq!((serves(&twin, "cp-1"), serves(&twin, "cp-2")), ((version("1.35.6"), true), (version("1.34.5"), true)));
    assert!(file(&twin, "cp-1", "/usr/local/bin/kube-apiserver-v1.34.5").contains("1.34.5"), "the old one is kept");
    let left = run(&twin, "cp-1", "ls /run/systemd/system /run").await;
    assert!(!left.contains("kubectl-upgrade-ask"), "{left}");
}

#[tokio::test(start_paused = true)]
async fn a_node_and_a_member_of_etcd_move() {
    let twin = cluster();
    for (component, from, to, health) in [
        (Component::Etcd, "3.5.26", "3.6.8", member("10.20.1.2")),
        (Component::Kubelet, "1.34.5", "1.35.6", Health::Unit),
    ] {
        let ready = prepare("w-1", component, to, from_mirror(component, to));
        let (ended, output) = carry_out(&twin, "w-1", &format!("p-{component}"), &ready).await;
        assert_eq!(ended, "ended 0", "{output}");
        let step = switch("w-1", component, from, to, health);
        let (ended, output) = carry_out(&twin, "w-1", &format!("s-{component}"), &step).await;
        assert_eq!(ended, "ended 0", "{output}");
    }
    assert_eq!(twin.with(|world| world.hosts["w-1"].kubelet().cloned()), Some(version("1.35.6")));
    let file = "/var/backups/kubectl-upgrade/etcd.db".to_owned();
    let Health::Etcd(client) = member("10.20.0.1") else { unreachable!("a member's health") };
    let host = NodeName::new("cp-1");
    let snapshot = Action::Component(ComponentAction::SnapshotEtcd { host, client, file });
    let (ended, output) = carry_out(&twin, "cp-1", "snapshot", &snapshot).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("observed: snapshot /var/backups/kubectl-upgrade/etcd.db size="), "{output}");
}

fn restored(host: &str, address: &str) -> RestoredMember {
    let Health::Etcd(client) = member(address) else { unreachable!("a member's health") };
    RestoredMember {
        host: NodeName::new(host),
        runs: RunsAs::Unit("etcd.service".to_owned()),
        name: host.to_owned(),
        data: "/var/lib/etcd".to_owned(),
        wal: None,
        peers: vec![format!("https://{address}:2380")],
        client,
        binary: None::<KeptBinary>,
    }
}

fn there(twin: &Twin, name: &str) -> bool {
    twin.with(|world| world.store.get(&map(name)).is_some())
}

fn written(twin: &Twin, name: &str) {
    let value = serde_json::json!({"metadata": {"name": name, "namespace": "kube-system"}, "data": {"a": "b"}});
    twin.with(|world| {
        let now = world.now();
        world.store.create(Resource::CONFIG_MAPS, value, now).unwrap();
    });
}

#[tokio::test(start_paused = true)]
async fn etcd_is_put_back_to_a_snapshot_on_every_member() {
    let twin = cluster();
    written(&twin, "before");
    let file = "/var/backups/kubectl-upgrade/etcd.db".to_owned();
    let members = vec![restored("cp-1", "10.20.0.1"), restored("cp-2", "10.20.0.2"), restored("w-1", "10.20.1.2")];
    let (host, client) = (NodeName::new("cp-1"), members[0].client.clone());
    let snapshot = Action::Component(ComponentAction::SnapshotEtcd { host, client, file: file.clone() });
    let (ended, output) = carry_out(&twin, "cp-1", "snapshot", &snapshot).await;
    assert_eq!(ended, "ended 0", "{output}");
    written(&twin, "after");

    let server = |host: &str| StoppedServer {
        host: NodeName::new(host),
        runs: RunsAs::Unit("kube-apiserver.service".to_owned()),
        url: "https://127.0.0.1:6443/readyz".to_owned(),
    };
    let watchers = Watchers {
        host: NodeName::new("w-2"),
        runs: vec![(Component::Kubelet, RunsAs::Unit("kubelet.service".to_owned()))],
    };
    let restore = EtcdRestore {
        file,
        taken: twin.with(|world| world.now()),
        hash: None,
        token: "again".to_owned(),
        members,
        servers: vec![server("cp-1"), server("cp-2")],
        watchers: vec![watchers],
    };
    let parts = commands::parts(&Action::Component(ComponentAction::RestoreEtcd(restore))).unwrap();
    for part in &parts {
        // Each can be done again, as after a kill in its middle.
        for _ in 0..2 {
            run(&twin, part.host.as_str(), &part.lines[0].as_root()).await;
        }
        if part.lines[0].argv[4] == "restore" {
            assert!(!twin.with(|world| world.control_plane.answers()), "nobody reads before all have it");
        }
    }
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert!(there(&twin, "before") && !there(&twin, "after"));
    assert!(serves(&twin, "cp-1").1 && serves(&twin, "cp-2").1);
    let healthy = run(&twin, "w-1", "etcdctl endpoint health --cluster").await;
    assert_eq!(healthy.matches("is healthy").count(), 3, "{healthy}");
    let kept = run(&twin, "w-1", "ls /var/lib/etcd; ls /run/systemd/system/etcd.service.d").await;
    assert!(kept.contains("member.before-again") && !kept.contains("join"), "{kept}");
}

#[tokio::test(start_paused = true)]
async fn no_member_is_restarted_while_another_is_away() {
    let twin = cluster();
    let etcd = Component::Etcd;
    let ready = prepare("cp-1", etcd, "3.6.8", from_mirror(etcd, "3.6.8"));
    assert_eq!(carry_out(&twin, "cp-1", "p", &ready).await.0, "ended 0");
    run(&twin, "w-1", "systemctl stop etcd").await;
    let (ended, output) =
        carry_out(&twin, "cp-1", "s", &switch("cp-1", etcd, "3.5.26", "3.6.8", member("10.20.0.1"))).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(output.contains("expected every member of etcd to be healthy before one is restarted"), "{output}");
}

#[tokio::test(start_paused = true)]
async fn a_flag_that_is_gone_is_found_before_the_switch_or_the_old_binary_is_put_back() {
    let twin = cluster();
    let proxy = Component::KubeProxy;
    let unit = "/etc/systemd/system/kube-proxy.service";
    run(
        &twin,
        "w-2",
        &format!("sed 's/config.yaml$/config.yaml --no-such-flag=1/' {unit} > /tmp/u && cp /tmp/u {unit}"),
    )
    .await;
    let ready = prepare("w-2", proxy, "1.35.6", from_mirror(proxy, "1.35.6"));
    let (ended, output) = carry_out(&twin, "w-2", "asked", &ready).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(
        output.contains("refuses the arguments of kube-proxy.service: Error: unknown flag: --no-such-flag"),
        "{output}"
    );

    let Action::Component(ComponentAction::Switch { host, binary, from, health, .. }) =
        switch("w-2", proxy, "1.34.5", "1.35.6", Health::Unit)
    else {
        unreachable!("a switch")
    };
    let unasked = Action::Component(ComponentAction::Switch { host, binary, from, health, ask: false });
    let (ended, output) = carry_out(&twin, "w-2", "forced", &unasked).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(output.contains("did not come up: Error: unknown flag: --no-such-flag"), "{output}");
    assert!(file(&twin, "w-2", "/usr/local/bin/kube-proxy").contains("1.34.5"));
}

#[tokio::test(start_paused = true)]
async fn an_admission_plugin_that_the_new_one_lacks_is_found_before_the_switch() {
    let twin = cluster();
    let (server, unit) = (Component::ApiServer, "/etc/systemd/system/kube-apiserver.service");
    let ready = prepare("cp-1", server, "1.35.6", from_mirror(server, "1.35.6"));
    let (ended, output) = carry_out(&twin, "cp-1", "known", &ready).await;
    assert_eq!(ended, "ended 0", "{output}");
    let named = format!("sed 's/=NodeRestriction/=NodeRestriction,NoSuchPlugin/' {unit} > /tmp/u && cp /tmp/u {unit}");
    run(&twin, "cp-1", &named).await;
    let (ended, output) = carry_out(&twin, "cp-1", "gone", &ready).await;
    assert_eq!(ended, "ended 1", "{output}");
    let expected = "the new kube-apiserver has no admission plugin NoSuchPlugin, which kube-apiserver.service names";
    assert!(output.contains(expected), "{output}");
}

#[tokio::test(start_paused = true)]
async fn a_configuration_that_is_no_longer_read_is_found_before_the_switch() {
    let twin = cluster();
    let (scheduler, at) = (Component::Scheduler, "/etc/kubernetes/scheduler.yaml");
    let ready = prepare("cp-1", scheduler, "1.35.6", from_mirror(scheduler, "1.35.6"));
    let (ended, output) = carry_out(&twin, "cp-1", "read", &ready).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("arguments of kube-scheduler.service and reads its configuration"), "{output}");
    run(&twin, "cp-1", &format!("sed 's/io.v1$/io\\/v1beta3/' {at} > /tmp/c && cp /tmp/c {at}")).await;
    let (ended, output) = carry_out(&twin, "cp-1", "unread", &ready).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(output.contains("cannot read the configuration of kube-scheduler.service: Error: no kind"), "{output}");
}

#[tokio::test(start_paused = true)]
async fn a_kubelets_configuration_is_read_before_the_switch() {
    let twin = cluster();
    let (kubelet, at) = (Component::Kubelet, "/etc/kubelet/config.yaml");
    let ready = prepare("w-2", kubelet, "1.35.6", from_mirror(kubelet, "1.35.6"));
    let (ended, output) = carry_out(&twin, "w-2", "read", &ready).await;
    assert_eq!(ended, "ended 0", "{output}");
    assert!(output.contains("arguments of kubelet.service and reads its configuration"), "{output}");
    run(&twin, "w-2", &format!("echo 'featureGates: {{NoSuchGate: true}}' >> {at}")).await;
    let (ended, output) = carry_out(&twin, "w-2", "unread", &ready).await;
    assert_eq!(ended, "ended 1", "{output}");
    let why = "cannot read the configuration of kubelet.service: Error: failed to set feature gates";
    assert!(output.contains(why) && output.contains("unrecognized feature gate: NoSuchGate"), "{output}");
    let left = run(&twin, "w-2", "ls /run/systemd/system /run").await;
    assert!(!left.contains("kubectl-upgrade-ask"), "{left}");
}

#[tokio::test(start_paused = true)]
async fn a_download_that_is_no_program_here_installs_nothing() {
    let twin = cluster();
    let proxy = Component::KubeProxy;
    let sum = "sha256sum /srv/b/kube-proxy | cut -d ' ' -f 1 > /srv/b/kube-proxy.sha256";
    let at = || Source::Path("/srv/b/kube-proxy".to_owned());
    let other = "https://mirror.example.com/v1.35.6/bin/linux/arm64/kube-proxy";
    for (name, make, expected) in [
        (
            "cut",
            "head -c 30 /usr/local/bin/kube-proxy > /srv/b/kube-proxy".to_owned(),
            "to say that it is kube-proxy v1.35.6",
        ),
        (
            "arm",
            format!("curl -fsSL -o /srv/b/kube-proxy {other}"),
            "a machine like this one, a x86_64, at /srv/b/kube-proxy",
        ),
        (
            "page",
            "echo '<html>' > /srv/b/kube-proxy".to_owned(),
            "expected a program at /srv/b/kube-proxy, found none in 7 bytes",
        ),
    ] {
        run(&twin, "w-3", &format!("mkdir -p /srv/b && {make} && {sum}")).await;
        let (ended, output) = carry_out(&twin, "w-3", name, &prepare("w-3", proxy, "1.35.6", at())).await;
        assert_eq!(ended, "ended 1", "{output}");
        assert!(output.contains(expected), "{output}");
    }
    let missing = Source::Url("https://mirror.example.com/v1.99.0/bin/linux/amd64/kube-proxy".to_owned());
    let (ended, output) = carry_out(&twin, "w-3", "gone", &prepare("w-3", proxy, "1.99.0", missing)).await;
    assert_eq!(ended, "ended 1", "{output}");
    assert!(output.contains("found none"), "{output}");
    let left = run(&twin, "w-3", "ls /usr/local/bin").await;
    assert!(!left.contains("v1."), "{left}");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_was_off_comes_back_with_its_units() {
    let twin = cluster();
    twin.power_off("cp-1");
    assert!(!serves(&twin, "cp-1").1);
    assert!(twin.with(|world| world.control_plane.answers()), "the others serve, and keep quorum");
    twin.power_off("cp-2");
    assert!(!twin.with(|world| world.control_plane.answers()));
    twin.power_on("cp-1");
    twin.power_on("cp-2");
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    assert!(serves(&twin, "cp-1").1 && serves(&twin, "cp-2").1);
}

#[test]
fn a_member_on_no_machine_is_a_mistake() {
    let mut blueprint: Blueprint = Scenario::named("hand-built").unwrap().blueprint();
    let members = vec!["cp-9".to_owned()];
    blueprint.form = Form::HandBuilt(HandBuilt {
        etcd: version("3.5.26"),
        etcd_to: None,
        members,
        stopped: Vec::new(),
        static_pods: false,
        found: None,
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(async { Twin::start(&blueprint, 1).err() }).unwrap();
    assert_eq!(error.to_string(), "expected machines with members of etcd, found none named cp-9");
}
