use super::*;
use crate::clouds::operations::{Kind, Phase, cancel};
use crate::clouds::pools::{
    Amount, BlueGreen, Colour, PoolState, Size, Strategy, complete, create, delete, resize, roll_back, upgrade,
};

fn blue_green() -> Settings {
    let blue_green = BlueGreen {
        batch: Amount::Count(2),
        batch_soak: Duration::from_secs(MINUTE),
        soak: Duration::from_secs(30 * MINUTE),
    };
    Settings { strategy: Strategy::BlueGreen, blue_green, ..Settings::default() }
}

fn begin(twin: &Twin) -> OperationId {
    twin.with(|world| upgrade(world, "main", to(34), Request::default())).unwrap()
}

fn phase(twin: &Twin, id: &OperationId) -> Option<Phase> {
    twin.with(|world| look(world, id).unwrap().progress).map(|progress| progress.phase)
}

async fn reaches(twin: &Twin, id: &OperationId, wanted: Phase) {
    for _ in 0..20_000 {
        if phase(twin, id) == Some(wanted) {
            return;
        }
        testing::pass(1).await;
    }
    panic!("{wanted:?} was never reached");
}

#[tokio::test(start_paused = true)]
async fn blue_green_creates_drains_soaks_and_deletes() {
    let twin = at_34(managed(blue_green(), CloudFaults::default()), shop()).await;
    let id = begin(&twin);
    let mut phases = Vec::new();
    while !twin.with(|world| look(world, &id).unwrap().state.ended()) {
        if let Some(phase) = phase(&twin, &id).filter(|phase| phases.last() != Some(phase)) {
            phases.push(phase);
        }
        let available = testing::pods(&twin, "shop").iter().filter(|(_, _, ready)| *ready).count();
        assert!(available >= 2, "{available}");
        testing::pass(1).await;
    }
    let wanted = [Phase::CreatingGreen, Phase::CordoningBlue, Phase::DrainingBlue, Phase::Soaking, Phase::DeletingBlue];
    assert_eq!(phases, wanted);
    let one = ended(&twin, &id).await;
    assert_eq!((one.state, one.progress.unwrap().done), (State::Done, 4));
    assert!(one.ended.unwrap().duration_since(one.started).as_secs() > 30 * 60);
    assert_eq!(versions(&twin), all_at(34, 4));
    assert!(pool(&twin).members.values().all(|member| member.colour.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_soak_can_be_ended() {
    let twin = at_34(managed(blue_green(), CloudFaults::default()), Vec::new()).await;
    let id = begin(&twin);
    assert!(matches!(twin.with(|world| complete(world, "main")), Err(Refused::NothingToDo(_))));
    reaches(&twin, &id, Phase::Soaking).await;
    assert_eq!(versions(&twin), [(version(33).tag(), 4), (version(34).tag(), 4)]);
    twin.with(|world| complete(world, "main")).unwrap();
    testing::pass(2 * MINUTE).await;
    assert_eq!(ended(&twin, &id).await.state, State::Done);
    assert_eq!(versions(&twin), all_at(34, 4));
}

#[tokio::test(start_paused = true)]
async fn blue_green_goes_back_from_every_phase_before_the_deletion() {
    for from in [Phase::CreatingGreen, Phase::DrainingBlue, Phase::Soaking] {
        let twin = at_34(managed(blue_green(), CloudFaults::default()), shop()).await;
        let id = begin(&twin);
        reaches(&twin, &id, from).await;
        testing::pass(20).await;
        let back = twin.with(|world| roll_back(world, "main", true, Request::default())).unwrap();
        assert_eq!(ended(&twin, &id).await.state, State::Cancelled);
        assert_eq!(ended(&twin, &back).await.state, State::Done, "{from:?}");
        testing::pass(5 * MINUTE).await;
        assert_eq!(versions(&twin), all_at(33, 4), "{from:?}");
        assert_eq!(pool(&twin).spec.version, version(33));
        let ready = testing::pods(&twin, "shop").into_iter().filter(|(_, _, ready)| *ready).count();
        assert_eq!(ready, 3, "{from:?}");
        let id = begin(&twin);
        assert_eq!(ended(&twin, &id).await.state, State::Done, "again, after {from:?}");
        assert_eq!(versions(&twin), all_at(34, 4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_blue_green_keeps_both_halves_and_goes_on() {
    let twin = at_34(managed(blue_green(), CloudFaults::default()), shop()).await;
    let id = begin(&twin);
    reaches(&twin, &id, Phase::DrainingBlue).await;
    twin.with(|world| cancel(world, &id)).unwrap();
    assert_eq!(ended(&twin, &id).await.state, State::Cancelled);
    let halves = |colour| pool(&twin).members.values().filter(|member| member.colour == Some(colour)).count();
    assert_eq!((halves(Colour::Blue), halves(Colour::Green)), (4, 4));
    let id = begin(&twin);
    assert_eq!(ended(&twin, &id).await.state, State::Done);
    assert_eq!(versions(&twin), all_at(34, 4));
}

#[tokio::test(start_paused = true)]
async fn pools_come_grow_shrink_and_go() {
    let twin = start(managed(Settings::default(), CloudFaults::default()), shop());
    let spec = PoolSpec::new("extra", &version(33), "cos-33", 2, &ZONES);
    let id = twin.with(|world| create(world, spec.clone(), Request::default())).unwrap();
    assert_eq!(cloud(&twin, |cloud| cloud.now().pools["extra"].state), PoolState::Creating);
    assert_eq!(ended(&twin, &id).await.state, State::Done);
    assert_eq!(versions(&twin), all_at(33, 6));
    assert_eq!(
        twin.with(|world| create(world, spec.clone(), Request::default())),
        Err(Refused::PoolExists("extra".to_owned()))
    );
    for (size, there) in [(3, 7), (1, 5)] {
        let id = twin.with(|world| resize(world, "extra", Size::fixed(size), Request::default())).unwrap();
        assert_eq!(ended(&twin, &id).await.state, State::Done);
        assert_eq!(versions(&twin), all_at(33, there));
    }
    let id = twin.with(|world| delete(world, "extra", false, Request::default())).unwrap();
    let one = ended(&twin, &id).await;
    assert_eq!((one.kind, one.state), (Kind::PoolDelete, State::Done));
    assert_eq!(versions(&twin), all_at(33, 4));
    assert_eq!(
        twin.with(|world| delete(world, "extra", false, Request::default())),
        Err(Refused::NoPool("extra".to_owned()))
    );
    let newer = PoolSpec::new("newer", &version(34), "cos-34", 1, &ZONES);
    let refused = twin.with(|world| create(world, newer, Request::default()));
    assert!(matches!(refused, Err(Refused::NewerThanControlPlane { .. })), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_cannot_come_says_so() {
    let faults = CloudFaults { never_joins: Some(1), ..CloudFaults::default() };
    let twin = start(managed(Settings::default(), faults), Vec::new());
    let spec = PoolSpec::new("extra", &version(33), "cos-33", 2, &ZONES);
    let id = twin.with(|world| create(world, spec, Request::default())).unwrap();
    assert_eq!(ended(&twin, &id).await.state, State::Failed);
    let extra = cloud(&twin, |cloud| cloud.now().pools["extra"].clone());
    assert_eq!((extra.state, extra.members.len(), extra.health.len()), (PoolState::CreateFailed, 1, 1));
}
