//! The programs of a host. Text tools do what scripts use of them and refuse the rest loudly; programs of packages,
//! Kubernetes and systemd act on the host's model.

pub(crate) mod apt;
mod binary;
mod call;
mod containers;
mod curl;
mod disk;
mod etcd;
mod files;
mod kubeadm;
mod kubelet;
pub(crate) mod print;
mod processes;
mod systemd;
mod text;

use std::future::Future;
use std::pin::Pin;

pub(crate) use call::{Call, Inputs, Options};
pub(crate) use systemd::unit_name;

use super::place::Place;
use super::shell::Ran;

/// Programs that every host has.
const ALWAYS: [&str; 64] = [
    "apt-cache",
    "apt-get",
    "apt-mark",
    "awk",
    "basename",
    "cat",
    "chmod",
    "chown",
    "chroot",
    "cp",
    "curl",
    "cut",
    "date",
    "df",
    "dirname",
    "dpkg",
    "dpkg-query",
    "du",
    "echo",
    "env",
    "false",
    "find",
    "grep",
    "gzip",
    "head",
    "hostname",
    "id",
    "install",
    "killall",
    "ln",
    "ls",
    "mkdir",
    "mktemp",
    "mv",
    "nproc",
    "nsenter",
    "od",
    "pidof",
    "readlink",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "sh",
    "sha256sum",
    "sleep",
    "sort",
    "stat",
    "sync",
    "systemctl",
    "systemd-run",
    "tail",
    "tar",
    "tee",
    "timeout",
    "touch",
    "tr",
    "true",
    "uname",
    "uniq",
    "wc",
    "which",
    "xargs",
    "journalctl",
];

/// Where `command -v` finds a program; none where the host has none.
pub(crate) fn path(place: &Place, name: &str) -> Ran<Option<String>> {
    if name.starts_with('/') {
        let executable = place.files(|files| files.look(name).is_ok_and(|entry| entry.mode & 0o111 != 0))?;
        return Ok(executable.then(|| name.to_owned()));
    }
    let there = place.host(|host| host.has_program(name))? || ALWAYS.contains(&name);
    Ok(there.then(|| format!("/usr/bin/{name}")))
}

/// Runs a program; none where there is none of that name.
pub(crate) async fn run(call: &Call) -> Ran<Option<i32>> {
    let name = call.argv.first().map(String::as_str).unwrap_or_default();
    if path(&call.place, name)?.is_none() {
        return Ok(None);
    }
    if let Some(status) = binary::run(call)? {
        return Ok(Some(status));
    }
    if let Some(status) = text::run(call)? {
        return Ok(Some(status));
    }
    if let Some(status) = files::run(call)? {
        return Ok(Some(status));
    }
    acting(call).await.map(Some)
}

type Acting<'a> = Pin<Box<dyn Future<Output = Ran> + Send + 'a>>;

/// Programs that take time or run others.
fn acting(call: &Call) -> Acting<'_> {
    Box::pin(async move {
        match call.name() {
            "sh" => processes::sh(call).await,
            "sleep" => processes::sleep(call).await,
            "timeout" => processes::timeout(call).await,
            "env" => processes::env(call).await,
            "tar" => disk::tar(call).await,
            "df" => disk::df(call),
            "du" => disk::du(call),
            "dpkg-query" => apt::query(call),
            "dpkg" => apt::dpkg(call).await,
            "apt-cache" => apt::cache(call),
            "apt-get" => apt::get(call).await,
            "apt-mark" => apt::mark(call),
            "apt-helper" => apt::helper(call).await,
            "systemctl" => systemd::systemctl(call).await,
            "systemd-run" => systemd::run(call),
            "journalctl" => systemd::journal(call),
            "curl" => curl::curl(call).await,
            "kubeadm" => kubeadm::run(call).await,
            "kubelet" => kubelet::run(call),
            "kubectl" => kubelet::kubectl(call),
            "etcdctl" | "etcdutl" => etcd::run(call).await,
            "crictl" => etcd::crictl(call).await,
            "ctr" => containers::ctr(call),
            "chroot" => containers::chroot(call),
            "nsenter" => containers::nsenter(call),
            _ => call.unsupported("a program that is not simulated"),
        }
    })
}
