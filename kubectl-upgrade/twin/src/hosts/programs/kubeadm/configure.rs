//! The kubelet's configuration on the host.

use upgrade_core::version::{Minor, Version};

use super::Run;
use crate::hosts::build::{INSTANCE, kubelet_config, with_endpoint};
use crate::hosts::shell::Ran;

const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
const INSTANCE_FILE: &str = "/var/lib/kubelet/instance-config.yaml";

impl Run<'_> {
    /// Writes the kubelet's configuration as the cluster keeps it.
    pub(super) fn kubelet_configuration(&self, target: &Version) -> Ran<()> {
        let minor = target.minor();
        let text = self.kubelet_config(minor).unwrap_or_else(|| kubelet_config(minor));
        if self.from(27) {
            self.backup()?;
        }
        if self.from(34) {
            self.move_endpoint()?;
            self.say(
                "[patches] Applied patch of type \"application/strategic-merge-patch+json\" to target \"kubeletconfiguration\"",
            )?;
        }
        if self.from(26) && !self.from(27) {
            self.edit_flags(&["--container-runtime="])?;
        }
        self.say(&format!("[kubelet-start] Writing kubelet configuration to file \"{CONFIG}\""))?;
        let text = if self.from(34) { with_endpoint(&text) } else { text };
        self.write(CONFIG, &text)?;
        self.say("[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!")
    }

    fn backup(&self) -> Ran<()> {
        let end = if self.from(35) { format!("-{}", self.stamp()) } else { self.random().to_string() };
        let directory = format!("/etc/kubernetes/tmp/kubeadm-kubelet-config{end}");
        self.warn(&format!(
            "W1122 12:00:00.000000    1000 postupgrade.go:116] Using temporary directory {directory} for kubelet config. To \
             override it set the environment variable KUBEADM_UPGRADE_DRYRUN_DIR"
        ))?;
        self.say(&format!("[upgrade] Backing up kubelet config file to {directory}/config.yaml"))?;
        self.copy_to(CONFIG, &directory, "config.yaml")
    }

    fn copy_to(&self, from: &str, directory: &str, name: &str) -> Ran<()> {
        self.call.place.files(|files| {
            // Copies are for people; kubeadm goes on without them.
            let _ = files.make_dirs(directory, 0o700);
            if let Some(text) = files.text(from) {
                let _ = files.write(&format!("{directory}/{name}"), (*text).clone(), 0o644);
            }
        })
    }

    /// 1.34 moves the runtime's endpoint from the arguments to a file of its own.
    fn move_endpoint(&self) -> Ran<()> {
        let there = self.call.place.files(|files| files.text(INSTANCE_FILE).is_some())?;
        if !there {
            self.say(&format!("[kubelet-start] Writing kubelet environment file with flags to file \"{FLAGS}\""))?;
            self.edit_flags(&["--container-runtime-endpoint="])?;
            self.say(&format!("[kubelet-start] Writing kubelet configuration to file \"{INSTANCE_FILE}\""))?;
            self.write(INSTANCE_FILE, INSTANCE)?;
        }
        Ok(())
    }

    /// At its end, 1.35 takes an argument away that kubelets no longer know. 1.36 no longer does.
    pub(super) fn kubelet_environment(&self, target: &Version) -> Ran<()> {
        if target.minor() != Minor::new(1, 35) {
            return Ok(());
        }
        let text = self.call.place.files(|files| files.text(FLAGS))?;
        if !text.is_some_and(|text| text.contains("--pod-infra-container-image")) {
            return Ok(());
        }
        let directory = format!("/etc/kubernetes/tmp/kubeadm-kubelet-env{}", self.random());
        self.warn(&format!(
            "W1122 12:00:00.000000    1000 postupgrade.go:203] Using temporary directory {directory} for kubelet env file. To \
             override it set the environment variable KUBEADM_UPGRADE_DRYRUN_DIR"
        ))?;
        self.say(&format!("[upgrade] Backing up kubelet env file to {directory}/kubeadm-flags.env"))?;
        self.copy_to(FLAGS, &directory, "kubeadm-flags.env")?;
        self.say(&format!("[kubelet-start] Writing kubelet environment file with flags to file \"{FLAGS}\""))?;
        self.edit_flags(&["--pod-infra-container-image="])
    }

    fn edit_flags(&self, gone: &[&str]) -> Ran<()> {
        let Some(text) = self.call.place.files(|files| files.text(FLAGS))? else { return Ok(()) };
        let Some((name, value)) = text.trim().split_once('=') else { return Ok(()) };
        let words = value.trim_matches('"').split_whitespace();
        let kept: Vec<&str> = words.filter(|word| !gone.iter().any(|gone| word.starts_with(gone))).collect();
        self.write(FLAGS, &format!("{name}=\"{}\"\n", kept.join(" ")))
    }

    fn write(&self, path: &str, text: &str) -> Ran<()> {
        let written = self.call.place.files(|files| files.write(path, text, 0o644))?;
        match written {
            Ok(()) => Ok(()),
            Err(error) => self.warn(&format!("error: failed to write {path}: {error}")),
        }
    }
}
