//! `kubeadm upgrade node`.

use upgrade_core::version::Version;

use super::apply::done;
use super::{Phase, Run};
use crate::hosts::shell::Ran;

pub(super) async fn node(run: &Run<'_>) -> Ran {
    let words: Vec<&str> = run.options.words.iter().map(String::as_str).collect();
    let ended = match words.as_slice() {
        [] => whole(run).await?,
        ["config"] => config(run).await?,
        ["experimental-control-plane"] => control_plane(run).await?,
        ["phase", "kubelet-config"] => kubelet_config(run).await?,
        _ => return run.call.unsupported("this phase"),
    };
    match ended {
        Phase::Done(()) => Ok(0),
        Phase::Ended(status) => Ok(status),
    }
}

async fn whole(run: &Run<'_>) -> Ran<Phase> {
    let control_plane = run.is_control_plane()?;
    let target = done!(run.reading().await?);
    run.say("[upgrade/preflight] Running pre-flight checks")?;
    done!(run.system()?);
    if control_plane {
        pause(run, true).await?;
        done!(run.images(&target)?);
        let version = target.tag();
        run.say(&format!(
            "[upgrade/control-plane] Upgrading your Static Pod-hosted control plane instance to version \"{version}\"..."
        ))?;
        done!(run.static_pods(&target).await?);
        run.say("[upgrade/control-plane] The control plane instance for this node was successfully upgraded!")?;
        run.say("[upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!")?;
        done!(run.needs_api("failed to annotate the node").await?);
    } else {
        run.say("[upgrade/preflight] Skipping prepull. Not a control plane node.")?;
        run.say("[upgrade/control-plane] Skipping phase. Not a control plane node.")?;
        run.say("[upgrade/kubeconfig] Skipping phase. Not a control plane node.")?;
        pause(run, false).await?;
    }
    if run.from(34) {
        run.drop_socket();
    }
    run.kubelet_configuration(&target)?;
    if control_plane {
        done!(run.addons(&target).await?);
    } else {
        run.say("[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.")?;
        run.say("[upgrade/addon] Skipping the addon/kube-proxy phase. Not a control plane node.")?;
    }
    run.kubelet_environment(&target)?;
    Ok(Phase::Done(()))
}

async fn pause(run: &Run<'_>, control_plane: bool) -> Ran<()> {
    let time = run.call.place.world(|world| {
        let span = if control_plane { world.tempo.kubeadm_preflight } else { world.tempo.kubeadm_worker };
        world.random.within(span)
    });
    run.call.place.sleep(time).await
}

async fn kubelet_config(run: &Run<'_>) -> Ran<Phase> {
    let target = done!(run.reading().await?);
    run.kubelet_configuration(&target)?;
    Ok(Phase::Done(()))
}

/// Of 1.11 to 1.14: the kubelet's configuration alone.
async fn config(run: &Run<'_>) -> Ran<Phase> {
    let version = run.options.kubelet_version.as_deref().and_then(|text| text.trim_start_matches('v').parse().ok());
    let Some(version): Option<Version> = version else {
        return run.fail("the --kubelet-version argument is required");
    };
    done!(run.needs_api("failed to get config map").await?);
    pause(run, false).await?;
    run.say("[kubelet] Downloading configuration for the kubelet from the ConfigMap in the kube-system namespace")?;
    run.kubelet_configuration(&version)?;
    run.say("[upgrade] The configuration for this node was successfully updated!")?;
    run.say("[upgrade] Now you should go ahead and upgrade the kubelet package using your package manager.")?;
    Ok(Phase::Done(()))
}

/// Of 1.11 to 1.14: the static pods alone.
async fn control_plane(run: &Run<'_>) -> Ran<Phase> {
    let target = done!(run.reading().await?);
    pause(run, true).await?;
    run.say("[upgrade] Upgrading your Static Pod-hosted control plane instance to version")?;
    done!(run.static_pods(&target).await?);
    run.say("[upgrade] The control plane instance for this node was successfully updated!")?;
    Ok(Phase::Done(()))
}
