use std::sync::Mutex;

use fair::FairData;
use fair::day::moment;
use tokio::time::timeout;

use super::*;

/// What is told of the guide's calendar within so many hours of a clock that follows tokio's; `meanwhile` runs beside it.
async fn told_within(hours: u64, clock: &Clock, meanwhile: impl Future<Output = ()>) -> Vec<(Window, bool, Millis)> {
    let event = FairData::built_in().event("2020", clock.now()).unwrap();
    let (told, mut watch) = (Mutex::new(Vec::new()), Watch::new(event, clock.clone()));
    let followed = async {
        loop {
            let changed = watch.next().await;
            told.lock().unwrap().extend(changed.into_iter().map(|it| (it.window, it.open, clock.now())));
        }
    };
    let both = async { tokio::join!(followed, meanwhile) };
    assert!(timeout(Duration::from_secs(hours * 3_600), both).await.is_err(), "it goes on for ever");
    told.into_inner().unwrap()
}

fn at(text: &str) -> Millis {
    moment(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_boundary_is_told_at_its_moment_and_once() {
    for (boundary, expected) in [
        ("2020-06-16T00:00:00+08:00", &[(Window::OfflineRegistration, true)][..]),
        ("2020-07-15T00:00:00+08:00", &[(Window::OnlineRegistration, true)]),
        ("2020-07-17T00:00:00+08:00", &[(Window::Meetings, true)]),
        ("2020-08-16T00:00:00+08:00", &[(Window::OfflineRegistration, false), (Window::Meetings, false)]),
        ("2020-08-26T00:00:00+08:00", &[(Window::OnlineRegistration, false)]),
    ] {
        // Not a whole number of sleeps before it.
        let clock = Clock::starting_at(at(boundary).plus_ms(-3_000_007));
        let told = told_within(3, &clock, async {}).await;
        assert_eq!(told.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), expected, "{boundary}");
        for (_, _, moment) in told {
            assert!((0..1_000).contains(&moment.since_ms(at(boundary))), "{boundary}: {moment:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_is_followed_both_ways() {
    let clock = Clock::starting_at(at("2020-08-01T12:00:00+08:00"));
    let month_ms = 31 * 86_400_000;
    let told = told_within(3, &clock, async {
        clock.step_ms(month_ms);
        let waited = timeout(2 * SLEEP_MAX, std::future::pending::<()>()).await;
        assert!(waited.is_err());
        clock.step_ms(-month_ms);
    })
    .await;
    let open: Vec<_> = told.iter().map(|(window, open, _)| (*window, *open)).collect();
    let windows = [Window::OnlineRegistration, Window::OfflineRegistration, Window::Meetings];
    let [closed, opened] = [false, true].map(|open| windows.map(|window| (window, open)));
    assert_eq!(open, [closed, opened].concat());
}

#[tokio::test(start_paused = true)]
async fn where_no_boundary_is_near_nothing_is_told() {
    let clock = Clock::starting_at(at("2020-07-20T00:00:00+08:00"));
    assert_eq!(told_within(48, &clock, async {}).await, []);
}
