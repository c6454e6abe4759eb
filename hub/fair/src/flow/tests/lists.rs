//! Lists: which records, in which order, page by page.

use super::*;

async fn submitted(cast: &Cast, number: i64) -> Record {
    let (owner, second) = (cast.owner.team, Some(cast.reviewer.team));
    let new = New { id: RecordId(number), owner, second, action: "submit", input: Input::default() };
    tokio::time::advance(Duration::from_millis(1)).await;
    cast.flows.create(&cast.owner.who, APPLICATION, new).await.unwrap()
}

async fn pages(cast: &Cast, scope: Scope, state: Option<&str>, limit: u32) -> Vec<i64> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = cast.flows.list(APPLICATION, scope, state, (cursor.as_deref(), limit)).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        found.extend(page.items.iter().map(|record| record.id.0));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return found,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_holds_each_record_once_the_newest_first_and_follows_its_state() {
    let cast = Cast::new().await;
    for number in 1..=7 {
        submitted(&cast, number).await;
    }
    for number in [2, 5] {
        let at = (APPLICATION, RecordId(number), 1);
        cast.flows.advance(&cast.reviewer.who, at, "start", Input::default()).await.unwrap();
    }
    let (all, ours) = (Scope::All, Scope::Second(cast.reviewer.team));
    for limit in [1, 2, 3, 7, 100] {
        assert_eq!(pages(&cast, all, None, limit).await, [7, 6, 5, 4, 3, 2, 1], "{limit} a page");
        assert_eq!(pages(&cast, ours, Some("pending"), limit).await, [7, 6, 4, 3, 1], "{limit} a page");
        assert_eq!(pages(&cast, all, Some("in_review"), limit).await, [5, 2], "{limit} a page");
    }
    assert!(pages(&cast, Scope::Second(cast.strangers[1].team), None, 10).await.is_empty());
    let unknown = cast.flows.list(APPLICATION, all, Some("asleep"), (None, 10)).await;
    assert_eq!(unknown.unwrap_err(), Error::invalid("/state", "not_an_option"));
    let forged = cast.flows.list(APPLICATION, all, None, (Some("forged"), 10)).await;
    assert_eq!(forged.unwrap_err(), Error::BadCursor);
}

#[tokio::test(start_paused = true)]
async fn what_is_rare_in_a_long_list_is_found_behind_some_short_pages() {
    let cast = Cast::new().await;
    let first = submitted(&cast, 1).await;
    let at = (APPLICATION, first.id, 1);
    cast.flows.advance(&cast.reviewer.who, at, "start", Input::default()).await.unwrap();
    for number in 2..=5_000 {
        submitted(&cast, number).await;
    }
    assert_eq!(pages(&cast, Scope::All, Some("in_review"), 20).await, [1]);
}
