//! Views add up over several hubs and restarts; what a store refuses stays counted.

use storage::ids::{Millis, RecordId};
use storage::{Clock, Faults, Faulty, Store};

use super::{Viewed, Views};

const BOOTH: RecordId = RecordId(7);

fn store() -> Store {
    Store::model(Clock::manual(Millis(0)))
}

#[tokio::test]
async fn what_two_hubs_count_adds_up_and_outlasts_both() {
    let store = store();
    let (one, two) = (Views::new(store.clone()), Views::new(store.clone()));
    for _ in 0..3 {
        one.count(Viewed::Booth, BOOTH);
    }
    two.count(Viewed::Booth, BOOTH);
    two.count(Viewed::Exhibit, BOOTH);
    one.save().await.unwrap();
    two.save().await.unwrap();
    assert_eq!(two.of(Viewed::Booth, BOOTH), 4);
    assert_eq!(one.of(Viewed::Booth, BOOTH), 3, "until it looks again");
    one.learn().await.unwrap();
    assert_eq!((one.of(Viewed::Booth, BOOTH), one.of(Viewed::Exhibit, BOOTH)), (4, 1));
    one.save().await.unwrap();
    let later = Views::new(store);
    later.learn().await.unwrap();
    assert_eq!((later.of(Viewed::Booth, BOOTH), later.of(Viewed::Exhibit, BOOTH)), (4, 1), "saving twice adds nothing");
}

#[tokio::test]
async fn what_the_store_refuses_stays_counted() {
    let faulty = Faulty::new(store(), 1, Faults { unavailable: 1.0, ..Faults::default() });
    let views = Views::new(Store::Faulty(faulty.clone()));
    views.count(Viewed::Booth, BOOTH);
    views.save().await.unwrap_err();
    views.count(Viewed::Booth, BOOTH);
    assert_eq!(views.of(Viewed::Booth, BOOTH), 2);
    faulty.set_faults(Faults::default());
    views.save().await.unwrap();
    assert_eq!(views.of(Viewed::Booth, BOOTH), 2);
    let later = Views::new(Store::Faulty(faulty));
    later.learn().await.unwrap();
    assert_eq!(later.of(Viewed::Booth, BOOTH), 2);
}

#[tokio::test]
async fn the_hottest_are_those_most_looked_at() {
    let views = Views::new(store());
    for (id, count) in [(1, 5), (2, 9), (17, 1), (33, 5)] {
        for _ in 0..count {
            views.count(Viewed::Exhibit, RecordId(id));
        }
    }
    let hottest = views.hottest(Viewed::Exhibit, 3);
    assert_eq!(hottest, [(RecordId(2), 9), (RecordId(33), 5), (RecordId(1), 5)]);
    assert!(views.hottest(Viewed::Booth, 3).is_empty());
}
