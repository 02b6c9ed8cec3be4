//! The static pods of the control plane, replaced one after another.

use std::sync::Arc;
use std::time::Duration;

use upgrade_core::component::Component;
use upgrade_core::version::Version;

use super::apply::done;
use super::{Phase, Run};
use crate::controllers::kubelet as kubelets;
use crate::hosts::files::Entry;
use crate::hosts::kubelet;
use crate::hosts::manifests::{COMPONENTS, Owner, manifest, name};
use crate::hosts::programs::files::copy;
use crate::hosts::shell::Ran;

const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// How long kubeadm waits for one component.
const WAIT: Duration = Duration::from_secs(300);

/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);

/// Where things are put aside.
struct Places {
    upgraded: String,
    backup: String,
    etcd: String,
}

/// How one component is brought up to date.
enum Change {
    None,
    /// A new manifest.
    Replace,
    /// The same one again: its certificates are new.
    Restart,
}

impl Run<'_> {
    /// Upgrades every component of this host.
    pub(super) async fn static_pods(&self, target: &Version) -> Ran<Phase> {
        let (stamp, random) = (self.stamp(), self.random());
        let temporary = "/etc/kubernetes/tmp";
        let places = Places {
            upgraded: format!("{temporary}/kubeadm-upgraded-manifests{random}"),
            backup: format!("{temporary}/kubeadm-backup-manifests-{stamp}"),
            etcd: format!("{temporary}/kubeadm-backup-etcd-{stamp}"),
        };
        self.say(&format!("[upgrade/staticpods] Writing new Static Pod manifests to \"{}\"", places.upgraded))?;
        done!(self.prepare(&places, target)?);
        let api_server_changes = !self.is_current(Component::ApiServer, &places)?;
        let mut done: Vec<Component> = Vec::new();
        for component in COMPONENTS {
            if component == Component::Etcd && !self.options.etcd {
                continue;
            }
            let change = self.change_of(component, &places, api_server_changes)?;
            match self.component(component, &change, &places).await? {
                Ok(()) => done.push(component),
                Err(why) => return self.rolled_back(component, &why, &done, &places).await,
            }
        }
        self.call.place.files(|files| {
            // Only what was not moved is left.
            let _ = files.remove_all(&places.upgraded);
        })?;
        Ok(Phase::Done(()))
    }

    /// Writes the new manifests aside.
    fn prepare(&self, places: &Places, target: &Version) -> Ran<Phase> {
        let owner = Owner { node: self.node().to_owned(), address: self.call.place.host(|host| host.address.clone())? };
        let made = self.call.place.files(|files| {
            for directory in [&places.upgraded, &places.backup, &places.etcd] {
                files.make_dirs(directory, 0o700)?;
            }
            for component in COMPONENTS {
                let path = format!("{}/{}.yaml", places.upgraded, name(component));
                files.write(&path, manifest(component, &owner, target), 0o600)?;
            }
            Ok(())
        })?;
        match made {
            Ok(()) => Ok(Phase::Done(())),
            Err(error) => {
                let error: crate::hosts::files::Errno = error;
                let text = error.to_string().to_lowercase();
                self.fail(&format!("{}couldn't complete the static pod upgrade: {text}", self.phase("control-plane")))
            }
        }
    }

    fn is_current(&self, component: Component, places: &Places) -> Ran<bool> {
        let file = format!("{}.yaml", name(component));
        self.call.place.files(|files| {
            files.text(&format!("{MANIFESTS}/{file}")) == files.text(&format!("{}/{file}", places.upgraded))
        })
    }

    fn change_of(&self, component: Component, places: &Places, api_server_changes: bool) -> Ran<Change> {
        if component != Component::Etcd {
            return Ok(if self.is_current(component, places)? { Change::None } else { Change::Replace });
        }
        let images = self.call.place.files(|files| {
            let read = |directory: &str| files.text(&format!("{directory}/etcd.yaml"));
            let tag = |text: Option<Arc<String>>| etcd_version(&kubelet::image(&text.unwrap_or_default()));
            (tag(read(MANIFESTS)), tag(read(&places.upgraded)))
        })?;
        Ok(match images {
            // Never back: a newer etcd stays.
            (Some(current), Some(wanted)) if current > wanted => Change::None,
            _ if !self.is_current(component, places)? => Change::Replace,
            _ if self.from(31) && api_server_changes => Change::Restart,
            _ => Change::None,
        })
    }

    /// Upgrades one component; why it did not come back otherwise.
    async fn component(&self, component: Component, change: &Change, places: &Places) -> Ran<Result<(), String>> {
        let name = name(component);
        self.say(&format!("[upgrade/staticpods] Preparing for \"{name}\" upgrade"))?;
        let (file, backup) = (format!("{MANIFESTS}/{name}.yaml"), format!("{}/{name}.yaml", places.backup));
        if matches!(change, Change::None) {
            self.say(&format!("[upgrade/staticpods] Current and new manifests of {name} are equal, skipping upgrade"))?;
        } else {
            if component == Component::Etcd {
                self.copy_etcd(places)?;
            }
            self.renew(component)?;
            let container = self.container(name)?;
            self.say(&match change {
                Change::Restart => format!(
                    "[upgrade/staticpods] Restarting the {name} static pod and backing up its manifest to \"{backup}\""
                ),
                Change::Replace | Change::None => format!(
                    "[upgrade/staticpods] Moving new manifest to \"{file}\" and backing up old manifest to \"{backup}\""
                ),
            })?;
            self.say("[upgrade/staticpods] Waiting for the kubelet to restart the component")?;
            self.say("[upgrade/staticpods] This can take up to 5m0s")?;
            self.exchange(name, change, places)?;
            if let Some(why) = self.waited(name, &container).await? {
                return Ok(Err(why));
            }
            self.say(&format!("[apiclient] Found 1 Pods for label selector component={name}"))?;
            self.say(&format!("[upgrade/staticpods] Component \"{name}\" upgraded successfully!"))?;
        }
        if component == Component::Etcd {
            self.say("[upgrade/etcd] Waiting for etcd to become available")?;
        }
        Ok(Ok(()))
    }

    fn container(&self, component: &str) -> Ran<String> {
        self.call.place.host(|host| host.pods.get(component).map(|pod| pod.container.clone()).unwrap_or_default())
    }

    /// Moves the manifests; the kubelet sees it.
    fn exchange(&self, name: &str, change: &Change, places: &Places) -> Ran<()> {
        let (file, new) = (format!("{MANIFESTS}/{name}.yaml"), format!("{}/{name}.yaml", places.upgraded));
        let backup = format!("{}/{name}.yaml", places.backup);
        self.call.place.files(|files| {
            let old = files.text(&file);
            if let Some(old) = old {
                let now = files.now;
                files.put(backup, Entry::file((*old).clone(), 0o600, now));
            }
            // Both are on one disk, and there is room for a name.
            let _ = files.rename(&new, &file);
        })?;
        if matches!(change, Change::Restart) {
            self.call.place.world(|world| kubelet::restart_pod(world, self.node(), name));
        }
        Ok(())
    }

    /// Waits for the kubelet to show a new pod; why it did not otherwise.
    async fn waited(&self, name: &str, container: &str) -> Ran<Option<String>> {
        let mut waited = Duration::ZERO;
        while waited < WAIT {
            self.call.place.sleep(LOOK).await?;
            waited += LOOK;
            let api = self.call.place.world(|world| world.control_plane.answers());
            let new = self.call.place.host(|host| {
                let file = host.files.text(&format!("{MANIFESTS}/{name}.yaml")).unwrap_or_default();
                host.pods.get(name).is_some_and(|pod| pod.follows(&file) && pod.container != container)
            })?;
            // kubeadm looks at the mirror pod, which follows the pod by up to two seconds.
            if api && new && self.call.place.world(|world| kubelets::is_shown(world, self.node(), name)) {
                return Ok(None);
            }
        }
        let api = self.call.place.world(|world| world.control_plane.answers());
        let (node, address) = (self.node(), self.call.place.host(|host| host.address.clone())?);
        Ok(Some(if api {
            format!(
                "static Pod hash for component {name} on Node {node} did not change after 5m0s: timed out waiting for the condition"
            )
        } else {
            format!(
                "failed to obtain static Pod hash for component {name} on Node {node}: Get \
                 \"https://{address}:6443/api/v1/namespaces/kube-system/pods/{name}-{node}?timeout=10s\": dial tcp \
                 {address}:6443: connect: connection refused"
            )
        }))
    }

    /// Puts back what was replaced, and ends.
    async fn rolled_back(&self, failed: Component, why: &str, done: &[Component], places: &Places) -> Ran<Phase> {
        let back = done.iter().filter(|component| **component != Component::Etcd).copied().chain([failed]);
        let back: Vec<&str> = back.map(name).collect();
        self.call.place.files(|files| {
            for name in back {
                if let Some(old) = files.text(&format!("{}/{name}.yaml", places.backup)) {
                    let now = files.now;
                    files.put(format!("{MANIFESTS}/{name}.yaml"), Entry::file((*old).clone(), 0o600, now));
                }
            }
        })?;
        let recovered = "couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors \
                         faced";
        let begin = format!("{}couldn't complete the static pod upgrade", self.phase("control-plane"));
        if failed != Component::Etcd {
            return self.fail(&format!("{begin}: {recovered}: {why}"));
        }
        self.say(&format!("[upgrade/etcd] Failed to upgrade etcd: {recovered}: {why}"))?;
        self.say("[upgrade/etcd] Waiting for previous etcd to become available")?;
        self.api().await?;
        self.say("[upgrade/etcd] Etcd was rolled back and is now available")?;
        let fatal = "fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state";
        self.fail(&format!("{begin}: {fatal}: {recovered}: {why}"))
    }

    /// Copies etcd's data aside, as kubeadm does before it touches etcd.
    fn copy_etcd(&self, places: &Places) -> Ran<()> {
        self.call.place.files(|files| {
            // kubeadm was never seen to mind, and the disk was checked before.
            let _ = copy(files, "/var/lib/etcd", &format!("{}/etcd", places.etcd), true, 0o777);
        })
    }

    fn renew(&self, component: Component) -> Ran<()> {
        if !self.options.renewal || !self.from(15) {
            return Ok(());
        }
        let pki = "/etc/kubernetes/pki";
        let (names, paths): (&[&str], Vec<String>) = match component {
            Component::Etcd => {
                let names: &[&str] = &["etcd-server", "etcd-peer", "etcd-healthcheck-client"];
                (names, ["server", "peer", "healthcheck-client"].map(|name| format!("{pki}/etcd/{name}.crt")).into())
            }
            Component::ApiServer => {
                let names: &[&str] =
                    &["apiserver", "apiserver-kubelet-client", "front-proxy-client", "apiserver-etcd-client"];
                (names, names.iter().map(|name| format!("{pki}/{name}.crt")).collect())
            }
            Component::ControllerManager => {
                (&["controller-manager.conf"], vec!["/etc/kubernetes/controller-manager.conf".to_owned()])
            }
            _ => (&["scheduler.conf"], vec!["/etc/kubernetes/scheduler.conf".to_owned()]),
        };
        for name in names {
            self.say(&format!("[upgrade/staticpods] Renewing {name} certificate"))?;
        }
        self.call.place.files(|files| {
            let now = files.now;
            for path in paths {
                // One that was taken away is not renewed.
                let _ = files.change(&path, |entry| entry.modified = now);
            }
        })
    }
}

fn etcd_version(image: &str) -> Option<Version> {
    image.rsplit_once(':')?.1.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etcds_version_is_read_from_its_image() {
        assert_eq!(etcd_version("registry.k8s.io/etcd:3.6.5-0"), Some(Version::new(3, 6, 5)));
        assert_eq!(etcd_version("registry.k8s.io/etcd:latest"), None);
    }
}
