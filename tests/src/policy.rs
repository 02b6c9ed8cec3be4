//! The version-skew policy and kubeadm's own limits, stated a second time as plain rows.
//!
//! Source: the version-skew policy and kubeadm's upgrade documentation of Kubernetes, texts 1.10 to 1.37, checked
//! 2026-11-22. Only minors count, written as plain numbers.

use std::collections::BTreeMap;

/// Who is held against whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pair {
    ApiServers,
    ControllerManager,
    Scheduler,
    Kubelet,
    KubeProxy,
    KubeProxyAndKubelet,
}

/// (pair, minors of the first from which the row holds, minors it may be older, minors it may be newer)
const ROWS: [(Pair, u16, u16, u16); 9] = [
    (Pair::ApiServers, 0, 1, 1),
    (Pair::ControllerManager, 0, 1, 0),
    (Pair::Scheduler, 0, 1, 0),
    (Pair::Kubelet, 0, 2, 0),
    (Pair::Kubelet, 25, 3, 0),
    (Pair::KubeProxy, 0, 2, 0),
    (Pair::KubeProxy, 25, 3, 0),
    (Pair::KubeProxyAndKubelet, 0, 2, 2),
    (Pair::KubeProxyAndKubelet, 25, 3, 3),
];

/// (minor of kubeadm from which the row holds, how many minors older than it the oldest kubelet may be)
const KUBEADM_KUBELETS: [(u16, u16); 2] = [(0, 1), (29, 3)];

/// kubeadm before this minor moves kube-proxy with the first host, ahead of the other API servers.
const ADDONS_WITH_LAST: u16 = 28;

/// The minors that run, by node.
#[derive(Clone, Debug, Default)]
pub struct Minors {
    /// API server, controller-manager, scheduler of each control-plane host.
    pub control_plane: Vec<(String, [u16; 3])>,
    pub kubelets: Vec<(String, u16)>,
    pub kube_proxy: Option<u16>,
}

/// What is out of its window: who, where, in which direction, and by how many minors too many.
pub type Violations = BTreeMap<(Pair, String, bool), u16>;

/// Every violation there is.
pub fn violations(minors: &Minors) -> Violations {
    let mut found = Violations::new();
    let servers: Vec<u16> = minors.control_plane.iter().map(|(_, [server, ..])| *server).collect();
    for (name, [server, manager, scheduler]) in &minors.control_plane {
        against(&mut found, Pair::ApiServers, name, *server, &servers);
        // kubeadm points both at the API server beside them.
        against(&mut found, Pair::ControllerManager, name, *manager, &[*server]);
        against(&mut found, Pair::Scheduler, name, *scheduler, &[*server]);
    }
    for (name, kubelet) in &minors.kubelets {
        against(&mut found, Pair::Kubelet, name, *kubelet, &servers);
    }
    if let Some(proxy) = minors.kube_proxy {
        let kubelets: Vec<u16> = minors.kubelets.iter().map(|(_, kubelet)| *kubelet).collect();
        against(&mut found, Pair::KubeProxy, "", proxy, &servers);
        against(&mut found, Pair::KubeProxyAndKubelet, "", proxy, &kubelets);
    }
    found
}

fn against(found: &mut Violations, pair: Pair, name: &str, own: u16, others: &[u16]) {
    let row = ROWS.iter().filter(|(of, from, ..)| *of == pair && *from <= own).max_by_key(|(_, from, ..)| *from);
    let (_, _, older, newer) = row.expect("every pair has a row from 0 on");
    let (least, most) = (others.iter().min().copied().unwrap_or(own), others.iter().max().copied().unwrap_or(own));
    for (too_new, distance, limit) in
        [(false, most.saturating_sub(own), older), (true, own.saturating_sub(least), newer)]
    {
        if distance > *limit {
            found.insert((pair, name.to_owned(), too_new), distance - limit);
        }
    }
}

/// What is worse in `after` than in `before`, but for the one thing that the kubeadm of old cannot avoid.
pub fn worse(before: &Violations, after: &Violations, minors: &Minors) -> Vec<String> {
    let borne = |(pair, _, too_new): &(Pair, String, bool), excess: u16| {
        *pair == Pair::KubeProxy
            && *too_new
            && excess == 1
            && minors.kube_proxy.is_some_and(|own| own < ADDONS_WITH_LAST)
    };
    after
        .iter()
        .filter(|(key, excess)| before.get(*key).is_none_or(|old| old < *excess) && !borne(key, **excess))
        .map(|(key, excess)| format!("{key:?} is {excess} minors out"))
        .collect()
}

/// The oldest kubelet beside which this kubeadm upgrades a control plane unforced.
pub fn oldest_kubelet_for(kubeadm: u16) -> u16 {
    let row = KUBEADM_KUBELETS.iter().filter(|(from, _)| *from <= kubeadm).max_by_key(|(from, _)| *from);
    kubeadm.saturating_sub(row.map_or(0, |(_, older)| *older))
}

/// Whether that kubeadm moves the add-ons only when every API server is there.
pub fn addons_wait_for_all(kubeadm: u16) -> bool {
    kubeadm >= ADDONS_WITH_LAST
}

#[test]
fn the_rows_say_what_the_policy_says() {
    let with = |server: u16, kubelet: u16| Minors {
        control_plane: vec![("cp".to_owned(), [server; 3])],
        kubelets: vec![("w".to_owned(), kubelet)],
        kube_proxy: None,
    };
    for (server, kubelet, fine) in
        [(34, 31, true), (34, 30, false), (27, 24, false), (26, 24, true), (28, 25, true), (34, 35, false)]
    {
        assert_eq!(violations(&with(server, kubelet)).is_empty(), fine, "{kubelet} beside {server}");
    }
    assert_eq!(oldest_kubelet_for(28), 27);
    assert_eq!(oldest_kubelet_for(29), 26);
}
