//! A run that measured little, nothing or too slowly is accused.

use super::*;

fn args() -> NegotiationArgs {
    NegotiationArgs {
        conversations: 1,
        accounts: None,
        rate: 100.0,
        seconds: 1,
        text: 10,
        runs: 1,
        p50_ms_max: Some(5.0),
        p99_ms_max: Some(20.0),
        share_min: 0.98,
        tls: false,
        tokens: None,
        store: None,
    }
}

fn run(acked_per_s: f64, p50: f64, p99: f64) -> Run {
    Run {
        acked_per_s,
        send_to_ack_ms: Percentiles { p50, p99, p999: 30.0, max: 40.0 },
        send_to_receive_ms: Percentiles::default(),
        acked: 100,
        refusals: std::collections::BTreeMap::new(),
        hub_cores: None,
        hub_rss_mib: None,
        generator_cores: 0.1,
        waited_cores: 0.0,
    }
}

#[test]
fn a_good_run_is_not_accused() {
    assert_eq!(speed_findings(&args(), &[run(99.0, 4.0, 19.0)]), [""; 0]);
}

#[test]
fn each_way_of_measuring_too_little_is_found() {
    for bad in [run(97.0, 4.0, 19.0), run(99.0, 5.1, 19.0), run(99.0, 4.0, 20.1)] {
        assert_eq!(speed_findings(&args(), &[bad]).len(), 1);
    }
    assert_eq!(speed_findings(&args(), &[run(0.0, 0.0, 0.0)]).len(), 2);
    assert!(!speed_findings(&args(), &[]).is_empty(), "no run is no measurement");
}
