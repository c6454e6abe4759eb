//! A run that measured little, nothing or too slowly is accused.

use super::*;

fn args() -> FanoutArgs {
    FanoutArgs {
        rooms: 1,
        members: 10,
        rate: 10.0,
        payload: 200,
        seconds: 2,
        runs: 1,
        p50_ms_max: Some(5.0),
        p99_ms_max: Some(20.0),
        share_min: 0.95,
        tls: false,
    }
}

fn run() -> Run {
    Run {
        offered_per_s: 100.0,
        achieved_per_s: 100.0,
        latency_ms: Percentiles { p50: 4.0, p99: 19.0, p999: 30.0, max: 40.0 },
        backlog: 0,
        saturated: false,
        events_a_frame: 1.0,
        hub_cores: None,
        hub_rss_mib: None,
        generator_cores: 0.1,
        waited_cores: 0.0,
        tally: Tally { deliveries_measured: 199, ..Tally::default() },
    }
}

#[test]
fn a_good_run_is_not_accused() {
    assert_eq!(findings(&args(), &[run()]), [""; 0]);
}

#[test]
fn each_way_of_measuring_too_little_is_found() {
    let spoil: [fn(&mut Run); 5] = [
        |run| run.tally.deliveries_measured = 0,
        |run| run.tally.deliveries_measured = 180,
        |run| run.latency_ms.p50 = 5.1,
        |run| run.latency_ms.p99 = 20.1,
        |run| run.saturated = true,
    ];
    for (at, spoil) in spoil.iter().enumerate() {
        let mut run = run();
        spoil(&mut run);
        assert_eq!(findings(&args(), &[run]).len(), 1, "{at}");
    }
    assert!(!findings(&args(), &[]).is_empty(), "no run is no measurement");
}
