//! A host put together from its answer.

use std::collections::BTreeMap;

use upgrade_core::inventory::{CgroupVersion, EtcdMember, Host, OperatingSystem, PackageManager};
use upgrade_core::version::Version;
use upgrade_provider::{ErrorKind, PortError};
use upgrade_ssh::Target;

use super::sections::Sections;
use super::{arguments, offered, packages};

/// # Errors
/// When a part that every host has is missing or makes no sense; the error names it.
pub(super) fn read(target: &Target, sections: &Sections<'_>, before: i64, after: i64) -> Result<Host, PortError> {
    let answer = Answer { target, sections };
    let packages_by = answer.manager()?;
    let offered = offered::present(packages_by, &sections.foreign("offered").unwrap_or_default());
    let (free_etc_kubernetes, free_var_lib) = answer.free()?;
    let files = sections.each("arguments");
    let references = sections.foreign("references").unwrap_or_default();
    Ok(Host {
        address: target.address.clone(),
        os: answer.os()?,
        packages_by,
        repository: packages::repository(packages_by, sections),
        installed: packages::installed(packages_by, sections),
        offered,
        kubeadm: answer.kubeadm()?,
        cgroup: answer.cgroup()?,
        free_etc_kubernetes,
        free_var_lib,
        etcd_data: answer.etcd_data()?,
        clock_offset_ms: answer.clock_offset(before, after)?,
        swap: sections.foreign("swap").is_some_and(|lines| !lines.is_empty()),
        kubelet_arguments: files.iter().map(|(path, lines)| ((*path).to_owned(), arguments::read(lines))).collect(),
        static_pods_with_references: references.into_iter().map(str::to_owned).collect(),
        etcd: answer.etcd()?,
        components: Vec::new(),
        arch: None,
    })
}

struct Answer<'a> {
    target: &'a Target,
    sections: &'a Sections<'a>,
}

impl Answer<'_> {
    fn wrong(&self, expected: &str, found: Option<&str>) -> PortError {
        let found = found.map_or_else(|| "nothing".to_owned(), |text| format!("{text:?}"));
        let message = format!("expected {expected} from {}, found {found}", self.target.node);
        PortError::new(ErrorKind::Malformed, message)
    }

    fn first(&self, section: &str) -> Option<&str> {
        self.sections.foreign(section)?.first().map(|line| line.trim())
    }

    fn os(&self) -> Result<OperatingSystem, PortError> {
        let lines = self.sections.foreign("os").unwrap_or_default();
        let unquoted = |value: &str| value.trim().trim_matches(['"', '\'']).to_owned();
        let pairs = lines.iter().filter_map(|line| line.split_once('='));
        let mut values: BTreeMap<&str, String> = pairs.map(|(key, value)| (key, unquoted(value))).collect();
        let id = values.remove("ID").ok_or_else(|| self.wrong("ID in /etc/os-release", None))?;
        // Rolling distributions have no VERSION_ID.
        let version = values.remove("VERSION_ID").unwrap_or_default();
        let name = values.remove("PRETTY_NAME").unwrap_or_else(|| id.clone());
        Ok(OperatingSystem { id, version, name })
    }

    fn manager(&self) -> Result<PackageManager, PortError> {
        match self.sections.own("manager") {
            Some("apt") => Ok(PackageManager::Apt),
            Some("dnf4") => Ok(PackageManager::Dnf4),
            Some("dnf5") => Ok(PackageManager::Dnf5),
            Some("yum") => Ok(PackageManager::Yum),
            Some("zypper") => Ok(PackageManager::Zypper),
            found => Err(self.wrong("one of apt, dnf, yum and zypper", found)),
        }
    }

    fn kubeadm(&self) -> Result<Option<Version>, PortError> {
        let Some(text) = self.first("kubeadm") else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.wrong("a version from kubeadm version -o short", Some(text)))
    }

    fn cgroup(&self) -> Result<CgroupVersion, PortError> {
        match self.first("cgroup") {
            Some("cgroup2fs") => Ok(CgroupVersion::V2),
            Some("tmpfs" | "cgroupfs") => Ok(CgroupVersion::V1),
            found => Err(self.wrong("the file system type of /sys/fs/cgroup", found)),
        }
    }

    fn free(&self) -> Result<(u64, u64), PortError> {
        let mut lines = self.sections.own_lines("free");
        let mut next = |path: &str| {
            let line = lines.next();
            let bytes = line.and_then(|line| line.trim().parse::<u64>().ok());
            bytes
                .map(|kib| kib.saturating_mul(1024))
                .ok_or_else(|| self.wrong(&format!("the free space of {path}"), line))
        };
        Ok((next("/etc/kubernetes")?, next("/var/lib")?))
    }

    fn etcd_data(&self) -> Result<Option<u64>, PortError> {
        if self.sections.foreign("etcd").is_none() {
            return Ok(None);
        }
        let line = self.sections.own("etcd-data");
        let kib: Option<u64> = line.and_then(|line| line.trim().parse().ok());
        kib.map(|kib| Some(kib.saturating_mul(1024))).ok_or_else(|| self.wrong("the size of etcd's data", line))
    }

    fn etcd(&self) -> Result<Option<EtcdMember>, PortError> {
        let Some(lines) = self.sections.foreign("etcd") else { return Ok(None) };
        let image = lines.first().map(|line| line.trim().trim_matches('"'));
        let tag = image.and_then(|image| image.split('@').next()?.rsplit_once(':')).map(|(_, tag)| tag);
        // `3.5.24-0`: the part after the dash counts builds of the image.
        let version = tag.and_then(|tag| tag.split('-').next()?.parse::<Version>().ok());
        let version = version.ok_or_else(|| self.wrong("a version in the image of etcd's manifest", image))?;
        match self.sections.own("etcdctl") {
            Some(answer @ ("yes" | "no")) => Ok(Some(EtcdMember { version, etcdctl_on_host: answer == "yes" })),
            found => Err(self.wrong("whether there is etcdctl", found)),
        }
    }

    /// The host's clock at the start and the end of the script against ours around it. The script began after `before`
    /// and ended before `after`, so the offset lies between two bounds; the one nearest to none is taken, as connecting
    /// can take long and must not look like a wrong clock.
    fn clock_offset(&self, before: i64, after: i64) -> Result<i64, PortError> {
        let mut times = self.sections.own_lines("time");
        let mut next = || {
            let line = times.next();
            // A `date` without nanoseconds leaves the letter N.
            let text = line.map(|line| line.replace('N', "000000000"));
            let nanoseconds: Option<i64> = text.and_then(|text| text.trim().parse().ok());
            nanoseconds.map(|time| time / 1_000_000).ok_or_else(|| self.wrong("its time", line))
        };
        let (start, end) = (next()?, next()?);
        let (least, most) = (end.saturating_sub(after), start.saturating_sub(before));
        // A clock that was set meanwhile leaves no offset that fits both.
        Ok(if least > most { least } else { 0.clamp(least, most) })
    }
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::NodeName;

    use super::*;

    const ANSWER: &str = "# time\n1000000000000\n# os\n| ID=debian\n| VERSION_ID=\"12\"\n| PRETTY_NAME=\"Debian 12\"\n\
        # manager\napt\n# installed\n| kubeadm 1.33.13-1.1 hi \n# offered\n\
        |    kubeadm | 1.33.13-1.1 | http://pkgs.k8s.io:8088/core:/stable:/v1.33/deb  Packages\n\
        # kubeadm\n| v1.33.13\n# cgroup\n| tmpfs\n# free\n1000\n2000\n# swap\n\
        # arguments /etc/default/kubelet\n| KUBELET_EXTRA_ARGS=--v=2\n# references\n| st-cm.yaml\n\
        # etcd\n| registry.k8s.io/etcd:3.5.24-0\n# etcdctl\nno\n# etcd-data\n65536\n# time\n1001000000000\n";

    fn read_answer(text: &str) -> Result<Host, PortError> {
        let target = Target::new(NodeName::new("cp1"), "10.0.0.11");
        read(&target, &Sections::read(text), 999_000, 1_000_000)
    }

    #[test]
    fn every_part_of_an_answer_is_read() {
        let host = read_answer(ANSWER).unwrap();
        assert_eq!(host.os.version, "12");
        assert_eq!(host.kubeadm, Some(Version::new(1, 33, 13)));
        assert_eq!((host.free_etc_kubernetes, host.free_var_lib), (1_024_000, 2_048_000));
        assert_eq!(host.etcd, Some(EtcdMember { version: Version::new(3, 5, 24), etcdctl_on_host: false }));
        assert_eq!(host.etcd_data, Some(65536 * 1024));
        assert_eq!(host.clock_offset_ms, 1000);
        for (before, after, offset) in
            [(999_000, 1_001_000, 0), (998_000, 999_500, 1500), (1_000_500, 1_003_000, -500), (0, 9_000_000, 0)]
        {
            let target = Target::new(NodeName::new("cp1"), "10.0.0.11");
            let host = read(&target, &Sections::read(ANSWER), before, after).unwrap();
            assert_eq!(host.clock_offset_ms, offset, "{before} {after}");
        }
        assert_eq!(host.kubelet_arguments["/etc/default/kubelet"], ["--v=2"]);
        assert_eq!(host.static_pods_with_references, ["st-cm.yaml"]);
        assert_eq!((host.cgroup, host.swap), (CgroupVersion::V1, false));
        assert!(host.installed["kubeadm"].held);
    }

    #[test]
    fn a_part_that_is_missing_or_senseless_is_named() {
        for (from, to, expected) in [
            ("apt\n", "none\n", "expected one of apt, dnf, yum and zypper from cp1, found \"none\""),
            ("| ID=debian\n", "", "expected ID in /etc/os-release from cp1, found nothing"),
            ("| tmpfs\n", "", "expected the file system type of /sys/fs/cgroup from cp1, found nothing"),
            ("1000\n2000\n", "1000\n", "expected the free space of /var/lib from cp1, found nothing"),
            (":3.5.24-0", ":latest", "expected a version in the image of etcd's manifest from cp1, found"),
            (
                "| v1.33.13\n",
                "| segfault\n",
                "expected a version from kubeadm version -o short from cp1, found \"segfault\"",
            ),
        ] {
            let error = read_answer(&ANSWER.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Malformed);
            assert!(error.message.starts_with(expected), "{}", error.message);
        }
        for cut in 0..ANSWER.len() {
            let _ = read_answer(&ANSWER[..cut]);
        }
    }
}
