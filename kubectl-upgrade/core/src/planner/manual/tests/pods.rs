//! Components that are static pods without kubeadm.

use super::*;
use crate::components::Image;
use crate::inventory::RunsAs;
use crate::plan::{NewManifest, NewPod};

/// The hand-built cluster, whose control plane and etcd are static pods; what is in their manifests came from elsewhere than
/// what is to be in them.
fn of_pods(version: &Version) -> (Inventory, Components) {
    let (mut inventory, mut components) = hand_built(version);
    let on_nodes = [Component::Kubelet, Component::KubeProxy];
    let manifest = |component: Component| RunsAs::StaticPod(format!("/etc/kubernetes/manifests/{component}.yaml"));
    for part in inventory.hosts.values_mut().flat_map(|host| &mut host.components) {
        if !on_nodes.contains(&part.component) {
            part.runs = manifest(part.component);
            part.image = Some(format!("old.example/{}:{}", part.component, part.running.as_ref().unwrap().tag()));
            (part.binary, part.unit_files) = (None, Vec::new());
        }
    }
    for part in components.hosts.iter_mut().flat_map(|host| &mut host.parts) {
        if !on_nodes.contains(&part.component) {
            part.runs = manifest(part.component);
            part.image = Some(Image::new("new.example/{component}:{version}".to_owned()).unwrap());
            part.binary = None;
            part.files = Vec::new();
        }
    }
    (inventory, components)
}

fn pods(plan: &Plan) -> Vec<(&NewPod, NewManifest)> {
    plan.steps()
        .filter_map(|step| match &step.action {
            Action::Component(ComponentAction::SwitchPod { pod, manifest, .. }) => Some((pod, *manifest)),
            _ => None,
        })
        .collect()
}

#[test]
fn they_go_the_same_way_from_the_image_that_was_seen_to_the_one_of_the_file() {
    let (inventory, components) = of_pods(&FROM);
    let plan = planned(&inventory, &components, "1.36").unwrap();
    assert_eq!(lint(&plan, &inventory, Facts::shared()), []);
    let (units, by_units) = hand_built(&FROM);
    assert_eq!(moves(&plan), moves(&planned(&units, &by_units, "1.36").unwrap()));
    let images: Vec<(&str, &str)> = pods(&plan)
        .into_iter()
        .filter(|(pod, _)| pod.component == Component::ApiServer)
        .map(|(pod, _)| (pod.replaces.as_str(), pod.image.as_str()))
        .collect();
    let [old, middle] = ["old.example/kube-apiserver:v1.34.9", "new.example/kube-apiserver:v1.35.9"];
    assert_eq!(images[..2], [(old, middle), (old, middle)]);
    assert!(images[2..].iter().all(|(replaces, image)| *replaces == middle && image.contains("v1.36.")), "{images:?}");
    let prepared = plan
        .steps()
        .filter(|step| matches!(&step.action, Action::Component(ComponentAction::PreparePod { ask: true, .. })));
    assert_eq!(prepared.count(), pods(&plan).len(), "each image is there and asked before the first is switched to");
    let kept = plan.steps().find_map(|step| match &step.action {
        Action::ArchiveFiles { paths, .. } => Some(paths.clone()),
        _ => None,
    });
    assert!(kept.unwrap().contains(&"/etc/kubernetes/manifests/kube-apiserver.yaml".to_owned()));
}

#[test]
fn the_way_back_takes_the_manifests_that_were_kept() {
    let (inventory, components) = of_pods(&FROM);
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    let (after, _) = of_pods(&Version::new(1, 35, 9));
    let way = way_back(plan, &after);
    let back = pods(&way);
    assert_eq!(back.len(), 6);
    for (pod, manifest) in back {
        assert_eq!((manifest, &pod.version), (NewManifest::Kept, &FROM));
        assert_eq!(pod.image, format!("old.example/{}:v1.34.9", pod.component));
        assert_eq!(pod.replaces, format!("new.example/{}:v1.35.9", pod.component));
    }
}

#[test]
fn a_person_is_told_how_to_replace_one_without_a_copy_where_the_kubelet_looks() {
    let (inventory, mut components) = of_pods(&FROM);
    components.hosts[0].parts.iter_mut().for_each(|part| part.execute = Execution::Manual);
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    let how = plan.steps().find_map(|step| match &step.action {
        Action::Component(action) => action.by_hand().cloned(),
        _ => None,
    });
    let how = how.unwrap();
    let typed: Vec<&str> = how.iter().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(typed.contains(&"crictl pull new.example/kube-apiserver:v1.35.9"), "{how:#?}");
    let written = |line: &&&str| line.contains("> ") || line.starts_with("cp ") || line.contains("&& cp ");
    assert!(typed.iter().filter(written).all(|line| line.contains("/etc/kubernetes/manifests.kept/")), "{how:#?}");
    assert!(typed.last().unwrap().contains("kube-apiserver.yaml-v1.34.9"), "{how:#?}");
}

#[test]
fn etcd_is_put_back_with_the_manifests_that_were_kept() {
    let (inventory, mut components) = of_pods(&FROM);
    for etcd in components.hosts.iter_mut().flat_map(|host| &mut host.parts) {
        etcd.to = (etcd.component == Component::Etcd).then_some(Version::new(3, 6, 8));
    }
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    let mut after = described(&Version::new(1, 35, 9), &Version::new(3, 6, 8));
    let on_nodes = [Component::Kubelet, Component::KubeProxy];
    for part in after.hosts.values_mut().flat_map(|host| &mut host.components) {
        if !on_nodes.contains(&part.component) {
            part.runs = RunsAs::StaticPod(format!("/etc/kubernetes/manifests/{}.yaml", part.component));
            part.binary = None;
        }
        if part.component == Component::Etcd {
            part.arguments.push("--wal-dir=/wal".to_owned());
        }
    }
    let way = with_etcd(plan, &after, |_| true).unwrap();
    let last = way.steps().last().unwrap();
    let Action::Component(ComponentAction::RestoreEtcd(restore)) = &last.action else { panic!("{last:#?}") };
    let kept: Vec<String> = restore.members.iter().filter_map(crate::plan::RestoredMember::kept).collect();
    assert_eq!(kept, vec!["/etc/kubernetes/manifests.kept/etcd.yaml-v3.5.26"; 3]);
    assert!(restore.members.iter().all(|member| member.wal.as_deref() == Some("/wal")));
    let modes: Vec<String> = crate::commands::parts(&last.action)
        .unwrap()
        .iter()
        .take(6)
        .map(|part| format!("{} {} {}", part.host, part.lines[0].argv[4], part.lines[0].argv[5]))
        .collect();
    let etcd = "/etc/kubernetes/manifests/etcd.yaml";
    let expected = [
        format!("m-1 check {}", restore.file),
        format!("m-1 form {etcd}"),
        format!("m-2 form {etcd}"),
        format!("w-1 form {etcd}"),
        "m-1 stop /etc/kubernetes/manifests/kube-apiserver.yaml".to_owned(),
        "m-2 stop /etc/kubernetes/manifests/kube-apiserver.yaml".to_owned(),
    ];
    assert_eq!(modes, expected);
}
