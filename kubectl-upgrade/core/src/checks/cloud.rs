//! KU0701 to KU0709: what a cloud says of a cluster that it runs, and what only matters there.

use super::words::{finding, names, unseen};
use super::{CheckContext, windows};
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{
    CloudCluster, CloudNames, CloudState, GapSubject, Insight, InsightStatus, Inventory, Pool, PoolKind,
};
use crate::plan::{Force, ProviderKind, Strategy};
use crate::version::Minor;

/// From this minor on EKS has no images of Amazon Linux 2 (facts §3.2).
const WITHOUT_AL2: Minor = Minor::new(1, 33);

/// What EKS's words for a node group begin with whose launch template was changed or deleted behind its back (facts §3.2).
const TEMPLATE: &str = "Ec2LaunchTemplate";

/// Every finding about the cloud's side.
pub(super) fn all(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let mut findings = unknown(inventory);
    let Some(cloud) = &inventory.cloud else { return findings };
    findings.extend(busy(cloud, context));
    findings.extend(insights(cloud, inventory, context));
    findings.extend(images(cloud, inventory, context));
    findings.extend(others_nodes(cloud, context));
    findings.extend(way_back(cloud, inventory, context));
    findings.extend(settings(cloud));
    findings.extend(newer_images(cloud, inventory, context));
    findings.extend(leap(cloud, context));
    findings.extend(windows::all(cloud, inventory.observed_at, context));
    findings.extend(addons(cloud, context));
    findings
}

/// KU0701: a part that could not be asked for. Without an answer at all there is no plan.
fn unknown(inventory: &Inventory) -> Vec<Finding> {
    let gaps = inventory.gaps.iter().filter(|gap| gap.subject == GapSubject::Cloud);
    gaps.map(|gap| unseen(FindingCode::CloudUnknown, Severity::Warning, "the cloud's view", gap)).collect()
}

/// KU0702: what goes on is waited for by the gates; what failed is for someone to look at.
fn busy(cloud: &CloudCluster, context: &CheckContext<'_>) -> Vec<Finding> {
    let code = FindingCode::CloudBusy;
    let mut findings = Vec::new();
    for operation in &cloud.operations {
        let on = operation.on.as_ref().map_or_else(String::new, |on| format!(" on {on}"));
        let found = format!("{} is going on{on}, not of this run", operation.kind);
        let remedy = match (context.options.cloud.force.contains(&Force::Operations), cloud.provider) {
            (true, _) => "the plan stops it first, as was asked for",
            (false, ProviderKind::Gke | ProviderKind::Aks) => {
                "run waits for it before its first step; if it is stuck, stop it first: --force operations"
            }
            (false, ProviderKind::Eks | ProviderKind::Kubeadm | ProviderKind::Manual) => {
                "run waits for it before its first step"
            }
        };
        findings.push(finding(code, Severity::Warning, format!("operation {}", operation.id), found, remedy));
    }
    let parts = std::iter::once(("the cluster".to_owned(), &cloud.state))
        .chain(cloud.addons.iter().map(|addon| (format!("add-on {}", addon.name), &addon.state)));
    for (subject, state) in parts {
        findings.extend(failed(subject, state, None));
    }
    for pool in &cloud.pools {
        findings.extend(failed(format!("pool {}", pool.name), &pool.state, template_changed(pool, context)));
    }
    findings
}

/// What the cloud calls failed; with what to do about it where that is known.
fn failed(subject: String, state: &CloudState, known: Option<(Severity, &str)>) -> Option<Finding> {
    let CloudState::Failed(word) = state else { return None };
    let (severity, remedy) =
        known.unwrap_or((Severity::Warning, "look at its last operation in the cloud, and put it right first"));
    Some(finding(FindingCode::CloudBusy, severity, subject, format!("the cloud calls it {word}"), remedy))
}

/// A node group whose Auto Scaling group uses another version of the launch template than EKS has set: EKS replaces its
/// nodes no more.
fn template_changed(pool: &Pool, context: &CheckContext<'_>) -> Option<(Severity, &'static str)> {
    let CloudState::Failed(word) = &pool.state else { return None };
    let in_place = !matches!(context.options.strategy, Strategy::NewPools { .. });
    let severity = if is_chosen(pool, context) && in_place { Severity::Blocker } else { Severity::Warning };
    let remedy = "its Auto Scaling group uses another version of its launch template than EKS has set: set EKS's version there \
                  again (the group's health says which), or let a new group take its place: --new-pools";
    word.contains(TEMPLATE).then_some((severity, remedy))
}

/// Whether the plan is about the pool.
fn is_chosen(pool: &Pool, context: &CheckContext<'_>) -> bool {
    let chosen = &context.options.cloud.pools;
    chosen.is_empty() || chosen.contains(&pool.name)
}

/// KU0703, for the minors on the way and those about none.
fn insights(cloud: &CloudCluster, inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let target = context.target(inventory);
    let on_the_way = |insight: &&Insight| insight.minor.is_none_or(|minor| target.is_some_and(|to| minor <= to));
    let forced = context.options.cloud.force.contains(&Force::Checks);
    let told = cloud.insights.iter().filter(on_the_way).filter_map(|insight| {
        let severity = match insight.status {
            InsightStatus::Passing => return None,
            InsightStatus::Unknown => Severity::Note,
            InsightStatus::Error if !forced => Severity::Blocker,
            InsightStatus::Warning | InsightStatus::Error => Severity::Warning,
        };
        let on = if insight.found_on.is_empty() { String::new() } else { format!(": {}", names(&insight.found_on)) };
        let found = format!("{}{on}", insight.reason);
        Some(finding(FindingCode::CloudInsight, severity, insight.name.clone(), found, insight.advice.clone()))
    });
    told.collect()
}

/// KU0704: pools whose kind of image ends.
fn images(cloud: &CloudCluster, inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let ends = context.target(inventory).is_some_and(|to| to >= WITHOUT_AL2);
    if cloud.provider != ProviderKind::Eks || !ends {
        return Vec::new();
    }
    let is_al2 = |pool: &&Pool| pool.image_type.as_ref().is_some_and(|kind| kind.starts_with("AL2_"));
    let told = cloud.pools.iter().filter(is_al2).map(|pool| {
        let found = format!("its nodes run Amazon Linux 2, of which there are no images from {WITHOUT_AL2} on");
        let remedy = "make a node group of AL2023 or Bottlerocket, move its pods there, and delete this one";
        let severity = if is_chosen(pool, context) { Severity::Blocker } else { Severity::Warning };
        finding(FindingCode::PoolImage, severity, format!("pool {}", pool.name), found, remedy)
    });
    told.collect()
}

/// KU0705: nodes that the cloud does not replace when told to.
fn others_nodes(cloud: &CloudCluster, context: &CheckContext<'_>) -> Vec<Finding> {
    let told = cloud.pools.iter().filter(|pool| is_chosen(pool, context)).filter_map(|pool| {
        let (severity, found, remedy) = match pool.kind {
            PoolKind::Managed => return None,
            PoolKind::Automatic => (
                Severity::Note,
                "the cloud replaces its nodes by itself, after the control plane",
                "nothing; run waits until they have followed",
            ),
            PoolKind::Karpenter => (
                Severity::Note,
                "Karpenter replaces its nodes when they drift, under its own disruption budgets",
                "see that its NodeClass resolves to images of the new minor; run waits for it",
            ),
            PoolKind::SelfManaged if pool.image_type.is_some() => return Some(own_image(pool, context)),
            PoolKind::SelfManaged => (
                Severity::Warning,
                "nobody but you replaces its nodes",
                "see that its launch template names an image of the new minor before the run, which empties its nodes and \
                 waits until each was replaced",
            ),
            PoolKind::PerPod => (
                Severity::Note,
                "each pod has a machine of its own, which is new when the pod is",
                "nothing; run evicts the pods under their budgets, and they come back at the new version",
            ),
        };
        Some(finding(FindingCode::PoolOfOthers, severity, format!("pool {}", pool.name), found, remedy))
    });
    told.collect()
}

/// KU0705, of nodes that the cloud replaces when told to, with an image that it does not choose.
fn own_image(pool: &Pool, context: &CheckContext<'_>) -> Finding {
    let code = FindingCode::PoolOfOthers;
    let subject = format!("pool {}", pool.name);
    match context.options.cloud.templates.get(&pool.name) {
        Some(version) => {
            let found = format!("its image is its owner's, as version {version} of its launch template names it");
            let remedy = "see that it is one of the target minor: what its nodes report decides in the end";
            finding(code, Severity::Note, subject, found, remedy)
        }
        None => {
            let found = "its image is its owner's: the cloud does not choose one of the new minor";
            let remedy = format!(
                "make a version of its launch template with an image of the target minor, and have the run update the pool to \
                 it: --launch-template {}=VERSION; without that it waits until somebody has",
                pool.name
            );
            finding(code, Severity::Warning, subject, found, remedy)
        }
    }
}

/// KU0706: said before the run where the control plane cannot go back, and how long it can where it can.
fn way_back(cloud: &CloudCluster, inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let code = FindingCode::WayBack;
    let goes_back = context.hops.iter().any(|(from, to)| to < from);
    let minors_move = !goes_back && context.hops.iter().any(|(from, to)| from.minor() != to.minor());
    let two_steps = context.options.cloud.control_plane_soak_s.is_some();
    let mut findings = Vec::new();
    if minors_move {
        let found = match cloud.provider {
            ProviderKind::Eks => Some("it can go back one minor within 7 days of each hop, and not further"),
            ProviderKind::Gke if !two_steps => Some("once upgraded it cannot go back a minor"),
            ProviderKind::Aks => Some("it cannot go back"),
            ProviderKind::Gke | ProviderKind::Kubeadm | ProviderKind::Manual => None,
        };
        let remedy = "back up objects and volumes that matter before the run; its etcd is the cloud's";
        findings.extend(found.map(|found| finding(code, Severity::Note, "the control plane", found, remedy)));
    }
    let ways = std::iter::once(("the control plane".to_owned(), cloud.rollback.as_ref()))
        .chain(cloud.pools.iter().map(|pool| (format!("pool {}", pool.name), pool.rollback.as_ref())));
    for (subject, way) in ways {
        let Some((way, until)) = way.and_then(|way| Some((way, way.until?))) else { continue };
        let hours = (until.as_second() - inventory.observed_at.as_second()).max(0) / 3600;
        let open = format!("its way back to {} is open for {} d {} h more", way.to, hours / 24, hours % 24);
        let (found, remedy) = if goes_back {
            (open, "go it before then")
        } else {
            let remedy = "if it may be needed still, wait, or go back first: kubectl upgrade rollback";
            (format!("{open}; this plan closes it"), remedy)
        };
        findings.push(finding(code, Severity::Note, subject, found, remedy));
    }
    findings
}

/// KU0707: settings that bear on an upgrade, those of one subject together.
fn settings(cloud: &CloudCluster) -> Vec<Finding> {
    // What is told of a NodePool is in the step that waits for it.
    let pools = cloud.pools.iter().filter(|pool| pool.kind != PoolKind::Karpenter);
    let pools = pools.map(|pool| (format!("pool {}", pool.name), &pool.notes));
    let told =
        std::iter::once(("the cluster".to_owned(), &cloud.notes)).chain(pools).filter(|(_, notes)| !notes.is_empty());
    told.map(|(subject, notes)| {
        let remedy = "see that none of it moves the cluster while the run does";
        finding(FindingCode::CloudSettings, Severity::Note, subject, notes.join("; "), remedy)
    })
    .collect()
}

/// KU0707: pools that the plan leaves at an older image of the version that they keep.
fn newer_images(cloud: &CloudCluster, inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let target = context.hops.last().map(|(_, to)| to).or_else(|| inventory.oldest_api_server());
    let is_behind = |pool: &Pool| pool.version.as_ref().zip(target).is_some_and(|(at, to)| at < to);
    let stays = |pool: &&Pool| !is_chosen(pool, context) || !(is_behind(pool) || context.options.cloud.node_images);
    let told = cloud.pools.iter().filter(stays).filter_map(|pool| {
        let (newest, has) = (pool.newest_image.as_ref()?, pool.image.as_deref().unwrap_or("an image that is not told"));
        let found = format!("its nodes stay at {has}, and there is {newest}");
        let CloudNames { group, cluster, .. } = &cloud.names;
        let remedy = format!(
            "add --node-images, or: az aks nodepool upgrade --node-image-only --resource-group {} --cluster-name {cluster} --name {}",
            group.as_deref().unwrap_or("GROUP"), pool.name
        );
        Some(finding(FindingCode::CloudSettings, Severity::Note, format!("pool {}", pool.name), found, remedy))
    });
    told.collect()
}

/// KU0707: that the cloud would take the control plane over several minors at once, or what doing so means.
fn leap(cloud: &CloudCluster, context: &CheckContext<'_>) -> Option<Finding> {
    let at = cloud.version.minor();
    let taken = context.hops.iter().find(|(from, to)| cloud.is_at(from) && to.minor().ahead_of(at) > 1);
    let code = FindingCode::CloudSettings;
    let (severity, found, remedy) = match taken {
        Some((_, to)) if cloud.is_left_behind() => (
            Severity::Warning,
            format!(
                "{at} is outside of what its cloud supports; it takes control plane and pools to {to} in one call and promises \
                 nothing for it, with kubelets up to {} minors older than the API server on the way",
                to.minor().ahead_of(at)
            ),
            "rehearse it; a new cluster beside this one, with its workloads moved there, is the safer way",
        ),
        Some((_, to)) => (
            Severity::Note,
            format!("the hop to {to} skips minors, as was asked for: its pools follow in one step each"),
            "see that nothing uses an API that any of the minors skipped removed",
        ),
        None => {
            let furthest =
                cloud.offers.iter().filter(|offer| offer.is_leap_from(at)).map(|offer| &offer.version).max()?;
            let minors_move = context.hops.iter().any(|(from, to)| from.minor() != to.minor());
            let found = format!("the cloud would take it to {furthest} in one hop");
            return (cloud.provider == ProviderKind::Aks && minors_move).then(|| {
                finding(
                    code,
                    Severity::Note,
                    "the control plane",
                    found,
                    "to have that instead of a hop for each minor: --skip-minors",
                )
            });
        }
    };
    Some(finding(code, severity, "the control plane", found, remedy))
}

/// KU0709: add-ons that go with none of a hop's minor.
fn addons(cloud: &CloudCluster, context: &CheckContext<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for addon in &cloud.addons {
        let missing = context
            .hops
            .iter()
            .map(|(_, to)| to.minor())
            .find(|minor| !addon.compatible.is_empty() && addon.compatible.get(minor).is_none_or(Vec::is_empty));
        if let Some(minor) = missing {
            let found = format!("the cloud has no version of it that goes with {minor}");
            let remedy = "replace or remove the add-on first";
            let subject = format!("add-on {}", addon.name);
            findings.push(finding(FindingCode::AddonUnfit, Severity::Blocker, subject, found, remedy));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::*;
    use crate::facts::Facts;
    use crate::fixtures::managed;
    use crate::inventory::{CloudOperation, MaintenanceWindow, Moves, Rollback};
    use crate::plan::Options;
    use crate::version::Version;

    /// What is found about a cluster on its way from 1.33 to 1.34, with one thing changed; the way back aside, which is
    /// always said.
    fn found(provider: ProviderKind, change: impl FnOnce(&mut CloudCluster)) -> Vec<(FindingCode, Severity)> {
        let version = Version::new(1, 33, 7);
        let mut inventory = managed(provider, &version);
        change(inventory.cloud.as_mut().unwrap());
        let options = Options::default();
        let context = CheckContext {
            hops: vec![(version, Version::new(1, 34, 3))],
            today: jiff::civil::date(2026, 11, 22),
            options: &options,
            kubectl: None,
            facts: Facts::shared(),
        };
        let all = findings(&inventory, &context);
        let of_cloud = all.iter().filter(|finding| finding.code.code().starts_with("KU07"));
        of_cloud.map(|finding| (finding.code, finding.severity)).collect()
    }

    fn insight(status: InsightStatus, minor: u16) -> Insight {
        Insight {
            id: "1".to_owned(),
            name: "Deprecated APIs removed in Kubernetes v1.34".to_owned(),
            status,
            minor: Some(Minor::new(1, minor)),
            reason: "requests to deprecated APIs were seen".to_owned(),
            advice: "move".to_owned(),
            found_on: Vec::new(),
        }
    }

    #[test]
    fn a_healthy_cluster_has_only_its_way_back_to_be_told_of() {
        for provider in [ProviderKind::Eks, ProviderKind::Gke, ProviderKind::Aks] {
            assert_eq!(found(provider, |_| {}), [(FindingCode::WayBack, Severity::Note)]);
        }
    }

    #[test]
    fn each_thing_that_matters_is_noticed() {
        let also = |change: &dyn Fn(&mut CloudCluster)| {
            let mut found = found(ProviderKind::Eks, change);
            found.retain(|found| *found != (FindingCode::WayBack, Severity::Note));
            found
        };
        let running = CloudOperation { id: "u-1".to_owned(), kind: "VersionUpdate".to_owned(), on: None, since: None };
        assert_eq!(
            also(&|cloud| cloud.operations.push(running.clone())),
            [(FindingCode::CloudBusy, Severity::Warning)]
        );
        let failed = |cloud: &mut CloudCluster| cloud.pools[0].state = CloudState::Failed("DEGRADED".to_owned());
        assert_eq!(also(&failed), [(FindingCode::CloudBusy, Severity::Warning)]);
        for (status, severity) in
            [(InsightStatus::Error, Severity::Blocker), (InsightStatus::Warning, Severity::Warning)]
        {
            assert_eq!(
                also(&|cloud| cloud.insights.push(insight(status, 34))),
                [(FindingCode::CloudInsight, severity)]
            );
            assert_eq!(also(&|cloud| cloud.insights.push(insight(status, 36))), []);
        }
        let al2 = |cloud: &mut CloudCluster| cloud.pools[1].image_type = Some("AL2_x86_64".to_owned());
        assert_eq!(also(&al2), [(FindingCode::PoolImage, Severity::Blocker)]);
        let own = |cloud: &mut CloudCluster| cloud.pools[1].kind = PoolKind::SelfManaged;
        assert_eq!(also(&own), [(FindingCode::PoolOfOthers, Severity::Warning)]);
        let unfit = |cloud: &mut CloudCluster| drop(cloud.addons[0].compatible.remove(&Minor::new(1, 34)));
        assert_eq!(also(&unfit), [(FindingCode::AddonUnfit, Severity::Blocker)]);
        let window = |exclusion| MaintenanceWindow {
            name: "freeze".to_owned(),
            exclusion,
            scope: "NO_UPGRADES".to_owned(),
            covers: Moves::ALL.to_vec(),
            from: None,
            until: None,
            schedule: None,
        };
        let told = |severity| [(FindingCode::MaintenanceClosed, severity)];
        assert_eq!(also(&|cloud| cloud.maintenance.push(window(false))), told(Severity::Warning), "it cannot be read");
        let others = MaintenanceWindow { covers: Vec::new(), ..window(false) };
        assert_eq!(also(&|cloud| cloud.maintenance.push(others.clone())), []);
        let frozen = |severity| [(FindingCode::MaintenanceExclusion, severity)];
        assert_eq!(also(&|cloud| cloud.maintenance.push(window(true))), frozen(Severity::Blocker));
        for (covers, severity) in [
            (vec![Moves::Minor], Severity::Blocker),
            (vec![Moves::Nodes], Severity::Blocker),
            (vec![Moves::Patch], Severity::Warning),
            (Vec::new(), Severity::Warning),
        ] {
            let window = MaintenanceWindow { covers: covers.clone(), ..window(true) };
            assert_eq!(also(&|cloud| cloud.maintenance.push(window.clone())), frozen(severity), "{covers:?}");
        }
        let later = |hours: i64| crate::fixtures::OBSERVED_AT + jiff::SignedDuration::from_hours(hours);
        let soon = MaintenanceWindow { from: Some(later(30)), ..window(true) };
        assert_eq!(also(&|cloud| cloud.maintenance.push(soon.clone())), frozen(Severity::Note));
        let over = MaintenanceWindow { until: Some(later(0)), ..window(true) };
        assert_eq!(also(&|cloud| cloud.maintenance.push(over.clone())), []);
    }

    #[test]
    fn a_way_back_that_the_plan_closes_is_told_with_the_time_left() {
        let until = crate::fixtures::OBSERVED_AT + jiff::SignedDuration::from_hours(30);
        let open = |cloud: &mut CloudCluster| {
            cloud.rollback = Some(Rollback { to: Version::new(1, 32, 9), image: None, until: Some(until) });
        };
        assert_eq!(found(ProviderKind::Eks, open).len(), 2);
    }
}
