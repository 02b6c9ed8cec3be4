//! The dependency graph and its check against the table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::rules::Layer;

/// Which package uses which, by name.
#[derive(Default)]
pub(crate) struct Graph {
    /// Direct dependencies of our packages: for running, for building and for testing.
    direct: BTreeMap<String, BTreeSet<String>>,
    /// Dependencies of every package that end up in what is built from it: not those of its tests.
    built: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    pub(crate) fn members(&self) -> impl Iterator<Item = &String> + std::fmt::Debug {
        self.direct.keys()
    }

    fn reached_from(&self, package: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![package];
        while let Some(name) = open.pop() {
            for next in self.built.get(name).into_iter().flatten() {
                if reached.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        reached
    }
}

/// Reads the graph of the workspace at `root`.
pub(crate) fn read(root: &Path) -> Graph {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .expect("cargo metadata");
    let members: BTreeSet<_> = metadata.workspace_members.iter().collect();
    let mut graph = Graph::default();
    for node in &metadata.resolve.as_ref().expect("a resolved graph").nodes {
        let name = metadata[&node.id].name.to_string();
        for dependency in &node.deps {
            let target = metadata[&dependency.pkg].name.to_string();
            if members.contains(&node.id) {
                graph.direct.entry(name.clone()).or_default().insert(target.clone());
            }
            if dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal) {
                graph.built.entry(name.clone()).or_default().insert(target);
            }
        }
    }
    graph
}

/// What the table forbids and the graph has, one sentence each.
pub(crate) fn violations(graph: &Graph, layers: &[Layer], owned: &[(&str, &[&str])]) -> Vec<String> {
    let mut found = Vec::new();
    let members: BTreeSet<_> = graph.direct.keys().map(String::as_str).collect();
    for (package, known) in &graph.direct {
        let Some(layer) = layer_of(package, layers) else {
            found.push(format!("{package} has no row in the table of layers"));
            continue;
        };
        for target in known.iter().filter(|target| members.contains(target.as_str())) {
            if !layer.may_know.iter().any(|pattern| matches(pattern, target)) {
                found.push(format!("{package} must not know {target}"));
            }
        }
        let reached = graph.reached_from(package);
        found.extend(
            layer
                .never_reaches
                .iter()
                .filter(|other| reached.contains(*other))
                .map(|other| format!("{package} reaches {other}")),
        );
        found.extend(
            owned
                .iter()
                .filter(|(other, owners)| known.contains(*other) && !owners.contains(&package.as_str()))
                .map(|(other, owners)| format!("{package} uses {other}, which belongs to {}", owners.join(", "))),
        );
    }
    found
}

/// An exact row before one that stands for many.
fn layer_of<'a>(package: &str, layers: &'a [Layer]) -> Option<&'a Layer> {
    let exact = layers.iter().find(|layer| layer.package == package);
    exact.or_else(|| layers.iter().find(|layer| matches(layer.package, package)))
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::{Graph, violations};
    use crate::rules::{LAYERS, OWNED};

    /// A graph in which every edge is one of a built package.
    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let mut graph = Graph::default();
        for (from, targets) in edges {
            let targets: std::collections::BTreeSet<_> = targets.iter().map(ToString::to_string).collect();
            if from.starts_with("upgrade-") || *from == "kubectl-upgrade" {
                graph.direct.insert(from.to_string(), targets.clone());
            }
            graph.built.insert(from.to_string(), targets);
        }
        graph
    }

    #[test]
    fn the_agreed_directions_pass() {
        let right = graph(&[
            ("upgrade-core", &["serde"]),
            ("upgrade-provider", &["upgrade-core"]),
            ("upgrade-ssh", &["upgrade-core", "openssh"]),
            ("upgrade-provider-kubeadm", &["upgrade-core", "upgrade-provider", "upgrade-ssh"]),
            ("upgrade-engine", &["upgrade-core", "upgrade-provider", "tokio"]),
            ("upgrade-cluster", &["upgrade-core", "upgrade-provider", "kube"]),
            ("kubectl-upgrade", &["upgrade-engine", "upgrade-cluster", "upgrade-provider-kubeadm", "clap"]),
        ]);
        assert_eq!(violations(&right, LAYERS, OWNED), Vec::<String>::new());
    }

    #[test]
    fn every_wrong_direction_is_found() {
        let wrong: &[(&str, &str)] = &[
            ("upgrade-core", "upgrade-provider"),
            ("upgrade-core", "upgrade-engine"),
            ("upgrade-provider", "upgrade-engine"),
            ("upgrade-provider", "upgrade-provider-kubeadm"),
            ("upgrade-ssh", "upgrade-provider-kubeadm"),
            ("upgrade-provider-kubeadm", "upgrade-engine"),
            ("upgrade-provider-kubeadm", "upgrade-cluster"),
            ("upgrade-provider-kubeadm", "upgrade-provider-eks"),
            ("upgrade-provider-kubeadm", "kubectl-upgrade"),
            ("upgrade-engine", "upgrade-provider-kubeadm"),
            ("upgrade-engine", "upgrade-cluster"),
            ("upgrade-engine", "upgrade-ssh"),
            ("upgrade-twin", "upgrade-engine"),
            ("upgrade-twin", "upgrade-rehearsal"),
            ("upgrade-rehearsal", "upgrade-provider-kubeadm"),
            ("upgrade-rehearsal", "kubectl-upgrade"),
            ("upgrade-engine", "upgrade-twin"),
            ("upgrade-cluster", "upgrade-engine"),
            ("upgrade-cluster", "upgrade-provider-kubeadm"),
            ("kubectl-upgrade", "upgrade-tests"),
        ];
        for (from, to) in wrong {
            let graph = graph(&[(from, &[to]), (to, &[])]);
            assert_eq!(violations(&graph, LAYERS, OWNED), [format!("{from} must not know {to}")]);
        }
    }

    #[test]
    fn a_forbidden_package_is_found_behind_a_third_one() {
        let graph = graph(&[("upgrade-core", &["innocent"]), ("innocent", &["tokio"])]);
        assert_eq!(violations(&graph, LAYERS, OWNED), ["upgrade-core reaches tokio"]);
    }

    #[test]
    fn a_borrowed_package_is_found() {
        let graph = graph(&[("kubectl-upgrade", &["kube"])]);
        assert_eq!(
            violations(&graph, LAYERS, OWNED),
            ["kubectl-upgrade uses kube, which belongs to upgrade-cluster, upgrade-rehearsal, upgrade-tests"]
        );
    }

    #[test]
    fn a_member_without_a_row_is_found() {
        let graph = graph(&[("upgrade-mystery", &[])]);
        assert_eq!(violations(&graph, LAYERS, OWNED), ["upgrade-mystery has no row in the table of layers"]);
    }
}
