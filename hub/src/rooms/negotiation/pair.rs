//! The rows of a pair, read and written as [`chat::pair`] decides: which of its conversations may be open, who blocks whom.
//!
//! Owns the races about these rows: whoever loses one reads again.

use chat::pair::{self, Take};
use chat::tables::{Blocks, BlocksKey, BlocksPart, BlocksRow, PairRow, Pairs, PairsKey, PairsPart};
use chat::wire::State;
use chat::{Confirmed, Head};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use storage::ids::{ConversationId, EnterpriseId, Millis, Seq};
use storage::{Applied, Op, Read, StoreError};
use tokio::sync::oneshot;

use super::{NegotiationDone, NegotiationOp, load};
use crate::code::Code;
use crate::ground::{Ground, refusal};
use crate::rooms::{Question, Ways};
use crate::shard::ReplyTo;
use crate::wire::Failure;

/// Tries when others write the same row at the same moment; each failed try means that somebody else's held.
const TRIES_MAX: usize = 8;
/// Conversations of two enterprises that are ended side by side.
const ENDED_AT_ONCE: usize = 16;

/// What a conversation's log says, or none when it was never made.
async fn state(ground: &Ground, conversation: ConversationId) -> Result<Option<State>, StoreError> {
    Ok(load::head(ground, conversation).await?.map(|head| head.state))
}

/// Takes the pair for a conversation that is to be opened; else the one that is open.
pub(super) async fn take(
    ground: &Ground,
    part: &PairsPart,
    conversation: ConversationId,
) -> Result<Result<(), ConversationId>, Failure> {
    for _ in 0..TRIES_MAX {
        let held = ground.store().get::<Pairs>(part.clone(), PairsKey {}, Read::Serial).await?;
        let holder = match &held {
            Some(held) => state(ground, held.conversation).await?,
            None => None,
        };
        #[cfg(feature = "planted")]
        let holder = holder.filter(|_state| ground.rules().planted != Some(chat::planted::Bug::TwoOpen));
        match pair::take(held.as_ref(), holder, conversation) {
            Take::Open(other) => return Ok(Err(other)),
            Take::Write(expect, row) => {
                let put = Op::Put { c: PairsKey {}, row, at: None };
                let taken = ground.store().write_if::<Pairs>(part.clone(), vec![expect], vec![put]).await?;
                if taken == Applied::Yes {
                    return Ok(Ok(()));
                }
            }
        }
    }
    Err(Failure::from(Code::Overloaded).retry_after_ms(500))
}

/// Which conversation a pair's row names.
pub(super) async fn held(ground: &Ground, part: &PairsPart) -> Result<Option<PairRow>, StoreError> {
    ground.store().get::<Pairs>(part.clone(), PairsKey {}, Read::Serial).await
}

/// Confirms an opening that stands in its log.
pub(super) async fn confirm(ground: &Ground, head: &Head, opened: Seq) -> NegotiationDone {
    NegotiationDone::Confirmed(opened, confirmed(ground, head).await.map_err(refusal))
}

async fn confirmed(ground: &Ground, head: &Head) -> Result<Confirmed, StoreError> {
    let part = PairsPart::of(head);
    for _ in 0..TRIES_MAX {
        let held = held(ground, &part).await?;
        let holds = match pair::confirm(held.as_ref(), head.conversation) {
            None => false,
            Some((expect, row)) => {
                let put = Op::Put { c: PairsKey {}, row, at: None };
                if ground.store().write_if::<Pairs>(part.clone(), vec![expect], vec![put]).await? != Applied::Yes {
                    continue;
                }
                true
            }
        };
        let row = blocks(ground, head.enterprises).await?;
        return Ok(Confirmed { holds, blocked: pair::blocking(row.as_ref(), head) });
    }
    Err(StoreError::Overloaded)
}

/// Who of two enterprises blocks the other.
pub(super) async fn blocks(ground: &Ground, two: [EnterpriseId; 2]) -> Result<Option<BlocksRow>, StoreError> {
    ground.store().get::<Blocks>(BlocksPart::of(two), BlocksKey {}, Read::Serial).await
}

/// Makes one of two enterprises block the other since a time, or no longer.
pub(super) async fn set_block(
    ground: &Ground,
    two: [EnterpriseId; 2],
    by: EnterpriseId,
    since: Option<Millis>,
) -> Result<(), Failure> {
    let part = BlocksPart::of(two);
    for _ in 0..TRIES_MAX {
        let row = blocks(ground, two).await?;
        let Some((expect, row)) = part.set(row.as_ref(), by, since) else { return Ok(()) };
        let put = Op::Put { c: BlocksKey {}, row, at: None };
        if ground.store().write_if::<Blocks>(part.clone(), vec![expect], vec![put]).await? == Applied::Yes {
            return Ok(());
        }
    }
    Err(Failure::from(Code::Overloaded).retry_after_ms(500))
}

/// Ends whatever is open between two enterprises, of whom one blocks the other: done when each says that nothing can be
/// written there any more. Those that are opened meanwhile see the row by themselves.
pub(super) async fn end_open(
    ground: &Ground,
    ways: &Ways,
    by: EnterpriseId,
    other: EnterpriseId,
) -> Result<(), Failure> {
    let rows = load::rows(ground.store(), by).await?;
    // Whatever the rows say of their state: they may be behind their logs.
    let theirs = rows.into_iter().filter(|head| head.enterprises.contains(&other));
    let ends = stream::iter(theirs.map(|head| end(ways, head.conversation, by)));
    ends.buffer_unordered(ENDED_AT_ONCE).try_collect().await
}

/// The same for what a crash may have left open, if the block still holds.
pub(super) async fn end_blocked(
    ground: &Ground,
    ways: &Ways,
    by: EnterpriseId,
    other: EnterpriseId,
) -> Result<(), Failure> {
    let row = blocks(ground, [by, other]).await?;
    match row {
        Some(row) if matches!(row.by([by, other]), [true, _]) => end_open(ground, ways, by, other).await,
        Some(_) | None => Ok(()),
    }
}

async fn end(ways: &Ways, conversation: ConversationId, by: EnterpriseId) -> Result<(), Failure> {
    let (reply, waiting) = oneshot::channel();
    let question = Question::Negotiation(conversation, NegotiationOp::Blocked(by));
    ways.ask(question, None, ReplyTo::Rest(reply))?;
    let ended = waiting.await.map_err(|_stopping| Failure::from(Code::GoingAway).retry_after_ms(1_000))?;
    ended.map(drop)
}
