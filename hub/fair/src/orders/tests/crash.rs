//! A crash at any write of an order's making or of its steps: what is answered stands, the log is whole, nothing follows
//! twice.

use std::time::Duration;

use storage::{Faults, Faulty, StoreError};

use super::*;
use crate::due::Due;
use crate::flow::OUTBOX;

/// An order over a store that may crash.
struct Crashing {
    it: Fixture,
    inner: Store,
    faulty: Arc<Faulty>,
}

impl Crashing {
    async fn new(seed: u64) -> Self {
        let clock = Clock::starting_at(START);
        let inner = Store::model(clock.clone());
        let faulty = Faulty::new(inner.clone(), seed, Faults::default());
        let it = Fixture::over(Store::Faulty(Arc::clone(&faulty)), clock).await;
        Self { it, inner, faulty }
    }

    /// Made, asked, accepted: as far as it gets. How many of the steps were answered, after the crash none.
    async fn walk(&self) -> usize {
        let it = &self.it;
        let steps = async {
            let mut answered = 0;
            let Ok(order) = it.submit_as(&it.buyer.representative, 7).await else { return answered };
            answered += 1;
            let asked = it.step(&it.seller.representative, &order, "request_confirmation", amount(9)).await;
            let Ok(order) = asked else { return answered };
            answered += 1;
            let accepted = it.step(&it.buyer.representative, &order, "accept", Input::default()).await;
            answered + usize::from(accepted.is_ok())
        };
        // Who writes the record of deeds would try for ever.
        tokio::time::timeout(Duration::from_secs(20), steps).await.unwrap_or_default()
    }

    /// Whoever lives delivers what is left, and goes on from where the order stands.
    async fn end(&self) -> (Accounts, Flows, Orders) {
        let accounts = over(&self.inner, &self.it.clock);
        let (flows, _told) = flows_over(&accounts);
        // Behind the lease and the minute that the note falls into.
        tokio::time::advance(Duration::from_secs(150)).await;
        let mut sweeps = Due::new(self.inner.clone(), self.it.clock.clone()).sweeps();
        loop {
            let swept = sweeps.step().await.unwrap();
            for claimed in swept.claimed.iter().filter(|claimed| claimed.kind == OUTBOX) {
                flows.sweep(claimed).await.unwrap();
            }
            if !swept.more {
                let orders = Orders::new(flows.clone());
                return (accounts, flows, orders);
            }
        }
    }
}

async fn writes_of_one() -> u64 {
    let one = Crashing::new(0).await;
    let before = one.faulty.writes();
    assert_eq!(one.walk().await, 3);
    one.faulty.writes() - before
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_write_leaves_a_whole_log_and_effects_once() {
    let writes = writes_of_one().await;
    let mut reached = BTreeSet::new();
    for round in 0..2 * writes {
        let one = Crashing::new(round).await;
        one.faulty.crash_at_write(round % writes + 1);
        let answered = one.walk().await;
        assert!(one.faulty.crashed());
        one.faulty.revive();
        let (accounts, flows, orders) = one.end().await;
        let it = &one.it;
        let Some(stands) = flows.look(&FLOW, RecordId(7)).await.unwrap() else {
            assert_eq!(answered, 0, "what is answered stands");
            reached.insert(0);
            // The client repeats it, and gets one.
            let who = Who::from(&it.buyer.representative);
            let made = orders.submit(&who, RecordId(7), it.intent(3), &it.offer(Some(1_000))).await.unwrap();
            assert_eq!(made.version, 1);
            continue;
        };
        let version = usize::try_from(stands.version).unwrap();
        assert!(version >= answered, "round {round}: {answered} answered of {version}");
        reached.insert(version);
        let lines = flows.history(&stands).await.unwrap();
        let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(actions, ["submit", "request_confirmation", "accept"][..version]);
        let notices = async |user: UserId| accounts.notifications(user, false, None, 100).await.unwrap().items.len();
        let (sold, bought) = (notices(it.seller.representative.id).await, notices(it.buyer.representative.id).await);
        // Of the submission and of the acceptance the seller, of the question the buyer.
        assert_eq!((sold, bought), (1 + usize::from(version == 3), usize::from(version >= 2)), "round {round}");
        for scope in [Role::Seller.scope(it.seller.id), Role::Buyer.scope(it.buyer.id), Scope::All] {
            let page = orders.list(scope, &Filter { state: Some(stands.state), ..Filter::default() }, (None, 10)).await;
            assert_eq!(page.unwrap().items.len(), 1, "round {round}");
        }
        let filter = Filter { number: Some(stands.text("number")), ..Filter::default() };
        assert_eq!(orders.list(Scope::All, &filter, (None, 10)).await.unwrap().items.len(), 1, "round {round}");
    }
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3], "of {writes} writes");
}

#[tokio::test(start_paused = true)]
async fn lost_answers_leave_one_order_with_one_number() {
    let mut made = 0;
    for seed in 0..40 {
        let one = Crashing::new(seed).await;
        one.faulty.set_faults(Faults { unknown_done: 0.2, unknown_lost: 0.2, ..Faults::default() });
        for _ in 0..20 {
            match one.it.submit_as(&one.it.buyer.representative, 7).await {
                Ok(_order) => break,
                Err(error) => assert!(
                    matches!(error, Error::Store(StoreError::Unknown) | Error::Conflict(_) | Error::Overloaded),
                    "{error:?}"
                ),
            }
        }
        one.faulty.set_faults(Faults::default());
        let (_, _, orders) = one.end().await;
        let all = orders.list(Scope::All, &Filter::default(), (None, 10)).await.unwrap().items;
        made += all.len();
        let Some(order) = all.first() else { continue };
        let filter = Filter { number: Some(order.text("number")), ..Filter::default() };
        let numbered = orders.list(Scope::All, &filter, (None, 10)).await.unwrap().items;
        assert_eq!((all.len(), numbered.len(), order.version), (1, 1, 1), "seed {seed}");
    }
    assert!(made > 35, "{made}");
}
