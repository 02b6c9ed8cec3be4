//! `kubeadm upgrade apply`.

use upgrade_core::version::Version;

use super::{Phase, Run};
use crate::hosts::shell::Ran;

pub(super) async fn apply(run: &Run<'_>) -> Ran {
    match phases(run).await? {
        Phase::Done(()) => Ok(0),
        Phase::Ended(status) => Ok(status),
    }
}

/// Goes on where a phase is done.
macro_rules! done {
    ($phase:expr) => {
        match $phase {
            Phase::Done(found) => found,
            Phase::Ended(status) => return Ok(Phase::Ended(status)),
        }
    };
}
pub(super) use done;

/// What is said of access for nodes that join, and is never different.
const BOOTSTRAP: [&str; 6] = [
    "[upgrade/bootstrap-token] Configuring bootstrap token and cluster-info RBAC rules",
    "[bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to get nodes",
    "[bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to post CSRs in order for nodes to get long term \
     certificate credentials",
    "[bootstrap-token] Configured RBAC rules to allow the csrapprover controller automatically approve CSRs from a Node \
     Bootstrap Token",
    "[bootstrap-token] Configured RBAC rules to allow certificate rotation for all node client certificates in the cluster",
    "[bootstrap-token] Configured RBAC rules to allow the API server kubelet client certificate to access the kubelet API",
];

async fn phases(run: &Run<'_>) -> Ran<Phase> {
    let Some(wanted) = run.options.words.first() else {
        return run.fail("missing one or more required arguments. Required arguments: [version]");
    };
    if run.call.place.files(|files| files.text("/etc/kubernetes/admin.conf").is_none())? {
        let why = "failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory";
        run.warn(&format!("couldn't create a Kubernetes client from file \"/etc/kubernetes/admin.conf\": {why}"))?;
        run.warn("To see the stack trace of this error execute with --v=5 or higher")?;
        return Ok(Phase::Ended(1));
    }
    done!(run.reading().await?);
    let target = done!(checks(run, wanted).await?);
    let image_tag = target.tag();
    run.say(&format!(
        "[upgrade/control-plane] Upgrading your static Pod-hosted control plane to version \"{image_tag}\" (timeout: 5m0s)..."
    ))?;
    done!(run.static_pods(&target).await?);
    run.say("[upgrade/control-plane] The control plane instance for this node was successfully upgraded!")?;
    done!(upload(run, &target).await?);
    run.kubelet_configuration(&target)?;
    if run.from(32) {
        BOOTSTRAP.iter().try_for_each(|line| run.say(line))?;
    }
    done!(run.addons(&target).await?);
    run.kubelet_environment(&target)?;
    if run.from(32) {
        run.say(&format!(
            "\n[upgrade] SUCCESS! A control plane node of your cluster was upgraded to \"{image_tag}\".\n"
        ))?;
        run.say("[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.")?;
    } else {
        run.say(&format!("\n[upgrade/successful] SUCCESS! Your cluster was upgraded to \"{image_tag}\". Enjoy!\n"))?;
        let kubelets = "Now that your control plane is upgraded, please proceed with upgrading your kubelets if you haven't \
                        already done so.";
        run.say(&format!("[upgrade/kubelet] {kubelets}"))?;
    }
    Ok(Phase::Done(()))
}

impl Run<'_> {
    /// Reads the cluster's configuration.
    pub(super) async fn reading(&self) -> Ran<Phase<Version>> {
        self.say(
            "[upgrade] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...",
        )?;
        self.say(
            "[upgrade] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.",
        )?;
        let doing = "couldn't create a kubernetes client: failed to get config map: unable to fetch the kubeadm-config ConfigMap";
        done!(self.needs_api(doing).await?);
        let Some(configured) = self.configured() else {
            return self.fail("[upgrade] FATAL: failed to get config map: configmaps \"kubeadm-config\" not found");
        };
        match self.supports(&configured) {
            Ok(()) => Ok(Phase::Done(configured)),
            Err(why) => self.fail(&format!("[upgrade] FATAL: {why}")),
        }
    }
}

/// Everything before something changes; the version to go to.
async fn checks(run: &Run<'_>, wanted: &str) -> Ran<Phase<Version>> {
    run.say("[upgrade/preflight] Running preflight checks")?;
    done!(run.system()?);
    run.say("[upgrade] Running cluster health checks")?;
    let time = run.call.place.world(|world| {
        let span = world.tempo.kubeadm_preflight;
        world.random.within(span)
    });
    run.call.place.sleep(time).await?;
    done!(run.needs_api(&format!("{}failed to list nodes", run.phase("preflight"))).await?);
    done!(run.health()?);
    let Ok(target) = wanted.trim_start_matches('v').parse::<Version>() else {
        let labels = "doesn't match patterns for neither semantic version nor labels (stable, latest, ...)";
        return run.fail(&format!("{}version \"{wanted}\" {labels}", run.phase("preflight")));
    };
    if let Err(why) = run.supports(&target) {
        return run.fail(&format!("{}{why}", run.phase("preflight")));
    }
    let Some(cluster) = run.served() else {
        return run.fail(&format!("{}couldn't fetch cluster version from the API Server", run.phase("preflight")));
    };
    run.say(&format!("[upgrade/preflight] You have chosen to upgrade the cluster version to \"{}\"", target.tag()))?;
    run.say(&format!("[upgrade/versions] Cluster version: {}", cluster.tag()))?;
    run.say(&format!("[upgrade/versions] kubeadm version: {}", run.kubeadm.tag()))?;
    done!(run.policy(&cluster, &target)?);
    if !run.options.yes && !run.options.force {
        run.call.out("[upgrade] Are you sure you want to proceed? [y/N]: ")?;
        let refused = "won't proceed; the user didn't answer (Y|y) in order to continue";
        return run.fail(&format!("{}{refused}", run.phase("preflight")));
    }
    done!(run.images(&target)?);
    Ok(Phase::Done(target))
}

impl Run<'_> {
    /// Pulls the images.
    pub(super) fn images(&self, target: &Version) -> Ran<Phase> {
        self.say("[upgrade/preflight] Pulling images required for setting up a Kubernetes cluster")?;
        self.say(
            "[upgrade/preflight] This might take a minute or two, depending on the speed of your internet connection",
        )?;
        self.say("[upgrade/preflight] You can also perform this action beforehand using 'kubeadm config images pull'")?;
        self.pull(target)
    }

    /// Applies CoreDNS and kube-proxy, where it is time.
    pub(super) async fn addons(&self, target: &Version) -> Ran<Phase> {
        let time = self.call.place.world(|world| {
            let span = world.tempo.kubeadm_addons;
            world.random.within(span)
        });
        self.call.place.sleep(time).await?;
        done!(self.needs_api(&format!("{}failed to apply addons", self.phase("addon"))).await?);
        let lagging = self.lagging(target);
        // Facts: from 1.28 on they wait for the last host of the control plane.
        if self.from(28) && !lagging.is_empty() {
            let others = lagging.join(" ");
            self.say(&format!(
                "[upgrade/addon] Skipping upgrade of addons because control plane instances [{others}] have not been upgraded"
            ))?;
            return Ok(Phase::Done(()));
        }
        self.store_addons(target);
        self.say("[addons] Applied essential addon: CoreDNS")?;
        self.say("[addons] Applied essential addon: kube-proxy")?;
        Ok(Phase::Done(()))
    }
}

async fn upload(run: &Run<'_>, target: &Version) -> Ran<Phase> {
    done!(run.needs_api(&format!("{}failed to upload config", run.phase("upload-config"))).await?);
    run.say("[upload-config] Storing the configuration used in ConfigMap \"kubeadm-config\" in the \"kube-system\" Namespace")?;
    run.store_version(target);
    run.say(
        "[kubelet] Creating a ConfigMap \"kubelet-config\" in namespace kube-system with the configuration for the kubelets in \
         the cluster",
    )?;
    run.store_kubelet_config(target);
    if run.from(34) {
        run.drop_socket();
    }
    run.say("[upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!")?;
    Ok(Phase::Done(()))
}
