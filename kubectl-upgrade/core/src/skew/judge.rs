//! Holds a picture against the policy.

use super::allowed::{ApiServers, newer_limit, older_limit, range};
use super::issue::{SkewIssue, SkewRule};
use super::picture::{Picture, Reach, Standing};
use crate::component::Component;
use crate::version::Minor;

/// Every violation in the picture, in the order of components and places. A picture without API servers says nothing
/// about what is judged against them: that gap is the caller's to report.
#[must_use]
pub fn judge(picture: &Picture) -> Vec<SkewIssue> {
    let servers = picture.api_servers();
    let kubelets = picture.minors(Component::Kubelet).min().zip(picture.minors(Component::Kubelet).max());
    let mut issues = Vec::new();
    for (component, at, instance) in picture.instances() {
        match component {
            Component::ApiServer
            | Component::ControllerManager
            | Component::Scheduler
            | Component::CloudControllerManager
            | Component::Kubelet
            | Component::Kubectl => against_servers(picture, servers, component, at, instance, &mut issues),
            Component::KubeProxy => {
                against_servers(picture, servers, component, at, instance, &mut issues);
                let beside = picture.minor(Component::Kubelet, at).map(|kubelet| (kubelet, kubelet));
                if let Some((oldest, newest)) = beside.or(kubelets) {
                    let (too_old, too_new) = (SkewRule::KubeProxyApartFromKubelet, SkewRule::KubeProxyApartFromKubelet);
                    let other = Other { component: Component::Kubelet, oldest, newest, too_old, too_new };
                    compare(component, at, instance.minor, other, &mut issues);
                }
            }
            // kubeadm is judged when it is about to act, by `KubeadmUse`; the others have rules of their own.
            Component::Kubeadm | Component::Etcd | Component::CoreDns | Component::ContainerRuntime => {}
        }
    }
    issues
}

fn against_servers(
    picture: &Picture,
    all: Option<ApiServers>,
    component: Component,
    at: &str,
    instance: Standing,
    issues: &mut Vec<SkewIssue>,
) {
    let local = match instance.reach {
        Reach::Any => None,
        Reach::Local => picture.minor(Component::ApiServer, at).map(ApiServers::all),
    };
    let Some(servers) = local.or(all) else { return };
    let (too_old, too_new) = if component == Component::ApiServer {
        (SkewRule::ApiServersApart, SkewRule::ApiServersApart)
    } else {
        (SkewRule::TooOldForApiServer, SkewRule::TooNewForApiServer)
    };
    let (oldest, newest) = (servers.oldest(), servers.newest());
    compare(
        component,
        at,
        instance.minor,
        Other { component: Component::ApiServer, oldest, newest, too_old, too_new },
        issues,
    );
}

/// What an instance is compared with, and the rules it may break.
#[derive(Clone, Copy)]
struct Other {
    component: Component,
    oldest: Minor,
    newest: Minor,
    too_old: SkewRule,
    too_new: SkewRule,
}

fn compare(component: Component, at: &str, found: Minor, other: Other, issues: &mut Vec<SkewIssue>) {
    let Some(allowed) = range(component, other.component, other.oldest, other.newest) else { return };
    let mut push = |rule, against_minor, limit: i32| {
        let (at, against, limit) = (at.to_owned(), other.component, u16::try_from(limit).unwrap_or(0));
        issues.push(SkewIssue { rule, component, at, found, allowed, against, against_minor, limit });
    };
    let older = older_limit(component, other.component, found);
    if other.newest.ahead_of(found) > older {
        push(other.too_old, other.newest, older);
    }
    let newer = newer_limit(component, other.component, found);
    if found.ahead_of(other.oldest) > newer {
        push(other.too_new, other.oldest, newer);
    }
}

#[cfg(test)]
mod tests;
