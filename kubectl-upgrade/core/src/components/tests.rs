use proptest::prelude::*;

use super::*;

const HEAD: &str = "apiVersion: kubectl-upgrade/v1\nkind: Components\n";

fn read(text: &str) -> Result<Components, String> {
    let document: Document = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    document.check().map_err(|error| match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })
}

fn wrong(body: &str) -> String {
    read(&format!("{HEAD}{body}")).unwrap_err()
}

const WHOLE: &str = r#"
source: {url: "http://m/{version}/bin/{os}/{arch}/{component}"}
versions: [1.20.15]
checksums:
- {component: etcd, version: 3.4.27, arch: amd64, sha256: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
coredns: leave
hosts:
- host: cp1
  address: 10.0.0.11
  components:
  - {component: etcd, unit: etcd.service, binary: /usr/local/bin/etcd, version: 3.4.23, execute: automatic, to: v3.4.27}
  - component: kube-apiserver
    unit: kube-apiserver.service
    binary: /usr/local/bin/kube-apiserver
    execute: automatic
    source: {path: "/srv/{component}-{release}"}
    arguments: ["--v=1", --secure-port, "7443"]
    files: [/etc/systemd/system/kube-apiserver.service]
- host: w1
  arch: arm64
  components:
  - {component: kube-proxy, manifest: /etc/kubernetes/manifests/kube-proxy.yaml}
  - {component: etcd, manifest: /m/etcd.yaml, image: "quay.io/coreos/etcd:{version}", execute: automatic}
"#;

#[test]
fn a_whole_file_is_read() {
    let components = read(&format!("{HEAD}{WHOLE}")).unwrap();
    let (cp1, api) = components.parts(Component::ApiServer).next().unwrap();
    assert_eq!((cp1.arch.as_str(), api.flag("secure-port"), api.flag("v")), ("amd64", Some("7443"), Some("1")));
    let source = components.source_of(api).unwrap().of(Component::ApiServer, &Version::new(1, 20, 15), "amd64");
    assert_eq!(source, Source::Path("/srv/kube-apiserver-1.20.15".to_owned()));
    let (_, etcd) = components.parts(Component::Etcd).next().unwrap();
    let (_, pod) = components.parts(Component::Etcd).nth(1).unwrap();
    let image = pod.image.as_ref().unwrap().of(Component::Etcd, &Version::new(3, 4, 27), "arm64");
    assert_eq!(image, "quay.io/coreos/etcd:v3.4.27");
    let source = components.source_of(etcd).unwrap().of(Component::Etcd, &Version::new(3, 4, 27), "amd64");
    assert_eq!(source.to_string(), "http://m/v3.4.27/bin/linux/amd64/etcd");
    assert_eq!(components.checksum(Component::Etcd, &Version::new(3, 4, 27), "amd64"), Some("a".repeat(64).as_str()));
    assert_eq!(components.checksum(Component::Etcd, &Version::new(3, 4, 27), "arm64"), None);
    let (_, proxy) = components.parts(Component::KubeProxy).next().unwrap();
    assert_eq!(proxy.execute, Execution::Manual);
}

#[test]
fn what_is_written_reads_back_the_same() {
    let components = read(&format!("{HEAD}{WHOLE}")).unwrap();
    assert_eq!(read(&write(&components)).unwrap(), components, "{}", write(&components));
}

#[test]
fn mistakes_are_named_with_their_place() {
    let part = "component: etcd, unit: etcd.service, binary: /usr/bin/etcd";
    for (body, expected) in [
        (
            format!("hosts: [{{host: a, components: [{{{part}}}]}}, {{host: b}}, {{host: a}}]"),
            "expected each host once, found a again at hosts[2]",
        ),
        (
            format!("hosts: [{{host: a, components: [{{{part}}}, {{{part}}}]}}]"),
            "expected each component once on a, found etcd again at hosts[0].components[1]",
        ),
        (
            "hosts: [{host: a, components: [{component: kube-api, unit: x.service, binary: /x}]}]".to_owned(),
            "expected one of etcd, kube-apiserver, kube-controller-manager, kube-scheduler, cloud-controller-manager, \
             kubelet, kube-proxy at hosts[0].components[0].component, found \"kube-api\"",
        ),
        (
            format!("hosts: [{{host: a, components: [{{{part}, version: newest}}]}}]"),
            "expected a version such as 1.20.15 at hosts[0].components[0].version: expected a version such as v1.34.2, \
             found \"newest\"",
        ),
        (
            format!("hosts: [{{host: a, components: [{{{part}, manifest: /m.yaml}}]}}]"),
            "expected one of unit and manifest at hosts[0].components[0], found both",
        ),
        (
            "hosts: [{host: a, components: [{component: etcd}]}]".to_owned(),
            "expected one of unit and manifest at hosts[0].components[0], found neither",
        ),
        (
            "hosts: [{host: a, components: [{component: etcd, unit: etcd.service}]}]".to_owned(),
            "expected the binary that the unit starts at hosts[0].components[0], found none",
        ),
        (
            format!("hosts: [{{host: a, components: [{{{part}, execute: automatic}}]}}]"),
            "expected a source for etcd on a, whose execution is automatic, found none at hosts[0].components[0]",
        ),
        (
            "hosts: [{host: a, components: [{component: etcd, unit: '; reboot', binary: /x}]}]".to_owned(),
            "expected one word at hosts[0].components[0].unit, found \"; reboot\"",
        ),
        (
            "hosts: [{host: a, components: [{component: etcd, unit: etcd, binary: /x}]}]".to_owned(),
            "expected the name of a unit, NAME.service at hosts[0].components[0].unit, found \"etcd\"",
        ),
        (
            "hosts: [{host: a, components: [{component: etcd, unit: e.service, binary: bin/etcd}]}]".to_owned(),
            "expected the absolute path of a file at hosts[0].components[0].binary, found \"bin/etcd\"",
        ),
        (
            "hosts: [{host: -oProxyCommand=x}]".to_owned(),
            "expected one word at hosts[0].host, found \"-oProxyCommand=x\"",
        ),
        (
            "checksums: [{component: etcd, version: 3.4.27, arch: amd64, sha256: sha256:abc}]".to_owned(),
            "expected 64 hexadecimal digits at checksums[0].sha256, found \"sha256:abc\"",
        ),
        (
            "source: {url: 'ftp://m/{version}/{component}'}".to_owned(),
            "failed to use the source at source: expected http:// or https://, found \"ftp://m/{version}/{component}\"",
        ),
        (
            "source: {url: 'http://m/{verison}/{component}'}".to_owned(),
            "failed to use the source at source: expected no other placeholders than {version}, {release}, {component}, \
             {os} and {arch}, found \"http://m/{verison}/{component}\"",
        ),
        (
            "source: {path: '/srv/{component}'}".to_owned(),
            "failed to use the source at source: expected {version} or {release} in it, found \"/srv/{component}\"",
        ),
        (
            "hosts: [{host: a, components: [{component: etcd, manifest: /m/m.yaml, execute: automatic}]}]".to_owned(),
            "expected an image for etcd on a, whose execution is automatic, found none at hosts[0].components[0]",
        ),
        (
            format!("hosts: [{{host: a, components: [{{{part}, image: 'a/etcd:{{release}}'}}]}}]"),
            "expected an image for static pods alone at hosts[0].components[0], found one for a unit",
        ),
        (
            "hosts: [{host: a, components: [{component: etcd, manifest: /m/m.yaml, image: 'etcd:v3.5.1'}]}]".to_owned(),
            "failed to use the source at hosts[0].components[0].image: expected {version} or {release} in it, found \
             \"etcd:v3.5.1\"",
        ),
        (
            "hosts: [{host: a, components: [{component: etcd, manifest: /m.yaml}]}]".to_owned(),
            "expected the absolute path of a file in a directory of its own at hosts[0].components[0].manifest, found \
             \"/m.yaml\"",
        ),
        ("hosts: []".to_owned(), "expected at least one host with components, found none"),
    ] {
        assert_eq!(wrong(&body), expected, "{body}");
    }
    assert!(wrong("hosts: [{host: a, componets: []}]").contains("componets"));
    assert!(wrong("hosts: [{host: a, components: [{component: etcd, execute: never}]}]").contains("never"));
    assert_eq!(
        read("apiVersion: v1\nkind: Components\n").unwrap_err(),
        "expected apiVersion kubectl-upgrade/v1, kind Components, found v1, Components"
    );
}

#[test]
fn a_flag_is_found_however_it_is_written() {
    let arguments = ["--a=1", "-b", "2", "--c", "--a=3", "--ab=4", "--d=\"5\""].map(str::to_owned);
    let found = ["a", "b", "c", "d", "e"].map(|name| flag(&arguments, name));
    assert_eq!(found, [Some("3"), Some("2"), None, Some("5"), None]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_arguments_survive_being_written(arguments in proptest::collection::vec("\\PC*", 0..4)) {
        let mut components = read(&format!("{HEAD}{WHOLE}")).unwrap();
        components.hosts[0].parts[0].arguments = arguments;
        prop_assert_eq!(read(&write(&components)).unwrap(), components);
    }
}
