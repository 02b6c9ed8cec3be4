//! The rules that krew has for a manifest and its archive.
//!
//! Source: kubernetes-sigs/krew at db921d5, the validation of manifests and the developer guide; checked 2026-11-22.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use sha2::{Digest, Sha256};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Manifest {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) metadata: Metadata,
    pub(crate) spec: Spec,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metadata {
    pub(crate) name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Spec {
    pub(crate) version: String,
    pub(crate) homepage: String,
    pub(crate) short_description: String,
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) caveats: String,
    pub(crate) platforms: Vec<Platform>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Platform {
    pub(crate) selector: Selector,
    pub(crate) uri: String,
    pub(crate) sha256: String,
    pub(crate) bin: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Selector {
    pub(crate) match_labels: BTreeMap<String, String>,
}

/// A manifest and the one archive it points at.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// The manifest's name without `.yaml`.
    pub(crate) file_stem: String,
    pub(crate) manifest: Manifest,
    pub(crate) archive_name: String,
    pub(crate) archive_sha256: String,
    /// Mode and path of every entry, such as `-rwxr-xr-x kubectl-upgrade`.
    pub(crate) entries: Vec<String>,
}

impl Package {
    pub(crate) fn read(manifest: &Path, archive: &Path) -> Self {
        let text = std::fs::read_to_string(manifest).expect("the manifest");
        let bytes = std::fs::read(archive).expect("the archive");
        let listing = Command::new("tar").arg("tvzf").arg(archive).output().expect("failed to start tar");
        assert!(listing.status.success(), "tar cannot read the archive");
        let listing = String::from_utf8(listing.stdout).expect("UTF-8");
        let name = |path: &Path| path.to_str().and_then(|path| path.rsplit('/').next()).expect("a name").to_owned();
        Self {
            file_stem: name(manifest).strip_suffix(".yaml").expect("a .yaml file").to_owned(),
            manifest: serde_saphyr::from_str(&text).expect("a manifest with krew's fields alone"),
            archive_name: name(archive),
            archive_sha256: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
            entries: listing
                .lines()
                .map(|line| {
                    let words: Vec<_> = line.split_whitespace().collect();
                    format!("{} {}", words.first().expect("a mode"), words.last().expect("a path"))
                })
                .collect(),
        }
    }
}

/// What the package does that krew does not take, one sentence each.
pub(crate) fn problems(package: &Package) -> Vec<String> {
    let mut found = manifest_problems(package);
    if package.manifest.spec.platforms.is_empty() {
        found.push("there is no platform".to_owned());
    }
    for platform in &package.manifest.spec.platforms {
        found.extend(platform_problems(package, platform));
    }
    if !package.entries.iter().any(|entry| entry == "-rw-r--r-- LICENSE") {
        found.push("LICENSE is not in the archive".to_owned());
    }
    found
}

fn manifest_problems(package: &Package) -> Vec<String> {
    let Manifest { api_version, kind, metadata, spec } = &package.manifest;
    let checks = [
        (api_version == "krew.googlecontainertools.github.com/v1alpha2", "apiVersion is not krew's"),
        (kind == "Plugin", "kind is not Plugin"),
        (metadata.name == package.file_stem, "the name is not the file's"),
        (
            is_kebab_case(&metadata.name) && !metadata.name.starts_with("kube"),
            "the name is not kebab-case without kube",
        ),
        (
            spec.version.strip_prefix('v').is_some_and(|rest| semver::Version::parse(rest).is_ok()),
            "the version is no vX.Y.Z",
        ),
        (spec.homepage.starts_with("https://"), "the homepage is no https address"),
        (is_one_short_line(&spec.short_description), "shortDescription is not one short line"),
        (!spec.description.trim().is_empty(), "there is no description"),
        (spec.caveats.is_empty() || !spec.caveats.trim().is_empty(), "the caveats are blank"),
    ];
    checks.iter().filter(|(right, _)| !right).map(|(_, problem)| (*problem).to_owned()).collect()
}

fn platform_problems(package: &Package, platform: &Platform) -> Vec<String> {
    let selected: Vec<_> = platform.selector.match_labels.iter().map(|(key, value)| (&**key, &**value)).collect();
    let executable = format!("-rwxr-xr-x {}", platform.bin);
    let checks = [
        (selected == [("arch", "amd64"), ("os", "linux")], "the selector is not os linux, arch amd64"),
        (platform.uri.starts_with("https://"), "the address is not https"),
        (
            platform.uri.ends_with(&format!("/{}", package.archive_name)),
            "the address does not end in the archive's name",
        ),
        (package.archive_name.ends_with(".tar.gz"), "the archive is no .tar.gz"),
        (is_sha256(&platform.sha256), "sha256 is not 64 lower-case hexadecimal digits"),
        (platform.sha256 == package.archive_sha256, "sha256 is not the archive's"),
        (package.entries.contains(&executable), "bin is not an executable of the archive"),
    ];
    checks.iter().filter(|(right, _)| !right).map(|(_, problem)| (*problem).to_owned()).collect()
}

fn is_kebab_case(name: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.split('-').all(word)
}

/// krew's lists cut it at a terminal's width; its guide asks for a few words and no full stop.
fn is_one_short_line(text: &str) -> bool {
    !text.is_empty() && text.len() <= 50 && !text.contains('\n') && !text.ends_with('.')
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::{Manifest, Metadata, Package, Platform, Selector, Spec, problems};

    fn right() -> Package {
        let sha256 = "0123456789abcdef".repeat(4);
        Package {
            file_stem: "upgrade".to_owned(),
            manifest: Manifest {
                api_version: "krew.googlecontainertools.github.com/v1alpha2".to_owned(),
                kind: "Plugin".to_owned(),
                metadata: Metadata { name: "upgrade".to_owned() },
                spec: Spec {
                    version: "v1.2.3".to_owned(),
                    homepage: "https://example/".to_owned(),
                    short_description: "Few words".to_owned(),
                    description: "More words.".to_owned(),
                    caveats: String::new(),
                    platforms: vec![Platform {
                        selector: Selector {
                            match_labels: [("os", "linux"), ("arch", "amd64")]
                                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                                .into(),
                        },
                        uri: "https://example/a.tar.gz".to_owned(),
                        sha256: sha256.clone(),
                        bin: "kubectl-upgrade".to_owned(),
                    }],
                },
            },
            archive_name: "a.tar.gz".to_owned(),
            archive_sha256: sha256,
            entries: vec!["-rw-r--r-- LICENSE".to_owned(), "-rwxr-xr-x kubectl-upgrade".to_owned()],
        }
    }

    #[test]
    fn each_broken_rule_is_found() {
        assert_eq!(problems(&right()), Vec::<String>::new());
        type Break = fn(&mut Package);
        let broken: &[(Break, &str)] = &[
            (|package| package.manifest.api_version = "v1".to_owned(), "apiVersion is not krew's"),
            (|package| package.manifest.kind = "plugin".to_owned(), "kind is not Plugin"),
            (|package| package.file_stem = "kubectl-upgrade".to_owned(), "the name is not the file's"),
            (|package| package.manifest.spec.version = "1.2.3".to_owned(), "the version is no vX.Y.Z"),
            (|package| package.manifest.spec.version = "v1.2".to_owned(), "the version is no vX.Y.Z"),
            (|package| package.manifest.spec.homepage = String::new(), "the homepage is no https address"),
            (
                |package| package.manifest.spec.short_description = "a\nb".to_owned(),
                "shortDescription is not one short line",
            ),
            (|package| package.manifest.spec.description = " ".to_owned(), "there is no description"),
            (|package| package.manifest.spec.platforms.clear(), "there is no platform"),
            (|package| package.entries.retain(|entry| !entry.ends_with("LICENSE")), "LICENSE is not in the archive"),
        ];
        for (break_it, problem) in broken {
            let mut package = right();
            break_it(&mut package);
            assert_eq!(problems(&package), [*problem]);
        }
    }

    #[test]
    fn each_broken_rule_of_a_platform_is_found() {
        type Break = fn(&mut Platform);
        let broken: &[(Break, &str)] = &[
            (|platform| platform.uri = "http://example/a.tar.gz".to_owned(), "the address is not https"),
            (
                |platform| platform.uri = "https://example/b.tar.gz".to_owned(),
                "the address does not end in the archive's name",
            ),
            (|platform| platform.sha256 = "0".repeat(64), "sha256 is not the archive's"),
            (|platform| platform.bin = "upgrade".to_owned(), "bin is not an executable of the archive"),
            (
                |platform| drop(platform.selector.match_labels.remove("arch")),
                "the selector is not os linux, arch amd64",
            ),
        ];
        for (break_it, problem) in broken {
            let mut package = right();
            package.manifest.spec.platforms.iter_mut().for_each(break_it);
            assert_eq!(problems(&package), [*problem]);
        }
        let mut package = right();
        package.archive_sha256 = package.archive_sha256.to_uppercase();
        package
            .manifest
            .spec
            .platforms
            .iter_mut()
            .for_each(|platform| platform.sha256 = platform.sha256.to_uppercase());
        assert_eq!(problems(&package), ["sha256 is not 64 lower-case hexadecimal digits"]);
    }
}
