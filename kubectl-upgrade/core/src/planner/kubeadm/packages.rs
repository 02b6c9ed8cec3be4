//! Repository and package steps of one host.

use crate::commands::{package, repository};
use crate::ids::NodeName;
use crate::inventory::{Repository, RepositoryFile, RepositoryLayout};
use crate::plan::{Action, Condition, PackagePin, RepositoryEdit, Reversal, Step};
use crate::planner::draft::Draft;
use crate::version::Version;

/// The repository switched to the version's minor, if it must be, and kubeadm installed at the version, if it is not.
pub(super) fn kubeadm(draft: &mut Draft<'_>, node: &NodeName, version: &Version) -> Vec<Step> {
    let mut steps: Vec<Step> = switch(draft, node, version).into_iter().collect();
    if draft.kubeadm(node) != Some(version) {
        let expects = serves(draft, node, version);
        let before = draft.kubeadm(node).map_or_else(|| "as it was".to_owned(), ToString::to_string);
        steps.push(install(draft, node, &["kubeadm"], version, &before, expects));
        draft.set_kubeadm(node, version);
    }
    steps
}

/// What holds when the package repository can offer the version.
fn serves(draft: &Draft<'_>, node: &NodeName, version: &Version) -> Vec<Condition> {
    let per_minor = draft.repository(node).is_some_and(|found| found.layout != RepositoryLayout::AllMinors);
    let condition = Condition::RepositoryServes { node: node.clone(), minor: version.minor() };
    per_minor.then_some(condition).into_iter().collect()
}

fn switch(draft: &mut Draft<'_>, node: &NodeName, version: &Version) -> Option<Step> {
    let found = draft.repository(node)?.clone();
    let RepositoryLayout::PerMinor(from) = found.layout else { return None };
    let to = version.minor();
    if from == to {
        return None;
    }
    let manager = draft.host(node).map(|host| host.packages_by);
    let edits = repository::edits_to(&found, to);
    let switched = after(&found, &edits);
    let action = Action::SwitchRepository { node: node.clone(), manager, from, to, edits };
    let goal = vec![Condition::RepositoryServes { node: node.clone(), minor: to }];
    let step = draft.step(action, vec![Condition::RepositoryServes { node: node.clone(), minor: from }], goal);
    draft.set_repository(node, to, switched);
    Some(Step { reversal: Reversal::Inverse(format!("point the repository back at {from}")), ..step })
}

/// The repository's files with the edits made, for the hop after.
fn after(repository: &Repository, edits: &[RepositoryEdit]) -> Repository {
    let edited = |file: &RepositoryFile, line: &String| {
        let edit = edits.iter().find(|edit| edit.path == file.path && edit.before == *line);
        edit.map_or_else(|| line.clone(), |edit| edit.after.clone())
    };
    let files = repository.files.iter().map(|file| RepositoryFile {
        path: file.path.clone(),
        lines: file.lines.iter().map(|line| edited(file, line)).collect(),
    });
    Repository { layout: repository.layout, files: files.collect() }
}

/// Packages of Kubernetes at the version, as the host's repository writes it; `before` is what they are at until then.
pub(super) fn install(
    draft: &mut Draft<'_>,
    node: &NodeName,
    names: &[&str],
    version: &Version,
    before: &str,
    expects: Vec<Condition>,
) -> Step {
    let host = draft.host(node);
    let offered = host.and_then(|host| host.offered.get(&version.minor())).map_or(&[][..], Vec::as_slice);
    // A host that was not looked at, or offers nothing, has a finding that keeps the plan from running.
    let written = package::pick(offered, version).map_or_else(|| version.to_string(), ToOwned::to_owned);
    let packages: Vec<PackagePin> =
        names.iter().map(|name| PackagePin { name: (*name).to_owned(), version: written.clone() }).collect();
    let hold =
        host.is_none_or(|host| names.iter().any(|name| host.installed.get(*name).is_none_or(|found| found.held)));
    let goal = vec![Condition::PackagesInstalled { node: node.clone(), packages: packages.clone() }];
    let manager = host.map(|host| host.packages_by);
    let step = draft.step(Action::InstallPackages { node: node.clone(), manager, packages, hold }, expects, goal);
    let reversal = Reversal::Inverse(format!("install {} {before}", names.join(" and ")));
    Step { reversal, ..step }
}
