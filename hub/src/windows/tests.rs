use std::sync::Mutex;

use fair::FairData;
use fair::day::moment;
use tokio::time::{Instant, timeout};

use super::*;

/// What is told of the guide's calendar within a time, by a clock that starts then and follows tokio's; `meanwhile` runs
/// beside it.
async fn told_within(days: u64, clock: &Clock, meanwhile: impl Future<Output = ()>) -> Vec<(Window, bool, Millis)> {
    let event = FairData::built_in().event("2020", clock.now()).unwrap();
    let (told, mut watch) = (Mutex::new(Vec::new()), Watch::new(event, clock.clone()));
    let followed = async {
        loop {
            let changed = watch.next().await;
            told.lock().unwrap().extend(changed.into_iter().map(|it| (it.window, it.open, clock.now())));
        }
    };
    let both = async { tokio::join!(followed, meanwhile) };
    assert!(timeout(Duration::from_secs(days * 86_400), both).await.is_err(), "it goes on for ever");
    told.into_inner().unwrap()
}

fn at(text: &str) -> Millis {
    moment(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_boundary_is_told_at_its_moment_and_once() {
    let clock = Clock::starting_at(at("2020-06-01T09:30:00+08:00"));
    let told = told_within(120, &clock, async {}).await;
    let expected = [
        (Window::OfflineRegistration, true, at("2020-06-16T00:00:00+08:00")),
        (Window::OnlineRegistration, true, at("2020-07-15T00:00:00+08:00")),
        (Window::Meetings, true, at("2020-07-17T00:00:00+08:00")),
        (Window::OfflineRegistration, false, at("2020-08-16T00:00:00+08:00")),
        (Window::Meetings, false, at("2020-08-16T00:00:00+08:00")),
        (Window::OnlineRegistration, false, at("2020-08-26T00:00:00+08:00")),
    ];
    let late_ms = |(told, due): (Millis, Millis)| told.since_ms(due);
    assert_eq!(told.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), expected.map(|it| (it.0, it.1)));
    for (told, expected) in told.iter().zip(expected) {
        assert!((0..1_000).contains(&late_ms((told.2, expected.2))), "{told:?} {expected:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_is_followed_both_ways() {
    let clock = Clock::starting_at(at("2020-08-01T12:00:00+08:00"));
    let begun = Instant::now();
    let month_ms = 31 * 86_400_000;
    let told = told_within(1, &clock, async {
        clock.step_ms(month_ms);
        tokio::time::sleep(2 * SLEEP_MAX).await;
        clock.step_ms(-month_ms);
    })
    .await;
    let open: Vec<_> = told.iter().map(|(window, open, _)| (*window, *open)).collect();
    let windows = [Window::OnlineRegistration, Window::OfflineRegistration, Window::Meetings];
    let [closed, opened] = [false, true].map(|open| windows.map(|window| (window, open)));
    assert_eq!(open, [closed, opened].concat());
    assert!(begun.elapsed() >= 2 * SLEEP_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_without_boundaries_tells_nothing() {
    let clock = Clock::starting_at(at("2021-01-01T00:00:00+08:00"));
    assert_eq!(told_within(365, &clock, async {}).await, []);
}
