use super::*;

fn start() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "any instant serves as the start of virtual time")]
    Instant::now()
}

#[test]
fn quiet_room_flushes_at_once_and_busy_room_waits_for_its_window() {
    let t0 = start();
    let mut collector = Collector::new(Window::Adaptive);
    collector.push(Bytes::from_static(b"a"), Class::Durable, None, t0);
    assert_eq!(collector.due(t0, 1_000, 0), Due::Now);
    assert_eq!(collector.take(t0).len(), 1);
    let t1 = t0 + Duration::from_millis(3);
    collector.push(Bytes::from_static(b"b"), Class::Durable, None, t1);
    assert_eq!(collector.due(t1, 1_000, 0), Due::At(t0 + WINDOW_MAX));
    assert_eq!(collector.due(t1, 10, 0), Due::Now, "a small room's window is short");
    assert_eq!(collector.due(t0 + WINDOW_MAX, 1_000, 0), Due::Now);
}

#[test]
fn lagging_lane_lengthens_the_batch_but_not_for_ever() {
    let t0 = start();
    let mut collector = Collector::new(Window::Adaptive);
    collector.push(Bytes::from_static(b"a"), Class::Durable, None, t0);
    assert_eq!(collector.due(t0, 1_000, 900), Due::At(t0 + LAG_STEP));
    assert_eq!(collector.due(t0 + WAIT_MAX, 1_000, 900), Due::Now);
}

#[test]
fn big_batch_goes_out_before_its_window_ends() {
    let t0 = start();
    let mut collector = Collector::new(Window::Adaptive);
    collector.push(Bytes::from_static(b"a"), Class::Durable, None, t0);
    let _first = collector.take(t0);
    collector.push(Bytes::from(vec![b'x'; BATCH_BYTES_MAX]), Class::Durable, None, t0);
    assert_eq!(collector.due(t0, 1_000, 900), Due::Now);
}

#[test]
fn frames_hold_one_class_and_end_at_the_bound() {
    let part = |len: usize, class: Class, except: Option<u64>| Part {
        event: Bytes::from(vec![b'x'; len]),
        class,
        except: except.map(ConnId),
    };
    let parts = [
        part(10, Class::Durable, None),
        part(10, Class::Durable, None),
        part(10, Class::Presence, None),
        part(10, Class::Presence, Some(1)),
        part(BATCH_BYTES_MAX - 5, Class::Durable, None),
        part(10, Class::Durable, None),
        part(2 * BATCH_BYTES_MAX, Class::Durable, None),
    ];
    let lens: Vec<usize> = frames(&parts).iter().map(|frame| frame.len()).collect();
    assert_eq!(lens, [2, 1, 1, 1, 1, 1], "each event once, in order");
}

#[test]
fn a_room_of_steps_keeps_nothing_back() {
    let t0 = start();
    let mut collector = Collector::new(Window::Step);
    let _first = collector.take(t0);
    collector.push(Bytes::from_static(b"a"), Class::Durable, None, t0);
    assert_eq!(collector.due(t0, 1_000, 100_000), Due::Now);
}
