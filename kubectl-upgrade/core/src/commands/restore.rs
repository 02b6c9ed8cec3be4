//! etcd put back to a snapshot: parts on several hosts, one after the other.
//!
//! Every part can be done again: what it finds done it leaves, and what it replaces it keeps.

use super::Part;
use super::component::ANSWERS;
use super::line::CommandLine;
use super::pod::{PROCESSES, comm};
use crate::component::Component;
use crate::ids::NodeName;
use crate::inventory::RunsAs;
use crate::plan::{EtcdClient, EtcdRestore, RestoredMember};

const RESTORE: &str = include_str!("scripts/restore-etcd.sh");

/// The parts in order. The first ones change nothing.
pub(super) fn parts(restore: &EtcdRestore) -> Vec<Part> {
    let Some((first, others)) = restore.members.split_first() else { return Vec::new() };
    // The first part's host is where it stands how far the whole got: the snapshot's.
    let mut parts = vec![check(restore, first)];
    parts.extend(restore.members.iter().filter_map(form));
    parts.extend(restore.servers.iter().map(|server| stop(&server.host, Component::ApiServer, &server.runs, "")));
    let members = restore.members.iter();
    parts.extend(members.map(|member| stop(&member.host, Component::Etcd, &member.runs, &member.data)));
    parts.push(alone(restore, first));
    let mut listed = vec![first.listed()];
    for member in others {
        listed.push(member.listed());
        parts.push(add(restore, first, member));
        parts.push(join(restore, member, &listed.join(",")));
    }
    parts.push(whole(first));
    for server in &restore.servers {
        let text = format!("{}, wait until {} answers", start_words(&server.runs), server.url);
        let words = [server.runs.name(), comm(Component::ApiServer.name()), &server.url];
        parts.push(part(&server.host, "start", words, text));
    }
    for watchers in &restore.watchers {
        let words = watchers.runs.iter().flat_map(|(component, runs)| [runs.name(), comm(component.name())]);
        let names: Vec<&str> = watchers.runs.iter().map(|(_, runs)| runs.name()).collect();
        let text = format!("restart {}: what they know of the API is newer than what it says now", names.join(" "));
        parts.push(part(&watchers.host, "restart", words, text));
    }
    parts
}

fn part<'a>(host: &NodeName, mode: &'a str, arguments: impl IntoIterator<Item = &'a str>, note: String) -> Part {
    let arguments = std::iter::once(mode).chain(arguments);
    let script = format!("{PROCESSES}{ANSWERS}{RESTORE}");
    // etcdctl before 3.4 speaks the v2 API unless told.
    let line = CommandLine::script(&script, "restore-etcd", arguments).variable("ETCDCTL_API", "3").note(note);
    Part { host: host.clone(), lines: vec![line] }
}

fn check(restore: &EtcdRestore, first: &RestoredMember) -> Part {
    let hash = restore.hash.as_deref().unwrap_or_default();
    let text = format!(
        "look whether {} is whole and there is room for it in {}; nothing is changed",
        restore.file, first.data
    );
    part(&first.host, "check", [&*restore.file, hash, &*first.data], text)
}

/// A manifest is only understood when its arguments have lines of their own.
fn form(member: &RestoredMember) -> Option<Part> {
    let manifest = member.runs.manifest()?;
    let text = format!("look whether {manifest} can be told to join; nothing is changed");
    Some(part(&member.host, "form", [manifest.as_str(), member.data.as_str()], text))
}

fn stop(host: &NodeName, component: Component, runs: &RunsAs, data: &str) -> Part {
    let text = match runs {
        RunsAs::Unit(unit) => format!("systemctl stop {unit}"),
        RunsAs::StaticPod(manifest) => {
            format!("move {manifest} out of the kubelet's directory, wait until its process has ended")
        }
    };
    part(host, "stop", [runs.name(), comm(component.name()), data], text)
}

fn start_words(runs: &RunsAs) -> String {
    match runs {
        RunsAs::Unit(unit) => format!("systemctl start {unit}"),
        RunsAs::StaticPod(manifest) => format!("move {manifest} back"),
    }
}

fn alone(restore: &EtcdRestore, first: &RestoredMember) -> Part {
    let (urls, cluster, wal) = (first.peers.join(","), first.listed(), first.wal.as_deref().unwrap_or_default());
    let etcd = comm(Component::Etcd.name());
    let mut words = vec![first.runs.name(), etcd, &first.data, wal, &restore.token, &restore.file, &first.name];
    words.extend([&*urls, &*cluster]);
    let binary = binary(first);
    words.extend(binary.iter().map(String::as_str));
    words.extend(reached_by(&first.client));
    let text = format!(
        "etcdctl snapshot restore {} as the only member {}; {}{}; {}, wait until it is healthy",
        restore.file,
        first.name,
        kept_words(first, &restore.token),
        put_back(first),
        start_words(&first.runs),
    );
    part(&first.host, "restore", words, text)
}

fn kept_words(member: &RestoredMember, token: &str) -> String {
    let data = &member.data;
    let log = member.wal.as_ref().map(|wal| format!(", what is in {wal} in {wal}/before-{token}")).unwrap_or_default();
    format!("keep {data}/member as {data}/member.before-{token}{log}")
}

fn add(restore: &EtcdRestore, first: &RestoredMember, member: &RestoredMember) -> Part {
    let urls = member.peers.join(",");
    let words = [&*member.name, &urls, &restore.token].into_iter().chain(reached_by(&first.client));
    part(&first.host, "add", words, format!("etcdctl member add {} --peer-urls={urls}", member.name))
}

fn join(restore: &EtcdRestore, member: &RestoredMember, cluster: &str) -> Part {
    let wal = member.wal.as_deref().unwrap_or_default();
    let mut words = vec![member.runs.name(), comm(Component::Etcd.name()), &member.data, wal, &restore.token, cluster];
    let binary = binary(member);
    words.extend(binary.iter().map(String::as_str));
    words.extend(reached_by(&member.client));
    let once = match &member.runs {
        RunsAs::Unit(_) => "",
        RunsAs::StaticPod(_) => "; then put its manifest back without them",
    };
    let text = format!(
        "{}{}; {} with --initial-cluster-state=existing --initial-cluster={cluster}, wait until it is healthy{once}",
        kept_words(member, &restore.token),
        put_back(member),
        start_words(&member.runs),
    );
    part(&member.host, "join", words, text)
}

fn whole(first: &RestoredMember) -> Part {
    let text = "etcdctl endpoint health --cluster: every member must be healthy".to_owned();
    part(&first.host, "whole", reached_by(&first.client), text)
}

/// Its place, where it was kept, and what it says; nothing where the one in its place is the right one.
fn binary(member: &RestoredMember) -> [String; 3] {
    let kept = member.binary.as_ref().zip(member.kept());
    kept.map(|(binary, kept)| [binary.path.clone(), kept, binary.version.to_string()]).unwrap_or_default()
}

fn put_back(member: &RestoredMember) -> String {
    let Some((binary, kept)) = member.binary.as_ref().zip(member.kept()) else { return String::new() };
    match &member.runs {
        RunsAs::Unit(_) => format!("; rename a link of {kept} over {}", binary.path),
        RunsAs::StaticPod(_) => format!("; take the manifest kept as {kept}"),
    }
}

fn reached_by(client: &EtcdClient) -> [&str; 4] {
    let [cacert, cert, key] =
        [&client.cacert, &client.cert, &client.key].map(|file| file.as_deref().unwrap_or_default());
    [&client.endpoint, cacert, cert, key]
}
