//! The lane that takes one pool to a version.

use super::draft::Draft;
use super::names;
use crate::ids::PoolName;
use crate::inventory::{CloudNames, Pool, PoolKind};
use crate::plan::{
    Amount, CloudAction, CloudCondition, Force, Lane, LaunchTemplate, ProviderKind, Renewal, Reversal, Step, Strategy,
    Subject, Surge, SurgeAmount,
};
use crate::version::{Minor, Version};

pub(super) fn lane(draft: &mut Draft<'_>, name: &PoolName, to: &Version) -> Lane {
    let kind = draft.pool(name).map_or(PoolKind::Managed, |pool| pool.kind);
    let steps = match (kind, draft.options.strategy) {
        (PoolKind::Managed, Strategy::NewPools { at_once, soak_s }) => {
            let new = names::successor(draft.provider(), name, to.minor());
            by_new_pool(draft, (name, &new), to, at_once, soak_s)
        }
        (PoolKind::Managed, Strategy::Rolling { .. } | Strategy::AllAtOnce) => in_place(draft, name, to),
        (PoolKind::PerPod, _) => vec![renew(draft, name, to, Renewal::WithPod)],
        (PoolKind::SelfManaged, _) if !has_custom_image(draft, name) => {
            vec![renew(draft, name, to, Renewal::ByOwner)]
        }
        (PoolKind::SelfManaged, _) if template(draft, name, to).is_some() => in_place(draft, name, to),
        (PoolKind::Automatic | PoolKind::Karpenter | PoolKind::SelfManaged, _) => vec![follow(draft, name, to, kind)],
    };
    Lane { subject: Subject::Pool(name.clone()), steps }
}

/// The cloud replaces the nodes; how it does is set for the run and put back.
pub(super) fn in_place(draft: &mut Draft<'_>, name: &PoolName, to: &Version) -> Vec<Step> {
    let current = draft.pool(name).map(|pool| pool.surge.clone()).unwrap_or_default();
    let wanted = wanted(draft, name, &current);
    if wanted.holds_in(&current) {
        return vec![upgrade(draft, name, to)];
    }
    let before = wanted.replaced_in(&current);
    vec![configure(draft, name, &wanted, &before), upgrade(draft, name, to), configure(draft, name, &before, &wanted)]
}

/// What is asked for, as the cloud can take it: GKE counts nodes, knows no percentages, and a pool that it replaces
/// blue-green does not surge (facts §3.4).
fn wanted(draft: &Draft<'_>, name: &PoolName, current: &Surge) -> Surge {
    let wanted = draft.options.cloud.surge.clone();
    if draft.provider() != ProviderKind::Gke {
        // AKS counts minutes.
        let minutes = |seconds: u32| seconds.div_ceil(60).saturating_mul(60);
        let (drain_timeout_s, soak_s) = (wanted.drain_timeout_s.map(minutes), wanted.soak_s.map(minutes));
        return Surge { drain_timeout_s, soak_s, ..wanted };
    }
    if wanted.strategy.as_ref().or(current.strategy.as_ref()).is_some_and(|way| way == "BLUE_GREEN") {
        return Surge { max_surge: None, max_unavailable: None, ..wanted };
    }
    let nodes = draft.forecast(name).nodes;
    let counted = |amount: SurgeAmount, up: bool| match amount.0 {
        Amount::Count(_) => amount,
        Amount::Percent(percent) => {
            let hundredfold = nodes * u32::from(percent);
            SurgeAmount(Amount::Count(if up { hundredfold.div_ceil(100) } else { hundredfold / 100 }))
        }
    };
    Surge {
        max_surge: wanted.max_surge.map(|amount| counted(amount, true)),
        max_unavailable: wanted.max_unavailable.map(|amount| counted(amount, false)),
        ..wanted
    }
}

/// What somebody else has chosen meanwhile is never overwritten.
pub(super) fn configure(draft: &mut Draft<'_>, name: &PoolName, surge: &Surge, before: &Surge) -> Step {
    let action = CloudAction::ConfigurePool { pool: name.clone(), surge: surge.clone(), before: before.clone() };
    let with = |surge: &Surge| CloudCondition::PoolConfigured { pool: name.clone(), surge: surge.clone() };
    let step = draft.step(action, vec![CloudCondition::Ready, with(before)], vec![with(surge)]);
    Step { reversal: Reversal::Inverse(format!("the pool with {before}")), ..step }
}

fn upgrade(draft: &mut Draft<'_>, name: &PoolName, to: &Version) -> Step {
    let from = draft.at(name).cloned().unwrap_or_else(|| to.clone());
    // With another version comes its newest image.
    let image = draft.pool(name).and_then(|pool| pool.newest_image.clone()).filter(|_| from == *to);
    let action = CloudAction::UpgradePool {
        pool: name.clone(),
        from: from.clone(),
        to: to.clone(),
        image: image.clone(),
        template: template(draft, name, to),
        force: draft.options.cloud.force.contains(&Force::Evictions),
        seen: draft.forecast(name),
    };
    let expects = vec![CloudCondition::Ready, CloudCondition::PoolReady { pool: name.clone() }];
    let goal = with_image(name, to, image);
    let reversal = way_back(draft.provider(), &from);
    draft.set(name, to);
    Step { reversal, ..draft.step(action, expects, goal) }
}

/// The version of the launch template that was given for the pool's last move.
fn template(draft: &Draft<'_>, name: &PoolName, to: &Version) -> Option<LaunchTemplate> {
    let version = draft.options.cloud.templates.get(&draft.origin(name)).filter(|_| draft.ends_at(to))?;
    Some(LaunchTemplate { version: version.clone(), names_image: has_custom_image(draft, name) })
}

/// What holds when a pool is at a version.
pub(super) fn reached(name: &PoolName, to: &Version) -> Vec<CloudCondition> {
    vec![
        CloudCondition::PoolAt { pool: name.clone(), version: to.clone() },
        CloudCondition::PoolReady { pool: name.clone() },
    ]
}

/// What holds when it is at a version, and has an image where that is known.
pub(super) fn with_image(name: &PoolName, to: &Version, image: Option<String>) -> Vec<CloudCondition> {
    let image = image.map(|image| CloudCondition::PoolImage { pool: name.clone(), image });
    reached(name, to).into_iter().chain(image).collect()
}

/// Where each cloud stands on taking a pool back (facts §3.2, §3.4, §3.6).
fn way_back(provider: ProviderKind, from: &Version) -> Reversal {
    match provider {
        ProviderKind::Eks => Reversal::Inverse(format!("a new group at {}, and this one drained", from.minor())),
        ProviderKind::Gke => {
            Reversal::Inverse(format!("RollbackNodePoolUpgrade while it goes on; later a new pool at {from}"))
        }
        ProviderKind::Aks => Reversal::Inverse(format!("the pool's rollback to {from} within 7 days")),
        ProviderKind::Kubeadm | ProviderKind::Manual => Reversal::Nothing,
    }
}

/// A new pool beside the old, the old one drained into it and deleted.
pub(super) fn by_new_pool(
    draft: &mut Draft<'_>,
    (old, new): (&PoolName, &PoolName),
    to: &Version,
    at_once: Amount,
    soak_s: u32,
) -> Vec<Step> {
    let nodes = usize::try_from(draft.forecast(old).nodes).unwrap_or(usize::MAX);
    let at_once = u32::try_from(at_once.of(nodes).max(1)).unwrap_or(u32::MAX);
    let steps = vec![
        create(draft, old, new, to),
        soak(draft, new, soak_s),
        cordon(draft, old, new),
        drain(draft, old, at_once),
        delete(draft, old, new),
    ];
    draft.replace(old, new, to);
    steps
}

fn create(draft: &mut Draft<'_>, old: &PoolName, new: &PoolName, to: &Version) -> Step {
    // GKE tells how many nodes a pool was made with, not how many it has.
    let nodes = match draft.provider() {
        ProviderKind::Gke => draft.forecast(old).nodes,
        ProviderKind::Eks | ProviderKind::Aks | ProviderKind::Kubeadm | ProviderKind::Manual => {
            draft.pool(old).map_or(0, |pool: &Pool| pool.size.nodes)
        }
    };
    let action =
        CloudAction::CreatePool { pool: new.clone(), like: old.clone(), version: to.clone(), image: None, nodes };
    let expects = vec![CloudCondition::Ready, CloudCondition::PoolExists { pool: old.clone() }];
    let mut goal = vec![CloudCondition::PoolExists { pool: new.clone() }];
    goal.extend(reached(new, to));
    let step = draft.step(action, expects, goal);
    Step { reversal: Reversal::Inverse(format!("delete pool {new}")), ..step }
}

fn soak(draft: &mut Draft<'_>, new: &PoolName, seconds: u32) -> Step {
    let expects = vec![CloudCondition::PoolExists { pool: new.clone() }];
    let goal = vec![CloudCondition::PoolReadyFor { pool: new.clone(), seconds }];
    draft.step(CloudAction::SoakPool { pool: new.clone(), seconds }, expects, goal)
}

/// No new pod goes to the one pool while the other is there for it.
pub(super) fn cordon(draft: &mut Draft<'_>, old: &PoolName, new: &PoolName) -> Step {
    let expects = vec![CloudCondition::PoolReady { pool: new.clone() }];
    let goal = vec![CloudCondition::PoolUnschedulable { pool: old.clone() }];
    let step = draft.step(CloudAction::CordonPool { pool: old.clone() }, expects, goal);
    Step { reversal: Reversal::Inverse(format!("uncordon the nodes of pool {old}")), ..step }
}

/// Empties a pool.
pub(super) fn drain(draft: &mut Draft<'_>, old: &PoolName, at_once: u32) -> Step {
    let policy = draft.options.drain;
    let action = CloudAction::DrainPool { pool: old.clone(), at_once, policy, seen: draft.forecast(old) };
    let expects = vec![CloudCondition::PoolUnschedulable { pool: old.clone() }];
    let goal = vec![CloudCondition::PoolDrained { pool: old.clone(), policy }];
    let step = draft.step(action, expects, goal);
    Step { reversal: Reversal::Inverse(format!("uncordon pool {old}, drain the new one")), ..step }
}

/// Deletes an empty pool while the other is well.
pub(super) fn delete(draft: &mut Draft<'_>, old: &PoolName, new: &PoolName) -> Step {
    let policy = draft.options.drain;
    let expects = vec![
        CloudCondition::Ready,
        CloudCondition::PoolReady { pool: new.clone() },
        CloudCondition::PoolDrained { pool: old.clone(), policy },
    ];
    let goal = vec![CloudCondition::PoolGone { pool: old.clone() }];
    let step = draft.step(CloudAction::DeletePool { pool: old.clone() }, expects, goal);
    let how = "a new pool at the old version, while the skew policy bears it".to_owned();
    Step { reversal: Reversal::Inverse(how), ..step }
}

/// Whether it is the cloud that replaces the nodes all the same, once its owner has given the pool an image of their own.
pub(super) fn has_custom_image(draft: &Draft<'_>, name: &PoolName) -> bool {
    draft.pool(name).is_some_and(|pool| pool.kind == PoolKind::SelfManaged && pool.image_type.is_some())
}

/// The nodes of another version are emptied some at a time, and others come in their place.
pub(super) fn renew(draft: &mut Draft<'_>, name: &PoolName, to: &Version, renewal: Renewal) -> Step {
    let seen = draft.forecast(name);
    let nodes = usize::try_from(seen.nodes).unwrap_or(usize::MAX);
    let at_once = match draft.options.strategy {
        Strategy::Rolling { max_unavailable: at_once } | Strategy::NewPools { at_once, .. } => at_once.of(nodes).max(1),
        Strategy::AllAtOnce => nodes.max(1),
    };
    let at_once = u32::try_from(at_once).unwrap_or(u32::MAX);
    let policy = draft.options.drain;
    let action = CloudAction::RenewPool { pool: name.clone(), to: to.clone(), renewal, at_once, policy, seen };
    let expects = vec![CloudCondition::PoolExists { pool: name.clone() }];
    let goal = reached(name, to);
    draft.set(name, to);
    let back = match renewal {
        Renewal::WithPod => "the same once the control plane is back: each machine is of its version".to_owned(),
        Renewal::ByOwner => "the same with the template of the older version".to_owned(),
    };
    Step { reversal: Reversal::Inverse(back), ..draft.step(action, expects, goal) }
}

/// Nodes that are not the cloud's to replace when told to.
fn follow(draft: &mut Draft<'_>, name: &PoolName, to: &Version, kind: PoolKind) -> Step {
    let by = match kind {
        PoolKind::Managed | PoolKind::Automatic => "the cloud replaces these nodes by itself".to_owned(),
        PoolKind::Karpenter => {
            let notes = draft.pool(name).map(|pool| pool.notes.as_slice()).unwrap_or_default();
            let said = std::iter::once("Karpenter replaces nodes that differ from what it would make now");
            said.chain(notes.iter().map(String::as_str)).collect::<Vec<_>>().join("; ")
        }
        PoolKind::SelfManaged | PoolKind::PerPod => own_image(draft, name, to.minor()),
    };
    wait_for(draft, name, to, by)
}

/// What an image of the owner's takes, as it would be typed.
fn own_image(draft: &Draft<'_>, name: &PoolName, minor: Minor) -> String {
    let CloudNames { region, cluster, .. } = &draft.cloud.names;
    let template = draft.pool(name).and_then(|pool| pool.template.as_deref()).unwrap_or_default();
    let (template, version) = template.split_once(" version ").unwrap_or((template, "VERSION"));
    let by = if template.starts_with("lt-") { "id" } else { "name" };
    format!(
        "make a version of its launch template with an image of {minor} (aws ec2 create-launch-template-version --region \
         {region} --launch-template-{by} {template} --source-version {version} --launch-template-data ImageId=AMI), and update \
         the group to that (aws eks update-nodegroup-version --region {region} --cluster-name {cluster} --nodegroup-name {name} \
         --launch-template {by}={template},version=VERSION)"
    )
}

/// Waits until somebody has replaced a pool's nodes, or taken them away.
pub(super) fn wait_for(draft: &mut Draft<'_>, name: &PoolName, to: &Version, by: String) -> Step {
    let action = CloudAction::FollowPool { pool: name.clone(), to: to.clone(), by };
    let goal = reached(name, to);
    draft.set(name, to);
    draft.step(action, Vec::new(), goal)
}
