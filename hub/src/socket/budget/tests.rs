//! The bucket in virtual time.

use super::*;

#[expect(clippy::disallowed_methods, reason = "virtual time under start_paused")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_free_and_then_the_rate_holds() {
    let start = now();
    let mut budget = Budget::new(start);
    for _ in 0..LINES_BURST {
        assert_eq!(budget.take(1, start), None);
    }
    for line in 1..=LINES_PER_S {
        assert_eq!(budget.take(1, start), Some(start + LINE_COST * line), "each waits for its own turn");
    }
    let later = start + Duration::from_secs(1);
    assert_eq!(budget.take(1, later), Some(later + LINE_COST));
}

#[tokio::test(start_paused = true)]
async fn a_silent_peers_bucket_is_full_and_no_fuller() {
    let start = now();
    let mut budget = Budget::new(start);
    budget.take(LINES_BURST, start);
    let hours_later = start + Duration::from_secs(10_000);
    assert_eq!(budget.take(LINES_BURST, hours_later), None);
    assert_eq!(budget.take(1, hours_later), Some(hours_later + LINE_COST));
}

#[test]
fn a_text_costs_its_lines_and_its_length() {
    assert_eq!(cost("{}"), Some(1));
    assert_eq!(cost("{}\n{}\n"), Some(3));
    assert_eq!(cost(&"x".repeat(64 * 1024)), Some(65));
    assert_eq!(cost(&"\n".repeat(TEXT_LINES_MAX - 1)), Some(1_000));
    assert_eq!(cost(&"\n".repeat(TEXT_LINES_MAX)), None);
}
