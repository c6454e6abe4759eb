//! Answers that are lost between the server and us, and errors on their way: a proxy stands in between.

#![expect(
    clippy::disallowed_methods,
    reason = "the proxy reports to nothing but an unbounded channel, a few times a test"
)]

use std::time::Duration;

use scylla::errors::{DbError, WriteType};
use scylla::statement::Consistency;
use scylla_proxy::{
    Action, Condition, Node, Proxy, Reaction as _, RequestOpcode, RequestReaction, RequestRule, ResponseFrame,
    ResponseOpcode, ResponseReaction, ResponseRule, RunningProxy, ShardAwareness, example_db_errors,
};
use storage::ids::Millis;
use storage::{Ack, Applied, Clock, CqlOptions, Expect, Op, Read, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::rig::{SPECS, keyspace, remove};
use crate::tables::{
    CounterPatch, CounterRow, Counters, CountersKey, CountersPart, LineRow, Lines, LinesKey, LinesPart, PostRow, Posts,
    PostsKey, PostsPart, WordRow, Words, WordsKey, WordsPart,
};

const LOG: LinesPart = LinesPart { log: 1, bucket: 0 };
const COUNTER: CountersPart = CountersPart { id: 1 };

struct Vexed {
    proxy: RunningProxy,
    /// Behind the proxy.
    store: Store,
    /// Beside it.
    truth: Store,
    keyspace: CqlOptions,
    /// Tells of answers that were lost.
    lost: Option<mpsc::UnboundedReceiver<(ResponseFrame, Option<u16>)>>,
}

async fn vexed() -> Option<Vexed> {
    let mut options = keyspace().await?;
    Store::init_cql(&options, SPECS).await.unwrap();
    let clock = Clock::manual(Millis(0));
    let truth = Store::cql(&options, SPECS, clock.clone()).await.unwrap();
    let keyspace = options.clone();
    let real = options.hosts[0].parse().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let node = Node::builder().real_address(real).proxy_address(address).shard_awareness(ShardAwareness::Unaware);
    let proxy = Proxy::new([node.build()]).run().await.unwrap();
    options.hosts = vec![address.to_string()];
    let store = Store::cql(&options, SPECS, clock).await.unwrap();
    Some(Vexed { proxy, store, truth, keyspace, lost: None })
}

impl Vexed {
    /// The next answer of a conditional write is lost, and its connection with it.
    fn lose_an_answer(&mut self) {
        let applied = Condition::BodyContainsCaseSensitive(b"[applied]".as_slice().into());
        let result = Condition::ResponseOpcode(ResponseOpcode::Result).and(applied);
        let (heard, lost) = mpsc::unbounded_channel();
        let reaction = ResponseReaction::drop_connection().with_feedback_when_performed(heard);
        let rule = ResponseRule(result.and(Condition::TrueForLimitedTimes(1)), reaction);
        self.proxy.running_nodes[0].change_response_rules(Some(vec![rule]));
        self.lost = Some(lost);
    }

    /// Single statements behind the next one arrive late.
    fn delay_after_one(&mut self, delay: Duration) {
        let mut late = RequestReaction::noop();
        late.to_addressee = Some(Action { delay: Some(delay), msg_processor: None });
        let execute = || Condition::RequestOpcode(RequestOpcode::Execute);
        let first = RequestRule(execute().and(Condition::TrueForLimitedTimes(1)), RequestReaction::noop());
        self.proxy.running_nodes[0].change_request_rules(Some(vec![first, RequestRule(execute(), late)]));
    }

    /// Conditional batches are answered like this; `count`: so many, none: all.
    fn answer_batches(&mut self, reaction: RequestReaction, count: Option<usize>) {
        let mut condition = Condition::RequestOpcode(RequestOpcode::Batch);
        if let Some(count) = count {
            condition = condition.and(Condition::TrueForLimitedTimes(count));
        }
        self.proxy.running_nodes[0].change_request_rules(Some(vec![RequestRule(condition, reaction)]));
    }

    async fn end(self) {
        if let Some(mut lost) = self.lost {
            assert!(lost.try_recv().is_ok(), "an answer was lost");
        }
        drop((self.store, self.truth));
        // The driver hanging up is an error to the proxy.
        let _hung_up = self.proxy.finish().await.err();
        remove(&self.keyspace).await;
    }
}

fn line(writer: i64) -> LineRow {
    LineRow { v: 1, writer, text: format!("by {writer}") }
}

async fn append(store: &Store, writer: i64) -> Result<Applied<Lines>, StoreError> {
    append_to(store, LOG, writer).await
}

/// Two entries, so that they are sent as a batch.
async fn append_to(store: &Store, part: LinesPart, writer: i64) -> Result<Applied<Lines>, StoreError> {
    let keys = [LinesKey { seq: 1 }, LinesKey { seq: 2 }];
    let ops = keys.iter().map(|c| Op::Put { c: c.clone(), row: line(writer), at: None }).collect();
    store.write_if::<Lines>(part, keys.into_iter().map(Expect::Absent).collect(), ops).await
}

async fn writers(store: &Store) -> Vec<i64> {
    writers_of(store, LOG).await
}

async fn writers_of(store: &Store, part: LinesPart) -> Vec<i64> {
    let rows = store.scan::<Lines>(part, storage::Scan::first(9), Read::Serial).await.unwrap();
    rows.into_iter().map(|(_, row)| row.writer).collect()
}

#[tokio::test]
async fn an_append_whose_answer_is_lost_is_found_done() {
    let Some(mut vexed) = vexed().await else { return };
    vexed.lose_an_answer();
    assert_eq!(append(&vexed.store, 7).await, Ok(Applied::Yes));
    assert_eq!(writers(&vexed.truth).await, [7, 7]);
    vexed.end().await;
}

#[tokio::test]
async fn an_append_whose_refusal_is_lost_is_found_refused() {
    let Some(mut vexed) = vexed().await else { return };
    append(&vexed.truth, 1).await.unwrap();
    vexed.lose_an_answer();
    let current = [1, 2].map(|seq| (LinesKey { seq }, line(1)));
    assert_eq!(append(&vexed.store, 7).await, Ok(Applied::No { current: current.into() }));
    assert_eq!(writers(&vexed.truth).await, [1, 1]);
    vexed.end().await;
}

/// What a coordinator may say of a conditional write after its proposal was accepted.
fn said_after_acceptance() -> Vec<DbError> {
    let (consistency, received, required) = (Consistency::LocalQuorum, 1, 2);
    vec![
        // Too few live replicas for the commit, or too many hints owed for it.
        DbError::Unavailable { consistency, required, alive: 1 },
        DbError::Overloaded,
        DbError::WriteTimeout { consistency: Consistency::Serial, received, required, write_type: WriteType::Cas },
        DbError::WriteTimeout { consistency, received, required, write_type: WriteType::Simple },
        DbError::WriteFailure { consistency, received, required, numfailures: 1, write_type: WriteType::Cas },
        DbError::ServerError,
        // CAS_WRITE_UNKNOWN of protocol 5.
        DbError::Other(0x1700),
    ]
}

/// The request is answered with an error, and carried out all the same or not.
fn failing(error: DbError, done: bool) -> RequestReaction {
    let mut reaction = RequestReaction::forge_with_error(error);
    if done {
        reaction.to_addressee = Some(Action { delay: None, msg_processor: None });
    }
    reaction
}

#[tokio::test]
async fn whatever_is_said_after_acceptance_a_write_that_was_done_or_not_is_found_done_once() {
    let Some(mut vexed) = vexed().await else { return };
    let cases = said_after_acceptance().into_iter().flat_map(|error| [(error.clone(), true), (error, false)]);
    for (log, (error, done)) in (100..).zip(cases) {
        vexed.answer_batches(failing(error.clone(), done), Some(1));
        let part = LinesPart { log, bucket: 0 };
        assert_eq!(append_to(&vexed.store, part.clone(), 7).await, Ok(Applied::Yes), "{error}, done: {done}");
        assert_eq!(writers_of(&vexed.truth, part).await, [7, 7], "{error}, done: {done}");
    }
    vexed.end().await;
}

#[tokio::test]
async fn whatever_is_said_after_acceptance_another_s_write_stands_and_refuses_ours() {
    let Some(mut vexed) = vexed().await else { return };
    for (log, error) in (200..).zip(said_after_acceptance()) {
        let part = LinesPart { log, bucket: 0 };
        append_to(&vexed.truth, part.clone(), 1).await.unwrap();
        vexed.answer_batches(failing(error.clone(), true), Some(1));
        let current = [1, 2].map(|seq| (LinesKey { seq }, line(1)));
        let refused = Ok(Applied::No { current: current.into() });
        assert_eq!(append_to(&vexed.store, part.clone(), 7).await, refused, "{error}");
        assert_eq!(writers_of(&vexed.truth, part).await, [1, 1], "{error}");
    }
    vexed.end().await;
}

#[tokio::test]
async fn an_error_after_acceptance_that_goes_on_is_unknown_and_never_a_refusal() {
    let Some(mut vexed) = vexed().await else { return };
    for (log, error) in (300..).zip([said_after_acceptance().swap_remove(0), DbError::Overloaded]) {
        vexed.answer_batches(failing(error.clone(), true), None);
        let part = LinesPart { log, bucket: 0 };
        assert_eq!(append_to(&vexed.store, part.clone(), 7).await, Err(StoreError::Unknown), "{error}");
        assert_eq!(writers_of(&vexed.truth, part).await, [7, 7], "it was done: {error}");
    }
    vexed.end().await;
}

/// It is repeated, since that is harmless: some replicas may have it.
#[tokio::test]
async fn a_plain_write_that_some_replicas_may_have_is_never_told_as_refused() {
    let Some(mut vexed) = vexed().await else { return };
    let put = || {
        let ops = ["fair", "hub"].map(|word| {
            let c = WordsKey { word: word.into() };
            Op::Put { c, row: WordRow { uses: Some(1) }, at: None }
        });
        ops.into()
    };
    let book = || WordsPart { book: 1 };
    vexed.answer_batches(failing(DbError::Overloaded, true), Some(1));
    assert_eq!(vexed.store.write::<Words>(book(), put(), Ack::Durable).await, Ok(()));
    vexed.answer_batches(failing(DbError::Overloaded, false), None);
    assert_eq!(vexed.store.write::<Words>(book(), put(), Ack::Durable).await, Err(StoreError::Unknown));
    vexed.end().await;
}

#[tokio::test]
async fn an_outcome_that_cannot_be_settled_is_unknown_and_was_asked_for_four_times() {
    let Some(mut vexed) = vexed().await else { return };
    let (heard, mut requests) = mpsc::unbounded_channel();
    let reaction = RequestReaction::forge_with_error(example_db_errors::write_timeout());
    vexed.answer_batches(reaction.with_feedback_when_performed(heard), None);
    assert_eq!(append(&vexed.store, 7).await, Err(StoreError::Unknown));
    let mut count = 0;
    while requests.try_recv().is_ok() {
        count += 1;
    }
    assert_eq!(count, 4, "ours and none of the driver's own");
    assert_eq!(writers(&vexed.truth).await, [0_i64; 0]);
    vexed.end().await;
}

#[tokio::test]
async fn a_server_that_refuses_to_try_is_unavailable_at_once() {
    let Some(mut vexed) = vexed().await else { return };
    for consistency in [Consistency::Serial, Consistency::LocalSerial] {
        let too_few = DbError::Unavailable { consistency, required: 2, alive: 1 };
        vexed.answer_batches(failing(too_few, false), Some(1));
        assert_eq!(append(&vexed.store, 7).await, Err(StoreError::Unavailable));
    }
    assert_eq!(writers(&vexed.truth).await, [0_i64; 0]);
    assert_eq!(append(&vexed.store, 7).await, Ok(Applied::Yes));
    vexed.end().await;
}

const POSTS: PostsPart = PostsPart { log: 1 };

/// Rows with ids of the caller's, from 1 upwards.
async fn post(store: &Store, op_ids: &[u128]) -> Result<Applied<Posts>, StoreError> {
    let rows = (1..).zip(op_ids).map(|(seq, op_id)| (PostsKey { seq }, post_row(*op_id)));
    let (keys, ops): (Vec<_>, _) =
        rows.map(|(c, row)| (Expect::Absent(c.clone()), Op::Put { c, row, at: None })).unzip();
    store.write_if::<Posts>(POSTS, keys, ops).await
}

fn post_row(op_id: u128) -> PostRow {
    PostRow { v: 1, op_id, text: String::new() }
}

async fn posted(store: &Store) -> Vec<u128> {
    let rows = store.scan::<Posts>(POSTS, storage::Scan::first(9), Read::Serial).await.unwrap();
    rows.into_iter().map(|(_, row)| row.op_id).collect()
}

#[tokio::test]
async fn rows_with_ids_of_their_own_are_found_done_by_them() {
    let Some(mut vexed) = vexed().await else { return };
    vexed.lose_an_answer();
    assert_eq!(post(&vexed.store, &[7, 8]).await, Ok(Applied::Yes));
    assert_eq!(posted(&vexed.truth).await, [7, 8]);
    vexed.end().await;
}

#[tokio::test]
async fn rows_with_another_s_ids_refuse_ours_though_the_refusal_was_lost() {
    let Some(mut vexed) = vexed().await else { return };
    post(&vexed.truth, &[1, 2]).await.unwrap();
    vexed.lose_an_answer();
    let current = [(1, 1), (2, 2)].map(|(seq, op_id)| (PostsKey { seq }, post_row(op_id)));
    assert_eq!(post(&vexed.store, &[7, 8]).await, Ok(Applied::No { current: current.into() }));
    assert_eq!(posted(&vexed.truth).await, [1, 2]);
    vexed.end().await;
}

/// A longer write begins with the rows of an earlier one, whose ids prove nothing of the others.
#[tokio::test]
async fn a_write_is_not_taken_for_done_by_the_ids_of_a_part_of_it() {
    let Some(mut vexed) = vexed().await else { return };
    post(&vexed.truth, &[7]).await.unwrap();
    vexed.lose_an_answer();
    assert_eq!(post(&vexed.store, &[7, 8]).await, Err(StoreError::Unknown));
    assert_eq!(posted(&vexed.truth).await, [7]);
    vexed.end().await;
}

async fn count_on(store: &Store, from: i64) -> Result<Applied<Counters>, StoreError> {
    let set = CounterPatch { v: Some(from + 1), value: Some(from + 1), note: None };
    let expect = vec![Expect::Version(CountersKey {}, from)];
    store.write_if::<Counters>(COUNTER, expect, vec![Op::Patch { c: CountersKey {}, set }]).await
}

async fn version(store: &Store) -> i64 {
    store.get::<Counters>(COUNTER, CountersKey {}, Read::Serial).await.unwrap().map_or(0, |row| row.v)
}

/// Ours was done, its answer lost, and then another went on from it: it was done and was not, so nobody is told either.
#[tokio::test]
async fn a_row_that_went_on_before_it_was_settled_is_unknown() {
    let Some(mut vexed) = vexed().await else { return };
    let put = Op::Put { c: CountersKey {}, row: CounterRow { v: 1, value: 1, note: None }, at: None };
    let absent = vec![Expect::Absent(CountersKey {})];
    vexed.truth.write_if::<Counters>(COUNTER, absent, vec![put]).await.unwrap();
    vexed.lose_an_answer();
    // Longer than another takes, on a busy machine too; shorter than the driver waits.
    vexed.delay_after_one(Duration::from_secs(4));
    let mut lost = vexed.lost.take().unwrap();
    let another = async {
        assert!(lost.recv().await.is_some(), "ours is done, its answer lost");
        count_on(&vexed.truth, 2).await.unwrap()
    };
    let (ours, another) = tokio::join!(count_on(&vexed.store, 1), another);
    assert_eq!((ours, another), (Err(StoreError::Unknown), Applied::Yes));
    assert_eq!(version(&vexed.truth).await, 3);
    vexed.end().await;
}

/// Another made the very step that we wanted to make: we are refused, whatever was lost.
#[tokio::test]
async fn a_step_that_another_made_is_refused_though_an_answer_was_lost() {
    let Some(mut vexed) = vexed().await else { return };
    let put = Op::Put { c: CountersKey {}, row: CounterRow { v: 2, value: 9, note: None }, at: None };
    let absent = vec![Expect::Absent(CountersKey {})];
    vexed.truth.write_if::<Counters>(COUNTER, absent, vec![put]).await.unwrap();
    vexed.lose_an_answer();
    let standing = CounterRow { v: 2, value: 9, note: None };
    assert_eq!(count_on(&vexed.store, 1).await, Ok(Applied::No { current: vec![(CountersKey {}, standing)] }));
    vexed.end().await;
}

/// With one node there is no other to be asked instead: whoever asked is told the truth, and the next connection works.
#[tokio::test]
async fn a_cut_connection_leaves_a_write_unknown_and_a_read_unavailable_and_heals() {
    let Some(mut vexed) = vexed().await else { return };
    let put = || {
        let c = WordsKey { word: "fair".into() };
        vec![Op::Put { c, row: WordRow { uses: Some(1) }, at: None }]
    };
    let read = async |store: &Store| {
        store.get::<Words>(WordsPart { book: 1 }, WordsKey { word: "fair".into() }, Read::Quorum).await
    };
    let cut = || {
        let execute = Condition::RequestOpcode(RequestOpcode::Execute);
        Some(vec![RequestRule(execute, RequestReaction::drop_connection())])
    };
    // Prepared before the cut, so that the request itself is what is cut off.
    vexed.store.write::<Words>(WordsPart { book: 1 }, put(), Ack::Durable).await.unwrap();
    read(&vexed.store).await.unwrap();

    vexed.proxy.running_nodes[0].change_request_rules(cut());
    let written = vexed.store.write::<Words>(WordsPart { book: 2 }, put(), Ack::Durable).await;
    assert_eq!(written, Err(StoreError::Unknown));
    vexed.proxy.running_nodes[0].change_request_rules(Some(Vec::new()));
    let heals = async {
        while vexed.store.write::<Words>(WordsPart { book: 2 }, put(), Ack::Durable).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heals).await.expect("it heals");

    vexed.proxy.running_nodes[0].change_request_rules(cut());
    assert_eq!(read(&vexed.store).await, Err(StoreError::Unavailable));
    vexed.proxy.running_nodes[0].change_request_rules(Some(Vec::new()));
    let heals = async {
        while read(&vexed.store).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heals).await.expect("it heals");
    vexed.end().await;
}
