//! What other programs print on a host, between what the probe itself says: the first byte chooses the package manager,
//! the rest are their outputs, parted by the byte 1. None of it can pass for the probe's own words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upgrade_core::inventory::{Host, OperationOutcome, PackageManager};
use upgrade_core::version::Minor;
use upgrade_fuzz::{host, same};

const MANAGERS: [(&str, PackageManager); 5] = [
    ("apt", PackageManager::Apt),
    ("dnf4", PackageManager::Dnf4),
    ("dnf5", PackageManager::Dnf5),
    ("yum", PackageManager::Yum),
    ("zypper", PackageManager::Zypper),
];

fuzz_target!(|input: (u8, &str)| {
    let (name, manager) = MANAGERS[usize::from(input.0) % MANAGERS.len()];
    let mut parts = input.1.split('\u{1}');
    let foreign: [&str; 7] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    let (seen, operation) = host::look_for_operation(&answer(name, &foreign)).expect("a whole answer");
    let (bare, _) = host::look_for_operation(&answer(name, &[""; 7])).expect("a whole answer");
    same::as_json(&seen);
    assert_eq!(operation, Some(OperationOutcome::Ended { exit_status: 7 }));
    assert_eq!(seen.packages_by, manager);
    assert_eq!(own(&seen), own(&bare));
    assert_eq!(seen.swap, !foreign[4].is_empty());
    let references = marked(foreign[5]);
    let references: Vec<&str> = references.lines().filter_map(|line| line.strip_prefix("| ")).collect();
    assert_eq!(seen.static_pods_with_references, references);

    let index = format!("# index 1.34\n{}# index 1.35\n", marked(foreign[6]));
    let host = host::look(&answer(name, &foreign), &index, &[Minor::new(1, 34), Minor::new(1, 35)]);
    assert_eq!(own(&host.expect("a whole answer")), own(&bare));
});

/// As the probe marks foreign output.
fn marked(text: &str) -> String {
    text.split_terminator('\n').map(|line| format!("| {line}\n")).collect()
}

fn answer(manager: &str, foreign: &[&str; 7]) -> String {
    let [source, installed, offered, arguments, swap, references, locks] = foreign.map(marked);
    format!(
        "# time\n1000000000000\n# os\n| ID=debian\n# manager\n{manager}\n# source /etc/apt/sources.list.d/k.list\n{source}\
         # installed\n{installed}# offered\n{offered}# locks\n{locks}# kubeadm\n| v1.33.13\n# cgroup\n| cgroup2fs\n\
         # free\n1000\n2000\n# swap\n{swap}# arguments /etc/default/kubelet\n{arguments}# references\n{references}\
         # etcd\n| registry.k8s.io/etcd:3.5.24-0\n# etcdctl\nno\n# etcd-data\n65536\n# operation\nended 7\n\
         # time\n1001000000000\n"
    )
}

/// What only the probe says.
fn own(host: &Host) -> Host {
    Host {
        repository: upgrade_core::inventory::Repository {
            layout: upgrade_core::inventory::RepositoryLayout::Missing,
            files: Vec::new(),
        },
        installed: Default::default(),
        offered: Default::default(),
        kubelet_arguments: Default::default(),
        static_pods_with_references: Vec::new(),
        swap: false,
        ..host.clone()
    }
}
