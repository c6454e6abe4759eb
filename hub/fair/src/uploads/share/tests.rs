use futures_util::future::join_all;
use storage::Clock;
use storage::ids::Millis;

use super::*;

const QUOTA: Quota = Quota { bytes: 1_000, files: 10 };

fn store() -> Store {
    Store::model(Clock::manual(Millis(0)))
}

fn shares(store: &Store) -> Shares<'_> {
    Shares { store, owner: "team/a" }
}

async fn taken(store: &Store) -> (u64, u64) {
    let Quota { bytes, files } = shares(store).taken().await.unwrap();
    (bytes, files)
}

#[tokio::test]
async fn parallel_claims_never_take_more_than_there_is() {
    let store = store();
    let of = shares(&store);
    let claims = join_all((1..=32).map(|id| of.claim(UploadId(id), 130, QUOTA))).await;
    let (won, lost): (Vec<_>, Vec<_>) = claims.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (7, 25), "by bytes");
    assert!(lost.iter().all(|lost| *lost == Err(Error::invalid("/file", "quota"))));
    assert_eq!(taken(&store).await, (910, 7));
    let few = join_all((101..=132).map(|id| of.claim(UploadId(id), 1, QUOTA))).await;
    assert_eq!(few.iter().filter(|claim| claim.is_ok()).count(), 3, "by their number");
    assert_eq!(taken(&store).await, (913, 10));
}

#[tokio::test]
async fn each_change_twice_is_once() {
    let (store, id) = (store(), UploadId(5));
    let of = shares(&store);
    for _ in 0..2 {
        of.claim(id, 600, QUOTA).await.unwrap();
        assert_eq!(taken(&store).await, (600, 1));
    }
    for _ in 0..2 {
        of.settle(id, 50).await.unwrap();
        assert_eq!(taken(&store).await, (50, 1));
    }
    for _ in 0..2 {
        of.release(id).await.unwrap();
        assert_eq!(taken(&store).await, (0, 0));
    }
    assert!(matches!(of.settle(id, 50).await, Err(Error::Conflict(_))), "what was released does not come back");
}

#[tokio::test]
async fn owners_do_not_share() {
    let store = store();
    shares(&store).claim(UploadId(1), 1_000, QUOTA).await.unwrap();
    let other = Shares { store: &store, owner: "team/b" };
    other.claim(UploadId(2), 1_000, QUOTA).await.unwrap();
    assert_eq!(taken(&store).await, (1_000, 1));
}

#[tokio::test]
async fn a_drawn_picture_may_be_longer_than_what_was_claimed() {
    let (store, id) = (store(), UploadId(5));
    shares(&store).claim(id, 990, QUOTA).await.unwrap();
    shares(&store).settle(id, 1_100).await.unwrap();
    assert_eq!(taken(&store).await, (1_100, 1), "it is there: the next one is refused");
    assert!(shares(&store).claim(UploadId(6), 1, QUOTA).await.is_err());
}
