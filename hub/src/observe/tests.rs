//! The page of metrics, and that the code uses no name which it does not show.

use super::*;

#[test]
fn the_page_shows_every_metric_described_and_at_zero() {
    let metrics = Metrics::shared().unwrap();
    metrics::counter!("socket_closes_total", "code" => "of_this_test").increment(2);
    metrics::counter!("socket_handshakes_total", "result" => "ok").increment(1);
    metrics::counter!("socket_sheds_total", "class" => "counter").increment(1);
    metrics::counter!("requests_total", "op" => "ping").increment(1);
    metrics::counter!("rest_requests_total", "route" => "/v1/me").increment(1);
    metrics::counter!("showcase_answers_total", "from" => "memory").increment(1);
    metrics::counter!("refusals_total", "code" => "conflict").increment(1);
    metrics::histogram!("append_seconds").record(0.003);
    let page = metrics.render();
    for metric in METRICS {
        assert!(page.contains(&format!("# HELP {} {}", metric.name, metric.help)), "{}:\n{page}", metric.name);
        let kind = match metric.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram(_) => "histogram",
        };
        assert!(page.contains(&format!("# TYPE {} {kind}", metric.name)), "{}", metric.name);
    }
    assert!(page.contains("socket_closes_total{code=\"of_this_test\"} 2"), "{page}");
    assert!(page.contains("append_seconds_bucket{le=\"0.005\"} "), "{page}");
}

#[test]
fn names_are_unique_and_end_in_their_unit() {
    let mut names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), METRICS.len());
    for metric in METRICS {
        assert_eq!(metric.name.ends_with("_total"), metric.kind == MetricKind::Counter, "{}", metric.name);
    }
}

#[test]
fn trace_ids_are_sixteen_digits() {
    let mut rng = <rand::rngs::SmallRng as rand::SeedableRng>::seed_from_u64(7);
    let (one, two) = (TraceId::random(&mut rng), TraceId::random(&mut rng));
    assert_eq!(one.to_string().len(), 16);
    assert_ne!(one, two);
}
