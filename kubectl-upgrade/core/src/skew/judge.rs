//! Holds a picture against the policy.

use std::collections::BTreeSet;

use super::allowed::{ApiServers, is_judged, newer_limit, older_limit, range};
use super::issue::{SkewIssue, SkewRule};
use super::picture::{Change, Picture, Reach, Standing};
use crate::component::Component;
use crate::version::Minor;

/// Every violation in the picture, in the order of components and places. A picture without API servers says nothing
/// about what is judged against them: that gap is the caller's to report.
#[must_use]
pub fn judge(picture: &Picture) -> Vec<SkewIssue> {
    let bench = Bench::of(picture);
    let mut issues = Vec::new();
    for (component, at, instance) in picture.instances() {
        bench.judge(component, at, instance, &mut issues);
    }
    issues
}

/// As [`judge`], of those instances alone whose violations such changes can make, end or alter. The others need not be
/// gone through again for every step of a plan over thousands of nodes.
#[must_use]
pub fn judge_around(picture: &Picture, changes: &[Change]) -> Vec<SkewIssue> {
    if changes.iter().any(|change| change.component == Component::ApiServer) {
        return judge(picture);
    }
    let mut around: BTreeSet<(Component, &str)> =
        changes.iter().map(|change| (change.component, change.at.as_str())).collect();
    if changes.iter().any(|change| change.component == Component::Kubelet) {
        // A kube-proxy is judged against the kubelet at its place, or against all of them.
        let moved = |at: &str| changes.iter().any(|change| change.at == at);
        let alone = |at: &str| picture.minor(Component::Kubelet, at).is_none();
        let proxies = picture.places(Component::KubeProxy).filter(|at| moved(at) || alone(at));
        around.extend(proxies.map(|at| (Component::KubeProxy, at)));
    }
    let bench = Bench::of(picture);
    let mut issues = Vec::new();
    for (component, at) in around {
        if let Some(instance) = picture.standing(component, at) {
            bench.judge(component, at, instance, &mut issues);
        }
    }
    issues
}

/// What instances of a picture are judged against.
struct Bench<'a> {
    picture: &'a Picture,
    servers: Option<ApiServers>,
    /// The oldest and the newest.
    kubelets: Option<(Minor, Minor)>,
}

impl<'a> Bench<'a> {
    fn of(picture: &'a Picture) -> Self {
        let mut kubelets = picture.minors(Component::Kubelet);
        let oldest = kubelets.next();
        let kubelets = oldest.map(|oldest| (oldest, kubelets.next_back().unwrap_or(oldest)));
        Self { picture, servers: picture.api_servers(), kubelets }
    }

    fn judge(&self, component: Component, at: &str, instance: Standing, issues: &mut Vec<SkewIssue>) {
        let (picture, servers) = (self.picture, self.servers);
        match component {
            Component::ApiServer
            | Component::ControllerManager
            | Component::Scheduler
            | Component::CloudControllerManager
            | Component::Kubelet
            | Component::Kubectl => against_servers(picture, servers, component, at, instance, issues),
            Component::KubeProxy => {
                against_servers(picture, servers, component, at, instance, issues);
                let beside = picture.minor(Component::Kubelet, at).map(|kubelet| (kubelet, kubelet));
                if let Some((oldest, newest)) = beside.or(self.kubelets) {
                    let (too_old, too_new) = (SkewRule::KubeProxyApartFromKubelet, SkewRule::KubeProxyApartFromKubelet);
                    let other = Other { component: Component::Kubelet, oldest, newest, too_old, too_new };
                    compare(component, at, instance.minor, other, issues);
                }
            }
            // kubeadm is judged when it is about to act, by `KubeadmUse`; the others have rules of their own.
            Component::Kubeadm | Component::Etcd | Component::CoreDns | Component::ContainerRuntime => {}
        }
    }
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
    if !is_judged(component, other.component, other.newest) {
        return;
    }
    let mut push = |rule, against_minor, limit: i32| {
        // Only what is out of its range needs to know it: of thousands of instances, few are.
        let Some(allowed) = range(component, other.component, other.oldest, other.newest) else { return };
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
