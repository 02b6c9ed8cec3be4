use super::super::{plan, stale};
use crate::component::Component;
use crate::facts::Facts;
use crate::fixtures::{managed, request};
use crate::ids::{PoolName, RunId, StepId};
use crate::inventory::{CloudOperation, CloudState, Inventory, Offer, PoolKind, Rollback};
use crate::journal::{Entry, How, Record, fold};
use crate::lint;
use crate::plan::{
    Action, Amount, CloudAction, Force, NodeHops, Options, Plan, PlanFile, PlanKind, ProviderKind, Renewal, StageKind,
    Strategy, Surge,
};
use crate::planner::{PlanError, Request};
use crate::version::{Minor, Version};

const CLOUDS: [ProviderKind; 3] = [ProviderKind::Eks, ProviderKind::Gke, ProviderKind::Aks];

fn inventory(provider: ProviderKind) -> Inventory {
    managed(provider, &Version::new(1, 33, 7))
}

fn asked(provider: ProviderKind, to: &str, options: Options) -> Request<'static> {
    Request { provider, options, ..request(to) }
}

fn planned(provider: ProviderKind, to: &str, change: impl FnOnce(&mut Options)) -> Plan {
    let mut options = Options::default();
    change(&mut options);
    let inventory = inventory(provider);
    let plan = plan(&inventory, &asked(provider, to, options)).unwrap();
    assert_eq!(lint::lint(&plan, &inventory, Facts::shared()), []);
    plan
}

fn line(action: &Action) -> String {
    let Action::Cloud(action) = action else { return format!("{action:?}") };
    match action {
        CloudAction::StopOperation { id, .. } => format!("stop {id}"),
        CloudAction::RefreshInsights => "refresh".to_owned(),
        CloudAction::UpgradeControlPlane { to, .. } => format!("control plane {}", to.minor()),
        CloudAction::UpgradeAddon { addon, to, .. } => format!("{addon} {to}"),
        CloudAction::UpgradePool { pool, from, to, .. } => format!("{pool} {} {}", from.minor(), to.minor()),
        CloudAction::ConfigurePool { pool, surge, .. } => format!("{pool} {surge}"),
        CloudAction::CreatePool { pool, like, .. } => format!("{pool} like {like}"),
        CloudAction::SoakPool { pool, .. } => format!("soak {pool}"),
        CloudAction::CordonPool { pool } => format!("cordon {pool}"),
        CloudAction::DrainPool { pool, at_once, .. } => format!("drain {pool} by {at_once}"),
        CloudAction::DeletePool { pool } => format!("delete {pool}"),
        CloudAction::RenewPool { pool, to, at_once, .. } => format!("renew {pool} {} by {at_once}", to.minor()),
        CloudAction::FollowPool { pool, to, .. } => format!("follow {pool} {}", to.minor()),
        CloudAction::CompleteControlPlane { .. }
        | CloudAction::RollbackControlPlane { .. }
        | CloudAction::RollbackPool { .. }
        | CloudAction::UncordonPool { .. } => format!("{action:?}"),
    }
}

fn lines(plan: &Plan) -> Vec<String> {
    plan.steps().map(|step| line(&step.action)).collect()
}

#[test]
fn the_control_plane_comes_first_then_add_ons_then_pools() {
    assert_eq!(
        lines(&planned(ProviderKind::Eks, "1.34", |_| {})),
        ["refresh", "control plane 1.34", "kube-proxy v1.34.0-eksbuild.2", "api 1.33 1.34", "web 1.33 1.34",]
    );
    for provider in [ProviderKind::Gke, ProviderKind::Aks] {
        assert_eq!(lines(&planned(provider, "1.34", |_| {})), ["control plane 1.34", "api 1.33 1.34", "web 1.33 1.34"]);
    }
}

#[test]
fn every_pool_follows_at_each_minor_unless_as_few_as_can_be_are_asked_for() {
    for provider in CLOUDS {
        let pools = |plan: &Plan| {
            plan.steps().filter(|step| matches!(step.action, Action::Cloud(CloudAction::UpgradePool { .. }))).count()
        };
        assert_eq!(pools(&planned(provider, "1.36", |_| {})), 6);
        let fewest = planned(provider, "1.36", |options| options.cloud.node_hops = NodeHops::Fewest);
        // GKE bears nodes two minors behind: three hops take a stop on the way.
        assert_eq!(pools(&fewest), if provider == ProviderKind::Gke { 4 } else { 2 }, "{:?}", lines(&fewest));
        assert_eq!(fewest.hops.len(), 3);
    }
}

#[test]
fn settings_are_put_back_after_each_pool() {
    let mut inventory = inventory(ProviderKind::Gke);
    let amount = |text: &str| Some(text.parse().unwrap());
    let current = Surge { max_surge: amount("1"), max_unavailable: amount("0"), ..Surge::default() };
    for pool in &mut inventory.cloud.as_mut().unwrap().pools {
        pool.surge = current.clone();
    }
    let mut options = Options::default();
    options.cloud.surge.max_surge = amount("3");
    let plan = plan(&inventory, &asked(ProviderKind::Gke, "1.34", options)).unwrap();
    assert_eq!(lines(&plan)[1..4], ["api max surge 3", "api 1.33 1.34", "api max surge 1"]);
}

#[test]
fn gke_counts_nodes_and_leaves_blue_green_pools_as_they_are() {
    let mut inventory = inventory(ProviderKind::Gke);
    let amount = |text: &str| Some(text.parse().unwrap());
    let pools = &mut inventory.cloud.as_mut().unwrap().pools;
    let strategy = |word: &str| Some(word.to_owned());
    pools[0].surge = Surge { max_surge: amount("2"), strategy: strategy("SURGE"), ..Surge::default() };
    pools[1].surge.strategy = strategy("BLUE_GREEN");
    let mut options = Options::default();
    options.cloud.surge.max_surge = amount("50%");
    let plan = plan(&inventory, &asked(ProviderKind::Gke, "1.34", options)).unwrap();
    assert_eq!(lines(&plan)[1..], ["api max surge 1", "api 1.33 1.34", "api max surge 2", "web 1.33 1.34"]);
}

#[test]
fn the_second_step_of_a_control_plane_comes_after_its_soak_and_before_the_pools() {
    let plan = planned(ProviderKind::Gke, "1.34", |options| options.cloud.control_plane_soak_s = Some(21_600));
    let steps: Vec<_> = plan.steps().collect();
    assert!(matches!(steps[1].action, Action::Cloud(CloudAction::CompleteControlPlane { .. })));
    assert!(matches!(steps[2].action, Action::Cloud(CloudAction::UpgradePool { .. })));
    let soaked = |step: &crate::plan::Step| {
        step.expects.contains(&crate::plan::Condition::Cloud(crate::plan::CloudCondition::ControlPlaneSoaked))
    };
    assert!(soaked(steps[1]) && steps[1].limits.deadline_s > 7 * 24 * 60 * 60);
}

#[test]
fn a_new_pool_takes_an_old_ones_place() {
    let plan = planned(ProviderKind::Eks, "1.35", |options| {
        options.strategy = Strategy::NewPools { at_once: Amount::Percent(50), soak_s: 300 };
        options.cloud.pools = vec![PoolName::new("web")];
    });
    let of_first_hop = ["web-1-34 like web", "soak web-1-34", "cordon web", "drain web by 1", "delete web"];
    let of_second_hop =
        ["web-1-35 like web-1-34", "soak web-1-35", "cordon web-1-34", "drain web-1-34 by 1", "delete web-1-34"];
    assert_eq!(lines(&plan)[3..8], of_first_hop);
    assert_eq!(lines(&plan)[11..], of_second_hop);
}

#[test]
fn a_canary_moves_first_and_alone() {
    let plan = planned(ProviderKind::Aks, "1.34", |options| {
        options.cloud.canary = Some(PoolName::new("web"));
        options.strategy = Strategy::AllAtOnce;
    });
    let workers: Vec<usize> =
        plan.stages.iter().filter(|stage| stage.kind == StageKind::Workers).map(|stage| stage.lanes.len()).collect();
    assert_eq!(workers, [1, 1]);
    assert_eq!(lines(&plan)[1..], ["web 1.33 1.34", "api 1.33 1.34"]);
}

#[test]
fn pools_move_in_the_order_in_which_they_were_named() {
    let plan =
        planned(ProviderKind::Aks, "1.34", |options| options.cloud.pools = ["web", "api"].map(PoolName::new).to_vec());
    assert_eq!(lines(&plan)[1..], ["web 1.33 1.34", "api 1.33 1.34"]);
}

#[test]
fn pools_whose_version_stays_get_a_newer_image_where_that_is_asked_for() {
    let mut seen = inventory(ProviderKind::Aks);
    let pools = &mut seen.cloud.as_mut().unwrap().pools;
    (pools[0].image, pools[0].newest_image) = (Some("old".to_owned()), Some("new".to_owned()));
    let images = |seen: &Inventory, to: &str, options: Options| {
        let plan = plan(seen, &asked(ProviderKind::Aks, to, options)).unwrap();
        assert_eq!(lint::lint(&plan, seen, Facts::shared()), []);
        let image = |action: &Action| match action {
            Action::Cloud(CloudAction::UpgradePool { pool, image, .. }) => Some((pool.to_string(), image.clone())),
            _ => None,
        };
        plan.steps().filter_map(|step| image(&step.action)).collect::<Vec<_>>()
    };
    let renewed = [("api".to_owned(), Some("new".to_owned()))];
    let mut options = Options::default();
    options.cloud.node_images = true;
    assert_eq!(images(&seen, "1.33.7", options.clone()), renewed);
    let moved = ["api", "web"].map(|name| (name.to_owned(), None));
    assert_eq!(images(&seen, "1.34", options), moved, "the newest comes with the version");
    let none = plan(&seen, &asked(ProviderKind::Aks, "1.33.7", Options::default()));
    assert!(matches!(none, Err(PlanError::NothingToDo { .. })), "{none:?}");
}

#[test]
fn nodes_that_are_not_the_clouds_to_replace_are_waited_for() {
    let mut inventory = inventory(ProviderKind::Eks);
    inventory.cloud.as_mut().unwrap().pools[1].kind = PoolKind::Karpenter;
    let plan = plan(&inventory, &asked(ProviderKind::Eks, "1.34", Options::default())).unwrap();
    assert_eq!(lines(&plan)[3..], ["api 1.33 1.34", "follow web 1.34"]);
}

#[test]
fn nodes_of_fargate_and_of_the_operator_are_emptied_for_others_to_come() {
    for (kind, renewal) in [(PoolKind::PerPod, Renewal::WithPod), (PoolKind::SelfManaged, Renewal::ByOwner)] {
        let mut inventory = inventory(ProviderKind::Eks);
        let pool = &mut inventory.cloud.as_mut().unwrap().pools[1];
        (pool.kind, pool.version, pool.image_type) = (kind, None, None);
        let request = asked(ProviderKind::Eks, "1.34", Options::default());
        let plan = plan(&inventory, &request).unwrap();
        assert_eq!(lines(&plan)[3..], ["api 1.33 1.34", "renew web 1.34 by 1"]);
        assert_eq!(lint::lint(&plan, &inventory, Facts::shared()), []);
        let step = plan.steps().last().unwrap();
        let Action::Cloud(CloudAction::RenewPool { renewal: found, seen, .. }) = &step.action else { panic!() };
        assert_eq!((*found, seen.nodes, step.goal.len()), (renewal, 1, 2));
    }
    // EKS itself moves a group with an image of its owner's, once that has named it.
    let mut inventory = inventory(ProviderKind::Eks);
    let pool = &mut inventory.cloud.as_mut().unwrap().pools[1];
    (pool.kind, pool.image_type) = (PoolKind::SelfManaged, Some("CUSTOM".to_owned()));
    let plan = plan(&inventory, &asked(ProviderKind::Eks, "1.34", Options::default())).unwrap();
    assert_eq!(lines(&plan)[4], "follow web 1.34");
}

#[test]
fn what_cannot_be_planned_is_said() {
    let refused = |change: &dyn Fn(&mut Inventory, &mut Options)| {
        let (mut inventory, mut options) = (inventory(ProviderKind::Gke), Options::default());
        change(&mut inventory, &mut options);
        plan(&inventory, &asked(ProviderKind::Gke, "1.36", options)).unwrap_err()
    };
    assert!(matches!(refused(&|seen, _| seen.cloud = None), PlanError::CloudUnknown { .. }));
    let pool = |name| vec![PoolName::new(name)];
    assert!(matches!(refused(&|_, options| options.cloud.pools = pool("db")), PlanError::UnknownPool { .. }));
    // The pool left alone would be three minors behind.
    assert!(matches!(refused(&|_, options| options.cloud.pools = pool("web")), PlanError::PoolTooOld { .. }));
    let newer = |seen: &mut Inventory, _: &mut Options| {
        seen.cloud.as_mut().unwrap().pools[0].version = Some(Version::new(1, 37, 1));
        seen.nodes[0].kubelet = Version::new(1, 37, 1);
    };
    assert!(matches!(refused(&newer), PlanError::PoolTooNew { .. }));
}

#[test]
fn a_rule_that_is_broken_is_noticed() {
    let inventory = inventory(ProviderKind::Eks);
    let mut plan = plan(&inventory, &asked(ProviderKind::Eks, "1.34", Options::default())).unwrap();
    // Pools before the control plane would be newer than it.
    let workers = plan.stages.pop().unwrap();
    plan.stages.insert(0, workers);
    for (step, number) in
        plan.stages.iter_mut().flat_map(|stage| &mut stage.lanes).flat_map(|lane| &mut lane.steps).zip(1..)
    {
        step.id = crate::ids::StepId(number);
    }
    let broken = lint::lint(&plan, &inventory, Facts::shared());
    assert!(broken.iter().any(|broken| broken.law == lint::Law::Skew), "{broken:?}");
}

/// A run that has begun the steps of these numbers, and its way back when the cluster then looks like this.
fn back(plan: Plan, begun: &[u32], change: impl FnOnce(&mut Inventory)) -> Result<Plan, PlanError> {
    let mut inventory = inventory(plan.provider);
    change(&mut inventory);
    let request = asked(plan.provider, "1.34", plan.options.clone());
    let file = PlanFile::seal(plan);
    let start = Entry::RunStarted {
        run: RunId::new("r"),
        plan: file.digest.clone(),
        cluster: inventory.cluster.uid.clone(),
        holder: String::new(),
        tool: String::new(),
    };
    let done = |step: &u32| Entry::StepFinished { step: StepId(*step), how: How::AlreadyDone, observed: Vec::new() };
    let entries = std::iter::once(start).chain(begun.iter().map(done));
    let at = inventory.observed_at;
    let records: Vec<Record> = (0..).zip(entries).map(|(sequence, entry)| Record { sequence, at, entry }).collect();
    super::super::back(&file, &fold(&records).unwrap(), &inventory, &request)
}

#[test]
fn a_new_pool_goes_again_while_the_old_one_stands() {
    let plan = planned(ProviderKind::Gke, "1.34", |options| {
        options.strategy = Strategy::NewPools { at_once: Amount::Count(1), soak_s: 300 };
        options.cloud.pools = vec![PoolName::new("web")];
    });
    let half_way = |seen: &mut Inventory| {
        let to = Version::new(1, 34, 3);
        let cloud = seen.cloud.as_mut().unwrap();
        cloud.version = to.clone();
        let mut new = cloud.pools[1].clone();
        (new.name, new.version) = (PoolName::new("web-1-34"), Some(to));
        cloud.pools.push(new);
    };
    let way = back(plan.clone(), &[1, 2, 3, 4, 5], half_way).unwrap();
    assert_eq!(lines(&way)[1..], ["cordon web-1-34", "drain web-1-34 by 1", "delete web-1-34"]);
    assert!(lines(&way)[0].starts_with("UncordonPool"));
    // GKE takes a control plane of one step nowhere.
    assert_eq!((way.hops.len(), way.kind), (0, PlanKind::Rollback));
    let gone = |seen: &mut Inventory| {
        half_way(seen);
        seen.cloud.as_mut().unwrap().pools.remove(1);
    };
    assert!(matches!(back(plan, &[1, 2, 3, 4, 5, 6], gone), Err(PlanError::NothingToTakeBack)));
}

#[test]
fn a_pool_that_was_stopped_half_way_goes_back_though_its_oldest_node_never_moved() {
    for provider in [ProviderKind::Gke, ProviderKind::Aks] {
        let plan = planned(provider, "1.34", |options| options.cloud.pools = vec![PoolName::new("web")]);
        let stopped = |seen: &mut Inventory| {
            let to = Version::new(1, 34, 3);
            let cloud = seen.cloud.as_mut().unwrap();
            (cloud.version, cloud.pools[1].version) = (to.clone(), Some(to));
        };
        let way = back(plan.clone(), &[1, 2], stopped).unwrap();
        assert!(matches!(&lines(&way)[..], [line] if line.starts_with("RollbackPool")), "{:?}", lines(&way));
        let untouched = |seen: &mut Inventory| seen.cloud.as_mut().unwrap().version = Version::new(1, 34, 3);
        assert!(matches!(back(plan, &[1, 2], untouched), Err(PlanError::NothingToTakeBack)));
    }
}

#[test]
fn what_only_aks_lets_be_set_is_set_there_in_minutes_and_refused_elsewhere() {
    let options = || {
        let mut options = Options::default();
        options.cloud.surge.drain_timeout_s = Some(601);
        options
    };
    let plan_for = |provider| plan(&inventory(provider), &asked(provider, "1.34", options()));
    let lines = lines(&plan_for(ProviderKind::Aks).unwrap());
    assert!(lines.iter().any(|line| line.contains("drain timeout 11 min")), "{lines:?}");
    for provider in [ProviderKind::Eks, ProviderKind::Gke] {
        assert!(matches!(plan_for(provider), Err(PlanError::NoSuchSetting { setting: "--node-drain", .. })));
    }
}

#[test]
fn what_goes_on_is_stopped_only_where_that_is_asked_for() {
    let running = |provider| {
        let mut seen = inventory(provider);
        let on = Some("web".to_owned());
        let operation = CloudOperation { id: "op-1".to_owned(), kind: "Upgrading".to_owned(), on, since: None };
        seen.cloud.as_mut().unwrap().operations.push(operation);
        seen
    };
    let planned = |provider, force: &[Force]| {
        let mut options = Options::default();
        options.cloud.force = force.to_vec();
        plan(&running(provider), &asked(provider, "1.34", options)).map(|plan| lines(&plan)[0].clone())
    };
    assert_eq!(planned(ProviderKind::Aks, &[]).unwrap(), "control plane 1.34");
    assert_eq!(planned(ProviderKind::Aks, &[Force::Operations]).unwrap(), "stop op-1");
    let eks = planned(ProviderKind::Eks, &[Force::Operations]);
    assert!(matches!(eks, Err(PlanError::NoSuchSetting { .. })));
}

#[test]
fn what_the_cloud_does_not_offer_is_told_with_what_it_does() {
    let offers = |change: fn(&mut Inventory), to: &str| {
        let mut seen = inventory(ProviderKind::Aks);
        change(&mut seen);
        match plan(&seen, &asked(ProviderKind::Aks, to, Options::default())) {
            Err(PlanError::CloudDoesNotOffer { offers, recovery, .. }) => (offers.len(), recovery),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(offers(|_| {}, "1.38"), (3, None));
    let outside = |seen: &mut Inventory| {
        let cloud = seen.cloud.as_mut().unwrap();
        cloud.offers.retain(|offer| offer.version.minor() >= Minor::new(1, 35));
        cloud.offers[0].reachable = true;
        cloud.offers[1].reachable = false;
    };
    assert_eq!(offers(outside, "1.35"), (2, Some(Version::new(1, 35, 3))));
}

/// A cluster of AKS from which these minors are offered, those that it can be taken to in one step with a mark.
fn offered(minors: &[(u16, bool)]) -> Inventory {
    let mut seen = inventory(ProviderKind::Aks);
    let cloud = seen.cloud.as_mut().unwrap();
    let like = cloud.offers[0].clone();
    let offer = |(minor, reachable): &(u16, bool)| Offer {
        version: Version::new(1, *minor, 3),
        reachable: *reachable,
        ..like.clone()
    };
    cloud.offers = minors.iter().map(offer).collect();
    seen
}

fn skipping(seen: &Inventory, to: &str, change: impl FnOnce(&mut Options)) -> Result<Plan, PlanError> {
    let mut options = Options::default();
    options.cloud.skip_minors = true;
    change(&mut options);
    plan(seen, &asked(ProviderKind::Aks, to, options))
}

#[test]
fn under_long_term_support_a_hop_may_skip_minors_where_that_is_asked_for() {
    let seen = offered(&[(34, true), (35, false), (36, true)]);
    let one = skipping(&seen, "1.36", |_| {}).unwrap();
    assert_eq!(lines(&one), ["control plane 1.36", "api 1.33 1.36", "web 1.33 1.36"]);
    assert!(one.hops[0].notes.iter().any(|note| note.contains("1.34 the first left out")), "{:?}", one.hops);
    assert_eq!(skipping(&seen, "1.35", |_| {}).unwrap().hops.len(), 2, "no further than the target");
    let unasked = plan(&seen, &asked(ProviderKind::Aks, "1.36", Options::default())).unwrap();
    assert_eq!(unasked.hops.len(), 3);
    // What the cloud does not offer any more when the plan is loaded is no way.
    let later = offered(&[(34, true), (35, false), (36, false)]);
    assert!(!lint::lint(&one, &later, Facts::shared()).is_empty());
    let gke = Request { provider: ProviderKind::Gke, ..asked(ProviderKind::Gke, "1.34", one.options.clone()) };
    assert!(matches!(plan(&inventory(ProviderKind::Gke), &gke), Err(PlanError::NoSuchSetting { .. })));
}

#[test]
fn out_of_support_the_whole_cluster_goes_in_one_call_and_on_from_there() {
    let seen = offered(&[(37, true), (38, false)]);
    let plan = skipping(&seen, "1.37", |_| {}).unwrap();
    let [step] = &plan.steps().collect::<Vec<_>>()[..] else { panic!("{:?}", lines(&plan)) };
    let Action::Cloud(CloudAction::UpgradeControlPlane { along: Some(along), .. }) = &step.action else {
        panic!("{:?}", step.action)
    };
    assert_eq!(along.pools, ["api", "web"].map(PoolName::new));
    assert_eq!(along.seen.nodes, 2);
    // Kubelets are four minors older for a while, as AKS has it; alone the control plane may not go.
    let mut alone = plan.clone();
    let Action::Cloud(CloudAction::UpgradeControlPlane { along, .. }) = &mut alone.stages[0].lanes[0].steps[0].action
    else {
        panic!("{:?}", lines(&plan))
    };
    *along = None;
    let broken = lint::lint(&alone, &seen, Facts::shared());
    assert!(broken.iter().any(|broken| broken.law == lint::Law::Skew), "{broken:?}");
    let on = skipping(&seen, "1.38", |_| {}).unwrap();
    assert_eq!(lines(&on), ["control plane 1.37", "control plane 1.38", "api 1.37 1.38", "web 1.37 1.38"]);
    let some = skipping(&seen, "1.37", |options| options.cloud.pools = vec![PoolName::new("web")]);
    assert!(matches!(some, Err(PlanError::WholeClusterOnly { setting: "--pool" })), "{some:?}");
}

#[test]
fn a_control_plane_goes_back_after_its_pools_and_add_ons() {
    let plan = planned(ProviderKind::Eks, "1.34", |_| {});
    let done = |open: bool| {
        move |seen: &mut Inventory| {
            let to = Version::new(1, 34, 3);
            let cloud = seen.cloud.as_mut().unwrap();
            cloud.version = to.clone();
            cloud.rollback = open.then(|| Rollback { to: Version::new(1, 33, 7), image: None, until: None });
            for pool in &mut cloud.pools {
                pool.version = Some(to.clone());
            }
            cloud.addons[0].version = "v1.34.0-eksbuild.2".to_owned();
            seen.nodes.iter_mut().for_each(|node| node.kubelet = to.clone());
            for instance in &mut seen.components {
                if matches!(instance.component, Component::Kubelet | Component::ApiServer | Component::KubeProxy) {
                    instance.version = to.clone();
                }
            }
        }
    };
    let all: Vec<u32> = plan.steps().map(|step| step.id.0).collect();
    let way = back(plan.clone(), &all, done(true)).unwrap();
    let said = lines(&way);
    assert_eq!(said[..2], ["web-1-33 like web", "soak web-1-33"]);
    assert_eq!(said[10], "kube-proxy v1.33.0-eksbuild.2");
    assert!(said[11].starts_with("RollbackControlPlane") && said.len() == 12, "{said:?}");
    // When the seven days are over the pools can still go.
    assert_eq!(lines(&back(plan, &all, done(false)).unwrap()).len(), 10);
}

/// Sets up how many nodes every pool surges by.
fn surging(seen: &mut Inventory, by: &str) {
    for pool in &mut seen.cloud.as_mut().unwrap().pools {
        pool.surge.max_surge = Some(by.parse().unwrap());
    }
}

/// A plan that lets pools of that cloud surge by three nodes instead of one.
fn wider(provider: ProviderKind) -> Plan {
    let mut inventory = inventory(provider);
    surging(&mut inventory, "1");
    let mut options = Options::default();
    options.cloud.pools = vec![PoolName::new("web")];
    options.cloud.surge.max_surge = Some("3".parse().unwrap());
    plan(&inventory, &asked(provider, "1.34", options)).unwrap()
}

#[test]
fn a_pool_that_a_run_left_set_up_is_put_back_unless_somebody_chose_otherwise() {
    let plan = wider(ProviderKind::Aks);
    assert_eq!(lines(&plan)[1..], ["web max surge 3", "web 1.33 1.34", "web max surge 1"]);
    let found = |surge: &'static str| back(plan.clone(), &[1, 2], |seen| surging(seen, surge)).map(|way| lines(&way));
    assert_eq!(found("3").unwrap(), ["web max surge 1"]);
    for surge in ["1", "5"] {
        assert!(matches!(found(surge), Err(PlanError::NothingToTakeBack)), "{surge}");
    }
    // An upgrade that goes on is stopped and taken back first.
    let half_way = |seen: &mut Inventory| {
        surging(seen, "3");
        let pool = &mut seen.cloud.as_mut().unwrap().pools[1];
        (pool.version, pool.state) = (Some(Version::new(1, 34, 3)), CloudState::Busy("Upgrading".to_owned()));
    };
    let said = lines(&back(plan.clone(), &[1, 2, 3], half_way).unwrap());
    assert!(said[0].starts_with("RollbackPool") && said[1..] == ["web max surge 1"], "{said:?}");
    let gone = |seen: &mut Inventory| _ = seen.cloud.as_mut().unwrap().pools.remove(1);
    assert!(matches!(back(plan, &[1, 2], gone), Err(PlanError::NothingToTakeBack)));
}

#[test]
fn a_pool_is_as_it_was_before_another_is_made_like_it() {
    let moved = |seen: &mut Inventory| {
        surging(seen, "3");
        seen.nodes.iter_mut().for_each(|node| node.kubelet = Version::new(1, 34, 3));
        let cloud = seen.cloud.as_mut().unwrap();
        (cloud.version, cloud.pools[1].version) = (Version::new(1, 34, 3), Some(Version::new(1, 34, 3)));
    };
    let said = lines(&back(wider(ProviderKind::Gke), &[1, 2, 3], moved).unwrap());
    assert_eq!(said[..2], ["web max surge 1", "web-1-33 like web"]);
}

#[test]
fn a_run_of_pools_alone_goes_back_too() {
    let at = Version::new(1, 34, 3);
    let mut seen = inventory(ProviderKind::Gke);
    seen.cloud.as_mut().unwrap().version = at.clone();
    for instance in seen.components.iter_mut().filter(|one| one.component == Component::ApiServer) {
        instance.version = at.clone();
    }
    let plan = plan(&seen, &asked(ProviderKind::Gke, "1.34", Options::default())).unwrap();
    assert_eq!((plan.hops.len(), lines(&plan)), (0, vec!["api 1.33 1.34".to_owned(), "web 1.33 1.34".to_owned()]));
    let stopped = |seen: &mut Inventory| {
        let cloud = seen.cloud.as_mut().unwrap();
        (cloud.version, cloud.pools[0].version) = (at.clone(), Some(at.clone()));
    };
    let said = lines(&back(plan, &[1], stopped).unwrap());
    assert!(said[0].starts_with("RollbackPool") && said.len() == 1, "{said:?}");
}

#[test]
fn nodes_of_pools_come_and_go_without_making_a_plan_stale() {
    let (plan, seen) = (wider(ProviderKind::Gke), inventory(ProviderKind::Gke));
    let stale = |change: &dyn Fn(&mut Inventory)| {
        let mut seen = seen.clone();
        surging(&mut seen, "1");
        change(&mut seen);
        let told = stale(&plan, &seen).into_iter().map(|one| format!("{}: {}", one.expected, one.found));
        told.collect::<Vec<_>>()
    };
    // An autoscaler adds a node, takes one away, and takes the last one away.
    let another = |seen: &mut Inventory| {
        let mut node = seen.nodes[1].clone();
        node.name = crate::ids::NodeName::new("web-another");
        seen.nodes.push(node);
        seen.cloud.as_mut().unwrap().pools[1].size.nodes = 2;
    };
    assert_eq!(stale(&another), [""; 0]);
    assert_eq!(stale(&|seen| _ = seen.nodes.pop()), [""; 0]);
    let mut without = seen.clone();
    without.nodes.truncate(1);
    let of_none = super::super::plan(&without, &asked(ProviderKind::Gke, "1.34", Options::default())).unwrap();
    assert_eq!(super::super::stale(&of_none, &seen), []);
    let newer = |seen: &mut Inventory| {
        seen.nodes[1].kubelet = Version::new(1, 34, 3);
    };
    assert_eq!(stale(&newer), ["nodes of pool web at 1.33.7: 1.34.3"]);
    assert_eq!(stale(&|seen| _ = seen.cloud.as_mut().unwrap().pools.remove(0)), ["pool api: no such pool"]);
    assert_eq!(stale(&|seen| surging(seen, "3")), [""; 0], "a run set it up and was killed");
    assert_eq!(stale(&|seen| surging(seen, "5")), ["pool web with max surge 1: max surge 5"]);
}
