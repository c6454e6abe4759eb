use axum::body::Body;
use futures_util::stream;
use storage::ids::Millis;

use super::*;

fn paced(pieces: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static) -> Paced {
    Paced::new(Request::new(Body::from_stream(pieces)), Clock::starting_at(Millis(0)))
}

/// Virtual time.
async fn pass(seconds: u64) {
    let passed = tokio::time::timeout(Duration::from_secs(seconds), std::future::pending::<()>());
    passed.await.unwrap_err();
}

async fn piece(bytes: usize, after_s: u64) -> Result<Bytes, std::io::Error> {
    pass(after_s).await;
    Ok(Bytes::from(vec![0; bytes]))
}

#[test]
fn a_minute_is_free_and_then_a_rate_is_owed() {
    let rate = usize::try_from(RATE_MIN).unwrap() as u64;
    assert!(!is_dripping(60_000, 0));
    assert!(is_dripping(61_000, rate - 1));
    assert!(!is_dripping(61_000, rate));
    assert!(!is_dripping(160_000, 100 * rate));
    assert!(is_dripping(i64::MAX, 500 << 20));
    assert_eq!(longest(500 << 20).as_secs(), 60 + 8_000);
}

#[tokio::test(start_paused = true)]
async fn who_sends_nothing_for_half_a_minute_is_given_up() {
    let mut body = paced(stream::once(piece(1, 29)).chain(stream::once(piece(1, 31))));
    assert_eq!(body.next().await.unwrap().unwrap().len(), 1);
    assert_eq!(body.next().await.unwrap().unwrap_err().code, Code::TooSlow);
}

#[tokio::test(start_paused = true)]
async fn who_drips_is_given_up() {
    let mut body = paced(stream::iter(0..100).then(|_| piece(1_000, 10)));
    let mut pieces = 0;
    let failure = loop {
        match body.next().await.unwrap() {
            Ok(_) => pieces += 1,
            Err(failure) => break failure,
        }
    };
    assert_eq!((failure.code, pieces), (Code::TooSlow, 6), "a minute is free");
}

#[tokio::test(start_paused = true)]
async fn our_own_slowness_is_not_the_client_s() {
    let mut body = paced(stream::iter(0..20).then(|_| piece(1_000, 0)));
    while let Some(piece) = body.next().await {
        piece.unwrap();
        pass(100).await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_refused_body_a_bounded_part_is_read() {
    let (counted, count) =
        (std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0)), std::sync::atomic::Ordering::Relaxed);
    let counter = std::sync::Arc::clone(&counted);
    let endless = stream::iter(0..u64::MAX).then(move |_| {
        counter.fetch_add(1 << 20, count);
        piece(1 << 20, 0)
    });
    paced(endless).drain().await;
    assert_eq!(counted.load(count), DRAIN_BYTES_MAX + (1 << 20));
    paced(stream::pending()).drain().await;
}
