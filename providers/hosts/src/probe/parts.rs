//! Components that run on a host as units or static pods of their own.

use upgrade_core::component::Component;
use upgrade_core::inventory::{HostComponent, RunsAs};
use upgrade_core::version::Version;

use super::sections::Sections;

/// The components found, units first. What a component did not say about itself is missing, not guessed.
pub(super) fn read(sections: &Sections<'_>) -> Vec<HostComponent> {
    let units = sections.each_own("part").into_iter().filter_map(|(name, lines)| unit(sections, name, &lines));
    let pods = sections.each("static").into_iter().filter_map(|(name, lines)| static_pod(sections, name, &lines));
    units.chain(pods).collect()
}

/// The architecture as release files name it.
pub(super) fn arch(sections: &Sections<'_>) -> Option<String> {
    let machine = sections.own("arch")?.trim();
    let known =
        [("x86_64", "amd64"), ("aarch64", "arm64"), ("armv7l", "arm"), ("ppc64le", "ppc64le"), ("s390x", "s390x")];
    let name = known.iter().find(|(uname, _)| *uname == machine).map_or(machine, |(_, name)| name);
    Some(name.to_owned())
}

fn unit(sections: &Sections<'_>, name: &str, lines: &[&str]) -> Option<HostComponent> {
    let (component, unit) = named(name)?;
    let [state, path, ..] = lines else { return None };
    let of = |section: &str| foreign(sections, section, unit);
    Some(HostComponent {
        component,
        runs: RunsAs::Unit(unit.to_owned()),
        active: *state == "active",
        binary: Some((*path).to_owned()),
        image: None,
        running: version(&of("running")),
        installed: version(&of("installed")),
        arguments: of("parameters"),
        unit_files: of("files"),
        // `kubelet: /usr/bin/kubelet` of dpkg, `kubelet-1.20.15-0.x86_64` of rpm.
        package: of("package").first().map(|line| line.split(": ").next().unwrap_or(line).to_owned()),
    })
}

fn static_pod(sections: &Sections<'_>, name: &str, lines: &[&str]) -> Option<HostComponent> {
    let (component, path) = named(name)?;
    let image = lines.first()?;
    let tag = image.split('@').next()?.rsplit_once(':').map(|(_, tag)| tag);
    // `3.5.24-0`: the part after the dash counts builds of the image.
    let tagged: Option<Version> = tag.and_then(|tag| tag.split('-').next()?.parse().ok());
    Some(HostComponent {
        component,
        runs: RunsAs::StaticPod(path.to_owned()),
        active: sections.own(&format!("process {path}")).is_some(),
        binary: None,
        image: Some((*image).to_owned()),
        running: version(&foreign(sections, "running", path)).or(tagged),
        installed: None,
        arguments: foreign(sections, "parameters", path),
        unit_files: Vec::new(),
        package: None,
    })
}

/// `kubelet kubelet.service`
fn named(section: &str) -> Option<(Component, &str)> {
    let (name, rest) = section.split_once(' ')?;
    let component = Component::ON_HOSTS.into_iter().find(|component| component.name() == name)?;
    Some((component, rest))
}

fn foreign(sections: &Sections<'_>, section: &str, of: &str) -> Vec<String> {
    let lines = sections.foreign(&format!("{section} {of}")).unwrap_or_default();
    lines.into_iter().map(str::to_owned).collect()
}

/// `Kubernetes v1.20.15`, `etcd Version: 3.4.23`
fn version(lines: &[String]) -> Option<Version> {
    lines.first()?.split_whitespace().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_hosts_answer_is_read() {
        let text = include_str!("../../tests/fixtures/hand-built-cp1.stdout");
        let sections = Sections::read(text);
        let parts = read(&sections);
        let names: Vec<Component> = parts.iter().map(|part| part.component).collect();
        assert_eq!(names, [Component::Etcd, Component::ApiServer, Component::ControllerManager, Component::Scheduler]);
        assert_eq!(arch(&sections).as_deref(), Some("amd64"));
        assert!(parts.iter().all(|part| part.active && part.running == part.installed && part.running.is_some()));
        let scheduler = parts.last().unwrap();
        assert_eq!(scheduler.running, Some(Version::new(1, 19, 16)));
        assert_eq!(scheduler.unit_files, ["/etc/systemd/system/kube-scheduler.service", "/etc/default/kube-scheduler"]);
        assert!(scheduler.arguments.contains(&"--config=/etc/kubernetes/scheduler.yaml".to_owned()));
    }

    #[test]
    fn a_stopped_unit_and_a_static_pod_are_told_apart() {
        let text = "# arch\nriscv64\n# part kubelet k.service\ninactive\n/opt/kubelet\n# running k.service\n\
                    # installed k.service\n| Kubernetes v1.21.14\n# package k.service\n| kubelet: /opt/kubelet\n\
                    # part mystery m.service\nactive\n/m\n\
                    # static etcd /m/etcd.yaml\n| quay.io/coreos/etcd:v3.4.27-0\n# parameters /m/etcd.yaml\n| --name=a\n\
                    # static kube-scheduler /m/s.yaml\n| a/kube-scheduler:v1.21.14\n# process /m/s.yaml\n12\n\
                    # running /m/s.yaml\n| Kubernetes v1.20.15\n";
        let sections = Sections::read(text);
        let parts = read(&sections);
        assert_eq!(parts.len(), 3);
        assert!(!parts[0].active && parts[0].running.is_none());
        assert_eq!(parts[0].installed, Some(Version::new(1, 21, 14)));
        assert_eq!(parts[0].package.as_deref(), Some("kubelet"));
        assert_eq!(parts[1].runs, RunsAs::StaticPod("/m/etcd.yaml".to_owned()));
        assert_eq!((parts[1].running.clone(), parts[1].arguments.len()), (Some(Version::new(3, 4, 27)), 1));
        assert!(!parts[1].active, "no process of it is there");
        assert_eq!((parts[2].active, parts[2].running.clone()), (true, Some(Version::new(1, 20, 15))));
        assert_eq!(parts[2].image.as_deref(), Some("a/kube-scheduler:v1.21.14"));
        assert_eq!(arch(&sections).as_deref(), Some("riscv64"));
    }
}
