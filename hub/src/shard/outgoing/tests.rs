use super::*;

fn start() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "any instant serves as the start of virtual time")]
    Instant::now()
}

#[test]
fn quiet_room_flushes_at_once_and_busy_room_waits_for_its_window() {
    let t0 = start();
    let mut outgoing = Outgoing::new();
    outgoing.push(Bytes::from_static(b"a"), t0);
    assert_eq!(outgoing.due(t0, 1_000, 0), Due::Now);
    assert_eq!(outgoing.take(t0).len(), 1);
    let t1 = t0 + Duration::from_millis(3);
    outgoing.push(Bytes::from_static(b"b"), t1);
    assert_eq!(outgoing.due(t1, 1_000, 0), Due::At(t0 + WINDOW_MAX));
    assert_eq!(outgoing.due(t1, 10, 0), Due::Now, "a small room's window is short");
    assert_eq!(outgoing.due(t0 + WINDOW_MAX, 1_000, 0), Due::Now);
}

#[test]
fn lagging_lane_lengthens_the_batch_but_not_for_ever() {
    let t0 = start();
    let mut outgoing = Outgoing::new();
    outgoing.push(Bytes::from_static(b"a"), t0);
    assert_eq!(outgoing.due(t0, 1_000, 900), Due::At(t0 + LAG_STEP));
    assert_eq!(outgoing.due(t0 + WAIT_MAX, 1_000, 900), Due::Now);
}

#[test]
fn big_batch_goes_out_before_its_window_ends() {
    let t0 = start();
    let mut outgoing = Outgoing::new();
    outgoing.push(Bytes::from_static(b"a"), t0);
    let _first = outgoing.take(t0);
    outgoing.push(Bytes::from(vec![b'x'; BATCH_BYTES_MAX]), t0);
    assert_eq!(outgoing.due(t0, 1_000, 900), Due::Now);
}
