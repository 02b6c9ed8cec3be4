//! The file's text, with hints where a person has a choice to make.

use std::fmt::Write as _;

use super::{API_VERSION, ComponentHost, Components, KIND, Part, Source};
use crate::inventory::RunsAs;

const HEAD: &str = "\
# Which component of the cluster runs where, and how it is replaced. Review it, correct it, keep it:
# kubectl upgrade plan --components THIS-FILE reads it. Hosts are upgraded in this order.
#
# execute: automatic   the tool fetches, checks, switches and restarts on the host, and puts the old binary back
#                      when the new one does not come up
#                      (of a static pod: pulls the image, asks, writes the manifest, puts the old manifest back)
# execute: manual      the plan shows what to do; the run waits, then looks whether it was done
";

const SOURCES: &str = "\
# Where new binaries come from, for the components that are replaced automatically. One of
#   url:     fetched by the host; its checksum is read from the same address with .sha256 after it
#   path:    a file on the host, with its checksum in the file beside it
#   package: taken out of a package of the host's package manager, such as kubelet={release}-1.1
# {version} is v1.20.15, {release} is 1.20.15; a component may have a source of its own.
";

const VERSIONS: &str = "\
# The releases that are there; without this line the newest patch of each minor is taken.
# versions: [1.20.15, 1.21.14]
# Checksums that are known beforehand win over the files beside the binaries.
# checksums:
# - {component: kube-apiserver, version: 1.20.15, arch: amd64, sha256: …}
";

const COREDNS: &str = "\
# CoreDNS is a Deployment. automatic: its image is changed, when its Corefile has nothing that the new one exits over;
# manual: the plan has a step for a person; leave: it has none.
";

/// Writes the file. Read back, it says the same.
#[must_use]
pub fn write(components: &Components) -> String {
    let mut text = format!("{HEAD}apiVersion: {API_VERSION}\nkind: {KIND}\n\n{SOURCES}");
    match &components.source {
        Some(source) => line(&mut text, 0, "source", &inline(source)),
        None => text.push_str("# source: {url: \"https://dl.k8s.io/{version}/bin/{os}/{arch}/{component}\"}\n"),
    }
    text.push_str(VERSIONS);
    if !components.versions.is_empty() {
        let versions: Vec<String> = components.versions.iter().map(ToString::to_string).collect();
        line(&mut text, 0, "versions", &format!("[{}]", versions.join(", ")));
    }
    if !components.checksums.is_empty() {
        text.push_str("checksums:\n");
        for pin in &components.checksums {
            let (version, arch) = (&pin.version, scalar(&pin.arch));
            let _ = writeln!(
                text,
                "- {{component: {}, version: {version}, arch: {arch}, sha256: \"{}\"}}",
                pin.component, pin.sha256
            );
        }
    }
    text.push_str(COREDNS);
    line(&mut text, 0, "coredns", &components.coredns.to_string());
    text.push_str("\nhosts:\n");
    components.hosts.iter().for_each(|entry| host(&mut text, entry));
    text
}

fn host(text: &mut String, host: &ComponentHost) {
    let _ = writeln!(text, "- host: {}", scalar(host.name.as_str()));
    if let Some(address) = &host.address {
        line(text, 2, "address", &scalar(address));
    }
    line(text, 2, "arch", &scalar(&host.arch));
    if host.parts.is_empty() {
        line(text, 2, "components", "[]");
        return;
    }
    text.push_str("  components:\n");
    host.parts.iter().for_each(|entry| part(text, entry));
}

fn part(text: &mut String, part: &Part) {
    let _ = writeln!(text, "  - component: {}", part.component);
    match &part.runs {
        RunsAs::Unit(unit) => line(text, 4, "unit", &scalar(unit)),
        RunsAs::StaticPod(path) => line(text, 4, "manifest", &scalar(path)),
    }
    let mut optional = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            line(text, 4, key, &value);
        }
    };
    optional("binary", part.binary.as_deref().map(scalar));
    optional("image", part.image.as_ref().map(|image| quoted(image.template())));
    optional("version", part.version.as_ref().map(|version| scalar(&version.to_string())));
    optional("execute", Some(part.execute.to_string()));
    optional("source", part.source.as_ref().map(inline));
    optional("to", part.to.as_ref().map(|version| scalar(&version.to_string())));
    list(text, "arguments", &part.arguments);
    list(text, "files", &part.files);
}

fn list(text: &mut String, key: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(text, "    {key}:");
    for item in items {
        let _ = writeln!(text, "    - {}", scalar(item));
    }
}

fn line(text: &mut String, indent: usize, key: &str, value: &str) {
    let _ = writeln!(text, "{:indent$}{key}: {value}", "");
}

fn inline(source: &Source) -> String {
    format!("{{{}: {}}}", source.key(), quoted(source.template()))
}

/// Bare where YAML takes it for nothing but a string, quoted otherwise.
fn scalar(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "/._-".contains(char);
    let begins = text.starts_with(|char: char| char.is_ascii_alphabetic() || char == '/');
    let word =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if begins && text.chars().all(plain) && !word { text.to_owned() } else { quoted(text) }
}

/// In double quotes, as YAML and JSON both read them. JSON leaves as they are some characters that YAML refuses unescaped
/// (YAML 1.2.2 §5.1).
fn quoted(text: &str) -> String {
    let json = serde_json::Value::String(text.to_owned()).to_string();
    json.chars().fold(String::new(), |mut quoted, char| {
        match char {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(char));
            }
            char => quoted.push(char),
        }
        quoted
    })
}
