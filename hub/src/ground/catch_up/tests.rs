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
