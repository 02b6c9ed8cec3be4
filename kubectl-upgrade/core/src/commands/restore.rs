//! etcd put back to a snapshot: parts on several hosts, one after the other.
//!
//! Every part can be done again: what it finds done it leaves, and what it replaces it keeps.

use super::Part;
use super::line::CommandLine;
use crate::ids::NodeName;
use crate::plan::{EtcdClient, EtcdRestore, RestoredMember};

const RESTORE: &str = include_str!("scripts/restore-etcd.sh");

/// The parts in order. The first changes nothing.
pub(super) fn parts(restore: &EtcdRestore) -> Vec<Part> {
    let Some((first, others)) = restore.members.split_first() else { return Vec::new() };
    let mut parts = vec![check(restore, first)];
    parts.extend(restore.servers.iter().map(|server| stop(&server.host, &server.unit, "")));
    parts.extend(restore.members.iter().map(|member| stop(&member.host, &member.unit, &member.data)));
    parts.push(alone(restore, first));
    let mut listed = vec![first.listed()];
    for member in others {
        listed.push(member.listed());
        parts.push(add(restore, first, member));
        parts.push(join(restore, member, &listed.join(",")));
    }
    parts.push(whole(first));
    for server in &restore.servers {
        let text = format!("systemctl start {}, wait until {} answers", server.unit, server.url);
        parts.push(part(&server.host, "start", [&*server.unit, &*server.url], text));
    }
    for watchers in &restore.watchers {
        let units = watchers.units.iter().map(String::as_str);
        let text = format!(
            "systemctl restart {}: what they know of the API is newer than what it says now",
            watchers.units.join(" ")
        );
        parts.push(part(&watchers.host, "restart", units, text));
    }
    parts
}

fn part<'a>(host: &NodeName, mode: &'a str, arguments: impl IntoIterator<Item = &'a str>, note: String) -> Part {
    let arguments = std::iter::once(mode).chain(arguments);
    // etcdctl before 3.4 speaks the v2 API unless told.
    let line = CommandLine::script(RESTORE, "restore-etcd", arguments).variable("ETCDCTL_API", "3").note(note);
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

fn stop(host: &NodeName, unit: &str, data: &str) -> Part {
    part(host, "stop", [unit, data], format!("systemctl stop {unit}"))
}

fn alone(restore: &EtcdRestore, first: &RestoredMember) -> Part {
    let (urls, cluster) = (first.peers.join(","), first.listed());
    let mut words = vec![&*first.unit, &first.data, &restore.token, &restore.file, &first.name, &urls, &cluster];
    let binary = binary(first);
    words.extend(binary.iter().map(String::as_str));
    words.extend(reached_by(&first.client));
    let text = format!(
        "etcdctl snapshot restore {} as the only member {}; keep {data}/member as {data}/member.before-{}{}; \
         systemctl start {}, wait until it is healthy",
        restore.file,
        first.name,
        restore.token,
        put_back(first),
        first.unit,
        data = first.data,
    );
    part(&first.host, "restore", words, text)
}

fn add(restore: &EtcdRestore, first: &RestoredMember, member: &RestoredMember) -> Part {
    let urls = member.peers.join(",");
    let words = [&*member.name, &urls, &restore.token].into_iter().chain(reached_by(&first.client));
    part(&first.host, "add", words, format!("etcdctl member add {} --peer-urls={urls}", member.name))
}

fn join(restore: &EtcdRestore, member: &RestoredMember, cluster: &str) -> Part {
    let mut words = vec![&*member.unit, &member.data, &restore.token, cluster];
    let binary = binary(member);
    words.extend(binary.iter().map(String::as_str));
    words.extend(reached_by(&member.client));
    let text = format!(
        "keep {data}/member as {data}/member.before-{}{}; systemctl start {} with --initial-cluster-state=existing \
         --initial-cluster={cluster}, wait until it is healthy",
        restore.token,
        put_back(member),
        member.unit,
        data = member.data,
    );
    part(&member.host, "join", words, text)
}

fn whole(first: &RestoredMember) -> Part {
    let text = "etcdctl endpoint health --cluster: every member must be healthy".to_owned();
    part(&first.host, "whole", reached_by(&first.client), text)
}

/// Its place, where it was kept, and what it says; nothing where the one in its place is the right one.
fn binary(member: &RestoredMember) -> [String; 3] {
    let binary = member.binary.as_ref();
    binary.map(|binary| [binary.path.clone(), binary.kept(), binary.version.to_string()]).unwrap_or_default()
}

fn put_back(member: &RestoredMember) -> String {
    let binary = member.binary.as_ref();
    binary.map(|binary| format!("; rename a link of {} over {}", binary.kept(), binary.path)).unwrap_or_default()
}

fn reached_by(client: &EtcdClient) -> [&str; 4] {
    let [cacert, cert, key] =
        [&client.cacert, &client.cert, &client.key].map(|file| file.as_deref().unwrap_or_default());
    [&client.endpoint, cacert, cert, key]
}
