//! etcd put back to the snapshot that a run took of it before a hop, where the person asks for it by name: everything that
//! was written since is lost, so no way back does it by itself.

use std::collections::BTreeSet;

use super::{CONTROLLERS, ON_NODES, health};
use crate::component::Component;
use crate::components::{self, ComponentHost, Components, Part};
use crate::ids::{NodeName, StepId};
use crate::inventory::RunsAs;
use crate::journal::{Entry, Record};
use crate::plan::{
    Action, ComponentAction, ComponentCondition, Condition, EtcdRestore, Health, KeptBinary, Lane, Plan,
    RestoredMember, Reversal, Stage, StageKind, Step, StoppedServer, Subject, Watchers,
};
use crate::planner::PlanError;
use crate::planner::draft::Draft;

/// The stage that puts etcd back to the snapshot among the steps that kept the cluster before a hop. The binaries that the
/// run put in etcd's place after that snapshot go back with it: an older etcd may not read what a newer one has written.
pub(super) fn stage(
    draft: &mut Draft<'_>,
    plan: &Plan,
    kept: &[&Step],
    begun: &BTreeSet<StepId>,
    records: &[Record],
) -> Result<Stage, PlanError> {
    let (step, host, file) = kept.iter().find_map(|step| snapshot(step)).ok_or(PlanError::NoSnapshot)?;
    let (taken, hash) = records.iter().rev().find_map(|record| verified(record, step)).ok_or(PlanError::NoSnapshot)?;
    let found = components::discover(draft.inventory);
    let mut members: Vec<(&ComponentHost, &Part)> = found.parts(Component::Etcd).collect();
    members.sort_by_key(|(member, _)| member.name != *host);
    if members.first().is_none_or(|(member, _)| member.name != *host) {
        return Err(unfit(host, "the host that has the snapshot has no member of etcd now"));
    }
    let moved =
        plan.steps().filter(|other| other.id > step && begun.contains(&other.id)).filter_map(super::back::component);
    let moved: Vec<&ComponentAction> = moved.filter(|action| super::back::is_ahead(action, draft.inventory)).collect();
    let members = members.iter().map(|(host, part)| member(host, part, &moved)).collect::<Result<Vec<_>, _>>()?;
    let restore = EtcdRestore {
        file: file.to_owned(),
        taken,
        hash,
        token: draft.inventory.observed_at.strftime("%Y%m%dt%H%M%Sz").to_string(),
        members,
        servers: servers(&found)?,
        watchers: watchers(&found),
    };
    Ok(Stage { kind: StageKind::Restore, hop: None, at_once: 1, lanes: vec![lane(draft, restore, host)] })
}

fn snapshot(step: &Step) -> Option<(StepId, &NodeName, &str)> {
    let Action::Component(ComponentAction::SnapshotEtcd { host, file, .. }) = &step.action else { return None };
    Some((step.id, host, file))
}

/// When the step's snapshot was verified, and its hash.
fn verified(record: &Record, step: StepId) -> Option<(jiff::Timestamp, Option<String>)> {
    let Entry::StepFinished { step: ended, observed, .. } = &record.entry else { return None };
    let hash = observed.iter().flat_map(|line| line.split(' ')).find_map(|word| word.strip_prefix("hash="));
    (*ended == step).then(|| (record.at, hash.map(str::to_owned)))
}

fn unfit(host: &NodeName, why: &str) -> PlanError {
    PlanError::EtcdByHand { host: host.clone(), why: why.to_owned() }
}

fn member(host: &ComponentHost, part: &Part, moved: &[&ComponentAction]) -> Result<RestoredMember, PlanError> {
    let flag = |name: &str| {
        let missing = || unfit(&host.name, &format!("its etcd is started without --{name}"));
        part.flag(name).map(str::to_owned).ok_or_else(missing)
    };
    let name = flag("name")?;
    let own = |urls: &str| {
        urls.split(',').filter_map(|url| url.strip_prefix(&format!("{name}=")).map(str::to_owned)).collect()
    };
    let peers: Vec<String> = match (part.flag("initial-advertise-peer-urls"), part.flag("initial-cluster")) {
        (Some(urls), _) => urls.split(',').map(str::to_owned).collect(),
        (None, Some(cluster)) => own(cluster),
        (None, None) => Vec::new(),
    };
    if peers.is_empty() {
        return Err(unfit(&host.name, "its etcd is started without --initial-advertise-peer-urls"));
    }
    let back = moved.iter().find_map(|action| match action.moves() {
        Some((Component::Etcd, from, _)) if action.host() == Some(&host.name) => Some(from.clone()),
        Some(_) | None => None,
    });
    let binary = back.map(|version| match part.runs.manifest().or(part.binary.as_ref()) {
        Some(path) => Ok(KeptBinary { path: path.clone(), version }),
        None => Err(unfit(&host.name, "nobody knows which file its etcd is started from")),
    });
    Ok(RestoredMember {
        host: host.name.clone(),
        runs: part.runs.clone(),
        data: flag("data-dir")?,
        wal: part.flag("wal-dir").filter(|wal| !wal.is_empty()).map(str::to_owned),
        name,
        peers,
        client: health::member(part),
        binary: binary.transpose()?,
    })
}

fn servers(found: &Components) -> Result<Vec<StoppedServer>, PlanError> {
    let server = |(host, part): (&ComponentHost, &Part)| match health::of(part) {
        Health::Url(url) => Ok(StoppedServer { host: host.name.clone(), runs: part.runs.clone(), url }),
        Health::Unit | Health::Etcd(_) => Err(unfit(&host.name, "nobody knows where its API server answers")),
    };
    found.parts(Component::ApiServer).map(server).collect()
}

/// Controllers before nodes, which act on what controllers write.
fn watchers(found: &Components) -> Vec<Watchers> {
    let of = |kinds: &'static [Component]| {
        found.hosts.iter().filter_map(move |host| {
            let parts = kinds.iter().filter_map(|kind| host.part(*kind));
            let runs: Vec<(Component, RunsAs)> = parts.map(|part| (part.component, part.runs.clone())).collect();
            (!runs.is_empty()).then(|| Watchers { host: host.name.clone(), runs })
        })
    };
    of(&CONTROLLERS).chain(of(&ON_NODES)).collect()
}

fn lane(draft: &mut Draft<'_>, restore: EtcdRestore, host: &NodeName) -> Lane {
    let runs =
        |host: &NodeName, component| Condition::Component(ComponentCondition::Runs { host: host.clone(), component });
    let members = || restore.members.iter().map(|member| runs(&member.host, Component::Etcd));
    let servers = || restore.servers.iter().map(|server| runs(&server.host, Component::ApiServer));
    let expects: Vec<Condition> = std::iter::once(Condition::ApiHealthy).chain(members()).chain(servers()).collect();
    let at = restore.members.iter().filter_map(|member| {
        let (host, version) = (member.host.clone(), member.binary.as_ref()?.version.clone());
        Some(Condition::Component(ComponentCondition::At { host, component: Component::Etcd, version }))
    });
    let nodes = restore.watchers.iter().filter(|watchers| draft.node(&watchers.host).is_some());
    let ready: BTreeSet<&NodeName> = nodes.map(|watchers| &watchers.host).collect();
    let ready = ready.into_iter().map(|node| Condition::NodeReady { node: node.clone() });
    let goal: Vec<Condition> = std::iter::once(Condition::OperationSucceeded { node: host.clone() })
        .chain(expects.iter().cloned())
        .chain(at)
        .chain(ready)
        .collect();
    let kept = format!(
        "what etcd had is kept on each host beside its data, as member.before-{}: with the API servers and etcd stopped on \
         all of them, put it back and start them",
        restore.token
    );
    let action = Action::Component(ComponentAction::RestoreEtcd(restore));
    let step = draft.step(action, expects, goal);
    let interrupts =
        "the API is away from the second part until the API servers are started again; containers go on until \
                      the kubelets look again, and then become what the snapshot says"
            .to_owned();
    let step = Step { reversal: Reversal::Inverse(kept), interrupts: Some(interrupts), ..step };
    Lane { subject: Subject::Node(host.clone()), steps: vec![step] }
}
