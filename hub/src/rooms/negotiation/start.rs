//! Starting a conversation, and taking its pair up again: one guarded row per (side, side, context) keeps it unique.

use chat::tables::{self, Conversations, ConversationsKey, ConversationsPart, Pairs, PairsKey, PairsPart};
use chat::wire::{Reply, Start, State, TargetKind};
use chat::{Head, Party};
use storage::ids::{ConversationId, EnterpriseId};
use storage::{Applied, Expect, Op, Read, StoreError};

use super::sweep::{self, Noting};
use super::{NegotiationRoom, NegotiationTold, load, party, settle};
use crate::code::Code;
use crate::ground::Ground;
use crate::rooms::desk::{DeskRoom, DeskTold};
use crate::rooms::{Prepare, Ways};
use crate::wire::Failure;

/// Tries when others start the same conversation at the same moment; each failed try means that somebody else's held.
const TRIES_MAX: usize = 8;

/// Somebody who starts a conversation, or takes one up again.
pub(super) struct Starting<'a> {
    ground: &'a Ground,
    ways: &'a Ways,
    party: Party,
}

impl<'a> Starting<'a> {
    pub(super) fn of(prepare: &'a Prepare) -> Result<Self, Failure> {
        Ok(Self { ground: &prepare.ground, ways: &prepare.ways, party: party(Some(&prepare.who))? })
    }

    /// `negotiation.start`: the open conversation of this pair and context, or a new one.
    ///
    /// # Errors
    /// `not_found` for a target that does not exist, `invalid` for the own enterprise, `conflict` when the pair is
    /// blocked, or the store's failure.
    pub(super) async fn start(&self, start: Start) -> Result<Reply, Failure> {
        let target = self.target(&start).await?;
        let pair = PairsPart {
            side_a: self.party.enterprise,
            side_b: target.id,
            context_kind: tables::context_number(start.target.kind),
            context_id: start.target.id.clone(),
        };
        for _ in 0..TRIES_MAX {
            let held = self.ground.store().get::<Pairs>(pair.clone(), PairsKey {}, Read::Serial).await?;
            if let Some(held) = &held {
                match self.state(held.conversation).await? {
                    Some(State::Open) => return self.taken_up(held.conversation).await,
                    Some(State::Blocked) => return Err(Failure::new(Code::Conflict, "blocked")),
                    // Closed, or its row was never written because a crash came between.
                    Some(State::Closed) | None => {}
                }
            }
            if let Some(conversation) = self.create(&target, &start, &pair, held).await? {
                return Ok(Reply::Started { conversation, created: true });
            }
        }
        Err(Failure::from(Code::Overloaded).retry_after_ms(500))
    }

    /// Somebody has started it. Their hub may not have listed it yet, or died before it did.
    async fn taken_up(&self, conversation: ConversationId) -> Result<Reply, Failure> {
        if let Some(row) = load::conversation_row(self.ground, conversation).await? {
            self.list_for_both(&row.first_head(conversation)?).await?;
        }
        Ok(Reply::Started { conversation, created: false })
    }

    /// Makes the conversation stand in both inboxes wherever they are listed, before anybody is told of it: in the store
    /// for desks that are yet to be loaded, and for those that are loaded here. Later rows stay.
    async fn list_for_both(&self, first: &Head) -> Result<(), StoreError> {
        for enterprise in first.enterprises {
            settle::write_inbox(self.ground, enterprise, first).await?;
            self.ways.tell::<DeskRoom>(enterprise, DeskTold::Changed(Box::new(first.clone())));
        }
        Ok(())
    }

    async fn target(&self, start: &Start) -> Result<fair::Enterprise, Failure> {
        if start.target.kind != TargetKind::Enterprise {
            // Projects, booths, exhibits and lives come with their own systems; until then none exists.
            return Err(Code::NotFound.into());
        }
        let id: EnterpriseId = start.target.id.parse().map_err(|_no_id| Failure::from(Code::NotFound))?;
        if id == self.party.enterprise {
            return Err(Failure::new(Code::Invalid, "that is your own enterprise").field("/d/target/id", "own"));
        }
        let found = self.ground.accounts().enterprise(id).await?;
        if found.kind != fair::Kind::Enterprise {
            return Err(Code::NotFound.into());
        }
        Ok(found)
    }

    async fn state(&self, conversation: ConversationId) -> Result<Option<State>, StoreError> {
        let Some(row) = load::conversation_row(self.ground, conversation).await? else { return Ok(None) };
        Ok(Some(load::replayed_head(self.ground, conversation, &row).await?.state))
    }

    /// None when somebody else took the pair meanwhile.
    async fn create(
        &self,
        target: &fair::Enterprise,
        start: &Start,
        pair: &PairsPart,
        held: Option<tables::PairRow>,
    ) -> Result<Option<ConversationId>, Failure> {
        let own = self.ground.accounts().enterprise(self.party.enterprise).await?;
        let conversation = ConversationId::random(&mut self.ground.entropy());
        let now = self.ground.moment(self.ground.clock().now());
        let row = tables::ConversationRow {
            v: 1,
            side_a: self.party.enterprise,
            side_b: target.id,
            name_a: own.name.into(),
            name_b: target.name.clone().into(),
            context_kind: tables::context_number(start.target.kind),
            context_id: start.target.id.clone(),
            creator: self.party.user,
            created_at: now.wall,
            rank: Some(now.rank.0),
            epoch: 1,
        };
        let first = row.first_head(conversation)?;
        // The conversation first: a pair never points at nothing for long, and one without a pair is merely unused.
        let put = Op::Put { c: ConversationsKey {}, row, at: None };
        let absent = Expect::Absent(ConversationsKey {});
        self.ground
            .store()
            .write_if::<Conversations>(ConversationsPart { conversation }, vec![absent], vec![put])
            .await?;
        let note = sweep::draw_note(self.ground);
        sweep::write_note(self.ground, conversation, &Noting { note, instead_of: Vec::new() }).await?;
        if !self.hold_pair(pair, held, conversation).await? {
            sweep::remove_notes(self.ground, conversation, &[note]).await?;
            return Ok(None);
        }
        self.list_for_both(&first).await?;
        self.ways.tell::<NegotiationRoom>(conversation, NegotiationTold::Started(note));
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
        match self.ground.store().write_if::<Pairs>(pair.clone(), vec![expect], vec![put]).await? {
            Applied::Yes => Ok(true),
            Applied::No { .. } => Ok(false),
        }
    }

    /// Before `negotiation.reopen`: whether the pair is this conversation's, or could be taken back for it because the
    /// one that holds it is not open.
    ///
    /// # Errors
    /// `not_found` when the conversation is not the caller's, or the store's failure.
    pub(super) async fn take_pair(&self, conversation: ConversationId) -> Result<bool, Failure> {
        let row = load::conversation_row(self.ground, conversation).await?.ok_or(Failure::from(Code::NotFound))?;
        let head = row.first_head(conversation)?;
        if head.side_of(self.party.enterprise).is_none() {
            return Err(Code::NotFound.into());
        }
        let [side_a, side_b] = head.enterprises;
        let pair = PairsPart { side_a, side_b, context_kind: row.context_kind, context_id: row.context_id.clone() };
        let held = self.ground.store().get::<Pairs>(pair.clone(), PairsKey {}, Read::Serial).await?;
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
