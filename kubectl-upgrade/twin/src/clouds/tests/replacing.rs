use super::*;
use crate::clouds::faults::Shortage;
use crate::clouds::operations::{FailureCode, Kind, cancel};
use crate::clouds::pools::{Amount, MemberState, PoolState, Undrainable, roll_back, upgrade};

fn begin(twin: &Twin, minor: u16) -> OperationId {
    twin.with(|world| upgrade(world, "main", to(minor), Request::default())).unwrap()
}

#[tokio::test(start_paused = true)]
async fn nodes_are_replaced_under_a_budget() {
    let twin = at_34(managed(Settings::default(), CloudFaults::default()), shop()).await;
    let id = begin(&twin, 34);
    let mut most = 0;
    while !twin.with(|world| look(world, &id).unwrap().state.ended()) {
        most = most.max(versions(&twin).iter().map(|(_, count)| count).sum());
        let available = testing::pods(&twin, "shop").iter().filter(|(_, _, ready)| *ready).count();
        assert!(available >= 2, "{available}");
        testing::pass(1).await;
    }
    let one = ended(&twin, &id).await;
    assert_eq!((one.state, one.failures.len(), one.progress.unwrap().done), (State::Done, 0, 4));
    assert_eq!(most, 5, "one more at a time");
    assert_eq!(versions(&twin), all_at(34, 4));
    let pool = pool(&twin);
    assert_eq!((pool.state, pool.members.len()), (PoolState::Active, 4));
    assert_eq!(pool.previous.unwrap().version, version(33));
    assert!(twin.with(|world| world.witness.broken_budgets.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn nodes_may_go_before_others_come_and_several_at_a_time() {
    let settings =
        Settings { max_surge: Amount::Count(0), max_unavailable: Amount::Percent(50), ..Settings::default() };
    let twin = at_34(managed(settings, CloudFaults::default()), Vec::new()).await;
    let id = begin(&twin, 34);
    let (mut least, mut most) = (4, 4);
    while !twin.with(|world| look(world, &id).unwrap().state.ended()) {
        let there: usize = versions(&twin).iter().map(|(_, count)| count).sum();
        (least, most) = (least.min(there), most.max(there));
        testing::pass(1).await;
    }
    assert_eq!((least, most), (2, 4));
    assert_eq!(versions(&twin), all_at(34, 4));
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_never_allows_it_fails_the_rollout_in_time() {
    let timeout = Duration::from_secs(15 * MINUTE);
    let settings = Settings { drain_timeout: timeout, undrainable: Undrainable::Fail, ..Settings::default() };
    let twin = at_34(managed(settings, CloudFaults::default()), deadlock()).await;
    let one = ended(&twin, &begin(&twin, 34)).await;
    assert_eq!(one.state, State::Failed);
    let failure = &one.failures[0];
    assert_eq!(failure.code, FailureCode::PodEviction);
    assert_eq!(failure.budgets, ["shop/cart"]);
    assert!(failure.pods[0].starts_with("shop/cart-"), "{failure:?}");
    let pool = pool(&twin);
    assert_eq!((pool.members.len(), pool.health.len(), pool.state), (4, 1, PoolState::Active));
    assert!(pool.members.values().all(|member| member.state == MemberState::Running));
    assert_eq!(testing::pods(&twin, "shop").len(), 1);
    twin.with(|world| {
        let cordoned =
            world.store.list(crate::store::Resource::NODES, None, None).filter(|node| node.summary.unschedulable);
        assert_eq!(cordoned.count(), 0);
    });
}

#[tokio::test(start_paused = true)]
async fn force_ends_what_a_budget_keeps() {
    let settings = Settings {
        drain_timeout: Duration::from_secs(5 * MINUTE),
        undrainable: Undrainable::Fail,
        ..Settings::default()
    };
    let twin = at_34(managed(settings, CloudFaults::default()), deadlock()).await;
    let forced = Target { force: true, ..to(34) };
    let id = twin.with(|world| upgrade(world, "main", forced, Request::default())).unwrap();
    assert_eq!(ended(&twin, &id).await.state, State::Done);
    assert_eq!(versions(&twin), all_at(34, 4));
}

#[tokio::test(start_paused = true)]
async fn a_node_left_aside_keeps_its_replacement() {
    let timeout = Duration::from_secs(5 * MINUTE);
    let settings = Settings { drain_timeout: timeout, undrainable: Undrainable::Quarantine, ..Settings::default() };
    let twin = at_34(managed(settings, CloudFaults::default()), deadlock()).await;
    let one = ended(&twin, &begin(&twin, 34)).await;
    assert_eq!(one.state, State::Failed);
    let aside = pool(&twin).members.values().filter(|member| member.state == MemberState::Quarantined).count();
    assert_eq!(aside, 1);
    assert_eq!(versions(&twin), [(version(33).tag(), 1), (version(34).tag(), 4)]);
}

#[tokio::test(start_paused = true)]
async fn machines_that_cannot_be_had_or_never_join_stop_it() {
    for (faults, code) in [
        (
            CloudFaults { machines_left: Some((1, Shortage::Quota)), ..CloudFaults::default() },
            FailureCode::NoMachine(Shortage::Quota),
        ),
        (CloudFaults { never_joins: Some(1), ..CloudFaults::default() }, FailureCode::NodeNeverJoined),
        (CloudFaults { rollout_fails_after: Some(1), ..CloudFaults::default() }, FailureCode::Internal),
    ] {
        let twin = at_34(managed(Settings::default(), faults), shop()).await;
        let one = ended(&twin, &begin(&twin, 34)).await;
        assert_eq!((one.state, one.failures[0].code), (State::Failed, code));
        assert_eq!(versions(&twin), [(version(33).tag(), 3), (version(34).tag(), 1)]);
        twin.with(|world| world.cloud.as_mut().unwrap().faults.machines_left = None);
        let one = ended(&twin, &begin(&twin, 34)).await;
        assert_eq!(
            (one.state, one.progress.unwrap().total),
            (State::Done, 3),
            "the same again goes on where it stopped"
        );
        assert_eq!(versions(&twin), all_at(34, 4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_rollout_ends_its_node_and_can_be_rolled_back() {
    let twin = at_34(managed(Settings::default(), CloudFaults::default()), shop()).await;
    let id = begin(&twin, 34);
    while twin.with(|world| look(world, &id).unwrap().progress).is_none_or(|progress| progress.done < 2) {
        testing::pass(1).await;
    }
    assert!(matches!(twin.with(|world| roll_back(world, "main", true, Request::default())), Err(Refused::Busy(_))));
    twin.with(|world| cancel(world, &id)).unwrap();
    assert_eq!(ended(&twin, &id).await.state, State::Cancelled);
    assert_eq!(versions(&twin), [(version(33).tag(), 1), (version(34).tag(), 3)]);
    let id = twin.with(|world| roll_back(world, "main", true, Request::default())).unwrap();
    let one = ended(&twin, &id).await;
    assert_eq!((one.kind, one.state), (Kind::PoolRollback, State::Done));
    assert_eq!(versions(&twin), all_at(33, 4));
    assert!(matches!(
        twin.with(|world| roll_back(world, "main", true, Request::default())),
        Err(Refused::NothingToDo(_))
    ));
}
