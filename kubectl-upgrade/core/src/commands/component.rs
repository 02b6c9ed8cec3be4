//! Components of hand-built clusters: a new binary beside the old one, asked, then switched in.
//!
//! The scripts print one `observed: …` line when what they are for is reached, and `error: …` with the reason otherwise.

use super::line::CommandLine;
use super::{backup, pod};
use crate::components::Source;
use crate::plan::{ComponentAction, EtcdClient, Health, NewBinary};
use crate::version::Version;

const FETCH: &str = include_str!("scripts/fetch-binary.sh");

/// The unit's own arguments are given to the new binary with `--help` after them: components read all of them first.
const ASK: &str = include_str!("scripts/ask-binary.sh");

/// How a component that was restarted is asked whether it is healthy.
pub(super) const ANSWERS: &str = include_str!("scripts/answers.sh");

/// How it is known what a program that was asked says against its arguments or its configuration.
pub(super) const REFUSALS: &str = include_str!("scripts/refusals.sh");

/// Between the switch and the switch back stands nothing but the unit's own restart.
const SWITCH: &str = include_str!("scripts/switch-binary.sh");

/// The commands of an action; what is done by hand has none.
pub(super) fn of(action: &ComponentAction) -> Vec<CommandLine> {
    match action {
        ComponentAction::SnapshotEtcd { host: _, client, file } => backup::snapshot_through(client, file),
        ComponentAction::Prepare { host: _, binary, source, sha256, ask: asked } => {
            let fetch = fetch(binary, source, sha256.as_deref());
            if *asked { vec![fetch, ask(binary)] } else { vec![fetch] }
        }
        ComponentAction::Switch { host: _, binary, from, health, ask: asked } => {
            let switch = switch(binary, from, health);
            if *asked { vec![ask(binary), switch] } else { vec![switch] }
        }
        ComponentAction::PreparePod { host: _, pod, ask } => pod::prepare(pod, *ask),
        ComponentAction::SwitchPod { host: _, pod, manifest, from, health, ask } => {
            pod::switch(pod, *manifest, from, health, *ask)
        }
        ComponentAction::ByHand { .. }
        | ComponentAction::CoreDns { .. }
        | ComponentAction::CoreDnsImage(_)
        | ComponentAction::RestoreEtcd(_) => Vec::new(),
    }
}

fn fetch(binary: &NewBinary, source: &Source, sha256: Option<&str>) -> CommandLine {
    let new = binary.beside(&binary.version);
    let said = binary.says(&binary.version);
    let name = binary.component.name();
    let arguments = [source.key(), source.template(), &new, sha256.unwrap_or_default(), &said, name, &binary.path];
    let checksum = match (sha256, source) {
        (Some(sum), _) => format!("SHA-256 {sum}"),
        (None, Source::Url(text) | Source::Path(text)) => format!("the SHA-256 at {text}.sha256"),
        (None, Source::Package(_)) => "its signature, by the package manager".to_owned(),
    };
    CommandLine::script(FETCH, "fetch-binary", arguments)
        .note(format!("fetch {source} to {new}; verify {checksum}, and that it says {said} on this machine"))
}

fn ask(binary: &NewBinary) -> CommandLine {
    let (new, unit) = (binary.beside(&binary.version), binary.unit.as_str());
    let arguments = [unit, &binary.path, &new, binary.component.name()];
    CommandLine::script(&format!("{REFUSALS}{ASK}"), "ask-binary", arguments).note(format!(
        "ask {new} whether it takes every argument, feature gate and admission plugin of {unit}: its arguments with --help after them; whether it reads its \
         configuration, where it can be told to read it and end"
    ))
}

fn switch(binary: &NewBinary, from: &Version, health: &Health) -> CommandLine {
    let (new, kept) = (binary.beside(&binary.version), binary.beside(from));
    let said = binary.says(&binary.version);
    let (unit, path) = (binary.unit.as_str(), binary.path.as_str());
    let mut arguments = vec![unit, path, &new, &kept, &said, binary.component.name()];
    arguments.extend(healthy(health));
    CommandLine::script(&format!("{ANSWERS}{SWITCH}"), "switch-binary", arguments).note(format!(
        "keep {path} as {kept}, rename a link of {new} over it, systemctl restart {unit}, wait until it is {said} and {}; \
         else rename {kept} back over it and restart",
        healthy_words(health)
    ))
}

pub(super) fn healthy(health: &Health) -> Vec<&str> {
    match health {
        Health::Unit => vec!["unit"],
        Health::Url(url) => vec!["url", url],
        Health::Etcd(EtcdClient { endpoint, cacert, cert, key }) => {
            let mut words = vec!["etcd", endpoint.as_str()];
            words.extend([cacert, cert, key].map(|file| file.as_deref().unwrap_or_default()));
            words
        }
    }
}

pub(super) fn healthy_words(health: &Health) -> String {
    match health {
        Health::Unit => "its unit stays active".to_owned(),
        Health::Url(url) => format!("{url} answers"),
        Health::Etcd(client) => format!("etcdctl endpoint health of {} succeeds", client.endpoint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::Component;
    use crate::ids::NodeName;

    fn binary() -> NewBinary {
        NewBinary {
            component: Component::ApiServer,
            version: Version::new(1, 20, 15),
            unit: "kube-apiserver.service".to_owned(),
            path: "/opt/k8s/kube-apiserver".to_owned(),
        }
    }

    #[test]
    fn a_switch_keeps_the_old_binary_by_its_version_and_asks_unless_told_not_to() {
        let action = |ask| ComponentAction::Switch {
            host: NodeName::new("cp1"),
            binary: binary(),
            from: Version::new(1, 19, 16),
            health: Health::Url("https://127.0.0.1:6443/readyz".to_owned()),
            ask,
        };
        let lines = of(&action(true));
        assert_eq!(lines.len(), 2);
        assert_eq!(of(&action(false)).len(), 1);
        let arguments = &lines[1].argv[4..];
        assert_eq!(arguments[3], "/opt/k8s/kube-apiserver-v1.19.16");
        assert_eq!(arguments[4..], ["v1.20.15", "kube-apiserver", "url", "https://127.0.0.1:6443/readyz"]);
    }

    /// Fetches a file with the script of a plan, in a real shell, over a program that is there.
    fn fetched(bytes: &[u8], version: &str) -> (bool, String) {
        let here = std::env::temp_dir().join(format!("upgrade-core-fetch-{}-{version}", std::process::id()));
        let _ = std::fs::remove_dir_all(&here);
        std::fs::create_dir_all(&here).unwrap();
        let at = |name: &str| here.join(name).display().to_string();
        std::fs::write(at("from"), bytes).unwrap();
        std::fs::copy("/bin/true", at("true")).unwrap();
        let sum = std::process::Command::new("sha256sum").arg(at("from")).output().unwrap().stdout;
        let sum = String::from_utf8_lossy(&sum).split(' ').next().unwrap().to_owned();
        let (from, new, beside) = (at("from"), at("true-v9"), at("true"));
        let arguments = ["path", &from, &new, &sum, version, "true", &beside];
        let line = CommandLine::script(FETCH, "fetch-binary", arguments).as_root();
        let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
        let installed = here.join("true-v9").exists();
        assert!(!here.join("true-v9.part").exists());
        std::fs::remove_dir_all(here).unwrap();
        (installed, String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    #[test]
    fn only_a_whole_program_for_this_machine_is_installed() {
        let whole = std::fs::read("/bin/true").unwrap();
        let (installed, said) = fetched(&whole, "GNU coreutils");
        assert!(installed && said.contains("observed: true GNU coreutils in "), "{said}");
        let mut other = whole.clone();
        other[18] ^= 0xff;
        for (bytes, expected) in [
            (other.as_slice(), "expected a program for a machine like this one"),
            (&whole[..100], "to say that it is true v9 on a"),
            (b"<html>no such file</html>".as_slice(), "found none in 25 bytes; nothing was installed"),
        ] {
            let (installed, said) = fetched(bytes, "v9");
            assert!(!installed && said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_program_is_taken_out_of_a_package() {
        let here = std::env::temp_dir().join(format!("upgrade-core-package-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&here);
        std::fs::create_dir_all(&here).unwrap();
        // The package is a real one; what stands in is the repository.
        let script = "set -e; cd \"$1\"; command -v dpkg-deb >/dev/null || exit 3; mkdir -p p/DEBIAN p/usr/bin bin; cp /bin/true p/usr/bin/
            printf 'Package: true\\nVersion: 9\\nArchitecture: all\\nMaintainer: x\\nDescription: x\\n' > p/DEBIAN/control
            dpkg-deb --build p whole >/dev/null; cp /bin/true true; chmod 0755 bin
            printf '#!/bin/sh\\n[ \"$3\" = true=9 ] && cp \"%s/whole\" ./true_9.deb\\n' \"$1\" > bin/apt-get; chmod 0755 bin/apt-get
            PATH=\"$1/bin:$PATH\"; export PATH; eval \"$2\"";
        let at = |name: &str| here.join(name).display().to_string();
        let (new, beside) = (at("true-v9"), at("true"));
        let line = CommandLine::script(
            FETCH,
            "fetch-binary",
            ["package", "true=9", &new, "", "GNU coreutils", "true", &beside],
        );
        let output = std::process::Command::new("sh")
            .args(["-c", script, "sh", here.to_str().unwrap(), &line.as_root()])
            .output()
            .unwrap();
        if output.status.code() == Some(3) {
            println!("skipped: no dpkg-deb on this machine");
        } else {
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(said.contains("observed: true GNU coreutils in "), "{said}");
            assert_eq!(std::fs::read(new).unwrap(), std::fs::read("/bin/true").unwrap());
        }
        std::fs::remove_dir_all(here).unwrap();
    }

    #[test]
    fn a_fetch_says_how_the_binary_is_known() {
        let prepare = |source: Source, sha256: Option<String>| {
            let lines = of(&ComponentAction::Prepare {
                host: NodeName::new("cp1"),
                binary: binary(),
                source,
                sha256,
                ask: true,
            });
            lines[0].note.clone().unwrap()
        };
        let url = || Source::Url("http://m/x".to_owned());
        assert!(prepare(url(), None).contains("http://m/x.sha256"));
        assert!(prepare(url(), Some("ab".to_owned())).contains("SHA-256 ab"));
        assert!(prepare(Source::Package("k=1".to_owned()), None).contains("package manager"));
    }
}
