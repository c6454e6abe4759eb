//! Negotiations as rooms: which operation goes to which conversation, and what a conversation is told, asked and brought.
//!
//! `room` carries out what the pure state machine asks for; the other modules are its jobs, each with the order of writes
//! that it must keep. Decides nothing about negotiation; [`chat::Conversation`] does.

mod append;
mod cards;
mod cleared;
mod deadline;
mod found;
pub mod load;
mod notes;
mod notices;
mod pair;
mod reads;
mod restore;
mod room;
mod settle;
mod start;
pub mod sweep;
mod views;

use std::sync::Arc;
use std::time::Duration;

use chat::wire::{self, Reply};
use chat::{Appended, Command, Confirmed, Entry, Looked, Party, Turn};
use fair::due::Claimed;
use storage::ids::{ConversationId, EnterpriseId, Millis, RecordId, Seq, UserId};
use storage::words::{Refusal, Ticket};

pub use cleared::Stretch;
pub use restore::declare_restored;
pub use room::NegotiationRoom;

use super::due::Timer;
use super::{Prepared, Question, Route, Ways, negotiates};
use crate::code::Code;
use crate::ground::Ground;
use crate::principal::Principal;
use crate::wire::{Answer, Failure, Mark};

/// What is asked of a conversation.
#[derive(Debug)]
pub enum NegotiationOp {
    /// One of `negotiation.*`, by a party that the policy let through.
    Command(Party, Command),
    /// One of the two enterprises blocks the other, by their row: nothing more is to be written.
    Blocked(EnterpriseId),
}

/// What is due of a conversation: an assignee has not answered.
pub(super) const FALL_BACK: &str = "fall_back";
/// What is due of two enterprises: whatever is open between them is to be ended.
pub(super) const BLOCKED: &str = "blocked";

/// What other rooms and sweepers tell a conversation.
#[derive(Debug)]
pub enum NegotiationTold {
    /// It was made under this note: tell its desks.
    Started(i64),
    /// It is found unsettled after a crash: bring its views up to date, and remove the note that said so.
    Touch(i64),
    /// Something is due, claimed for this hub: do it, and say that it is done.
    Due(Claimed),
    /// Somebody negotiates for one of the enterprises no longer.
    Gone(EnterpriseId, UserId),
}

/// What its jobs bring.
#[derive(Debug)]
pub enum NegotiationDone {
    /// An append's outcome, and the entries that stand since.
    Appended(Appended, Vec<Entry>),
    /// Their message ids are written: the next append may follow.
    Sealed,
    /// Those of these entries could not be written, the disk is full: nothing may follow before a later try, after so long.
    Unsealed(Vec<Entry>, Duration),
    /// Entries asked for, in rising order.
    Fetched(u64, Result<Vec<Entry>, Refusal>),
    /// Where and when a sender's message id went, if anywhere.
    LookedUp(UserId, Arc<str>, Result<Option<(Seq, Millis)>, Refusal>),
    /// What a look into the log brought.
    Looked(Result<Looked, Refusal>),
    /// A report is filed, or not.
    Filed(Option<Ticket>, Result<RecordId, Refusal>),
    /// A read mark lasts, or not; and where its user was found to have no notices left to read.
    MarkSaved(chat::Mark, Result<(), Refusal>, Option<Stretch>),
    /// What the pair's rows say of an opening.
    Confirmed(Seq, Result<Confirmed, Refusal>),
    /// The views behind the log are written as of that seq, or not.
    Settled(Seq, bool),
    /// The notes of what was unsettled are removed, or may still stand.
    Cleared(bool),
}

/// The party that an account speaks for.
///
/// # Errors
/// `forbidden` without an enterprise or a duty.
pub(super) fn party(who: Option<&Principal>) -> Result<Party, Failure> {
    who.and_then(Principal::party).ok_or(Code::Forbidden.into())
}

fn question(who: Option<&Principal>, conversation: ConversationId, command: Command) -> Result<Question, Failure> {
    Ok(Question::Negotiation(conversation, NegotiationOp::Command(party(who)?, command)))
}

/// Where an operation on a conversation goes.
///
/// # Errors
/// `forbidden` for whoever speaks for no enterprise.
pub fn command(who: Option<&Principal>, conversation: ConversationId, command: Command) -> Result<Route, Failure> {
    question(who, conversation, command).map(Route::Room)
}

/// `negotiation.start`: makes or finds a conversation.
///
/// # Errors
/// None here; see `Starting::start`.
pub fn start(_who: Option<&Principal>, start: wire::Start) -> Result<Route, Failure> {
    Ok(Route::first(|prepare| async move {
        let reply = start::Starting::of(&prepare)?.start(start).await?;
        Ok(Prepared::Done(answer_of(&reply)))
    }))
}

/// `negotiation.send`: what a card shows is looked up.
///
/// # Errors
/// As [`command`]; the store's failure.
pub fn send(who: Option<&Principal>, send: wire::Send) -> Result<Route, Failure> {
    if send.kind != "card" {
        return command(who, send.conversation, Command::Send { send, card: None });
    }
    Ok(Route::first(|prepare| async move {
        let card = found::card(&prepare, &send).await?.map(Box::new);
        question(Some(&prepare.who), send.conversation, Command::Send { send, card }).map(Prepared::Room)
    }))
}

/// `negotiation.transfer`: `to` must be a colleague who negotiates.
///
/// # Errors
/// None here; as [`command`], and the store's failure.
pub fn transfer(_who: Option<&Principal>, transfer: wire::Transfer) -> Result<Route, Failure> {
    let wire::Transfer { conversation, to } = transfer;
    Ok(Route::first(move |prepare| async move {
        let team = prepare.ground.accounts().team(party(Some(&prepare.who))?.enterprise).await?;
        let allowed = team.iter().any(|member| member.id == to && negotiates(member));
        question(Some(&prepare.who), conversation, Command::Turn(Turn::Transfer { to, allowed })).map(Prepared::Room)
    }))
}

/// `negotiation.reopen`: the pair must be free.
///
/// # Errors
/// None here; as `Starting::reopening`.
pub fn reopen(_who: Option<&Principal>, wire::One { conversation }: wire::One) -> Result<Route, Failure> {
    Ok(Route::first(move |prepare| async move {
        let turn = start::Starting::of(&prepare)?.reopening(conversation).await?;
        question(Some(&prepare.who), conversation, Command::Turn(turn)).map(Prepared::Room)
    }))
}

/// `negotiation.block`: it holds between the two enterprises, whatever they have open.
///
/// # Errors
/// None here; as `Starting::blocking`.
pub fn block(_who: Option<&Principal>, wire::One { conversation }: wire::One) -> Result<Route, Failure> {
    Ok(Route::first(move |prepare| async move {
        let turn = start::Starting::of(&prepare)?.blocking(conversation).await?;
        question(Some(&prepare.who), conversation, Command::Turn(turn)).map(Prepared::Room)
    }))
}

/// Somebody negotiates for an enterprise no longer: what they have in hand is the team's again, at once.
///
/// # Errors
/// The store's.
pub async fn release_of(ground: &Ground, ways: &Ways, enterprise: EnterpriseId, user: UserId) -> Result<(), Failure> {
    let rows = load::rows(ground.store(), enterprise).await?;
    for head in rows.into_iter().filter(|head| head.assignees.contains(&Some(user))) {
        ways.tell::<NegotiationRoom>(head.conversation, NegotiationTold::Gone(enterprise, user));
    }
    Ok(())
}

/// Whether one of two enterprises blocks the other.
///
/// # Errors
/// The store's.
pub async fn blocks(ground: &Ground, two: [EnterpriseId; 2]) -> Result<bool, Failure> {
    let row = pair::blocks(ground, two).await?;
    Ok(row.is_some_and(|row| row.by(two) != [false; 2]))
}

/// What comes due here.
pub(super) const TIMERS: [Timer; 2] = [
    Timer { kind: FALL_BACK, act: |ground, ways, claimed| Box::pin(fall_back_due(ground, ways, claimed)) },
    Timer { kind: BLOCKED, act: |ground, ways, claimed| Box::pin(blocked_due(ground, ways, claimed)) },
];

async fn fall_back_due(_: Ground, ways: Ways, claimed: Claimed) -> Result<(), Failure> {
    if let Ok(conversation) = claimed.key.parse() {
        ways.tell::<NegotiationRoom>(conversation, NegotiationTold::Due(claimed));
    }
    Ok(())
}

async fn blocked_due(ground: Ground, ways: Ways, claimed: Claimed) -> Result<(), Failure> {
    if let Some((by, other)) = start::of_blocked_key(&claimed.key) {
        pair::end_blocked(&ground, &ways, by, other).await?;
    }
    ground.due().done(&claimed).await?;
    Ok(())
}

/// A reply as it goes out; what was new and what was a repetition is marked for REST.
pub(super) fn answer_of(reply: &Reply) -> Answer {
    let mark = match reply {
        Reply::Started { created: true, .. } | Reply::Sent { duplicate: false, .. } | Reply::Reported { .. } => {
            Mark::Created
        }
        Reply::Started { created: false, .. } | Reply::Sent { duplicate: true, .. } => Mark::Repeated,
        Reply::Inbox { .. }
        | Reply::Opened(_)
        | Reply::Page { .. }
        | Reply::Unread { .. }
        | Reply::Done { .. }
        | Reply::Empty {} => Mark::Plain,
    };
    Answer::of(reply, mark)
}
