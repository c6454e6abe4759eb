use futures_util::FutureExt as _;

use super::*;

#[tokio::test]
async fn a_list_waits_until_the_last_one_is_done() {
    let catch_up = CatchUp::default();
    assert!(catch_up.over().now_or_never().is_some());
    catch_up.begin();
    catch_up.begin();
    let mut list = Box::pin(catch_up.over());
    assert!((&mut list).now_or_never().is_none());
    catch_up.done(1);
    assert!((&mut list).now_or_never().is_none());
    catch_up.done(1);
    assert!(list.now_or_never().is_some());
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tokio's clock, which is virtual here")]
async fn a_conversation_that_cannot_be_read_keeps_lists_for_a_while_and_then_nobody() {
    let catch_up = CatchUp::default();
    catch_up.begin();
    let began = tokio::time::Instant::now();
    catch_up.over().await;
    assert_eq!(began.elapsed(), WAIT_MAX);
    catch_up.over().await;
    assert_eq!(began.elapsed(), WAIT_MAX, "the next one is not kept");
    catch_up.done(1);
    catch_up.over().await;
}

/// Found by the simulation, whose seed 1000002 did not always run alike: of a watch channel's waiters any may be the first.
#[tokio::test]
async fn who_waits_goes_on_in_the_order_they_came() {
    let catch_up = CatchUp::default();
    catch_up.begin();
    let gone = std::cell::RefCell::new(Vec::new());
    let (catch_up, gone) = (&catch_up, &gone);
    let mut lists: futures_util::stream::FuturesUnordered<_> = (0..32)
        .map(|list| async move {
            catch_up.over().await;
            gone.borrow_mut().push(list);
        })
        .collect();
    assert!(futures_util::StreamExt::next(&mut lists).now_or_never().is_none(), "all wait");
    catch_up.done(1);
    while futures_util::StreamExt::next(&mut lists).await.is_some() {}
    // FuturesUnordered polls what was woken in the order of the wakes.
    assert_eq!(*gone.borrow(), Vec::from_iter(0..32));
}
