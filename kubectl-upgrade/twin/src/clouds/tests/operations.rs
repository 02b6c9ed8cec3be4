use super::*;
use crate::clouds::change;
use crate::clouds::faults::{Admission, admit};
use crate::clouds::operations::{self, Kind, Subject, brief, when_ended};
use crate::clouds::pools::upgrade;
use crate::tempo::Span;

fn token(token: &str) -> Request {
    Request { token: Some(token.to_owned()), extra: Extra::new() }
}

#[tokio::test(start_paused = true)]
async fn a_token_begins_once_and_a_subject_is_busy() {
    let twin = start(managed(Settings::default(), CloudFaults::default()), Vec::new());
    twin.with(|world| {
        let one = crate::clouds::control_plane::upgrade(world, &version(34), None, token("a")).unwrap();
        let again = crate::clouds::control_plane::upgrade(world, &version(34), None, token("a")).unwrap();
        assert_eq!(one, again);
        assert_eq!(upgrade_control_plane(world, 34), Err(Refused::Busy(one.clone())));
        assert_eq!(upgrade(world, "main", to(33), Request::default()), Err(Refused::Busy(one)));
        assert_eq!(upgrade_control_plane(world, 40), Err(Refused::NotOffered(version(40))));
        assert_eq!(upgrade(world, "other", to(33), Request::default()), Err(Refused::NoPool("other".to_owned())));
        assert_eq!(world.cloud.as_ref().unwrap().now().operations.len(), 1);
    });
}

#[tokio::test(start_paused = true)]
async fn the_cloud_may_be_busy_after_the_end() {
    let faults = CloudFaults { busy_after: Duration::from_secs(MINUTE), ..CloudFaults::default() };
    let twin = start(managed(Settings::default(), faults), Vec::new());
    let id = twin.with(|world| upgrade_control_plane(world, 34)).unwrap();
    ended(&twin, &id).await;
    assert_eq!(twin.with(|world| upgrade_control_plane(world, 35)), Err(Refused::StillBusy));
    testing::pass(MINUTE).await;
    assert!(twin.with(|world| upgrade_control_plane(world, 35)).is_ok());
}

#[tokio::test(start_paused = true)]
async fn reads_may_lag() {
    let faults = CloudFaults { reads_lag: Duration::from_secs(30), ..CloudFaults::default() };
    let twin = start(managed(Settings::default(), faults), Vec::new());
    testing::pass(100).await;
    let seen = || {
        twin.with(|world| {
            let elapsed = world.clock().elapsed();
            world.cloud.as_ref().unwrap().seen(elapsed).operations.iter().map(|one| one.state).collect::<Vec<_>>()
        })
    };
    let short = Span::s(10, 10, 10);
    let subject = Subject::Other("addon".to_owned());
    twin.with(|world| brief(world, "UpdateAddon", subject, short, Request::default(), |_| {})).unwrap();
    assert_eq!(seen(), []);
    testing::pass(29).await;
    assert_eq!(seen(), []);
    testing::pass(2).await;
    assert_eq!(seen(), [State::Running]);
    testing::pass(10).await;
    assert_eq!(seen(), [State::Done]);
}

#[tokio::test(start_paused = true)]
async fn operations_of_the_vendors_own_follow_one_another() {
    let twin = start(managed(Settings::default(), CloudFaults::default()), Vec::new());
    let whole = twin.with(|world| {
        let subject = Subject::Other("put".to_owned());
        let whole = operations::begin(world, Kind::Other("Put"), subject, None, Request::default()).unwrap().id;
        let first = upgrade_control_plane(world, 34).unwrap();
        let then = whole.clone();
        when_ended(world, &first, move |world, first| {
            assert_eq!(first.state, State::Done);
            change(world, |seen| seen.extra.insert("put".to_owned(), true.into()));
            let second = upgrade(world, "main", to(34), Request::default()).unwrap();
            when_ended(world, &second, move |world, second| {
                operations::finish(world, &then, second.state, second.failures.clone());
            });
        });
        whole
    });
    assert_eq!(ended(&twin, &whole).await.state, State::Done);
    assert_eq!(versions(&twin), all_at(34, 4));
    assert!(cloud(&twin, |cloud| cloud.now().extra.contains_key("put")));
}

#[tokio::test(start_paused = true)]
async fn the_door_throttles_and_knows_expired_credentials() {
    let faults = CloudFaults { throttle_every: Some(3), ..CloudFaults::default() };
    let twin = start(managed(Settings::default(), faults), Vec::new());
    twin.with(|world| {
        let admitted: Vec<_> = (0..6).map(|_| admit(world, "it")).collect();
        let through = [Admission::Granted, Admission::Granted, Admission::Throttled];
        assert_eq!(admitted, [through, through].concat());
        assert_eq!(admit(world, "another thing"), Admission::Granted);
        let now = world.now();
        world.cloud.as_mut().unwrap().faults.credentials_expire = Some(now);
        assert_eq!(admit(world, "it"), Admission::Expired);
    });
}

#[tokio::test(start_paused = true)]
async fn requests_reach_the_front_and_are_written_down() {
    use http_body_util::BodyExt as _;
    use tower_service::Service as _;
    let twin = start(managed(Settings::default(), CloudFaults::default()), Vec::new());
    twin.with(|world| world.cloud.as_mut().unwrap().exchanges = Some(Vec::new()));
    let request = http::Request::post("/no/such%20thing?x=1").body("hello".to_owned()).unwrap();
    let response = crate::clouds::CloudService::new(&twin).call(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let exchanges = cloud(&twin, |cloud| cloud.exchanges.clone()).unwrap();
    let [one] = exchanges.as_slice() else { panic!("{exchanges:?}") };
    assert_eq!((one.method.as_str(), one.uri.as_str(), one.asked.as_str()), ("POST", "/no/such%20thing?x=1", "hello"));
    assert_eq!((one.status, one.answered.as_bytes()), (status, body.as_ref()));
    assert!(status >= 400, "{status}");
}
