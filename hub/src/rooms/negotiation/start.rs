//! Starting a conversation, and taking its pair up again: one guarded row per (side, side, context) keeps it unique.

use chat::tables::{self, Conversations, ConversationsKey, ConversationsPart, PairsPart};
use chat::wire::{Context, Reply, Start, State};
use chat::{Head, MayBlock, Party, Side, Turn};
use storage::ids::{ConversationId, EnterpriseId};
use storage::{Expect, Op, StoreError};

use super::sweep::{self, Noting};
use super::{NegotiationRoom, NegotiationTold, found, load, pair, party, settle};
use crate::code::Code;
use crate::ground::Ground;
use crate::principal::Principal;
use crate::rooms::desk::{DeskRoom, DeskTold};
use crate::rooms::{Prepare, Ways};
use crate::wire::Failure;

/// Somebody who starts a conversation, or takes one up again.
pub(super) struct Starting<'a> {
    ground: &'a Ground,
    ways: &'a Ways,
    who: &'a Principal,
    party: Party,
}

impl<'a> Starting<'a> {
    pub(super) fn of(prepare: &'a Prepare) -> Result<Self, Failure> {
        let Prepare { ground, ways, who } = prepare;
        Ok(Self { ground, ways, who, party: party(Some(who))? })
    }

    /// `negotiation.start`: the open conversation of this pair and context, or a new one.
    ///
    /// # Errors
    /// `not_found` for a target that does not exist, `invalid` for the own enterprise, `conflict` when one of the two blocks
    /// the other, or the store's failure.
    pub(super) async fn start(&self, start: Start) -> Result<Reply, Failure> {
        let (target, context) = self.target(&start).await?;
        let two = [self.party.enterprise, target.id];
        self.refuse_blocked(two).await?;
        let part = PairsPart {
            side_a: self.party.enterprise,
            side_b: target.id,
            context_kind: tables::context_number(context.kind),
            context_id: context.id.clone(),
        };
        // The one that is open, most of the time.
        if let Some(held) = pair::held(self.ground, &part).await?
            && load::head(self.ground, held.conversation).await?.is_some_and(|head| head.state == State::Open)
        {
            return self.taken_up(held.conversation).await;
        }
        let (first, note) = self.make(&target, context).await?;
        if let Err(open) = pair::take(self.ground, &part, first.conversation).await? {
            sweep::remove_notes(self.ground, first.conversation, &[note]).await?;
            return self.taken_up(open).await;
        }
        list_for_both(self.ground, self.ways, &first).await?;
        self.ways.tell::<NegotiationRoom>(first.conversation, NegotiationTold::Started(note));
        // A block that was written before it stood in both inboxes has not ended it: then it ends itself.
        self.refuse_blocked(two).await?;
        Ok(Reply::Started { conversation: first.conversation, created: true })
    }

    async fn refuse_blocked(&self, two: [EnterpriseId; 2]) -> Result<(), Failure> {
        if super::blocks(self.ground, two).await? {
            return Err(Failure::new(Code::Conflict, "blocked"));
        }
        Ok(())
    }

    /// Somebody has started it. Their hub may not have listed it yet, or died before it did.
    async fn taken_up(&self, conversation: ConversationId) -> Result<Reply, Failure> {
        list(self.ground, self.ways, conversation).await?;
        Ok(Reply::Started { conversation, created: false })
    }

    async fn target(&self, start: &Start) -> Result<(fair::Enterprise, Context), Failure> {
        let (id, context) = found::target(self.ground, self.who, &start.target).await?;
        if id == self.party.enterprise {
            return Err(Failure::new(Code::Invalid, "that is your own enterprise").field("/target/id", "own"));
        }
        let found = self.ground.accounts().enterprise(id).await?;
        if found.kind != fair::Kind::Enterprise {
            return Err(Code::NotFound.into());
        }
        Ok((found, context))
    }

    /// Makes a conversation that nobody knows of yet, and a note by which it is found should that stay so.
    async fn make(&self, target: &fair::Enterprise, context: Context) -> Result<(Head, i64), Failure> {
        let own = self.ground.accounts().enterprise(self.party.enterprise).await?;
        let conversation = ConversationId::random(&mut self.ground.entropy());
        let now = self.ground.moment(self.ground.clock().now());
        let row = tables::ConversationRow {
            v: 1,
            side_a: self.party.enterprise,
            side_b: target.id,
            name_a: own.name.into(),
            name_b: target.name.clone().into(),
            context_kind: tables::context_number(context.kind),
            context_id: context.id,
            context_title: context.title,
            creator: self.party.user,
            created_at: now.wall,
            rank: Some(now.rank.0),
            name_en_a: own.name_en.map(Into::into),
            name_en_b: target.name_en.clone().map(Into::into),
            epoch: 1,
        };
        let first = row.first_head(conversation)?;
        // Before its pair: a pair never points at nothing for long, and a conversation without one is merely unused.
        let put = Op::Put { c: ConversationsKey {}, row, at: None };
        let (part, absent) = (ConversationsPart { conversation }, Expect::Absent(ConversationsKey {}));
        self.ground.store().write_if::<Conversations>(part, vec![absent], vec![put]).await?;
        let note = sweep::draw_note(self.ground);
        sweep::write_note(self.ground, conversation, &Noting { note, instead_of: Vec::new() }).await?;
        Ok((first, note))
    }

    /// Before `negotiation.reopen`: takes the pair for it, and lifts a block of the own side.
    ///
    /// # Errors
    /// As [`Self::speaking_for`], or the store's failure.
    pub(super) async fn reopening(&self, conversation: ConversationId) -> Result<Turn, Failure> {
        let (head, side) = self.speaking_for(conversation).await?;
        let row = pair::blocks(self.ground, head.enterprises).await?;
        if *side.other().of(&chat::pair::blocking(row.as_ref(), &head)) {
            // Refused, but no longer blocked by both: else neither side could ever be the first to lift its block.
            pair::set_block(self.ground, head.enterprises, self.party.enterprise, None).await?;
            return Ok(Turn::Reopen { allowed: true, blocked: true });
        }
        let taken = pair::take(self.ground, &PairsPart::of(&head), conversation).await?;
        if taken.is_ok() {
            pair::set_block(self.ground, head.enterprises, self.party.enterprise, None).await?;
        }
        Ok(Turn::Reopen { allowed: taken.is_ok(), blocked: false })
    }

    /// Before `negotiation.block`: writes it down between the two enterprises, and ends whatever else is open of them. What
    /// a crash leaves open is found as something due.
    ///
    /// # Errors
    /// As [`Self::speaking_for`], or the store's failure.
    pub(super) async fn blocking(&self, conversation: ConversationId) -> Result<Turn, Failure> {
        let (head, side) = self.speaking_for(conversation).await?;
        let may = MayBlock::check(&head, &self.party, &self.ground.rules()).map_err(Failure::from)?;
        let other = *side.other().of(&head.enterprises);
        let now = self.ground.clock().now();
        self.ground.due().put(now, super::BLOCKED, &blocked_key(self.party.enterprise, other)).await?;
        pair::set_block(self.ground, head.enterprises, self.party.enterprise, Some(now)).await?;
        pair::end_open(self.ground, self.ways, self.party.enterprise, other).await?;
        Ok(Turn::Block(may))
    }

    /// A conversation of the caller's, whose state they may change as far as its assignment lets them.
    ///
    /// # Errors
    /// `not_found` when it is not the caller's, `conflict` when somebody else has it in hand, or the store's failure.
    async fn speaking_for(&self, conversation: ConversationId) -> Result<(Head, Side), Failure> {
        let head = load::head(self.ground, conversation).await?.ok_or(Failure::from(Code::NotFound))?;
        let side = head.may_speak(&self.party, &self.ground.rules()).map_err(Failure::from)?;
        Ok((head, side))
    }
}

/// Makes a conversation stand in both inboxes, by what was written first of it.
pub(super) async fn list(ground: &Ground, ways: &Ways, conversation: ConversationId) -> Result<(), StoreError> {
    match load::conversation_row(ground, conversation).await? {
        Some(row) => list_for_both(ground, ways, &row.first_head(conversation)?).await,
        None => Ok(()),
    }
}

/// Makes the conversation stand in both inboxes wherever they are listed, before anybody is told of it: in the store
/// for desks that are yet to be loaded, and for those that are loaded here. Later rows stay.
async fn list_for_both(ground: &Ground, ways: &Ways, first: &Head) -> Result<(), StoreError> {
    for enterprise in first.enterprises {
        settle::write_inbox(ground, enterprise, first).await?;
        ways.tell::<DeskRoom>(enterprise, DeskTold::Changed(Box::new(first.clone())));
    }
    Ok(())
}

/// **Shape**: `<who blocks>:<whom>`.
fn blocked_key(by: EnterpriseId, other: EnterpriseId) -> String {
    format!("{by}:{other}")
}

/// Two enterprises by what [`blocked_key`] made of them.
pub(super) fn of_blocked_key(key: &str) -> Option<(EnterpriseId, EnterpriseId)> {
    let (by, other) = key.split_once(':')?;
    Some((by.parse().ok()?, other.parse().ok()?))
}
