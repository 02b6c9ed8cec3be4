//! Static pods of hand-built clusters: an image pulled and asked, then a manifest put in the place of another.
//!
//! The scripts print one `observed: …` line when what they are for is reached, and `error: …` with the reason otherwise.

use super::component::{ANSWERS, REFUSALS, healthy, healthy_words};
use super::line::CommandLine;
use crate::plan::{Health, NewManifest, NewPod};
use crate::version::Version;

const PULL: &str = include_str!("scripts/pull-image.sh");

/// How the processes of a component are found among all of the host's.
pub(super) const PROCESSES: &str = include_str!("scripts/pod-processes.sh");

/// The arguments of the process that runs, as the kubelet made them of the manifest, are given to the new program.
const ASK: &str = include_str!("scripts/ask-pod.sh");

/// What is kept and what is new lies beside the kubelet's directory, on the same file system.
const SWITCH: &str = include_str!("scripts/switch-pod.sh");

/// The kernel keeps so many letters of a program's name.
const COMM: usize = 15;

pub(super) fn prepare(pod: &NewPod, asked: bool) -> Vec<CommandLine> {
    let pull = CommandLine::script(PULL, "pull-image", [&*pod.image])
        .note(format!("crictl pull {}, where there is a crictl and the image is not there yet", pod.image));
    if asked { vec![pull, ask(pod)] } else { vec![pull] }
}

pub(super) fn switch(
    pod: &NewPod,
    manifest: NewManifest,
    from: &Version,
    health: &Health,
    asked: bool,
) -> Vec<CommandLine> {
    let put = put(pod, manifest, from, health);
    if asked { vec![ask(pod), put] } else { vec![put] }
}

fn ask(pod: &NewPod) -> CommandLine {
    let name = pod.component.name();
    let arguments = [&*pod.manifest, &*pod.image, name, comm(name)];
    CommandLine::script(&format!("{PROCESSES}{REFUSALS}{ASK}"), "ask-pod", arguments).note(format!(
        "ask {name} of {} whether it takes every argument, feature gate and admission plugin that {name} runs with here: with \
         --help after them, in the image's own files (ctr, podman or docker); whether it reads its configuration, where it can be \
         told to read it and end, in the files of the pod that runs (ctr)",
        pod.image
    ))
}

fn put(pod: &NewPod, manifest: NewManifest, from: &Version, health: &Health) -> CommandLine {
    let (new, kept, name) = (pod.kept(&pod.version), pod.kept(from), pod.component.name());
    let (way, written) = match manifest {
        NewManifest::Edited => ("edited", format!("write it with image {} as {new}", pod.image)),
        NewManifest::Kept => ("kept", format!("take the one kept as {new}")),
    };
    let (says, said) = (says(pod, &pod.version), says(pod, from));
    let path = &*pod.manifest;
    let mut arguments = vec![path, &kept, &new, way, &pod.replaces, &pod.image, &says, &said, name, comm(name)];
    arguments.extend(healthy(health));
    CommandLine::script(&format!("{PROCESSES}{ANSWERS}{SWITCH}"), "switch-pod", arguments).note(format!(
        "keep {path} as {kept}, {written}, rename it over {path}, wait until its process says {says} and {}; else put \
         {kept} back",
        healthy_words(health)
    ))
}

pub(super) fn comm(name: &str) -> &str {
    name.get(..COMM).unwrap_or(name)
}

/// What the process says that it is.
fn says(pod: &NewPod, version: &Version) -> String {
    crate::plan::says(pod.component, version)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use super::*;
    use crate::component::Component;

    fn pod(manifest: &str) -> NewPod {
        NewPod {
            component: Component::ControllerManager,
            version: Version::new(1, 35, 6),
            manifest: manifest.to_owned(),
            replaces: "reg.example:5000/kube-controller-manager:v1.34.5".to_owned(),
            image: "registry.k8s.io/kube-controller-manager:v1.35.6".to_owned(),
        }
    }

    fn run(line: &CommandLine) -> Output {
        Command::new("sh").args(["-c", &line.as_root()]).output().unwrap()
    }

    #[test]
    fn the_kernels_name_of_a_process_is_short() {
        assert_eq!(comm("kube-controller-manager"), "kube-controller");
        assert_eq!(comm("etcd"), "etcd");
    }

    /// Waiting is left out: nothing starts here.
    fn at_once(line: &CommandLine) -> CommandLine {
        let mut line = line.clone();
        line.argv[2] = line.argv[2].replace("left=240", "left=1");
        line
    }

    #[test]
    fn a_manifest_that_leads_nowhere_is_put_back_as_it_was() {
        let here = std::env::temp_dir().join(format!("upgrade-core-pod-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&here);
        let manifests = here.join("it's here");
        std::fs::create_dir_all(&manifests).unwrap();
        let file = manifests.join("kcm.yaml");
        let text = "spec:\n  containers:\n  - command:\n    - kube-controller-manager\n    - --no-such-process=1\n    \
                    image: \"reg.example:5000/kube-controller-manager:v1.34.5\" # ours\n  - image: x/reg.example:5000/\
                    kube-controller-manager:v1.34.5\n";
        std::fs::write(&file, text).unwrap();
        let pod = pod(file.to_str().unwrap());
        let line = put(&pod, NewManifest::Edited, &Version::new(1, 34, 5), &Health::Unit);
        let output = run(&at_once(&line));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("the manifest of v1.34.5 was put back"), "{output:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        let new = std::fs::read_to_string(pod.kept(&pod.version)).unwrap();
        let other = "x/reg.example:5000/kube-controller-manager:v1.34.5";
        let expected =
            text.replacen("\"reg.example:5000/kube-controller-manager:v1.34.5\"", &format!("\"{}\"", pod.image), 1);
        assert!(new.contains(other));
        assert_eq!(new, expected);
        assert_eq!(std::fs::read_dir(&manifests).unwrap().count(), 1, "the kubelet finds the manifest alone");

        std::fs::write(&file, text.replace("v1.34.5", "v1.33.0")).unwrap();
        let said = String::from_utf8_lossy(&run(&at_once(&line)).stderr).into_owned();
        assert!(said.contains("expected image reg.example") && said.contains("nothing was changed"), "{said}");
        std::fs::remove_dir_all(here).unwrap();
    }

    #[test]
    fn without_a_tool_it_is_said_that_nothing_was_pulled_or_asked() {
        let manifest = std::env::temp_dir().join(format!("upgrade-core-pod-{}.yaml", std::process::id()));
        std::fs::write(&manifest, "image: x\n").unwrap();
        let lines = prepare(&pod(manifest.to_str().unwrap()), true);
        assert_eq!((lines.len(), prepare(&pod("/m"), false).len()), (2, 1));
        for (line, expected) in lines.iter().zip(["is not pulled beforehand", "was not asked before the switch"]) {
            let output = run(line);
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success() && said.contains(expected), "{output:?}");
        }
        std::fs::remove_file(manifest).unwrap();
    }
}
