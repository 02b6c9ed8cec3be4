//! Installed packages and where they come from.

use std::collections::BTreeMap;

use upgrade_core::commands::repository::{detect, url_in};
use upgrade_core::inventory::{InstalledPackage, PackageManager, Repository, RepositoryFile};

use super::offered::urls;
use super::sections::Sections;

/// The repository that Kubernetes packages come from: the lines apt names for kubeadm, and those whose URL says so.
pub(super) fn repository(manager: PackageManager, sections: &Sections<'_>) -> Repository {
    let listed = sections.foreign("offered").unwrap_or_default();
    let named: Vec<&str> = match manager {
        PackageManager::Apt => urls(&listed),
        PackageManager::Dnf4 | PackageManager::Dnf5 | PackageManager::Yum | PackageManager::Zypper => Vec::new(),
    };
    let mut files = Vec::new();
    for (path, lines) in sections.each("source") {
        let enabled = match manager {
            PackageManager::Apt => lines,
            PackageManager::Dnf4 | PackageManager::Dnf5 | PackageManager::Yum | PackageManager::Zypper => {
                enabled_urls(&lines)
            }
        };
        let ours = enabled.into_iter().filter(|line| is_kubernetes(line, &named));
        let lines: Vec<String> = ours.map(str::to_owned).collect();
        if !lines.is_empty() {
            files.push(RepositoryFile { path: path.to_owned(), lines });
        }
    }
    Repository { layout: detect(&files), files }
}

fn is_kubernetes(line: &str, named: &[&str]) -> bool {
    let Some(url) = url_in(line) else { return false };
    // apt writes `file:/srv` in its list where the source says `file:///srv`.
    let plain = |url: &str| url.replacen("file:///", "file:/", 1).trim_end_matches('/').to_owned();
    let says_so = ["k8s", "kubernetes"].iter().any(|word| url.to_ascii_lowercase().contains(word));
    says_so || named.iter().any(|place| plain(place) == plain(url))
}

/// The `baseurl=` and `gpgkey=` lines of sections that are not disabled.
fn enabled_urls<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let sections = lines.chunk_by(|_, next| !next.starts_with('['));
    let disabled = |line: &&&str| key_value(line).is_some_and(|(key, value)| key == "enabled" && value == "0");
    let enabled = sections.filter(|section| section.iter().find(disabled).is_none());
    let lines = enabled.flat_map(|section| section.iter().copied());
    lines.filter(|line| key_value(line).is_some_and(|(key, _)| key == "baseurl" || key == "gpgkey")).collect()
}

/// kubeadm, kubelet and kubectl as installed.
pub(super) fn installed(manager: PackageManager, sections: &Sections<'_>) -> BTreeMap<String, InstalledPackage> {
    let held = held(manager, sections);
    let mut installed = BTreeMap::new();
    for line in sections.foreign("installed").unwrap_or_default() {
        let words: Vec<&str> = line.split_whitespace().collect();
        // dpkg's status: what is wanted (`i`, `h` for hold), then what is (`i` for installed).
        if let [name, version, status] = words.as_slice()
            && status.get(1..2) == Some("i")
        {
            let held = status.starts_with('h') || held.iter().any(|held| held == name);
            installed.insert((*name).to_owned(), InstalledPackage { version: (*version).to_owned(), held });
        }
    }
    installed
}

fn held<'a>(manager: PackageManager, sections: &Sections<'a>) -> Vec<&'a str> {
    match manager {
        PackageManager::Apt => Vec::new(),
        PackageManager::Dnf4 | PackageManager::Dnf5 | PackageManager::Yum => {
            let lines = sections.each("source").into_iter().flat_map(|(_, lines)| lines);
            let excludes = lines.filter_map(key_value).filter(|(key, _)| key.starts_with("exclude"));
            excludes.flat_map(|(_, value)| value.split([' ', ','])).collect()
        }
        // `1 | kubeadm | package | (any)`
        PackageManager::Zypper => {
            let lines = sections.foreign("locks").unwrap_or_default();
            lines.iter().filter_map(|line| line.split('|').nth(1).map(str::trim)).collect()
        }
    }
}

fn key_value(line: &str) -> Option<(&str, &str)> {
    line.split_once('=').map(|(key, value)| (key.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use upgrade_core::inventory::RepositoryLayout;
    use upgrade_core::version::Minor;

    use super::*;

    #[test]
    fn a_flat_mirror_is_recognised_by_what_apt_says() {
        let text = "# source /etc/apt/sources.list\n| deb http://mirror.example/debian bookworm main\n\
                    # source /etc/apt/sources.list.d/m.list\n| deb [trusted=yes] file:///opt/apt ./\n\
                    # offered\n|    kubeadm | 1.19.16-00 | file:/opt/apt ./ Packages\n";
        let repository = repository(PackageManager::Apt, &Sections::read(text));
        assert_eq!(repository.layout, RepositoryLayout::AllMinors);
        assert_eq!(repository.files[0].path, "/etc/apt/sources.list.d/m.list");
    }

    #[test]
    fn a_disabled_section_serves_nothing_and_excludes_are_holds() {
        let text = "# source /etc/yum.repos.d/k.repo\n| [old]\n| enabled = 0\n\
                    | baseurl=https://pkgs.k8s.io/core:/stable:/v1.35/rpm/\n| [kubernetes]\n| enabled=1\n\
                    | baseurl=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/\n\
                    | gpgkey=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/repodata/repomd.xml.key\n\
                    | exclude=kubelet kubeadm\n# installed\n| kubeadm 1.33.1-150500.1.1 ii\n| kubectl 1.33.1-150500.1.1 ii\n";
        let sections = Sections::read(text);
        let repository = repository(PackageManager::Dnf4, &sections);
        assert_eq!(repository.layout, RepositoryLayout::PerMinor(Minor::new(1, 33)));
        assert_eq!(repository.files[0].lines.len(), 2);
        let installed = installed(PackageManager::Dnf4, &sections);
        assert!(installed["kubeadm"].held && !installed["kubectl"].held);
    }

    #[test]
    fn apts_holds_and_leftovers_are_told_apart() {
        let sections = Sections::read(
            "# installed\n| kubeadm 1.33.13-1.1 hi \n| kubelet 1.33.13-1.1 ii \n| kubectl 1.32.0-1.1 rc \n",
        );
        let installed = installed(PackageManager::Apt, &sections);
        assert!(installed["kubeadm"].held && !installed["kubelet"].held);
        assert_eq!(installed.len(), 2);
    }
}
