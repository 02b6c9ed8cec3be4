//! What kubeadm checks before it changes anything.

use upgrade_core::component::Component;
use upgrade_core::version::{Minor, Version};

use super::{Phase, Run};
use crate::blueprint::images;
use crate::hosts::shell::Ran;

const CGROUP_V1: &str = "cgroups v1 support is deprecated and will be removed in a future release. Please migrate to cgroups v2. \
    To explicitly enable cgroups v1 support for kubelet v1.35 or newer, you must set the kubelet configuration option \
    'FailCgroupV1' to 'false'. You must also explicitly skip this validation. For more information, see \
    https://git.k8s.io/enhancements/keps/sig-node/5573-remove-cgroup-v1";

/// What kubeadm pulls, in its order.
const PULLED: [Component; 6] = [
    Component::ApiServer,
    Component::ControllerManager,
    Component::Scheduler,
    Component::KubeProxy,
    Component::CoreDns,
    Component::Etcd,
];

impl Run<'_> {
    /// Control groups, from 1.33 on.
    pub(super) fn system(&self) -> Ran<Phase> {
        if !self.from(33) || !self.call.place.host(|host| host.cgroup_v1)? {
            return Ok(Phase::Done(()));
        }
        if !self.from(35) {
            let text = "cgroups v1 support is in maintenance mode, please migrate to cgroups v2";
            self.warn(&format!("\t[WARNING SystemVerification]: {text}"))?;
            return Ok(Phase::Done(()));
        }
        self.say("[preflight] The system verification failed. Printing the output from the verification:")?;
        self.say("\u{1b}[0;37mKERNEL_VERSION\u{1b}[0m: \u{1b}[0;32m6.1.0-28-amd64\u{1b}[0m")?;
        self.say("\u{1b}[0;37mOS\u{1b}[0m: \u{1b}[0;32mLinux\u{1b}[0m")?;
        self.checked("SystemVerification", &[CGROUP_V1.to_owned()])
    }

    /// A check that failed with these errors, if any.
    pub(super) fn checked(&self, check: &str, errors: &[String]) -> Ran<Phase> {
        if errors.is_empty() {
            return Ok(Phase::Done(()));
        }
        if self.options.ignores(check) {
            for error in errors {
                self.warn(&format!("\t[WARNING {check}]: {error}"))?;
            }
            return Ok(Phase::Done(()));
        }
        self.warn("[preflight] Some fatal errors occurred:")?;
        for error in errors {
            self.warn(&format!("\t[ERROR {check}]: {error}"))?;
        }
        self.warn(
            "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`",
        )?;
        self.fail(&format!("{}preflight checks failed", self.phase("preflight")))
    }

    /// How errors of a phase begin, since `apply` has phases.
    pub(super) fn phase(&self, phase: &str) -> String {
        if self.from(32) { format!("error execution phase {phase}: ") } else { String::new() }
    }

    /// Whether the control plane is ready.
    pub(super) fn health(&self) -> Ran<Phase> {
        let away = self.nodes().not_ready;
        let text = format!("there are NotReady control-planes in the cluster: [{}]", away.join(" "));
        self.checked("ControlPlaneNodesReady", &if away.is_empty() { Vec::new() } else { vec![text] })
    }

    /// Whether kubeadm of this version manages a cluster of that version at all.
    pub(super) fn supports(&self, cluster: &Version) -> Result<(), String> {
        let least = self.kubeadm.minor().back(1);
        if cluster.minor() >= least {
            return Ok(());
        }
        Err(format!(
            "this version of kubeadm only supports deploying clusters with the control plane version >= {least}.0. Current \
             version: {}",
            cluster.tag()
        ))
    }

    /// The version policy.
    pub(super) fn policy(&self, cluster: &Version, target: &Version) -> Ran<Phase> {
        let (fatal, skippable) = self.misalignments(cluster, target);
        let listed = |errors: &[String]| errors.iter().map(|error| format!("\t- {error}\n")).collect::<String>();
        let invalid = format!("{}the version argument is invalid due to these", self.phase("preflight"));
        if !fatal.is_empty() {
            let advice = "Please fix the misalignments highlighted above and try upgrading again";
            return self.fail(&format!("{invalid} fatal errors:\n\n{}\n{advice}", listed(&fatal)));
        }
        if !skippable.is_empty() && !self.options.force {
            let advice = "Can be bypassed if you pass the --force flag";
            return self.fail(&format!("{invalid} errors:\n\n{}\n{advice}", listed(&skippable)));
        }
        Ok(Phase::Done(()))
    }

    fn misalignments(&self, cluster: &Version, target: &Version) -> (Vec<String>, Vec<String>) {
        let (mut fatal, mut skippable) = (Vec::new(), Vec::new());
        let (own, wanted) = (self.kubeadm.minor(), target.minor());
        let specified = format!("Specified version to upgrade to \"{}\"", target.tag());
        if target.is_prerelease() && !self.options.unstable {
            let flags = "such upgrades weren't allowed via setting the --allow-*-upgrades flags";
            skippable.push(format!("{specified} is an unstable version and {flags}"));
        }
        if wanted > cluster.minor().next() {
            fatal.push(format!("{specified} is too high; kubeadm can upgrade only 1 minor version at a time"));
        } else if wanted < cluster.minor().back(1) {
            let tag = target.tag();
            let rule = "kubeadm can downgrade only 1 minor version at a time";
            fatal.push(format!("Specified version to downgrade to \"{tag}\" is too low; {rule}"));
        }
        if wanted > own {
            fatal.push(format!(
                "{specified} is at least one minor release higher than the kubeadm minor release ({} > {}). Such an upgrade is \
                 not supported",
                wanted.minor, own.minor
            ));
        } else if *target > self.kubeadm {
            skippable.push(format!(
                "{specified} is higher than the kubeadm version \"{}\". Upgrade kubeadm first using the tool you used to \
                 install kubeadm",
                self.kubeadm.tag()
            ));
        } else if own > wanted {
            let tag = self.kubeadm.tag();
            skippable.push(format!("Kubeadm version {tag} can only be used to upgrade to Kubernetes version {own}"));
        }
        skippable.extend(self.old_kubelets(wanted));
        (fatal, skippable)
    }

    fn old_kubelets(&self, wanted: Minor) -> Option<String> {
        let least = wanted.back(if self.from(29) { 3 } else { 1 });
        let mut old: Vec<String> =
            self.nodes().kubelets.iter().filter(|kubelet| kubelet.minor() < least).map(Version::tag).collect();
        old.sort();
        old.dedup();
        let why = "There are kubelets in this cluster that are too old that have these versions";
        (!old.is_empty()).then(|| format!("{why} [{}]", old.join(" ")))
    }

    /// Pulls what is not there.
    pub(super) fn pull(&self, target: &Version) -> Ran<Phase> {
        let fails = self.call.place.world(|world| world.faults.at_command(&mut world.random));
        if !fails && !self.call.place.host(|host| host.registry_away)? {
            return Ok(Phase::Done(()));
        }
        let refused = |image: String| {
            let path = image.split_once('/').map_or("", |(_, path)| path).replacen(':', "/manifests/", 1);
            let registry = images::registry(target.minor());
            format!(
                "failed to pull image {image}: failed to pull image {image}: failed to pull and unpack image \"{image}\": failed to \
                 resolve reference \"{image}\": failed to do request: Head \"https://{registry}/v2/{path}\": dial tcp: lookup \
                 {registry}: no such host"
            )
        };
        let errors: Vec<String> = PULLED.iter().map(|component| refused(images::image(*component, target))).collect();
        self.checked("ImagePull", &errors)
    }
}
