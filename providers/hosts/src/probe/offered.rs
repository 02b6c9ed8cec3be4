//! What repositories offer.

use std::collections::BTreeMap;

use upgrade_core::commands::package::version_of;
use upgrade_core::inventory::PackageManager;
use upgrade_core::version::Minor;

use super::sections::Sections;

/// The versions of kubeadm in the package manager's own list, by minor, each once, in its order.
pub(super) fn present(manager: PackageManager, lines: &[&str]) -> BTreeMap<Minor, Vec<String>> {
    let mut offered = BTreeMap::new();
    for line in lines {
        let version = match manager {
            // ` kubeadm | 1.34.9-1.1 | http://…  Packages`
            PackageManager::Apt => column(line, "kubeadm", 0, 1),
            // `v | kubeadm | package | 1.34.2-150500.1.1 | x86_64 | kubernetes`
            PackageManager::Zypper => column(line, "kubeadm", 1, 3),
            // `kubeadm.x86_64   1.34.2-150500.1.1   kubernetes`
            PackageManager::Dnf4 | PackageManager::Dnf5 | PackageManager::Yum => {
                let mut words = line.split_whitespace();
                words.next().filter(|name| name.split('.').next() == Some("kubeadm")).and(words.next())
            }
        };
        add(&mut offered, version);
    }
    offered
}

/// The URLs that apt's list names for kubeadm.
pub(super) fn urls<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let places = lines.iter().filter_map(|line| column(line, "kubeadm", 0, 2));
    places.filter_map(|place| place.split_whitespace().next()).collect()
}

/// What each other minor's index holds. An index that was read and holds no kubeadm gives an empty list.
pub(super) fn indexes(sections: &Sections<'_>) -> BTreeMap<Minor, Vec<String>> {
    let mut offered = BTreeMap::new();
    for (minor, lines) in sections.each("index") {
        let Ok(minor) = minor.parse::<Minor>() else { continue };
        offered.entry(minor).or_insert_with(Vec::new);
        for line in lines.iter().filter(|line| version_of(line).is_some_and(|version| version.minor() == minor)) {
            add(&mut offered, Some(line));
        }
    }
    offered
}

fn column<'a>(line: &'a str, name: &str, name_at: usize, value_at: usize) -> Option<&'a str> {
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    if columns.get(name_at) == Some(&name) { columns.get(value_at).copied() } else { None }
}

fn add(offered: &mut BTreeMap<Minor, Vec<String>>, package: Option<&str>) {
    let Some((package, version)) = package.and_then(|text| Some((text.to_owned(), version_of(text)?))) else { return };
    let versions = offered.entry(version.minor()).or_default();
    if !versions.contains(&package) {
        versions.push(package);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apts_list_is_read_as_recorded() {
        let lines: Vec<&str> = include_str!("../../tests/fixtures/apt-cache-madison.stdout").lines().collect();
        let offered = present(PackageManager::Apt, &lines);
        assert_eq!(offered, BTreeMap::from([(Minor::new(1, 33), vec!["1.33.13-1.1".to_owned()])]));
        assert_eq!(urls(&lines), ["http://pkgs.k8s.io:8088/core:/stable:/v1.33/deb"]);
    }

    #[test]
    fn rpm_lists_are_read() {
        let dnf = [
            "Available Packages",
            "kubeadm.x86_64   1.34.1-150500.1.1   kubernetes",
            "kubeadm.x86_64 1.34.2-150500.1.1 kubernetes",
        ];
        assert_eq!(present(PackageManager::Dnf4, &dnf)[&Minor::new(1, 34)].len(), 2);
        let zypper = [
            "S | Name    | Type    | Version           | Arch   | Repository",
            "v | kubeadm | package | 1.34.2-150500.1.1 | x86_64 | kubernetes",
        ];
        assert_eq!(present(PackageManager::Zypper, &zypper)[&Minor::new(1, 34)], ["1.34.2-150500.1.1"]);
    }

    #[test]
    fn an_index_that_offers_nothing_is_not_one_that_was_not_read() {
        let sections =
            Sections::read("# index 1.34\n| 1.34.2-1.1\n| 1.34.2-1.1\n| junk\n# index 1.35\n# index x\n| 1.1.1-1\n");
        let offered = indexes(&sections);
        assert_eq!(offered[&Minor::new(1, 34)], ["1.34.2-1.1"]);
        assert_eq!(offered[&Minor::new(1, 35)], [""; 0]);
        assert_eq!(offered.len(), 2);
    }
}
