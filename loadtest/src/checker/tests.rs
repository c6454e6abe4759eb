//! A small honest hub yields no finding; each planted bug yields the finding that names it.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;

/// What the model hub does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    AckBeforeCommit,
    SkipSeq,
    DoubleAppend,
    ResumeOneTooLow,
    ResumeOneTooHigh,
    DroppedEpoch,
}

/// A hub of one conversation and two clients, reduced to what clients see of it.
struct Model {
    rng: SmallRng,
    bug: Bug,
    epoch: i64,
    log: Vec<Entry>,
    next: i64,
    clients: [Client; 2],
}

#[derive(Default)]
struct Client {
    log: Log,
    position: i64,
    epoch: i64,
    live: bool,
    sent: u32,
}

impl Model {
    fn run(seed: u64, bug: Bug, steps: u32) -> (Vec<Log>, History) {
        let mut model = Self {
            rng: SmallRng::seed_from_u64(seed),
            bug,
            epoch: 1,
            log: Vec::new(),
            next: 1,
            clients: Default::default(),
        };
        for (name, client) in ["ann", "bob"].into_iter().zip(&mut model.clients) {
            client.log.client = name.into();
        }
        model.everybody_opens();
        for at in 0..steps {
            match model.rng.random_range(0..20) {
                _ if at == steps / 3 => model.restore(),
                0 => model.crash(),
                2..4 => model.reconnect(),
                _ => model.send(),
            }
        }
        model.crash();
        for _ in 0..5 {
            model.send();
        }
        for client in &mut model.clients {
            client.log.steps.push(Step::Finished);
        }
        let [ann, bob] = model.clients;
        (vec![ann.log, bob.log], History { epoch: model.epoch, entries: model.log })
    }

    fn everybody_opens(&mut self) {
        self.open(0);
        self.open(1);
    }

    fn open(&mut self, who: usize) {
        let head = self.log.last().map_or(0, |entry| entry.seq);
        let client = &mut self.clients[who];
        let steps = &mut client.log.steps;
        if client.epoch != 0 && client.epoch != self.epoch {
            steps.push(Step::Opened { after: client.position, epoch: self.epoch, head, more: true });
            steps.push(Step::Dropped);
            client.position = 0;
        }
        client.epoch = self.epoch;
        client.live = true;
        steps.push(Step::Opened { after: client.position, epoch: self.epoch, head, more: false });
        let off_by = i64::from(self.bug == Bug::ResumeOneTooHigh) - i64::from(self.bug == Bug::ResumeOneTooLow);
        let from = if client.position > 0 { client.position + off_by } else { 0 };
        for entry in self.log.iter().filter(|entry| entry.seq > from) {
            steps.push(Step::Entry(entry.clone()));
            client.position = entry.seq;
        }
    }

    fn disconnect(&mut self, who: usize) {
        self.clients[who].live = false;
        self.clients[who].log.steps.push(Step::Disconnected);
    }

    fn reconnect(&mut self) {
        let who = self.rng.random_range(0..2);
        self.disconnect(who);
        self.send_by(1 - who);
        self.open(who);
    }

    fn send(&mut self) {
        let who = self.rng.random_range(0..2);
        self.send_by(who);
    }

    fn send_by(&mut self, who: usize) {
        let (id, content) = self.intend(who);
        self.append(who, &id, content);
        if self.rng.random_bool(0.1) {
            // The answer was lost: the same again, answered with the same position.
            let seq = self.log.iter().find(|entry| entry.id.as_deref() == Some(&*id)).unwrap().seq;
            let steps = &mut self.clients[who].log.steps;
            steps.push(Step::Sent { id: id.clone(), content });
            steps.push(Step::Acked { id, seq });
        }
    }

    fn intend(&mut self, who: usize) -> (Box<str>, u64) {
        let client = &mut self.clients[who];
        client.sent += 1;
        let id: Box<str> = format!("{}-{}", client.log.client, client.sent).into();
        let content = fingerprint("text", &client.log.client, &id);
        client.log.steps.push(Step::Sent { id: id.clone(), content });
        (id, content)
    }

    fn append(&mut self, who: usize, id: &str, content: u64) {
        let mut times = 1;
        if self.bug == Bug::SkipSeq && self.rng.random_bool(0.05) {
            self.next += 1;
        }
        if self.bug == Bug::DoubleAppend && self.rng.random_bool(0.05) {
            times = 2;
        }
        for _ in 0..times {
            let entry = Entry { seq: self.next, id: Some(id.into()), content };
            self.next += 1;
            self.log.push(entry.clone());
            for client in self.clients.iter_mut().filter(|client| client.live) {
                client.log.steps.push(Step::Entry(entry.clone()));
                client.position = entry.seq;
            }
        }
        self.clients[who].log.steps.push(Step::Acked { id: id.into(), seq: self.next - 1 });
    }

    fn crash(&mut self) {
        if self.bug == Bug::AckBeforeCommit {
            // The last one was promised and not yet written: only its sender heard of it.
            let (id, _) = self.intend(0);
            self.clients[0].log.steps.push(Step::Acked { id, seq: self.next });
        }
        self.disconnect(0);
        self.disconnect(1);
        self.everybody_opens();
    }

    /// The operator goes back to an older copy, and says so by a new epoch.
    fn restore(&mut self) {
        self.disconnect(0);
        self.disconnect(1);
        let kept = self.log.len().saturating_sub(3);
        self.log.truncate(kept);
        self.next = self.log.last().map_or(1, |entry| entry.seq + 1);
        if self.bug != Bug::DroppedEpoch {
            self.epoch += 1;
        }
        self.everybody_opens();
    }
}

fn verdict(seed: u64, bug: Bug) -> Report {
    let (logs, history) = Model::run(seed, bug, 200);
    check("c", &logs, &history)
}

#[test]
fn honest_hub_is_clean() {
    for seed in 0..200 {
        let report = verdict(seed, Bug::None);
        assert!(report.is_clean(), "seed {seed}: {:?}", report.findings);
        assert!(report.deliveries_checked > 100 && report.acks_checked > 50, "seed {seed}: {report:?}");
    }
}

#[test]
fn each_planted_bug_is_caught_by_name() {
    let bugs = [
        (Bug::AckBeforeCommit, Kind::AckedUnreadable),
        (Bug::SkipSeq, Kind::Gap),
        (Bug::DoubleAppend, Kind::Duplicate),
        (Bug::ResumeOneTooLow, Kind::Duplicate),
        (Bug::ResumeOneTooHigh, Kind::Gap),
        (Bug::DroppedEpoch, Kind::SeqReused),
    ];
    for (bug, kind) in bugs {
        for seed in 0..50 {
            let report = verdict(seed, bug);
            assert!(report.count(kind) > 0, "{bug:?}, seed {seed}: {:?}", report.counts);
        }
    }
}

fn entry(seq: i64, id: &str) -> Entry {
    Entry { seq, id: Some(id.into()), content: fingerprint("text", "u", id) }
}

fn sent(id: &str) -> Step {
    Step::Sent { id: id.into(), content: fingerprint("text", "u", id) }
}

fn opened(after: i64, epoch: i64, head: i64) -> Step {
    Step::Opened { after, epoch, head, more: false }
}

/// The counts of one client's log against a history of `ids` in epoch 1.
fn counts(steps: Vec<Step>, ids: &[&str]) -> Vec<(Kind, u64)> {
    let entries = ids.iter().zip(1..).map(|(id, seq)| entry(seq, id)).collect();
    let report = check("c", &[Log { client: "u".into(), steps }], &History { epoch: 1, entries });
    report.counts.into_iter().collect()
}

#[test]
fn late_entry_is_a_reorder_and_repeated_one_a_duplicate() {
    let mut steps = vec![sent("a"), sent("b"), sent("c"), opened(0, 1, 0)];
    steps.extend([entry(1, "a"), entry(3, "c"), entry(2, "b"), entry(2, "b")].map(Step::Entry));
    let expected = vec![(Kind::Duplicate, 1), (Kind::Gap, 1), (Kind::Reorder, 1)];
    assert_eq!(counts(steps, &["a", "b", "c"]), expected);
}

#[test]
fn caught_up_client_that_lacks_the_tail_has_lost_it() {
    let steps = vec![sent("a"), sent("b"), opened(0, 1, 1), Step::Entry(entry(1, "a")), Step::Finished];
    assert_eq!(counts(steps, &["a", "b"]), [(Kind::Lost, 1)]);
}

#[test]
fn record_must_keep_the_senders_order() {
    assert_eq!(counts(vec![sent("a"), sent("b")], &["b", "a"]), [(Kind::Reorder, 1)]);
}

#[test]
fn ack_must_not_overtake_an_entry() {
    let ack = Step::Acked { id: "b".into(), seq: 2 };
    let early = vec![sent("a"), sent("b"), opened(0, 1, 0), ack.clone(), Step::Entry(entry(1, "a"))];
    assert_eq!(counts(early, &["a", "b"]), [(Kind::AckOvertook, 1)]);
    let right = vec![sent("a"), sent("b"), opened(0, 1, 0), Step::Entry(entry(1, "a")), ack];
    assert_eq!(counts(right, &["a", "b"]), []);
}

#[test]
fn copy_of_an_old_epoch_must_be_dropped() {
    let seen = [sent("a"), opened(0, 1, 1), Step::Entry(entry(1, "a")), Step::Disconnected];
    let again = [opened(0, 2, 1), Step::Entry(entry(1, "a")), Step::Finished];
    let run = |dropped: &[Step]| {
        let steps = [&seen[..], dropped, &again[..]].concat();
        let history = History { epoch: 2, entries: vec![entry(1, "a")] };
        check("c", &[Log { client: "u".into(), steps }], &history)
    };
    assert!(run(&[Step::Dropped]).is_clean());
    assert_eq!(run(&[]).count(Kind::EpochIgnored), 1);
}

#[test]
fn epochs_and_heads_never_go_back() {
    assert_eq!(counts(vec![opened(0, 2, 0), opened(0, 1, 0)], &[]), [(Kind::EpochWentBack, 1)]);
    assert_eq!(counts(vec![opened(0, 1, 9), opened(0, 1, 8)], &[]), [(Kind::HeadWentBack, 1)]);
}

#[test]
fn foreign_altered_and_refused_entries_are_named() {
    let other = Step::Sent { id: "a".into(), content: 7 };
    assert_eq!(
        counts(vec![other, Step::Refused { id: "a".into() }], &["a", "b"]),
        [(Kind::Phantom, 1), (Kind::Altered, 1), (Kind::RefusedYetDone, 1)]
    );
}

#[test]
fn findings_are_all_counted_and_few_kept() {
    let steps: Vec<Step> = (0..500).map(|_| Step::Entry(entry(1, "a"))).collect();
    let mut report = check("c", &[Log { client: "u".into(), steps }], &History::default());
    report.merge(report.clone());
    assert_eq!(report.findings.len(), FINDINGS_KEPT_MAX);
    assert_eq!(report.count(Kind::Duplicate), 998);
}
