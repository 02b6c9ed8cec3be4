//! etcd's tools and the container runtime's.

use upgrade_core::component::Component;

use super::{Call, containers};
use crate::hosts::Host;
use crate::hosts::services::{DATA, restored};
use crate::hosts::shell::Ran;

/// `crictl ps` and `crictl exec`.
pub(super) async fn crictl(call: &Call) -> Ran {
    match call.arguments() {
        [action, rest @ ..] if action == "ps" => ps(call, rest),
        [action, image] if action == "inspecti" || action == "pull" => containers::image(call, action, image).await,
        [action, container, argv @ ..] if action == "exec" && !argv.is_empty() => {
            let in_etcd = call.place.host(|host| {
                host.pods.get("etcd").is_some_and(|pod| pod.container == *container && pod.runs.is_some())
            })?;
            if !in_etcd {
                call.err(&format!("FATA[0000] execing command in container: container {container} is not running\n"))?;
                return Ok(1);
            }
            run(&call.of(argv.to_vec())).await
        }
        _ => call.unsupported("these words"),
    }
}

fn ps(call: &Call, words: &[String]) -> Ran {
    let inner = call.of(std::iter::once("crictl".to_owned()).chain(words.iter().cloned()).collect());
    let options = inner.options(&["state:", "name:", "q", "quiet"])?;
    let name = options.value("name").unwrap_or_default().to_owned();
    let running = call.place.host(|host| {
        let pods = host.pods.iter().filter(|(component, pod)| component.contains(&name) && pod.runs.is_some());
        pods.map(|(component, pod)| (component.clone(), pod.clone())).collect::<Vec<_>>()
    })?;
    let mut printed = format!(
        "{:<20}{:<20}{:<20}{:<20}{:<25}{:<20}{:<20}POD\n",
        "CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID"
    );
    for (component, pod) in running {
        let image: String = pod.image.chars().rev().filter(char::is_ascii_alphanumeric).take(13).collect();
        let pod_name = format!("{component}-{}", call.place.node());
        printed.push_str(&format!(
            "{:<20}{image:<20}{:<20}{:<20}{component:<25}{:<20}{:<20}{pod_name}\n",
            pod.container, "2 hours ago", "Running", "0", "0a1b2c3d4e5f6"
        ));
    }
    call.print(&printed)
}

/// `etcdctl` and `etcdutl`.
pub(super) async fn run(call: &Call) -> Ran {
    let known = [
        "endpoints:",
        "cacert:",
        "cert:",
        "key:",
        "write-out:",
        "w:",
        "dial-timeout:",
        "command-timeout:",
        "cluster",
        "name:",
        "initial-cluster:",
        "initial-advertise-peer-urls:",
        "initial-cluster-token:",
        "data-dir:",
        "wal-dir:",
        "peer-urls:",
    ];
    let options = call.options(&known)?;
    let words: Vec<&str> = options.operands.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["endpoint", "status"] => {
            if !there(call)? {
                return Ok(1);
            }
            let revision = call.place.world(|world| world.store.version());
            let version = call.place.host(version)?;
            call.print(&format!(
                "[{{\"Endpoint\":\"https://127.0.0.1:2379\",\"Status\":{{\"header\":{{\"cluster_id\":17887654640601504309,\
                 \"member_id\":15483421093342085234,\"revision\":{revision},\"raft_term\":7}},\"version\":\"{version}\",\
                 \"dbSize\":5939200,\"leader\":15483421093342085234,\"raftIndex\":{revision},\"raftTerm\":7}}}}]\n"
            ))
        }
        ["endpoint", "health"] => {
            let endpoint = options.value("endpoints").unwrap_or("127.0.0.1:2379");
            health(call, endpoint, options.has("cluster"))
        }
        ["snapshot", "save", file] => save(call, file).await,
        ["snapshot", "status", file] => status(call, file),
        ["snapshot", "restore", file] => {
            let data = options.value("data-dir").unwrap_or("default.etcd");
            let wal = options.value("wal-dir").map_or_else(|| format!("{data}/member/wal"), str::to_owned);
            restore(call, file, data, &wal).await
        }
        ["member", "list"] => members(call),
        ["member", "add", name] => add(call, name, options.value("peer-urls").unwrap_or_default()),
        _ => call.unsupported("these words"),
    }
}

/// The version of the member on the host.
fn version(host: &mut Host) -> String {
    if let Some(runs) = host.serving(Component::Etcd).and_then(|service| service.runs.as_ref()) {
        return runs.version.to_string();
    }
    let image = host.pods.get("etcd").map(|pod| pod.image.clone()).unwrap_or_default();
    let tag = image.rsplit(':').next().unwrap_or_default();
    tag.split('-').next().unwrap_or_default().to_owned()
}

fn runs(host: &Host) -> bool {
    host.serving(Component::Etcd).is_some() || host.pods.get("etcd").is_some_and(|pod| pod.runs.is_some())
}

/// `endpoint health`: of the endpoint, or of every member.
fn health(call: &Call, endpoint: &str, all: bool) -> Ran {
    let here = call.place.node().to_owned();
    let (quorum, members) = call.place.world(|world| {
        let members = world.hosts.iter().filter(|(node, host)| {
            let member = world.control_plane.members.contains(*node) || host.pods.contains_key("etcd");
            if all { member } else { **node == here }
        });
        let members: Vec<(String, bool)> = members
            .map(|(node, host)| {
                let url = if all { format!("https://{}:2379", host.address()) } else { endpoint.to_owned() };
                (url, runs(host) && host.is_up() && (*node == here || world.control_plane.has_quorum()))
            })
            .collect();
        (world.control_plane.has_quorum(), members)
    });
    let mut sick = false;
    for (url, well) in members {
        if well && quorum {
            call.out(&format!("{url} is healthy: successfully committed proposal: took = 9.6ms\n"))?;
        } else {
            sick = true;
            call.err(&format!("{url} is unhealthy: failed to commit proposal: context deadline exceeded\n"))?;
        }
    }
    if sick {
        call.err("Error: unhealthy cluster\n")?;
    }
    Ok(i32::from(sick))
}

fn there(call: &Call) -> Ran<bool> {
    let there = call.place.host(|host| runs(host))?;
    let quorum = call.place.world(|world| world.control_plane.has_quorum());
    if !(there && quorum) {
        call.err(
            "{\"level\":\"warn\",\"msg\":\"retrying of unary invoker failed\"}\nError: context deadline exceeded\n",
        )?;
    }
    Ok(there && quorum)
}

async fn save(call: &Call, file: &str) -> Ran {
    if !there(call)? {
        return Ok(1);
    }
    let (time, revision, keys) = call.place.world(|world| {
        let span = world.tempo.etcd_snapshot;
        let version = world.store.version();
        let snapshot = world.store.snapshot();
        world.snapshots.insert(version, snapshot);
        (world.random.within(span), version, version.saturating_sub(version / 3))
    });
    let path = call.path(file);
    call.place.note(&call.line())?;
    // It is written beside its place and moved there when it is whole.
    let part = format!("{path}.part");
    let begun = call.place.files(|files| files.write(&part, "", 0o600))?;
    call.place.sleep(time).await?;
    let hash = revision.wrapping_mul(0x9e37_79b9) & 0xffff_ffff;
    let text = format!("snapshot hash={hash} revision={revision} keys={keys}\n");
    let written = call.place.files(|files| {
        begun?;
        files.write(&part, text, 0o600)?;
        files.change(&part, |entry| entry.size = Some(5_939_232))?;
        files.rename(&part, &path)
    })?;
    match written {
        Ok(()) => call.print(&format!("Snapshot saved at {file}\n")),
        Err(error) => {
            let lower = error.to_string().to_lowercase();
            call.err(&format!("Error: could not open {file}.part (open {file}.part: {lower})\n"))?;
            Ok(1)
        }
    }
}

/// Lays data as it was when the snapshot was taken.
async fn restore(call: &Call, file: &str, data: &str, wal: &str) -> Ran {
    let text = call.read(file)?.unwrap_or_default();
    let revision = text.split_whitespace().find_map(|word| word.strip_prefix("revision=")?.parse::<u64>().ok());
    let Some(revision) = revision else {
        call.err(&format!("Error: snapshot missing hash but --skip-hash-check=false, or no snapshot: {file}\n"))?;
        return Ok(1);
    };
    let (directory, log) = (call.path(data), call.path(wal));
    if call.place.files(|files| files.look(&directory).is_ok())? {
        call.err(&format!("Error: data-dir \"{data}\" not empty or could not be read\n"))?;
        return Ok(1);
    }
    let time = call.place.world(|world| world.random.within(world.tempo.etcd_snapshot));
    call.place.note(&call.line())?;
    call.place.sleep(time).await?;
    let written = call.place.files(|files| {
        files.make_dirs(&format!("{directory}/member/snap"), 0o700)?;
        files.write(&format!("{directory}/{DATA}"), restored(revision), 0o600)?;
        files.make_dirs(&log, 0o700)?;
        files.write(&format!("{log}/0000000000000000-0000000000000000.wal"), "(a log)\n", 0o600)
    })?;
    match written {
        Ok(()) => call.print(&format!("restored snapshot {file} to {data}\n")),
        Err(error) => {
            call.err(&format!("Error: {}\n", error.to_string().to_lowercase()))?;
            Ok(1)
        }
    }
}

fn members(call: &Call) -> Ran {
    if !there(call)? {
        return Ok(1);
    }
    let lines: Vec<String> = call.place.world(|world| {
        let members = world.hosts.iter().filter(|(node, _)| world.control_plane.members.contains(*node));
        let line = |(node, host): (&String, &Host)| {
            let address = host.address();
            format!("8e9e05c52164694d, started, {node}, https://{address}:2380, https://{address}:2379, false\n")
        };
        members.map(line).collect()
    });
    call.print(&lines.concat())
}

/// A member that is known and not there yet.
fn add(call: &Call, name: &str, urls: &str) -> Ran {
    if !there(call)? {
        return Ok(1);
    }
    let known = call.place.world(|world| {
        let known = world.hosts.get(name).is_some_and(|host| urls.contains(&format!("//{}:", host.address())));
        if known && world.control_plane.members.insert(name.to_owned()) {
            world.control_plane.keep(name, false);
        }
        known
    });
    if !known {
        return call.unsupported("a member that is no host of the cluster");
    }
    call.place.note(&call.line())?;
    call.print(&format!("Member 91bc3c398fb3c146 added to cluster ef37ad9dc622a7c4\n\nETCD_NAME=\"{name}\"\n"))
}

fn status(call: &Call, file: &str) -> Ran {
    let text = match call.read(file)? {
        Ok(text) => text,
        Err(_) => {
            call.err(&format!("Error: stat {file}: no such file or directory\n"))?;
            return Ok(1);
        }
    };
    let number = |key: &str| {
        let found = text.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or("0").to_owned()
    };
    let (hash, revision, keys) = (number("hash"), number("revision"), number("keys"));
    call.print(&format!(
        "{{\"hash\":{hash},\"revision\":{revision},\"totalKey\":{keys},\"totalSize\":5939200,\"version\":\"\"}}\n"
    ))
}
