//! Starting a conversation, and taking its pair up again: one guarded row per (side, side, context) keeps it unique.

use chat::tables::{self, Conversations, ConversationsKey, ConversationsPart, Pairs, PairsKey, PairsPart};
use chat::wire::{Reply, Start, State, TargetKind};
use chat::{Head, Party};
use storage::ids::{ConversationId, EnterpriseId};
use storage::{Applied, Expect, Op, Read, StoreError};

use super::{Noting, Persist};
use crate::code::Code;
use crate::room_id::RoomId;
use crate::shard::Control;
use crate::wire::Failure;

/// Tries when others start the same conversation at the same moment; each failed try means that somebody else's held.
const TRIES_MAX: usize = 8;

impl Persist {
    /// `negotiation.start`: the open conversation of this pair and context, or a new one.
    ///
    /// # Errors
    /// `not_found` for a target that does not exist, `invalid` for the own enterprise, `conflict` when the pair is
    /// blocked, or the store's failure.
    pub(crate) async fn start(&self, party: Party, start: Start) -> Result<Reply, Failure> {
        let target = self.target(party, &start).await?;
        let pair = PairsPart {
            side_a: party.enterprise,
            side_b: target.id,
            context_kind: tables::context_number(start.target.kind),
            context_id: start.target.id.clone(),
        };
        for _ in 0..TRIES_MAX {
            let held = self.store().get::<Pairs>(pair.clone(), PairsKey {}, Read::Serial).await?;
            if let Some(held) = &held {
                match self.state(held.conversation).await? {
                    Some(State::Open) => return self.taken_up(held.conversation).await,
                    Some(State::Blocked) => return Err(Failure::new(Code::Conflict, "blocked")),
                    // Closed, or its row was never written because a crash came between.
                    Some(State::Closed) | None => {}
                }
            }
            if let Some(conversation) = self.create(party, &target, &start, &pair, held).await? {
                return Ok(Reply::Started { conversation, created: true });
            }
        }
        Err(Failure::from(Code::Overloaded).retry_after_ms(500))
    }

    /// Somebody has started it. Their hub may not have listed it yet, or died before it did.
    async fn taken_up(&self, conversation: ConversationId) -> Result<Reply, Failure> {
        if let Some(row) = self.conversation_row(conversation).await? {
            self.list_for_both(&row.first_head(conversation)?).await?;
        }
        Ok(Reply::Started { conversation, created: false })
    }

    /// Makes the conversation stand in both inboxes wherever they are listed, before anybody is told of it: in the store
    /// for desks that are yet to be loaded, and for those that are loaded here. Later rows stay.
    async fn list_for_both(&self, first: &Head) -> Result<(), StoreError> {
        for enterprise in first.enterprises {
            self.write_inbox(enterprise, first).await?;
            let desk = RoomId::Desk(enterprise);
            self.inner.shards.control(desk, Control::Changed(desk, Box::new(first.clone())));
        }
        Ok(())
    }

    async fn target(&self, party: Party, start: &Start) -> Result<fair::Enterprise, Failure> {
        if start.target.kind != TargetKind::Enterprise {
            // Projects, booths, exhibits and lives come with their own systems; until then none exists.
            return Err(Code::NotFound.into());
        }
        let id: EnterpriseId = start.target.id.parse().map_err(|_no_id| Failure::from(Code::NotFound))?;
        if id == party.enterprise {
            return Err(Failure::new(Code::Invalid, "that is your own enterprise").field("/d/target/id", "own"));
        }
        let found = self.inner.accounts.enterprise(id).await?;
        if found.kind != fair::Kind::Enterprise {
            return Err(Code::NotFound.into());
        }
        Ok(found)
    }

    async fn state(&self, conversation: ConversationId) -> Result<Option<State>, StoreError> {
        let Some(row) = self.conversation_row(conversation).await? else { return Ok(None) };
        Ok(Some(self.replayed_head(conversation, &row).await?.state))
    }

    /// None when somebody else took the pair meanwhile.
    async fn create(
        &self,
        party: Party,
        target: &fair::Enterprise,
        start: &Start,
        pair: &PairsPart,
        held: Option<tables::PairRow>,
    ) -> Result<Option<ConversationId>, Failure> {
        let own = self.inner.accounts.enterprise(party.enterprise).await?;
        let conversation = ConversationId::random(&mut &self.inner.entropy);
        let row = tables::ConversationRow {
            v: 1,
            side_a: party.enterprise,
            side_b: target.id,
            name_a: own.name.into(),
            name_b: target.name.clone().into(),
            context_kind: tables::context_number(start.target.kind),
            context_id: start.target.id.clone(),
            creator: party.user,
            created_at: self.inner.clock.now(),
            epoch: 1,
        };
        let first = row.first_head(conversation)?;
        // The conversation first: a pair never points at nothing for long, and one without a pair is merely unused.
        let put = Op::Put { c: ConversationsKey {}, row, at: None };
        let absent = Expect::Absent(ConversationsKey {});
        self.store().write_if::<Conversations>(ConversationsPart { conversation }, vec![absent], vec![put]).await?;
        let note = self.draw_note();
        self.write_note(conversation, &Noting { note, instead_of: Vec::new() }).await?;
        if !self.hold_pair(pair, held, conversation).await? {
            self.remove_notes(conversation, &[note]).await?;
            return Ok(None);
        }
        self.list_for_both(&first).await?;
        let room = RoomId::Negotiation(conversation);
        self.inner.shards.control(room, Control::Started(room, note));
        Ok(Some(conversation))
    }

    async fn hold_pair(
        &self,
        pair: &PairsPart,
        held: Option<tables::PairRow>,
        conversation: ConversationId,
    ) -> Result<bool, StoreError> {
        let (expect, v) = match held {
            Some(held) => (Expect::Version(PairsKey {}, held.v), held.v + 1),
            None => (Expect::Absent(PairsKey {}), 1),
        };
        let put = Op::Put { c: PairsKey {}, row: tables::PairRow { v, conversation }, at: None };
        match self.store().write_if::<Pairs>(pair.clone(), vec![expect], vec![put]).await? {
            Applied::Yes => Ok(true),
            Applied::No { .. } => Ok(false),
        }
    }

    /// Before `negotiation.reopen`: whether the pair is this conversation's, or could be taken back for it because the
    /// one that holds it is not open.
    ///
    /// # Errors
    /// `not_found` when the conversation is not the caller's, or the store's failure.
    pub(crate) async fn take_pair(&self, party: Party, conversation: ConversationId) -> Result<bool, Failure> {
        let row = self.conversation_row(conversation).await?.ok_or(Failure::from(Code::NotFound))?;
        let head = row.first_head(conversation)?;
        if head.side_of(party.enterprise).is_none() {
            return Err(Code::NotFound.into());
        }
        #[cfg(feature = "planted")]
        if crate::planted::planted() == Some(chat::planted::Bug::TwoOpen) {
            return Ok(true);
        }
        let [side_a, side_b] = head.enterprises;
        let pair = PairsPart { side_a, side_b, context_kind: row.context_kind, context_id: row.context_id.clone() };
        let held = self.store().get::<Pairs>(pair.clone(), PairsKey {}, Read::Serial).await?;
        if let Some(held) = &held
            && held.conversation != conversation
            && self.state(held.conversation).await? == Some(State::Open)
        {
            return Ok(false);
        }
        // Written even when it is ours already: a start that has just found us closed loses its race.
        Ok(self.hold_pair(&pair, held, conversation).await?)
    }
}
