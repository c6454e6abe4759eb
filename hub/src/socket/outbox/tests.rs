//! Queueing, shedding and order on a memory socket whose capacity is counted in bytes.

use std::net::{IpAddr, Ipv4Addr};

use storage::clock::Clock;
use storage::ids::Millis;
use storage::words::ConnId;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;
use crate::socket::memory::{MemoryPeer, Received, pipe};
use crate::socket::{Frame, LaneLimits, Lanes};

/// An outbox of at most 100 queued bytes over a pipe of `capacity` bytes.
fn outbox(capacity: usize) -> (Outbox, MemoryPeer) {
    let (_read, write, peer) = pipe(capacity);
    let (tracker, shutdown) = (TaskTracker::new(), CancellationToken::new());
    let lanes = Lanes::start(1, LaneLimits::default(), &Clock::starting_at(Millis(0)), &tracker, &shutdown);
    let lane = lanes.all()[0].clone();
    let conn = Conn::new(ConnId(1), IpAddr::V4(Ipv4Addr::LOCALHOST), lane, write, 100, None);
    (Outbox::new(Arc::new(conn)), peer)
}

/// A frame of exactly `len` bytes that shows its `tag`.
fn frame(tag: char, len: usize) -> Bytes {
    let frame = Frame::text(&tag.to_string().repeat(len - 2));
    assert_eq!(frame.bytes().len(), len);
    frame.bytes().clone()
}

async fn tags(outbox: &mut Outbox, ledger: &mut Ledger, peer: &mut MemoryPeer) -> String {
    let mut tags = String::new();
    loop {
        let resumed = outbox.resume(ledger);
        while let Ok(Ok(Some(Received::Text(text)))) =
            tokio::time::timeout(std::time::Duration::from_millis(1), peer.recv()).await
        {
            tags.push(text.chars().next().unwrap());
        }
        if resumed == Resumed::Empty {
            return tags;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_partly_written_frame_is_finished_before_anything_else() {
    let (mut outbox, mut peer) = outbox(10);
    let mut ledger = Ledger::default();
    assert_eq!(outbox.send(&frame('a', 8), Class::Durable, &mut ledger), Sent::Done);
    assert_eq!(outbox.send(&frame('b', 8), Class::Durable, &mut ledger), Sent::Blocked);
    assert_eq!(outbox.send(&frame('c', 8), Class::Durable, &mut ledger), Sent::Queued);
    assert_eq!(ledger.queue_bytes, 16);
    assert_eq!(tags(&mut outbox, &mut ledger, &mut peer).await, "abc");
    assert_eq!(ledger.queue_bytes, 0);
    assert_eq!(outbox.send(&frame('d', 8), Class::Durable, &mut ledger), Sent::Done, "direct again once empty");
}

#[tokio::test(start_paused = true)]
async fn lower_classes_are_dropped_first_and_oldest_first() {
    let (mut outbox, mut peer) = outbox(10);
    let mut ledger = Ledger::default();
    assert_eq!(outbox.send(&frame('#', 12), Class::Counter, &mut ledger), Sent::Blocked);
    for (tag, class) in [
        ('1', Class::Counter),
        ('p', Class::Presence),
        ('2', Class::Counter),
        ('c', Class::Comment),
        ('n', Class::Durable),
    ] {
        assert_eq!(outbox.send(&frame(tag, 16), class, &mut ledger), Sent::Queued, "{tag}");
    }
    assert_eq!(outbox.send(&frame('3', 16), Class::Counter, &mut ledger), Sent::Queued, "in place of an older counter");
    assert_eq!(outbox.send(&frame('N', 30), Class::Durable, &mut ledger), Sent::Queued, "in place of both counters");
    assert_eq!((ledger.shed_counters, ledger.shed_presence, ledger.shed_comments), (3, 0, 0));
    assert_eq!(outbox.send(&frame('4', 30), Class::Counter, &mut ledger), Sent::Shed, "nothing lower to drop");
    assert_eq!((ledger.shed_counters, ledger.shed_presence, ledger.shed_comments), (4, 0, 0));
    assert_eq!(outbox.send(&frame('M', 26), Class::Durable, &mut ledger), Sent::Queued);
    assert_eq!((ledger.shed_presence, ledger.shed_comments), (1, 0), "presence before comments");
    assert_eq!(tags(&mut outbox, &mut ledger, &mut peer).await, "#cnNM", "order kept, the partial head never dropped");
}

#[tokio::test(start_paused = true)]
async fn durable_frames_overflow_instead_of_being_dropped() {
    let (mut outbox, _peer) = outbox(10);
    let mut ledger = Ledger::default();
    assert_eq!(outbox.send(&frame('a', 60), Class::Durable, &mut ledger), Sent::Blocked);
    assert_eq!(outbox.send(&frame('b', 40), Class::Durable, &mut ledger), Sent::Queued);
    assert_eq!(outbox.send(&frame('c', 3), Class::Durable, &mut ledger), Sent::Overflow);
    assert_eq!(ledger.queue_bytes, 100);
    outbox.settle(&mut ledger);
    assert_eq!(ledger.queue_bytes, 0);
}

#[tokio::test(start_paused = true)]
async fn the_last_frame_follows_the_partial_head_at_once() {
    let (mut outbox, mut peer) = outbox(10);
    let mut ledger = Ledger::default();
    outbox.send(&frame('a', 60), Class::Durable, &mut ledger);
    outbox.send(&frame('b', 40), Class::Durable, &mut ledger);
    assert_eq!(outbox.send_last(&frame('z', 9), true, &mut ledger), Sent::Queued);
    assert_eq!(ledger.queue_bytes, 69);
    assert_eq!(tags(&mut outbox, &mut ledger, &mut peer).await, "az");
}

#[tokio::test(start_paused = true)]
async fn a_gone_peer_is_broken() {
    let (mut outbox, peer) = outbox(10);
    drop(peer);
    assert_eq!(outbox.send(&frame('a', 8), Class::Durable, &mut Ledger::default()), Sent::Broken);
}

#[tokio::test(start_paused = true)]
async fn replies_are_not_held_to_the_bound_of_events() {
    let (mut outbox, mut peer) = outbox(10);
    let mut ledger = Ledger::default();
    assert_eq!(outbox.reply(&frame('a', 120), Weight::Heavy, &mut ledger), Sent::Blocked);
    assert_eq!(outbox.reply(&frame('b', 120), Weight::Light, &mut ledger), Sent::Queued);
    assert_eq!(outbox.send(&frame('c', 100), Class::Durable, &mut ledger), Sent::Queued, "events have all of theirs");
    assert_eq!(outbox.reply(&frame('d', 120), Weight::Light, &mut ledger), Sent::Queued);
    assert_eq!(outbox.send(&frame('e', 3), Class::Durable, &mut ledger), Sent::Overflow);
    assert_eq!(ledger.queue_bytes, 460);
    assert_eq!(tags(&mut outbox, &mut ledger, &mut peer).await, "abcd");
    assert_eq!((ledger.queue_bytes, outbox.event_bytes), (0, 0));
}
