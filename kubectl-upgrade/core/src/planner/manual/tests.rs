mod coredns;
mod pods;

use super::{Component, Inventory, PlanError, Request, StageKind, Version};
use crate::components::{Components, Execution};
use crate::facts::Facts;
use crate::fixtures::{hand_built, request};
use crate::ids::{NodeName, RunId};
use crate::inventory::{Gap, GapSubject, Instance, Place, RunsAs, VersionSource};
use crate::journal::{Entry, How, Record, fold};
use crate::lint::lint;
use crate::plan::{
    Action, ComponentAction, ComponentCondition, Condition, Plan, PlanFile, PlanKind, ProviderKind, Step,
};
use crate::planner::{back, back_with_etcd, plan};

const FROM: Version = Version::new(1, 34, 9);

fn planned(inventory: &Inventory, components: &Components, to: &str) -> Result<Plan, PlanError> {
    plan(inventory, &Request { provider: ProviderKind::Manual, components: Some(components), ..request(to) })
}

fn sound(to: &str) -> Plan {
    let (inventory, components) = hand_built(&FROM);
    planned(&inventory, &components, to).unwrap()
}

/// `component@host`, in the order of the steps that move them.
fn moves(plan: &Plan) -> Vec<String> {
    let moved = |step: &Step| {
        let Action::Component(action) = &step.action else { return None };
        let (component, _, to) = action.moves()?;
        Some(format!("{component}@{} {to}", action.host().map_or("-", NodeName::as_str)))
    };
    plan.steps().filter_map(moved).filter(|text| !text.starts_with("coredns")).collect()
}

#[test]
fn one_hop_takes_all_api_servers_then_controllers_then_nodes() {
    let plan = sound("1.35.9");
    let expected = [
        "kube-apiserver@m-1 1.35.9",
        "kube-apiserver@m-2 1.35.9",
        "kube-controller-manager@m-1 1.35.9",
        "kube-scheduler@m-1 1.35.9",
        "kube-controller-manager@m-2 1.35.9",
        "kube-scheduler@m-2 1.35.9",
        "kubelet@w-1 1.35.9",
        "kube-proxy@w-1 1.35.9",
        "kubelet@w-2 1.35.9",
        "kube-proxy@w-2 1.35.9",
    ];
    assert_eq!(moves(&plan), expected);
    let first_switch =
        plan.steps().position(|step| matches!(&step.action, Action::Component(action) if action.moves().is_some()));
    let last_fetch = plan
        .steps()
        .enumerate()
        .filter(|(_, step)| matches!(step.action, Action::Component(ComponentAction::Prepare { .. })))
        .map(|(index, _)| index)
        .max();
    assert!(last_fetch < first_switch, "every binary is fetched and asked before the first is switched in");
}

#[test]
fn an_api_server_waits_for_the_others_and_for_etcd() {
    let plan = sound("1.35.9");
    let step = plan.steps().find(|step| step.action.restarts_control_plane()).unwrap();
    let runs: Vec<String> = step
        .expects
        .iter()
        .filter(|condition| matches!(condition, Condition::Component(ComponentCondition::Runs { .. })))
        .map(ToString::to_string)
        .collect();
    assert_eq!(runs, ["etcd running on m-2", "etcd running on w-1", "kube-apiserver running on m-2"]);
    assert!(
        step.interrupts.as_ref().is_some_and(|text| text.contains("load balancer") && text.contains("running pods"))
    );
}

#[test]
fn etcd_goes_member_by_member_before_the_first_hop_where_the_file_says_so() {
    let (inventory, mut components) = hand_built(&FROM);
    let to = |components: &mut Components, version: Version| {
        for host in &mut components.hosts {
            host.parts
                .iter_mut()
                .filter(|part| part.component == Component::Etcd)
                .for_each(|part| part.to = Some(version.clone()));
        }
    };
    to(&mut components, Version::new(3, 6, 8));
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    assert_eq!(moves(&plan)[..3], ["etcd@m-1 3.6.8", "etcd@m-2 3.6.8", "etcd@w-1 3.6.8"]);
    assert!(
        plan.stages
            .iter()
            .take_while(|stage| stage.hop.is_none())
            .all(|stage| stage.kind != StageKind::Etcd || stage.at_once == 1)
    );
    to(&mut components, Version::new(3, 7, 0));
    assert!(matches!(planned(&inventory, &components, "1.35.9"), Err(PlanError::EtcdSkips { .. })));
    to(&mut components, Version::new(3, 4, 13));
    assert!(matches!(planned(&inventory, &components, "1.35.9"), Err(PlanError::EtcdBack { .. })));
}

#[test]
fn backups_are_taken_once_before_the_first_change_and_before_each_further_hop() {
    let (inventory, mut components) = hand_built(&FROM);
    for etcd in components.hosts.iter_mut().flat_map(|host| &mut host.parts) {
        etcd.to = (etcd.component == Component::Etcd).then_some(Version::new(3, 6, 8));
    }
    let plan = planned(&inventory, &components, "1.36").unwrap();
    let kept: Vec<Option<usize>> =
        plan.stages.iter().filter(|stage| stage.kind == StageKind::Backup).map(|stage| stage.hop).collect();
    assert_eq!(kept, [None, Some(1)]);
    let mut files: Vec<&str> = plan
        .steps()
        .filter_map(|step| match &step.action {
            Action::ArchiveFiles { file, .. } | Action::Component(ComponentAction::SnapshotEtcd { file, .. }) => {
                Some(file.as_str())
            }
            _ => None,
        })
        .collect();
    let all = files.len();
    files.sort_unstable();
    files.dedup();
    assert_eq!(files.len(), all, "no backup is written over another");
}

#[test]
fn hosts_that_were_not_seen_are_planned_by_the_file_and_stand_in_the_way_of_a_run() {
    let (mut inventory, components) = hand_built(&FROM);
    let silent = std::mem::take(&mut inventory.hosts).into_keys();
    inventory.gaps = silent
        .map(|name| Gap { subject: GapSubject::Host(name), why: "no route to host".to_owned(), hint: None })
        .collect();
    let on_node = |instance: &Instance| matches!(instance.place, Place::Node(_));
    inventory.components.retain(|instance| !on_node(instance) || instance.source == VersionSource::NodeInfo);
    inventory.components.push(Instance {
        component: Component::ApiServer,
        place: Place::Endpoint,
        version: FROM,
        source: VersionSource::VersionEndpoint,
        detail: None,
    });
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    assert_eq!(moves(&plan), moves(&sound("1.35.9")));
    let blocked: Vec<&str> = plan.blockers().map(|finding| finding.subject.as_str()).collect();
    assert!(blocked.contains(&"host m-1") && blocked.contains(&"host w-1"), "{blocked:?}");
}

#[test]
fn what_is_left_to_a_person_says_what_to_do_and_is_looked_at() {
    let (inventory, mut components) = hand_built(&FROM);
    components.hosts[1].parts[2].execute = Execution::Manual;
    let component = components.hosts[1].parts[2].component;
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    let by_hand: Vec<&Step> =
        plan.steps().filter(|step| matches!(&step.action, Action::Component(ComponentAction::ByHand { .. }))).collect();
    let [step] = by_hand.as_slice() else { panic!("expected one step by hand, found {}", by_hand.len()) };
    let Action::Component(action) = &step.action else { panic!("not a component") };
    assert_eq!(action.moves().map(|(component, _, _)| component), Some(component));
    let how = action.by_hand().unwrap().join("\n");
    assert!(how.contains("https://mirror.example/v1.35.9/amd64/") && how.contains("systemctl restart"), "{how}");
    assert!(step.goal.iter().any(|goal| matches!(goal, Condition::Component(ComponentCondition::At { .. }))));
}

#[test]
fn a_cloud_controller_manager_follows_the_schedulers_where_the_file_says_to_which_version() {
    let (mut inventory, mut components) = hand_built(&FROM);
    let own = Component::CloudControllerManager;
    let found = &mut inventory.hosts.get_mut(&NodeName::new("m-1")).unwrap().components;
    let mut other = found[2].clone();
    (other.component, other.runs) = (own, RunsAs::Unit("ccm.service".to_owned()));
    found.push(other);
    let parts = &mut components.hosts[0].parts;
    let mut part = parts[2].clone();
    (part.component, part.runs) = (own, RunsAs::Unit("ccm.service".to_owned()));
    parts.push(part);
    let moved = |components: &Components| moves(&planned(&inventory, components, "1.35.9").unwrap());
    assert!(moved(&components).iter().all(|text| !text.starts_with("cloud-controller-manager")));
    components.hosts[0].parts.last_mut().unwrap().to = Some(Version::new(1, 35, 2));
    assert_eq!(moved(&components)[4], "cloud-controller-manager@m-1 1.35.2");
}

#[test]
fn what_is_away_is_management_alone_and_less_of_it_where_others_answer() {
    let (mut inventory, mut components) = hand_built(&FROM);
    let away = |inventory: &Inventory, components: &Components| -> Vec<String> {
        let plan = planned(inventory, components, "1.35.9").unwrap();
        plan.steps().filter_map(|step| step.interrupts.clone()).collect()
    };
    let several = away(&inventory, &components);
    let one_of_two = "the API server on m-1 restarts; the others answer through the load balancer, running pods go on";
    assert_eq!(several[0], one_of_two);
    assert!(several.contains(&"kube-scheduler on m-1 restarts; another instance takes over".to_owned()), "{several:?}");

    let other = NodeName::new("m-2");
    inventory.hosts.remove(&other);
    inventory.components.retain(|instance| instance.place != Place::Node(other.clone()));
    components.hosts.retain(|host| host.name != other);
    let single = away(&inventory, &components);
    assert_eq!(single[0], "the API is away while its only server restarts; running pods and their traffic go on");
    let alone = "kube-scheduler on m-1 restarts; nothing is scheduled or repaired meanwhile".to_owned();
    assert!(single.contains(&alone), "{single:?}");
}

#[test]
fn what_is_wrong_on_the_hosts_is_said_before_anything_starts() {
    let (inventory, components) = hand_built(&FROM);
    let refused = |change: &dyn Fn(&mut Inventory, &mut Components)| {
        let (mut inventory, mut components) = (inventory.clone(), components.clone());
        change(&mut inventory, &mut components);
        planned(&inventory, &components, "1.35.9").unwrap_err().to_string()
    };
    let stopped = refused(&|inventory, _| {
        inventory.hosts.get_mut(&NodeName::new("w-1")).unwrap().components[2].active = false;
    });
    assert_eq!(stopped, "expected etcd to run on w-1 as unit etcd.service, found it stopped");
    let missing = refused(&|inventory, _| {
        inventory.hosts.get_mut(&NodeName::new("m-2")).unwrap().components.remove(0);
    });
    assert_eq!(missing, "expected kube-apiserver on m-2 as unit kube-apiserver.service, found no such thing there");
    let unlisted = refused(&|_, components| {
        components.hosts.pop();
    });
    assert_eq!(unlisted, "expected the kubelet of node w-2 in the components file, found none");
    let none = plan(&inventory, &Request { provider: ProviderKind::Manual, ..request("1.35.9") }).unwrap_err();
    assert!(matches!(none, PlanError::NoComponents));
}

#[test]
fn a_second_plan_after_the_upgrade_has_nothing_to_do() {
    let (inventory, components) = hand_built(&Version::new(1, 35, 9));
    assert!(matches!(planned(&inventory, &components, "1.35.9"), Err(PlanError::NothingToDo { .. })));
}

#[test]
fn the_linter_notices_a_changed_order() {
    let (inventory, components) = hand_built(&FROM);
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    assert_eq!(lint(&plan, &inventory, Facts::shared()), []);
    let broken = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan.clone();
        change(&mut plan);
        let steps = plan.stages.iter_mut().flat_map(|stage| &mut stage.lanes).flat_map(|lane| &mut lane.steps);
        for (step, number) in steps.zip(1..) {
            step.id = crate::ids::StepId(number);
        }
        let mut laws: Vec<_> = lint(&plan, &inventory, Facts::shared()).into_iter().map(|broken| broken.law).collect();
        laws.dedup();
        laws
    };
    let stage = |plan: &Plan, kind| plan.stages.iter().position(|stage| stage.kind == kind).unwrap();
    let swapped = broken(&|plan| {
        let (a, b) = (stage(plan, StageKind::ApiServers), stage(plan, StageKind::Controllers));
        plan.stages.swap(a, b);
    });
    assert_eq!(swapped, [crate::lint::Law::Skew]);
    let together = broken(&|plan| {
        let at = stage(plan, StageKind::ApiServers);
        plan.stages[at].at_once = 2;
    });
    assert_eq!(together, [crate::lint::Law::ControlPlaneAlone]);
    let bare = broken(&|plan| {
        let at = stage(plan, StageKind::Backup);
        plan.stages.remove(at);
    });
    assert_eq!(bare, [crate::lint::Law::Backup]);
    let undrained = broken(&|plan| {
        for lane in plan.stages.iter_mut().flat_map(|stage| &mut stage.lanes) {
            lane.steps.retain(|step| !matches!(step.action, Action::Drain { .. }));
        }
    });
    assert_eq!(undrained, [crate::lint::Law::Drained]);
}

/// The way back of a run that has begun every step, when the cluster then looks like this.
fn way_back(plan: Plan, inventory: &Inventory) -> Plan {
    let (file, records) = begun(plan, inventory);
    let request = Request { provider: ProviderKind::Manual, ..request("1.35") };
    back(&file, &fold(&records).unwrap(), inventory, &request).unwrap()
}

fn begun(plan: Plan, inventory: &Inventory) -> (PlanFile, Vec<Record>) {
    let file = PlanFile::seal(plan);
    let start = Entry::RunStarted {
        run: RunId::new("r"),
        plan: file.digest.clone(),
        cluster: inventory.cluster.uid.clone(),
        holder: String::new(),
        tool: String::new(),
    };
    let steps: Vec<_> = file.plan.steps().map(|step| step.id).collect();
    let observed = vec!["snapshot /b/etcd.db size=1 hash=77 revision=5 keys=3".to_owned()];
    let done = |step| Entry::StepFinished { step, how: How::AlreadyDone, observed: observed.clone() };
    let entries = std::iter::once(start).chain(steps.into_iter().map(done));
    let at = inventory.observed_at;
    let records = (0..).zip(entries).map(|(sequence, entry)| Record { sequence, at, entry }).collect();
    (file, records)
}

#[test]
fn the_way_back_is_the_reverse_to_the_binaries_that_were_kept() {
    let plan = sound("1.35.9");
    let (after, _) = hand_built(&Version::new(1, 35, 9));
    let way = way_back(plan.clone(), &after);
    let expected = [
        "kube-proxy@w-2 1.34.9",
        "kubelet@w-2 1.34.9",
        "kube-proxy@w-1 1.34.9",
        "kubelet@w-1 1.34.9",
        "kube-scheduler@m-2 1.34.9",
        "kube-controller-manager@m-2 1.34.9",
        "kube-scheduler@m-1 1.34.9",
        "kube-controller-manager@m-1 1.34.9",
        "kube-apiserver@m-2 1.34.9",
        "kube-apiserver@m-1 1.34.9",
    ];
    assert_eq!(moves(&way), expected);
    assert_eq!((way.kind, way.hops.len(), way.target.clone()), (PlanKind::Rollback, 1, FROM));
    assert_eq!(way.stages[0].kind, StageKind::Backup);

    // Half-way: only one API server had moved.
    let (mut half, _) = hand_built(&FROM);
    for instance in &mut half.components {
        if instance.component == Component::ApiServer && instance.place == Place::Node(NodeName::new("m-1")) {
            instance.version = Version::new(1, 35, 9);
        }
    }
    assert_eq!(moves(&way_back(plan, &half)), ["kube-apiserver@m-1 1.34.9"]);
}

fn with_etcd(plan: Plan, inventory: &Inventory, keep: impl Fn(&Record) -> bool) -> Result<Plan, PlanError> {
    let (file, records) = begun(plan, inventory);
    let request = Request { provider: ProviderKind::Manual, ..request("1.35") };
    let state = fold(&records).unwrap();
    let records: Vec<Record> = records.into_iter().filter(keep).collect();
    back_with_etcd(&file, &state, &records, inventory, &request)
}

/// What the hosts run when etcd's units say what a restore needs to know.
fn described(version: &Version, etcd: &Version) -> Inventory {
    let (mut inventory, _) = hand_built(version);
    for (name, host) in &mut inventory.hosts {
        for part in host.components.iter_mut().filter(|part| part.component == Component::Etcd) {
            part.running = Some(etcd.clone());
            part.arguments =
                ["--name", "--data-dir=/data", "--initial-cluster"].map(str::to_owned).into_iter().collect();
            part.arguments[0] = format!("--name={name}");
            part.arguments[2] = "--initial-cluster=m-1=https://a:2380,m-2=https://b:2380,w-1=https://c:2380".to_owned();
        }
    }
    for instance in inventory.components.iter_mut().filter(|instance| instance.component == Component::Etcd) {
        instance.version = etcd.clone();
    }
    inventory
}

#[test]
fn etcd_is_put_back_to_the_verified_snapshot_when_that_is_asked_for() {
    let (inventory, mut components) = hand_built(&FROM);
    for etcd in components.hosts.iter_mut().flat_map(|host| &mut host.parts) {
        etcd.to = (etcd.component == Component::Etcd).then_some(Version::new(3, 6, 8));
    }
    let plan = planned(&inventory, &components, "1.35.9").unwrap();
    let after = described(&Version::new(1, 35, 9), &Version::new(3, 6, 8));
    let way = with_etcd(plan.clone(), &after, |_| true).unwrap();
    let Some(Action::Component(ComponentAction::RestoreEtcd(restore))) = way.steps().last().map(|step| &step.action)
    else {
        panic!("{:#?}", way.steps().last())
    };
    assert_eq!((restore.taken, restore.hash.as_deref()), (after.observed_at, Some("77")));
    let members: Vec<String> = restore.members.iter().map(|member| member.listed()).collect();
    assert_eq!(members, ["m-1=https://a:2380", "m-2=https://b:2380", "w-1=https://c:2380"]);
    let kept: Vec<String> = restore.members.iter().filter_map(crate::plan::RestoredMember::kept).collect();
    assert_eq!(kept, vec!["/usr/local/bin/etcd-v3.5.26"; 3]);
    let parts = crate::commands::parts(&way.steps().last().unwrap().action).unwrap();
    let modes: Vec<String> = parts.iter().map(|part| format!("{} {}", part.host, part.lines[0].argv[4])).collect();
    let expected = [
        "m-1 check",
        "m-1 stop",
        "m-2 stop",
        "m-1 stop",
        "m-2 stop",
        "w-1 stop",
        "m-1 restore",
        "m-1 add",
        "m-2 join",
        "m-1 add",
        "w-1 join",
        "m-1 whole",
        "m-1 start",
        "m-2 start",
        "m-1 restart",
        "m-2 restart",
        "w-1 restart",
        "w-2 restart",
    ];
    assert_eq!(modes, expected);

    // The components went back before; etcd's own minor did not.
    let before = described(&FROM, &Version::new(3, 6, 8));
    let rest = with_etcd(plan.clone(), &before, |_| true).unwrap();
    assert_eq!((rest.hops.len(), moves(&rest).len(), rest.target.clone()), (0, 0, FROM));
    assert!(matches!(rest.stages.last().map(|stage| stage.kind), Some(StageKind::Restore)));

    let no_snapshot = with_etcd(plan.clone(), &after, |record| matches!(record.entry, Entry::RunStarted { .. }));
    assert!(matches!(no_snapshot, Err(PlanError::NoSnapshot)));
    let (bare, _) = hand_built(&Version::new(1, 35, 9));
    let error = with_etcd(plan, &bare, |_| true).unwrap_err().to_string();
    assert_eq!(error, "etcd cannot be put back by this tool: on m-1, its etcd is started without --name");
}
