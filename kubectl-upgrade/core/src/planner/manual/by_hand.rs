//! What a person does to replace a component: good enough to be followed with this tool switched off.

use crate::commands::quote;
use crate::components::{ComponentHost, Components, Part, Source};
use crate::inventory::RunsAs;
use crate::plan::{EtcdClient, Health};
use crate::version::Version;

use super::health;

/// The lines, in order; those to be typed begin with `$ `.
pub(super) fn replace(
    components: &Components,
    host: &ComponentHost,
    part: &Part,
    from: &Version,
    to: &Version,
) -> Vec<String> {
    match (&part.runs, &part.binary) {
        (RunsAs::Unit(unit), Some(path)) => binary(components, host, part, unit, path, from, to),
        (RunsAs::Unit(_), None) => {
            vec![format!("install {} {to} on {} and restart its unit", part.component, host.name)]
        }
        (RunsAs::StaticPod(path), _) => static_pod(part, host, path, from, to),
    }
}

fn binary(
    components: &Components,
    host: &ComponentHost,
    part: &Part,
    unit: &str,
    path: &str,
    from: &Version,
    to: &Version,
) -> Vec<String> {
    let (new, kept) = (format!("{path}-{}", to.tag()), format!("{path}-{}", from.tag()));
    let (new, kept, path, unit) = (quote(&new), quote(&kept), quote(path), quote(unit));
    let mut how =
        vec![format!("on {}, as root: fetch {} {to} for linux/{} and verify it", host.name, part.component, host.arch)];
    how.extend(fetch(components, host, part, to, &new));
    how.extend([
        format!("$ chmod 0755 {new} && {new} --version"),
        format!(
            "ask it about the arguments that {unit} gives it: with --help after them it says what it does not know"
        ),
        format!("$ systemctl cat {unit}"),
        "keep the old one, put the new one in its place, restart".to_owned(),
        format!("$ cp -p {path} {kept}"),
        format!("$ ln {new} {path}.switch && mv -fT {path}.switch {path}"),
        format!("$ systemctl daemon-reload && systemctl restart {unit}"),
        "look whether it is healthy".to_owned(),
        format!("$ systemctl is-active {unit} && {path} --version"),
    ]);
    how.extend(healthy(&health::of(part)));
    how.push("if it does not come up, put the old one back".to_owned());
    how.push(format!("$ ln {kept} {path}.switch && mv -fT {path}.switch {path} && systemctl restart {unit}"));
    how
}

fn fetch(components: &Components, host: &ComponentHost, part: &Part, to: &Version, new: &str) -> Vec<String> {
    let Some(source) = components.source_of(part).map(|source| source.of(part.component, to, &host.arch)) else {
        return vec![format!("put it at {new}")];
    };
    let sum = components.checksum(part.component, to, &host.arch);
    let check = |place: String| match sum {
        Some(sum) => format!("$ echo '{sum}  '{new} | sha256sum --check"),
        None => format!("$ echo \"$({place})  \"{new} | sha256sum --check"),
    };
    match source {
        Source::Url(url) => {
            let url = quote(&url);
            vec![format!("$ curl -fL -o {new} {url}"), check(format!("curl -fsSL {url}.sha256 | cut -d ' ' -f 1"))]
        }
        Source::Path(file) => {
            let file = quote(&file);
            vec![format!("$ cp {file} {new}"), check(format!("cut -d ' ' -f 1 {file}.sha256"))]
        }
        Source::Package(name) => vec![format!("take it out of package {name} and put it at {new}")],
    }
}

fn healthy(health: &Health) -> Vec<String> {
    match health {
        Health::Unit => Vec::new(),
        Health::Url(url) => vec![format!("$ curl -k --retry 10 --retry-connrefused {}", quote(url))],
        Health::Etcd(EtcdClient { endpoint, cacert, cert, key }) => {
            let files = [("--cacert", cacert), ("--cert", cert), ("--key", key)];
            let flag = |(name, file): (&str, &Option<String>)| Some(format!(" {name}={}", quote(file.as_deref()?)));
            let flags: String = files.into_iter().filter_map(flag).collect();
            vec![format!("$ ETCDCTL_API=3 etcdctl --endpoints={}{flags} endpoint health --cluster", quote(endpoint))]
        }
    }
}

fn static_pod(part: &Part, host: &ComponentHost, path: &str, from: &Version, to: &Version) -> Vec<String> {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    let keep = format!("{directory}.kept");
    let [old, new, next] =
        [from.tag(), to.tag(), "switch".to_owned()].map(|end| quote(&format!("{keep}/{file}-{end}")));
    let (component, path, keep) = (part.component, quote(path), quote(&keep));
    let image = |version: &Version| part.image.as_ref().map(|image| image.of(component, version, &host.arch));
    let (before, after) = image(from).zip(image(to)).unwrap_or_else(|| (from.tag(), to.tag()));
    let mut how = vec![format!("on {}, as root: pull the image of {component} {to}", host.name)];
    how.extend(part.image.as_ref().map(|_| format!("$ crictl pull {}", quote(&after))));
    how.extend([
        "keep the manifest; the kubelet takes every file in its directory for a pod, so it is kept beside that"
            .to_owned(),
        format!("$ mkdir -p -m 0700 {keep} && cp -p {path} {old}"),
        format!("write the new one there, with {after} in place of {before}"),
        format!("$ sed {} {old} > {new}", quote(&format!("/image:/s|{before}|{after}|"))),
    ]);
    how.extend([
        format!("$ diff {old} {new}"),
        "put it in the place of the old one, whole; the kubelet starts it anew by itself".to_owned(),
        format!("$ cp {new} {next} && mv -fT {next} {path}"),
        "look whether it is healthy, which may take more than a minute".to_owned(),
        format!("$ crictl ps --name {component}"),
    ]);
    how.extend(healthy(&health::of(part)));
    how.push("if it does not come up, put the old one back".to_owned());
    how.push(format!("$ cp -p {old} {next} && mv -fT {next} {path}"));
    how
}
