//! What a person laid on the hosts of a hand-built cluster, and the components file they keep of it.

use upgrade_core::component::Component;
use upgrade_core::components::{Care, ComponentHost, Components, Execution, Image, Part, Source};
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::RunsAs;
use upgrade_core::version::{Minor, Version};

use super::unit::UnitFile;
use super::{DATA, Program, UNITS, found, pods};
use crate::blueprint::{Blueprint, Form, Found, HandBuilt, Machine};
use crate::hosts::Host;

/// Where programs are.
const PROGRAMS: &str = "/usr/local/bin";

/// Where new ones come from, in the file that the owner of a sandbox keeps.
const MIRROR: &str = "https://mirror.example.com/{version}/bin/{os}/{arch}/{component}";

/// What kind of machine all hosts are.
pub(in crate::hosts) const ARCH: &str = "amd64";

/// A file that was laid on a host: path, text, mode.
pub(in crate::hosts) type Laid = (String, String, u32);

/// What the hosts of a hand-built cluster have in common.
#[derive(Debug)]
pub(in crate::hosts) struct ByHand {
    built: HandBuilt,
    version: Version,
    /// The members of etcd: name and address.
    members: Vec<(String, String)>,
}

impl ByHand {
    pub(in crate::hosts) fn of(blueprint: &Blueprint) -> Option<Self> {
        let Form::HandBuilt(built) = &blueprint.form else { return None };
        let members = blueprint.machines.iter().filter(|machine| built.members.contains(&machine.name));
        let members = members.map(|machine| (machine.name.clone(), machine.address.clone())).collect();
        Some(Self { built: built.clone(), version: blueprint.version.clone(), members })
    }

    /// What was found, where it is a copy.
    pub(in crate::hosts) const fn found(&self) -> Option<&Found> {
        self.built.found.as_ref()
    }

    pub(in crate::hosts) fn is_member(&self, machine: &Machine) -> bool {
        self.built.members.contains(&machine.name)
    }

    /// Whether the component on it is a static pod.
    fn is_pod(&self, machine: &Machine, component: Component) -> bool {
        self.built.static_pods && machine.control_plane && component != Component::Kubelet
    }

    /// Whether the static pod of that name runs when the story begins.
    pub(in crate::hosts) fn runs_pod(&self, machine: &Machine, name: &str) -> bool {
        Component::ON_HOSTS.into_iter().any(|component| component.name() == name && self.runs(machine, component))
    }

    /// Whether the component on it runs when the story begins.
    pub(in crate::hosts) fn runs(&self, machine: &Machine, component: Component) -> bool {
        if let Some(found) = self.found() {
            return found::runs(found, &machine.name, component);
        }
        let stopped = component == Component::Etcd && self.built.stopped.contains(&machine.name);
        !stopped && (component != Component::Kubelet || machine.ready)
    }
}

/// The files of a machine's components.
pub(in crate::hosts) fn lay(cluster: &ByHand, machine: &Machine) -> Vec<Laid> {
    if let Some(found) = cluster.found() {
        return found::lay(found, &machine.name);
    }
    let mut laid = Vec::new();
    for component in components_of(cluster, machine) {
        let version = if component == Component::Etcd { &cluster.built.etcd } else { version_on(cluster, machine) };
        let name = component.name();
        if cluster.is_pod(machine, component) {
            let image = pods::image_of(component, version);
            let text = pods::manifest(component, &image, &arguments(cluster, machine, component));
            laid.push((format!("{}/{name}.yaml", pods::MANIFESTS), text, 0o600));
            laid.extend(beside(component, version.minor()));
            continue;
        }
        let program = Program::new(component, version, ARCH);
        laid.push((format!("{PROGRAMS}/{name}"), program.text(), 0o755));
        laid.push((format!("{UNITS}/{name}.service"), unit(cluster, machine, component), 0o644));
        laid.extend(beside(component, version.minor()));
    }
    laid
}

fn version_on<'a>(cluster: &'a ByHand, machine: &'a Machine) -> &'a Version {
    if machine.control_plane { machine.static_pods.as_ref().unwrap_or(&cluster.version) } else { &machine.kubelet }
}

fn components_of(cluster: &ByHand, machine: &Machine) -> Vec<Component> {
    let mut components: Vec<Component> = Vec::new();
    components.extend(cluster.is_member(machine).then_some(Component::Etcd));
    components.extend((machine.control_plane && cluster.built.static_pods).then_some(Component::Kubelet));
    components.extend(match machine.control_plane {
        true => [Component::ApiServer, Component::ControllerManager, Component::Scheduler].as_slice(),
        false => [Component::Kubelet, Component::KubeProxy].as_slice(),
    });
    components
}

fn unit(cluster: &ByHand, machine: &Machine, component: Component) -> String {
    let before = match component {
        Component::Etcd | Component::ApiServer => "Type=notify\n",
        Component::Scheduler => "EnvironmentFile=/etc/default/kube-scheduler\n",
        Component::ControllerManager
        | Component::CloudControllerManager
        | Component::Kubelet
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => "",
    };
    let path = format!("{PROGRAMS}/{}", component.name());
    unit_file(component, before, &path, &arguments(cluster, machine, component))
}

/// A unit that starts a program with arguments; `before` are further lines.
pub(super) fn unit_file(component: Component, before: &str, path: &str, arguments: &[String]) -> String {
    let name = component.name();
    let arguments: String = arguments.iter().map(|word| format!(" \\\n  {word}")).collect();
    format!(
        "[Unit]\nDescription={name}\nAfter=network.target\n\n[Service]\n{before}ExecStart={path}{arguments}\n\
         Restart=on-failure\nRestartSec=3\n\n[Install]\nWantedBy=multi-user.target\n"
    )
}

fn arguments(cluster: &ByHand, machine: &Machine, component: Component) -> Vec<String> {
    let place = "/var/lib/kubernetes";
    let address = &machine.address;
    match component {
        Component::Etcd => {
            let peers: Vec<String> =
                cluster.members.iter().map(|(name, address)| format!("{name}=https://{address}:2380")).collect();
            vec![
                format!("--name={}", machine.name),
                "--data-dir=/var/lib/etcd".to_owned(),
                "--cert-file=/etc/etcd/server.crt".to_owned(),
                "--key-file=/etc/etcd/server.key".to_owned(),
                "--trusted-ca-file=/etc/etcd/ca.crt".to_owned(),
                "--client-cert-auth".to_owned(),
                format!("--listen-client-urls=https://{address}:2379,https://127.0.0.1:2379"),
                format!("--advertise-client-urls=https://{address}:2379"),
                format!("--initial-cluster={}", peers.join(",")),
            ]
        }
        Component::ApiServer => {
            let servers: Vec<String> =
                cluster.members.iter().map(|(_, address)| format!("https://{address}:2379")).collect();
            vec![
                format!("--advertise-address={address}"),
                "--authorization-mode=Node,RBAC".to_owned(),
                format!("--client-ca-file={place}/ca.crt"),
                "--enable-admission-plugins=NodeRestriction".to_owned(),
                format!("--etcd-cafile={place}/etcd-ca.crt"),
                format!("--etcd-servers={}", servers.join(",")),
                "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
                format!("--tls-cert-file={place}/apiserver.crt"),
                format!("--tls-private-key-file={place}/apiserver.key"),
            ]
        }
        Component::ControllerManager => vec![
            "--bind-address=127.0.0.1".to_owned(),
            format!("--kubeconfig={place}/kube-controller-manager.kubeconfig"),
            "--leader-elect=true".to_owned(),
            format!("--root-ca-file={place}/ca.crt"),
        ],
        Component::Scheduler if cluster.is_pod(machine, component) => {
            vec!["--config=/etc/kubernetes/scheduler.yaml".to_owned(), "--leader-elect=true".to_owned()]
        }
        Component::Scheduler => vec!["$KUBE_SCHEDULER_OPTS".to_owned()],
        Component::Kubelet => {
            let remote = machine.kubelet.minor() < Minor::new(1, 24);
            let mut words = vec!["--config=/etc/kubelet/config.yaml".to_owned()];
            words.extend(remote.then(|| "--container-runtime=remote".to_owned()));
            // Without one it only runs the pods of its own host.
            words.extend((!machine.control_plane).then(|| "--kubeconfig=/etc/kubelet/kubeconfig".to_owned()));
            words
        }
        Component::KubeProxy => vec!["--config=/etc/kube-proxy/config.yaml".to_owned()],
        Component::CloudControllerManager
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => Vec::new(),
    }
}

/// The files that a component's arguments name, and those that its unit reads.
fn beside(component: Component, minor: Minor) -> Vec<Laid> {
    let place = "/var/lib/kubernetes";
    let plain = |path: &str, text: &str| (path.to_owned(), text.to_owned(), 0o644);
    let secret = |path: String| (path, "(a secret)\n".to_owned(), 0o600);
    match component {
        Component::Etcd => vec![
            plain("/etc/etcd/ca.crt", "(a certificate)\n"),
            plain("/etc/etcd/server.crt", "(a certificate)\n"),
            secret("/etc/etcd/server.key".to_owned()),
            secret(format!("/var/lib/etcd/{DATA}")),
        ],
        Component::ApiServer => ["ca.crt", "etcd-ca.crt", "apiserver.crt", "apiserver.key"]
            .map(|name| secret(format!("{place}/{name}")))
            .into(),
        Component::ControllerManager => vec![secret(format!("{place}/kube-controller-manager.kubeconfig"))],
        Component::Scheduler => vec![
            plain(
                "/etc/default/kube-scheduler",
                "KUBE_SCHEDULER_OPTS=\"--config=/etc/kubernetes/scheduler.yaml --leader-elect=true\"\n",
            ),
            plain("/etc/kubernetes/scheduler.yaml", &scheduler(minor)),
            secret(format!("{place}/kube-scheduler.kubeconfig")),
        ],
        Component::Kubelet => {
            vec![plain("/etc/kubelet/config.yaml", &kubelet()), secret("/etc/kubelet/kubeconfig".to_owned())]
        }
        Component::KubeProxy => vec![
            plain(
                "/etc/kube-proxy/config.yaml",
                "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n",
            ),
            secret("/etc/kube-proxy/kubeconfig".to_owned()),
        ],
        Component::CloudControllerManager
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => Vec::new(),
    }
}

fn kubelet() -> String {
    format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\nstaticPodPath: {}\n",
        pods::MANIFESTS
    )
}

fn scheduler(minor: Minor) -> String {
    let version = match minor.minor {
        ..=18 => "v1alpha1",
        19..=21 => "v1beta1",
        22..=24 => "v1beta2",
        25.. => "v1",
    };
    format!(
        "apiVersion: kubescheduler.config.k8s.io/{version}\nkind: KubeSchedulerConfiguration\nclientConnection:\n  \
         kubeconfig: /var/lib/kubernetes/kube-scheduler.kubeconfig\n"
    )
}

/// The components file that the owner of the cluster keeps: all is replaced by the tool, from one mirror.
pub(crate) fn components(blueprint: &Blueprint) -> Option<Components> {
    let cluster = ByHand::of(blueprint)?;
    let hosts = blueprint.machines.iter().map(|machine| {
        let host = Host::of(blueprint, machine);
        let parts =
            components_of(&cluster, machine).into_iter().map(|component| match cluster.is_pod(machine, component) {
                true => pod(&host, &cluster.built, component),
                false => part(&host, &cluster.built, component),
            });
        ComponentHost {
            name: NodeName::new(&machine.name),
            address: Some(machine.address.clone()),
            arch: ARCH.to_owned(),
            parts: parts.collect(),
        }
    });
    Some(Components {
        source: Some(Source::Url(MIRROR.to_owned())),
        versions: blueprint.packages.offered.clone(),
        checksums: Vec::new(),
        coredns: Care::Automatic,
        hosts: hosts.collect(),
    })
}

fn part(host: &Host, built: &HandBuilt, component: Component) -> Part {
    let name = component.name();
    let unit = format!("{name}.service");
    let file = UnitFile::read(&host.files, &unit);
    let (binary, arguments) = file.as_ref().and_then(UnitFile::command).unzip();
    let arguments = arguments.unwrap_or_default();
    let config = upgrade_core::components::flag(&arguments, "config").map(str::to_owned);
    let files = file.iter().map(|file| file.path.clone());
    let files = files.chain(file.iter().flat_map(UnitFile::environment_files)).chain(config).collect();
    Part {
        component,
        runs: RunsAs::Unit(unit),
        binary,
        image: None,
        version: host.serving(component).and_then(|service| Some(service.runs.as_ref()?.version.clone())),
        execute: Execution::Automatic,
        source: None,
        to: built.etcd_to.clone().filter(|_| component == Component::Etcd),
        arguments,
        files,
    }
}

/// A component that is a static pod.
fn pod(host: &Host, built: &HandBuilt, component: Component) -> Part {
    let path = format!("{}/{}.yaml", pods::MANIFESTS, component.name());
    let text = host.files.text(&path).unwrap_or_default();
    let image = crate::hosts::kubelet::image(&text);
    let arguments: Vec<String> = crate::hosts::kubelet::command(&text).into_iter().skip(1).collect();
    let config = upgrade_core::components::flag(&arguments, "config").map(str::to_owned);
    Part {
        component,
        binary: None,
        image: Some(Image::like(&image, component)),
        version: host.answering(component).and_then(|_| Some(pods::program_in(&image)?.version)),
        execute: Execution::Automatic,
        source: None,
        to: built.etcd_to.clone().filter(|_| component == Component::Etcd),
        arguments,
        files: std::iter::once(path.clone()).chain(config).collect(),
        runs: RunsAs::StaticPod(path),
    }
}
